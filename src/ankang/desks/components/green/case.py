"""One claim at its window: what is payable in plain words, who agreed, the payment, the stub to take home."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.advances import pay_at_window
from ankang.claims.death_models import DeathReport
from ankang.claims.documents import held_codes
from ankang.claims.further_bills import CLOSED
from ankang.claims.green_queries import GreenCase, green_case
from ankang.claims.models import Claim
from ankang.claims.notices import still_asked
from ankang.claims.payees import PayeeEntry, enter_payees
from ankang.claims.payout_models import Payee
from ankang.claims.permissions import require_green
from ankang.claims.taking_back import agree_parts, take_back
from ankang.desks.components.green.forms import CardForm, CashForm, SignedForm, TakenBackForm
from ankang.desks.components.green.words import Sentence, sentences
from ankang.desks.components.instalments import PartsForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, installation_of, now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, Paper, Table, Text, paper_pdf
from ankang.rules.days import day_words
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.heirs import by_shares
from ankang.rules.money import yuan, yuan_shown

PAGE = desk_page(Desk.WINDOW, Desk.FUNERAL)


@PAGE
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, _case(request, number))


@PAGE
@require_POST
def pay(request: HttpRequest, number: str) -> HttpResponse:
    """Hand the money out, once the insurer agreed: to who is named on the form, or to the heirs named before."""
    found = _case(request, number)
    named = _named(found)
    if not named and person(request).desk == Desk.FUNERAL:  # heirs with cards are paid by the insurer
        raise Http404
    form: CashForm | SignedForm = SignedForm(request.POST) if named else CashForm(request.POST)
    if not form.is_valid():
        return _page(request, found, pay_form=form, status=422)
    entries = named if named else [form.entry] if isinstance(form, CashForm) else []
    key, now = str(form.cleaned_data["key"]), now_of(request)
    try:
        made = pay_at_window(by=person(request), claim=found.claim, payees=entries, key=key, now=now)
    except AnkangError as error:
        return _page(request, found, pay_form=form, status=put_errors(form, _unnumbered(error)))
    messages.success(request, f"已付 {yuan_shown(sum(one.amount_fen for one in made))} 元，请打印回单给家属。")
    return redirect(desk_url(request, "case", number))


@PAGE
@require_POST
def card(request: HttpRequest, number: str) -> HttpResponse:
    """Write down the card that the insurer shall transfer to."""
    found, form = _case(request, number), CardForm(request.POST)
    if not form.is_valid():
        return _page(request, found, card_form=form, status=422)
    key, now = str(form.cleaned_data["key"]), now_of(request)
    try:
        enter_payees(by=person(request), claim=found.claim, payees=[form.entry], key=key, now=now, permit=require_green)
    except AnkangError as error:
        return _page(request, found, card_form=form, status=put_errors(form, _unnumbered(error)))
    messages.success(request, "银行卡已登记，中国人寿复核后转账。")
    return redirect(desk_url(request, "case", number))


@PAGE
@require_POST
def money_back(request: HttpRequest, number: str) -> HttpResponse:
    """Take the cash that the family brings back, all of it or a part."""
    found, form = _case(request, number), TakenBackForm(request.POST)
    if (owed := found.to_come_back) is None:
        raise Http404
    if not form.is_valid():
        return _page(request, found, back_form=form, status=422)
    now, given = now_of(request), {"key": str(form.cleaned_data["key"]), "amount_fen": form.cleaned_data["amount_fen"]}
    try:
        done = take_back(by=person(request), found=owed, on=timezone.localdate(now), reference="", now=now, **given)
    except AnkangError as error:
        return _page(request, found, back_form=form, status=put_errors(form, error))
    messages.success(request, f"已收回 {yuan_shown(done.amount_fen)} 元，收据号 {done.reference}，请打印回单给家属。")
    return redirect(desk_url(request, "case", number))


@PAGE
@require_POST
def parts(request: HttpRequest, number: str) -> HttpResponse:
    """Note in which parts the family will bring the money back."""
    found, form = _case(request, number), PartsForm(request.POST)
    if (owed := found.to_come_back) is None:
        raise Http404
    if not form.is_valid():
        return _page(request, found, parts_form=form, status=422)
    try:
        agree_parts(by=person(request), found=owed, parts=form.parts, now=now_of(request))
    except AnkangError as error:
        return _page(request, found, parts_form=form, status=put_errors(form, error))
    messages.success(request, "已记下约定的分期，到期会在“今日单据”提醒。")
    return redirect(desk_url(request, "case", number))


@PAGE
@require_safe
def stub(request: HttpRequest, number: str) -> HttpResponse:
    """回单: what the family takes home, A5, without diagnosis and identity number."""
    found = _case(request, number)
    now = now_of(request)
    content = paper_pdf(_stub_of(request, found), at=now)
    return download(content, f"回单-{number}.pdf", PDF_TYPE)


def _stub_of(request: HttpRequest, found: GreenCase) -> Paper:
    claim, decision = found.claim, found.decision
    blocks: list[Text | Table] = [
        Text(f"案号：{claim.number}"),
        Text(f"老人：{claim.resident.name}，{claim.village.name}。{_when(claim)}。"),
    ]
    lines = [(one.benefit, one.says, yuan(one.amount_fen)) for one in _said(found) if one.amount_fen]
    if decision and lines:
        total = ("合计", "", yuan(sum(one.amount_fen for one in _said(found))))
        blocks.append(Table(("责任", "怎么算", "金额（元）"), [*lines, total], (4, 8, 4), totals=1, left=(1,)))
    blocks.append(Text(_state(found)))
    if claim.cause == Claim.Cause.ACCIDENT and claim.died_on and claim.is_open:
        asked = "；".join(f"{one.title}（{one.words}）" for one in _of_death(claim)["lacks"])
        still = f"还要交：{asked}。" if asked else ""
        blocks.append(Text(f"意外部分由中国人寿审核，同意以后转账。{still}"))
    blocks += [
        Text(
            f"{one.payout.payee.name}（{one.payout.payee.get_relation_display()}）"
            f"{day_words(one.paid_on)}领现金{yuan(one.amount_fen)}元，凭证号{one.payout.number}。签字："
        )
        for one in found.advances
    ]
    blocks += [
        Text(f"重新理算后多付的钱，{day_words(one.on)}家属退回{yuan(one.amount_fen)}元，收据号{one.reference}。")
        for one in found.receipts
    ]
    if owed := found.to_come_back:
        blocks.append(Text(f"多付的钱还差{yuan(owed.left_fen)}元，请家属退回窗口。"))
    blocks.append(Text("查询进度请打中国人寿电话95519，报案号。"))
    by, sample = person(request), "（示例）" if installation_of(request).is_sample else ""
    title = f"安康关爱行动理赔回单{sample}"
    day = timezone.localdate(now_of(request))
    return Paper(title, blocks, signed=f"{by.division.name}{by.get_desk_display()}", day=day_words(day), size="a5")


def _when(claim: Claim) -> str:
    return f"去世日期：{day_words(claim.died_on)}" if claim.died_on else f"事故日期：{day_words(claim.event_on)}"


def _state(found: GreenCase) -> str:
    if found.advances:
        return f"已由{found.claim.reported_by.get_desk_display()}当场付款。"
    if found.hindrance:
        return "中国人寿复核后，把钱转到登记的银行卡，不用再跑。"
    return "中国人寿同意后付款。" if not found.is_agreed else "中国人寿已同意，等付款。"


def _said(found: GreenCase) -> list[Sentence]:
    if found.decision is None:
        return []
    only = {line.benefit for line in found.decision.lines.all()} if found.decision.kind == "partial" else None
    return sentences(found.plan, found.decision.outcome, only)


def _named(found: GreenCase) -> list[PayeeEntry]:
    """The heirs whom the funeral home wrote down; nobody where only a card for a transfer is."""
    rows = found.claim.payees.filter(replaced_at__isnull=True, round=found.claim.round, means=Payee.Means.CASH)
    return [PayeeEntry(one.name, one.relation, one.means, share=one.share_of) for one in rows]


def _case(request: HttpRequest, number: str) -> GreenCase:
    try:
        return green_case(person(request), number)
    except Claim.DoesNotExist:
        raise Http404 from None


def _unnumbered(error: AnkangError) -> AnkangError:
    """Name the fields of the one payee as the form does: `payee-0-account` is `account`."""
    errors = error.fields.get("errors")
    if not isinstance(errors, dict):
        return error
    named = {str(name).rpartition("-")[2]: text.removeprefix("第1位收款人：") for name, text in errors.items()}
    return InvalidInput(error.message, errors=named)


def _page(request: HttpRequest, found: GreenCase, *, status: int = 200, **more: Any) -> HttpResponse:
    said = _said(found)
    payees = list(found.claim.payees.filter(replaced_at__isnull=True, round=found.claim.round))
    owed = found.to_come_back
    has_heirs = any(one.means == Payee.Means.CASH for one in payees)
    pay_form: forms.Form = SignedForm(auto_id="id_%s_pay") if has_heirs else CashForm(auto_id="id_%s_pay")
    context = {
        "case": found,
        "claim": found.claim,
        "said": said,
        "total_fen": sum(one.amount_fen for one in said),
        "payees": _with_amounts(found, payees),
        "by_card": bool(payees) and not has_heirs,
        "pay_form": pay_form,
        "card_form": CardForm(auto_id="id_%s_card"),
        "back_form": TakenBackForm(auto_id="id_%s_back", initial={"amount_fen": owed.left_fen if owed else None}),
        "owed_due": owed.due(timezone.localdate(now_of(request))) if owed else None,
        "parts_form": PartsForm(parts=owed.agreed if owed else ()),
        "urls": {
            name.replace("-", "_"): reverse(f"{person(request).desk}:{name}", args=(found.claim.number,))
            for name in ("pay", "card", "stub", "case", "take-back", "parts")
        },
    }
    if person(request).desk != Desk.FUNERAL:
        claim = found.claim
        context["further"] = claim.further_bills.filter(state="waiting").first()
        may = claim.status not in (*CLOSED, Claim.Status.PREPARED) and claim.cause == Claim.Cause.ACCIDENT
        context["may_add"] = may and not context["further"]
        return page(request, "desks/components/green/case.html", context | more, status=status)
    death = _of_death(found.claim)
    if death["death"] and death["death"].cause == DeathReport.Cause.UNKNOWN:  # what it was not is not known
        context["said"] = [one for one in said if one.amount_fen]
    return page(request, "desks/funeral/case.html", context | death | more, status=status)


def _of_death(claim: Claim) -> dict[str, Any]:
    """What a funeral home's page says beside: the death's other claim, and the papers still asked for."""
    of_claim = Q(claim=claim) | Q(accident_claim=claim)
    notice = claim.notices.filter(answered_at__isnull=True).first()
    return {
        "death": DeathReport.objects.filter(of_claim).select_related("claim", "accident_claim").last(),
        "lacks": still_asked(notice, held_codes(claim.documents.all())) if notice else (),
        "is_funeral": True,
    }


def _with_amounts(found: GreenCase, payees: Sequence[Payee]) -> list[Payee]:
    """Return the payees, each with what it gets of what is left (`gets_fen`)."""
    parts = by_shares(found.left_fen, [one.share_of for one in payees]) if payees else ()
    for one, part in zip(payees, parts, strict=True):
        one.gets_fen = part  # type: ignore[attr-defined]
    return list(payees)
