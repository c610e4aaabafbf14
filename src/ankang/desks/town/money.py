"""缴费与批次 of the town: the villages' money, transfers to look for, slips to count, exports."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.money.sheets import villages_sheet
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.money.actions import decide_transfer
from ankang.money.differences import settle_difference
from ankang.money.handovers import confirm_handover, return_handover
from ankang.money.models import Account, Handover, Payment, Receipt
from ankang.money.overview import town_money
from ankang.money.queries import balance
from ankang.programmes.queries import campaign_on
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.rules.money import yuan

_FOLDER = "desks/town/money/"


class CountForm(forms.Form):
    act = forms.ChoiceField(
        choices=[("confirm", "点收"), ("return", "退回")], error_messages={"required": "请点“点收”或“退回”。"}
    )
    received = MoneyField(label="点收的现金（元）", help_text="自己点一遍再填", required=False)
    note = forms.CharField(
        label="点收意见",
        help_text="退回必须写原因",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class DifferenceForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    amount = MoneyField(label="这次结清（元）")
    note = forms.CharField(
        label="谁交来（领走）的，差在哪里",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明谁交来（领走）的、差在哪里。"},
    )


class TransferForm(forms.Form):
    act = forms.ChoiceField(
        choices=[("arrived", "到账了"), ("missing", "没有到账")],
        error_messages={"required": "请点“到账了”或“没有到账”。"},
    )
    note = forms.CharField(
        label="核对情况",
        help_text="没有到账必须写情况",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@desk_page("town")
@require_safe
def money(request: HttpRequest) -> HttpResponse:
    """The villages' money; what waits for the town; `?number=` finds a receipt by its number or the bank's."""
    user = person(request)
    version = campaign_on(today_of(request), user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    number = request.GET.get("number", "").strip()[:64]
    named = Q(number=number.upper()) | Q(payment__reference=number)
    found = Receipt.objects.visible_to(user).filter(named).order_by("-pk").first() if number else None
    if found:
        return redirect("town:receipt", found.pk)
    rows = town_money(user, version.programme)
    slips = Handover.objects.visible_to(user).select_related("village", "handed_by", "decided_by").order_by("-pk")
    transfers = Payment.objects.visible_to(user).filter(state=Payment.State.WAITING)
    context = {
        "villages": rows,
        "owed_fen": sum(row.owed_fen for row in rows),
        "taken_fen": sum(row.taken_fen for row in rows),
        "cash_fen": sum(row.cash_fen for row in rows),
        "transit_fen": sum(row.transit_fen for row in rows),
        "slips": list(slips.filter(state=Handover.State.WAITING)),
        "past": paged(request, slips.exclude(state=Handover.State.WAITING)),
        "transfers": transfers.select_related("order__village", "by").order_by("pk"),
        "number": number,
    }
    return page(request, _FOLDER + "money.html", context)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def difference(request: HttpRequest, code: str) -> HttpResponse:
    """A village's cash that was counted short or over: settle it."""
    user = person(request)
    village = get_object_or_404(villages_of(user).select_related("parent"), pk=code)
    open_fen = balance(Account.CASH_DIFFERENCE, village.pk)
    form, status = DifferenceForm(request.POST or None, initial={"amount": abs(open_fen)}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            try:
                settle_difference(
                    by=user, village=village, amount_fen=given["amount"], note=given["note"], key=given["key"].hex,
                    today=today_of(request), now=now_of(request),
                )  # fmt: skip
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, f"{village.name}的长短款结清 {yuan(given['amount'])} 元。")
                return redirect("town:money")
    slips = [one for one in Handover.objects.filter(village=village) if one.difference_fen]
    context = {"village": village, "open_fen": open_fen, "short_fen": abs(open_fen), "form": form, "slips": slips}
    return page(request, _FOLDER + "difference.html", context, status=status)


@desk_page("town")
@require_safe
def money_export(request: HttpRequest) -> HttpResponse:
    """The villages' money as Excel."""
    user = person(request)
    version = campaign_on(today_of(request), user.division_id)
    if version is None:
        return redirect("town:money")
    rows = town_money(user, version.programme)
    note_export(by=user, rows=len(rows), part="money")
    says = f"{user.division.name} {version.programme.name} 各村收费，{today_of(request)}，单位：元"
    return xlsx_response(f"各村收费-{today_of(request)}", [villages_sheet(rows, says)])


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def handover(request: HttpRequest, pk: int) -> HttpResponse:
    """One slip: count it and confirm, or send it back."""
    rows = Handover.objects.visible_to(person(request)).select_related("village", "handed_by", "decided_by")
    slip = get_object_or_404(rows, pk=pk)
    form, status = CountForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                words = _count(request, slip, form)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, words)
                return redirect("town:money")
    receipts = Receipt.objects.filter(payment__handover=slip).select_related("payment__order").order_by("on", "serial")
    return page(request, _FOLDER + "handover.html", {"slip": slip, "form": form, "receipts": receipts}, status=status)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_payment(request: HttpRequest, pk: int) -> HttpResponse:
    """One transfer that a village noted: is it on the account?"""
    rows = Payment.objects.visible_to(person(request)).select_related("order__village", "by", "decided_by")
    payment = get_object_or_404(rows, pk=pk)
    form, status = TransferForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            arrived = form.cleaned_data["act"] == "arrived"
            try:
                decide_transfer(
                    by=person(request),
                    payment=payment,
                    arrived=arrived,
                    note=form.cleaned_data["note"],
                    today=today_of(request),
                    now=now_of(request),
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "已记到账，收据开好了。" if arrived else "已退回村里，这笔钱还要收。")
                return redirect("town:money")
    return page(request, _FOLDER + "transfer.html", {"payment": payment, "form": form}, status=status)


def _count(request: HttpRequest, slip: Handover, form: CountForm) -> str:
    given = form.cleaned_data
    facts: dict[str, Any] = {
        "by": person(request),
        "handover": slip,
        "today": today_of(request),
        "now": now_of(request),
    }
    if given["act"] == "confirm":
        confirm_handover(received_fen=given["received"], note=given["note"], **facts)
        return f"{slip.village.name}第 {slip.pk} 号交款单已点收。"
    return_handover(note=given["note"], **facts)
    return f"第 {slip.pk} 号交款单已退回{slip.village.name}。"
