"""今日收款, 日结 and 交款单: what was taken, closing a day, the cash that goes to the town."""

from datetime import date
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.money.sheets import takings_sheet
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.money.closings import close_day, day_figures, open_days
from ankang.money.handovers import hand_over
from ankang.money.models import Account, Handover, Payment, Receipt, VillageDay
from ankang.money.queries import balance
from ankang.roster.looks import note_export
from ankang.rules.days import short_day_words
from ankang.rules.errors import AnkangError

_FOLDER = "desks/village/money/"


class HandoverForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    expected = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    counted = MoneyField(label="实际点到的现金（元）", help_text="把钱点一遍再填")
    explanation = forms.CharField(
        label="差额说明",
        help_text="点到的和应交的不一样才填：差在哪里、怎么办",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@desk_page("village")
@require_safe
def takings(request: HttpRequest) -> HttpResponse:
    """`?day=2024-03-04`: a day's receipts and sums; the days that wait for closing."""
    user, today = person(request), today_of(request)
    day = _day(request.GET.get("day", "")) or today
    rows = Receipt.objects.visible_to(user).filter(on=day).select_related("payment__order").order_by("serial")
    waiting = Payment.objects.visible_to(user).filter(state=Payment.State.WAITING).select_related("order")
    context = {
        "day": day,
        "is_today": day == today,
        "receipts": rows,
        "figures": day_figures(user.division, day),
        "stored": VillageDay.objects.filter(village=user.division_id, on=day).first(),
        "open_days": [one for one in open_days(user.division, today) if one != day],
        "closed": paged(request, VillageDay.objects.filter(village=user.division_id, closed_at__isnull=False)),
        "waiting": waiting,
    }
    return page(request, _FOLDER + "takings.html", context)


@desk_page("village")
@require_POST
def takings_close(request: HttpRequest) -> HttpResponse:
    """Close a day."""
    user, day = person(request), _day(request.POST.get("day", ""))
    if day is None:
        return redirect("village:takings")
    try:
        close_day(by=user, village=user.division, on=day, today=today_of(request), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{short_day_words(day)}已经日结。以后更正只能作废或退款，记在后面的日子。")
    response = redirect("village:takings")
    response["Location"] += f"?day={day.isoformat()}"
    return response


@desk_page("village")
@require_safe
def takings_export(request: HttpRequest) -> HttpResponse:
    """A day's receipts as Excel."""
    user = person(request)
    day = _day(request.GET.get("day", "")) or today_of(request)
    rows = list(
        Receipt.objects.visible_to(user).filter(on=day).select_related("village", "payment__order", "payment__by")
    )
    note_export(by=user, rows=len(rows), part="receipts")
    return xlsx_response(f"收款-{user.division.name}-{day}", [takings_sheet(rows, f"{user.division.name} {day} 收款")])


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def handovers(request: HttpRequest) -> HttpResponse:
    """The cash that must go to the town, and the slips so far."""
    user = person(request)
    expected = balance(Account.VILLAGE_CASH, user.division_id)
    form, status = HandoverForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                slip = hand_over(
                    by=user,
                    village=user.division,
                    expected_fen=form.cleaned_data["expected"],
                    counted_fen=form.cleaned_data["counted"],
                    explanation=form.cleaned_data["explanation"],
                    key=form.cleaned_data["key"].hex,
                    today=today_of(request),
                    now=now_of(request),
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, f"第 {slip.pk} 号交款单开好了。打印两份，连现金一起交镇民政办点收。")
                return redirect("village:handovers")
    rows = Handover.objects.visible_to(user).select_related("handed_by", "decided_by").order_by("-pk")
    slips, waits = paged(request, rows), rows.filter(state=Handover.State.WAITING).exists()
    context = {"expected_fen": expected, "form": form, "slips": slips, "waits": waits}
    return page(request, _FOLDER + "handovers.html", context, status=status)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
