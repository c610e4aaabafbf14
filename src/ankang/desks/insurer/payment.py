"""付款 of one claim: who gets it, ordering, what became of each payment, and the voucher."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.models import Claim
from ankang.claims.payees import PayeeEntry, enter_payees, look_at_account
from ankang.claims.payout_models import Payee, Payout
from ankang.claims.payouts import (
    confirm_paid,
    decision_to_pay,
    note_failed,
    order_payment,
    retry_payment,
    same_day_hindrance,
    stands_fen,
)
from ankang.claims.take_back_models import TakeBack
from ankang.claims.taking_back import agree_parts, take_back
from ankang.desks.capitals import capitals
from ankang.desks.components.case_forms import KeyForm, PayeeForm, put_row_errors
from ankang.desks.components.day_field import DayField
from ankang.desks.components.instalments import PartsForm
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.course import insurer_name
from ankang.desks.keys import row_key
from ankang.desks.pages import installation_of, now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, pdf
from ankang.rules.days import day_words
from ankang.rules.errors import AnkangError
from ankang.rules.money import yuan, yuan_shown

PayeeRows = forms.formset_factory(PayeeForm, extra=3, max_num=12, absolute_max=12)


class PaidForm(KeyForm):
    payout = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label="付款日")
    reference = forms.CharField(label="回单号", help_text="银行回单号，或现金签收单号", max_length=60, required=False)


class BackForm(KeyForm):
    amount_fen = MoneyField(label="这次退回（元）", help_text="一次退清，或先退一部分")
    on = DayField(label="退回日")
    reference = forms.CharField(label="回单号", help_text="银行回单号", max_length=60, required=False)


class FailedForm(KeyForm):
    payout = forms.IntegerField(widget=forms.HiddenInput)
    on = DayField(label="退回日")
    reason = forms.CharField(label="退回原因", help_text="照回单抄，例如：户名不符", max_length=200, required=False)


class RetryForm(KeyForm):
    payout = forms.IntegerField(widget=forms.HiddenInput)
    means = forms.ChoiceField(label="怎么付", choices=Payee.Means.choices, error_messages={"required": "请选怎么付。"})
    bank = forms.CharField(label="开户行", max_length=80, required=False)
    account = forms.CharField(label="更正后的卡号", max_length=30, required=False)


@desk_page(Desk.INSURER)
@require_safe
def payment(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, _claim(request, number))


@desk_page(Desk.INSURER)
@require_POST
def payees(request: HttpRequest, number: str) -> HttpResponse:
    """Write down who gets the money, in place of whom was written before."""
    claim = _claim(request, number)
    rows, key = PayeeRows(request.POST, prefix="payee"), KeyForm(request.POST)
    status = 422
    if rows.is_valid() and key.is_valid():
        entries = [row.entry for row in rows if row.is_filled]
        try:
            enter_payees(
                by=person(request),
                claim=claim,
                payees=entries,
                key=str(key.cleaned_data["key"]),
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_row_errors(rows, key, error)
        else:
            messages.success(request, "收款人已登记。")
            return redirect("insurer:payment", number)
    return _page(request, claim, rows=rows, key=key, status=status)


@desk_page(Desk.INSURER)
@require_POST
def payment_order(request: HttpRequest, number: str) -> HttpResponse:
    claim, form = _claim(request, number), KeyForm(request.POST)
    status = 422
    if form.is_valid():
        try:
            ordered = order_payment(
                by=person(request), claim=claim, key=str(form.cleaned_data["key"]), now=now_of(request)
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            total = yuan_shown(sum(one.amount_fen for one in ordered))
            messages.success(request, f"已申请付款 {total} 元，请另一位同事在“付款与回单”放款。")
            return redirect("insurer:payment", number)
    return _page(request, claim, order_form=form, status=status)


@desk_page(Desk.INSURER)
@require_POST
def payment_end(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """`paid`, `failed` or `retry`: what became of one payment, or ordering it once more; `back`: too much came back;
    `parts`: in which parts it shall.
    """
    claim = _claim(request, number)
    if what == "parts":
        return _agree(request, claim)
    kinds: dict[str, type[KeyForm]] = {"paid": PaidForm, "failed": FailedForm, "retry": RetryForm, "back": BackForm}
    if what not in kinds:
        raise Http404
    form, status = kinds[what](request.POST, auto_id=_auto_id(what, request.POST.get("payout", ""))), 422
    if form.is_valid():
        given = form.cleaned_data
        try:
            said = _back(request, claim, given) if what == "back" else _end(request, what, claim, given)
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, said)
            return redirect("insurer:payment", number)
    return _page(request, claim, ended=form, what=what, status=status)


def _auto_id(what: str, payout: object) -> str:
    """Return how the fields of one payment's form are called: a page shows several payments."""
    pk = str(payout)
    return f"id_%s_{what}_{pk}" if pk.isascii() and pk.isdigit() else f"id_%s_{what}"


def _forms_of(payout: Payout, today: date, wrong: KeyForm | None, what: str) -> dict[str, KeyForm]:
    """Return the forms of one payment: what became of it; the one that was wrong as it was typed."""
    paid, failed, retry = (_auto_id(name, payout.pk) for name in ("paid", "failed", "retry"))
    forms_ = {
        "paid": PaidForm(auto_id=paid, initial={"on": today}),
        "failed": FailedForm(auto_id=failed, initial={"on": today}),
        "retry": RetryForm(auto_id=retry, initial={"means": payout.payee.means, "bank": payout.payee.bank}),
    }
    if wrong is not None and wrong.data.get("payout") == str(payout.pk):
        forms_[what] = wrong
    return forms_


def _agree(request: HttpRequest, claim: Claim) -> HttpResponse:
    found, form, status = _take_back(claim), PartsForm(request.POST), 422
    if form.is_valid():
        try:
            agree_parts(by=person(request), found=found, parts=form.parts, now=now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "已记下约定的分期，到期会在“我的待办”提醒。")
            return redirect("insurer:payment", claim.number)
    return _page(request, claim, parts_form=form, status=status)


def _take_back(claim: Claim) -> TakeBack:
    return get_object_or_404(claim.take_backs.filter(cancelled_at__isnull=True).order_by("-pk")[:1])


def _back(request: HttpRequest, claim: Claim, given: dict[str, Any]) -> str:
    found = _take_back(claim)
    done = take_back(
        by=person(request),
        found=found,
        amount_fen=given["amount_fen"],
        on=given["on"],
        reference=given["reference"],
        key=str(given["key"]),
        now=now_of(request),
    )
    left = done.take_back.left_fen
    return f"已收回多付的 {yuan_shown(done.amount_fen)} 元{f'，还差 {yuan_shown(left)} 元' if left else ''}。"


def _end(request: HttpRequest, what: str, claim: Claim, given: dict[str, Any]) -> str:
    payout = get_object_or_404(claim.payouts.select_related("claim", "payee"), pk=given["payout"])
    by, now, key = person(request), now_of(request), str(given["key"])
    if what == "paid":
        confirm_paid(by=by, payout=payout, on=given["on"], reference=given["reference"], key=key, now=now)
        return f"{payout.number} 已付。"
    if what == "failed":
        note_failed(by=by, payout=payout, on=given["on"], reason=given["reason"], key=key, now=now)
        return f"{payout.number} 已记为退回，请更正卡号后重付。"
    payee = payout.payee
    entry = PayeeEntry(payee.name, payee.relation, given["means"], given["bank"], given["account"], payee.share_of)
    again = retry_payment(by=by, payout=payout, entry=entry, key=key, now=now)
    return f"已重新申请付款 {again.number}，请另一位同事放款。"


@desk_page(Desk.INSURER)
@require_POST
def account(request: HttpRequest, number: str) -> HttpResponse:
    """Show a payee's whole account number once, after noting who looked."""
    claim = _claim(request, number)
    payee = get_object_or_404(claim.payees.select_related("claim"), pk=row_key(request.POST.get("payee", "")))
    whole = look_at_account(by=person(request), payee=payee)
    return _page(request, claim, whole={payee.pk: whole})


@desk_page(Desk.INSURER)
@require_safe
def voucher(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """支付凭证 of one payment, with the amount in capitals."""
    claim = _claim(request, number)
    rows = claim.payouts.select_related("payee", "ordered_by", "released_by")
    payout = get_object_or_404(rows.exclude(state=Payout.State.CANCELLED), pk=pk)
    payee = payout.payee
    to = f"{payee.bank}，尾号 {payee.account_tail}" if payee.means == Payee.Means.BANK else "窗口现金"
    day = timezone.localdate(payout.released_at or payout.ordered_at)
    content = pdf(
        "voucher",
        {
            "title": "支付凭证",
            "insurer": insurer_name(person(request)),
            "number": payout.number,
            "rows": [
                ["案号", claim.number, "被保险人", claim.resident.name],
                ["收款人", payee.name, "与老人关系", payee.get_relation_display()],
                ["付款方式", to, "日期", day_words(day)],
                ["状态", payout.get_state_display(), "回单号", payout.reference or "—"],
            ],
            "capitals": capitals(payout.amount_fen),
            "figure": yuan(payout.amount_fen),
            "signs": [
                f"申请：{payout.ordered_by.full_name}",
                f"放款：{payout.released_by.full_name if payout.released_by else '　　　'}",
                "收款人签字：",
                "",
            ],
            "sample": installation_of(request).is_sample,
        },
        at=payout.released_at or payout.ordered_at,
    )
    return download(content, f"支付凭证-{payout.number}.pdf", PDF_TYPE)


def _claim(request: HttpRequest, number: str) -> Claim:
    visible = Claim.objects.visible_to(person(request)).select_related("resident", "village", "programme")
    return get_object_or_404(visible, number=number)


def _empty_rows(claim: Claim) -> Any:
    """Return one row for the living, who are paid themselves; some for heirs."""
    rows = PayeeRows(prefix="payee")
    rows.extra = 3 if claim.died_on else 1
    return rows


def _page(request: HttpRequest, claim: Claim, *, status: int = 200, **more: Any) -> HttpResponse:
    decision = decision_to_pay(claim)
    named = list(claim.payees.filter(replaced_at__isnull=True, round=claim.round))
    payouts = list(claim.payouts.select_related("payee", "ordered_by", "released_by", "retried_by").order_by("pk"))
    live = [one for one in payouts if one.state in Payout.LIVE]
    # What came back stays ordered until it is ordered once more.
    back = [one for one in payouts if one.state == Payout.State.FAILED and not hasattr(one, "retried_by")]
    take_backs = list(claim.take_backs.told())
    returned = sum(one.returned_fen for one in take_backs)
    owed = next((one for one in take_backs if one.returned_at is None and one.cancelled_at is None), None)
    whole = more.pop("whole", {})
    wrong, what, today = more.get("ended"), more.get("what", ""), now_of(request).date()
    for one in payouts:
        one.forms = _forms_of(one, today, wrong, what)  # type: ignore[attr-defined]
    context = {
        "claim": claim,
        "decision": decision,
        "stands_fen": stands_fen(claim),
        "ordered_fen": sum(one.amount_fen for one in [*live, *back]) - returned,
        "paid_fen": sum(one.amount_fen for one in live if one.state == Payout.State.PAID) - returned,
        "take_backs": take_backs,
        "to_come_back": owed,
        "owed_due": owed.due(today) if owed else None,
        "parts_form": PartsForm(parts=owed.agreed if owed else ()),
        "hindrance": same_day_hindrance(decision, now_of(request)) if decision else "",
        "payees": [(one, whole.get(one.pk, "")) for one in named],
        "payouts": payouts,
        "came_back": bool(back),
        "rows": _empty_rows(claim),
        "key": KeyForm(),
        "order_form": KeyForm(),
        "back_form": wrong
        if what == "back"
        else BackForm(
            auto_id="id_%s_back",
            initial={"on": today, "amount_fen": owed.left_fen if owed else None},
        ),
    }
    return page(request, "desks/insurer/payment.html", context | more, status=status)


payment_pages = [
    path("claims/<str:number>/payment/", payment, name="payment"),
    path("claims/<str:number>/payment/payees/", payees, name="payees"),
    path("claims/<str:number>/payment/account/", account, name="account_number"),
    path("claims/<str:number>/payment/order/", payment_order, name="payment_order"),
    path("claims/<str:number>/payment/vouchers/<int:pk>/", voucher, name="voucher"),
    path("claims/<str:number>/payment/<str:what>/", payment_end, name="payment_end"),
]
