"""One claim: its page, and the forms by which two people move it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import look_at_phone, look_into, record_losses, withdraw_claim
from ankang.claims.casefile import CaseFile, case_file
from ankang.claims.deciding import CHECKS, prepare_decision, review_decision
from ankang.claims.losses import Losses, losses_of
from ankang.claims.models import Claim, Decision
from ankang.desks.components.ledger import assumed_readings, rows_of, warnings_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.agewords import age_note
from ankang.desks.insurer.forms import NoteForm, ReviewForm, WithdrawForm
from ankang.desks.insurer.losses_paper import LossesPaper
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.money import yuan_shown

SAID = {
    Decision.Verdict.APPROVED: "已同意赔付",
    Decision.Verdict.RETURNED: "已退回初审",
    Decision.Verdict.REFUSED: "已拒赔",
}


@desk_page(Desk.INSURER)
@require_safe
def claim(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, number)


@desk_page(Desk.INSURER)
@require_POST
def phone(request: HttpRequest, number: str) -> HttpResponse:
    """Show the reporter's whole telephone number once, after noting who looked."""
    whole = look_at_phone(by=person(request), claim=_claim(request, number))
    return _page(request, number, whole_phone=whole)


@desk_page(Desk.INSURER)
@require_safe
def decision_print(request: HttpRequest, number: str) -> HttpResponse:
    """计算书: the decision on paper, without diagnosis and story."""
    file = _file(request, number)
    if file.outcome is None or file.decision is None:
        raise Http404
    return page(request, "desks/insurer/decision_print.html", _shown(file))


@desk_page(Desk.INSURER)
@require_POST
def prepare(request: HttpRequest, number: str) -> HttpResponse:
    found = _claim(request, number)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _page(request, number, prepare_form=form, status=422)
    key, note = str(form.cleaned_data["key"]), form.cleaned_data["note"]
    try:
        decision = prepare_decision(by=person(request), claim=found, note=note, key=key, now=now_of(request))
    except AnkangError as error:
        return _page(request, number, prepare_form=form, status=put_errors(form, error))
    messages.success(request, f"已理算：应赔 {yuan_shown(decision.total_fen)} 元。请另一位同事复核。")
    return redirect("insurer:claim", number)


@desk_page(Desk.INSURER)
@require_POST
def review(request: HttpRequest, number: str) -> HttpResponse:
    found = _claim(request, number)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, number, review_form=form, status=422)
    given = form.cleaned_data
    decision = get_object_or_404(found.decisions, sequence=given["sequence"])
    try:
        reviewed = review_decision(
            by=person(request),
            decision=decision,
            verdict=given["verdict"],
            note=given["note"],
            checks=given["checks"],
            key=str(given["key"]),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, number, review_form=form, status=put_errors(form, error))
    said = SAID.get(Decision.Verdict(reviewed.verdict), "一级复核已同意，请有权限的同事二级复核")
    messages.success(request, f"{said}，案号 {number}。")
    return redirect("insurer:claim", number)


@desk_page(Desk.INSURER)
@require_POST
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    found = _claim(request, number)
    form = WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, number, withdraw_form=form, status=422)
    key, why = str(form.cleaned_data["key"]), form.cleaned_data["why"]
    try:
        withdraw_claim(by=person(request), claim=found, why=why, key=key, now=now_of(request))
    except AnkangError as error:
        return _page(request, number, withdraw_form=form, status=put_errors(form, error))
    messages.success(request, f"已撤案，案号 {number}。")
    return redirect("insurer:claim", number)


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "POST"])
def losses(request: HttpRequest, number: str) -> HttpResponse:
    found = _claim(request, number)
    if request.method != "POST":
        paper = LossesPaper(losses=_recorded(request, found), place=_told_place(request, found))
        return page(request, "desks/insurer/losses.html", {"claim": found, "paper": paper})
    paper, status = LossesPaper(request.POST), 422
    if paper.is_valid():
        try:
            record_losses(by=person(request), claim=found, losses=paper.losses, key=str(paper.key), now=now_of(request))
        except InvalidInput as error:
            paper.put(error)
        except AnkangError as error:
            status = put_errors(paper.main, error)
        else:
            messages.success(request, "损失已录入。下一步：初审理算。")
            return redirect("insurer:claim", number)
    return page(request, "desks/insurer/losses.html", {"claim": found, "paper": paper}, status=status)


def _claim(request: HttpRequest, number: str) -> Claim:
    visible = Claim.objects.visible_to(person(request)).select_related("resident", "village", "programme")
    return get_object_or_404(visible.with_losses(), number=number)


def _file(request: HttpRequest, number: str) -> CaseFile:
    try:
        return case_file(person(request), number, today_of(request))
    except Claim.DoesNotExist:
        raise Http404 from None


def _page(request: HttpRequest, number: str, *, status: int = 200, **more: Any) -> HttpResponse:
    """Show the claim. Diagnosis and story are opened here, and here only; each look is written down."""
    file = _file(request, number)
    context = _shown(file) | {
        "opened": look_into(by=person(request), claim=file.claim),
        "is_held": file.claim.held_until is not None and file.claim.held_until >= today_of(request),
        "is_first_person": file.decision is not None and file.decision.prepared_by_id == person(request).pk,
        "prepare_form": NoteForm(),
        "review_form": ReviewForm(initial={"sequence": file.decision.sequence if file.decision else None}),
        "withdraw_form": WithdrawForm(),
        "checks": CHECKS,
        "notice": file.claim.notices.filter(answered_at__isnull=True).first() if file.claim.is_open else None,
        "now": now_of(request),
    }
    return page(request, "desks/insurer/claim.html", context | more, status=status)


def _shown(file: CaseFile) -> dict[str, Any]:
    claim = file.claim
    outcome = file.outcome or {}
    return {
        "file": file,
        "claim": claim,
        "age": age_note(file.plan, claim.resident.birth_date, file.facts.covers, claim.event_on),
        "rows": rows_of(file.plan, outcome) if outcome else [],
        "assumed": assumed_readings(file.plan, outcome) if outcome else [],
        "warnings": warnings_of(outcome) if outcome else [],
        "total_fen": outcome.get("total_fen", 0),
        "terms_url": f"{reverse('insurer:terms')}?programme={claim.programme.slug}",
    }


def _told_place(request: HttpRequest, claim: Claim) -> str:
    """Return the place that the report told, while no losses are recorded. Opening it is written down."""
    if claim.status != Claim.Status.REPORTED or claim.place is None:
        return ""
    return look_into(by=person(request), claim=claim)["place"]


def _recorded(request: HttpRequest, claim: Claim) -> Losses | None:
    """Return the losses as they stand, None before the first record. Opening the diagnosis is written down."""
    if claim.status == Claim.Status.REPORTED:
        return None
    return losses_of(claim, look_into(by=person(request), claim=claim))
