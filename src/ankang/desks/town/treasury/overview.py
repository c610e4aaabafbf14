"""出资与汇缴: where the money stands, and what has to be done next."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.permissions import desk_page
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.town.treasury.common import FOLDER, SlipForm, acting, no_campaign, version_of
from ankang.gateways import gateway
from ankang.money.models import Account
from ankang.money.queries import balance
from ankang.rules.errors import AnkangError
from ankang.treasury.banking import bank_money
from ankang.treasury.charges import repay_charge
from ankang.treasury.errors import NoGateway
from ankang.treasury.instalments import waited
from ankang.treasury.models import Charge
from ankang.treasury.overview import standing
from ankang.treasury.refunds import receive_from_insurer
from ankang.treasury.remittances import INSURER


class BankForm(SlipForm):
    source = forms.ChoiceField(
        label="钱从哪里来",
        choices=[("cash", "镇里的现金存入专户"), ("gateway", "支付平台结算到专户"), ("insurer", "保险公司退回的保费")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选钱从哪里来。"},
    )
    fee = MoneyField(
        label="平台扣的手续费（元）", required=False, help_text="只有支付平台结算才有；这笔由镇里补，不从保费里出。"
    )
    field_order = ("source", "amount", "fee", "reference", "on")


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def treasury(request: HttpRequest) -> HttpResponse:
    """The sums and the to-dos; a POST books money that reached the account."""
    version = version_of(request)
    if version is None:
        return no_campaign(request)
    form, status = BankForm(initial={"on": now_of(request).date(), "source": "cash"}), 200
    if request.method == "POST":
        form, status = BankForm(request.POST), 422
        if form.is_valid():
            try:
                _bank(request, version.programme, form.cleaned_data)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "已记入专户。")
                return redirect("town:treasury")
    town = person(request).division_id
    insurer_fen = balance(Account.INSURER_DUE, INSURER)
    context = {
        "form": form,
        "standing": standing(person(request), version),
        "waited": waited(person(request), today_of(request)),
        "bank_fen": balance(Account.TOWN_BANK, town),
        "cash_fen": balance(Account.TOWN_CASH, town),
        "gateway_fen": balance(Account.GATEWAY, town),
        "fee_fen": balance(Account.BANK_FEE, town),
        "interest_fen": -balance(Account.BANK_INTEREST, town),
        "insurer_fen": insurer_fen,
        "owed_fen": -insurer_fen,
        "surplus": Charge.objects.visible_to(person(request))
        .filter(state=Charge.State.SURPLUS)
        .select_related("order__village"),
    }
    return page(request, FOLDER + "overview.html", context, status=status)


@desk_page("town")
@require_POST
def charge_repay(request: HttpRequest, pk: int) -> HttpResponse:
    """Give back what was paid too much by telephone."""
    found = get_object_or_404(Charge.objects.visible_to(person(request)).select_related("order"), pk=pk)
    try:
        way = gateway()
        if way is None:
            raise NoGateway("这里没有开通扫码付款，不能原路退回。请联系管系统的人。")
        told = acting(request)
        repay_charge(charge=found, gateway=way, on=told["now"].date(), **told)
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已原路退回。")
    return redirect("town:treasury")


def _bank(request: HttpRequest, programme: Any, given: dict[str, Any]) -> None:
    told = {
        "amount_fen": given["amount"],
        "reference": given["reference"],
        "on": given["on"],
        "key": str(given["key"]),
    } | acting(request)
    if given["source"] == "insurer":
        receive_from_insurer(programme=programme, **told)
    else:
        bank_money(source=given["source"], fee_fen=given["fee"], **told)
