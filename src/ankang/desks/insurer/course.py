"""办理事项 of one claim: its clocks, and what may happen to it besides the decision. One form an act."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import desk_page
from ankang.claims.appeals import answer_appeal, enter_appeal, took_part
from ankang.claims.casefile import CaseFile, case_file
from ankang.claims.certain import prepare_certain, review_certain
from ankang.claims.clocks import clocks_of
from ankang.claims.correcting import OPEN_TO_CORRECTION, correct_claim
from ankang.claims.course_models import Appeal
from ankang.claims.holding import hold_claim, lift_hold
from ankang.claims.letters import issue_letter, letter_paper
from ankang.claims.models import Claim, Decision
from ankang.claims.reopening import DECIDED, challenge_decision, review_reversal
from ankang.claims.signals import signals_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer import course_forms as forms_
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.rules.errors import AnkangError
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind

Given = dict[str, Any]


def _hold(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    hold_claim(by=by, claim=file.claim, reason=given["reason"], until=given["until"], key=given["key"], now=now)
    return "已暂缓，到期自动恢复。"


def _lift(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    lift_hold(by=by, claim=file.claim, note=given["note"], key=given["key"], now=now)
    return "已恢复办理。"


def _certain(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    prepare_certain(by=by, claim=file.claim, amounts=given["amounts"], note=given["note"], key=given["key"], now=now)
    return "先行赔付已登记，请另一位同事复核。"


def _certain_review(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    decision = get_object_or_404(file.claim.decisions, sequence=given["sequence"])
    done = review_certain(
        by=by,
        decision=decision,
        verdict=given["verdict"],
        note=given["note"],
        checks=given["checks"],
        key=given["key"],
        now=now,
    )
    if done.verdict == Decision.Verdict.PENDING:
        return "一级复核已同意，请有权限的同事二级复核。"
    return "已同意先行赔付，可以付款；其余部分接着办。" if done.verdict == "approved" else "已退回初审。"


def _challenge(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    challenge_decision(by=by, claim=file.claim, reason=given["reason"], key=given["key"], now=now)
    return "冲回申请已登记，请另一位同事复核；复核以前，原来的决定照旧有效。"


def _correct(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    told = {name: given[name] for name in ("event_on", "cause", "situations", "reason", "key")}
    correct_claim(by=by, claim=file.claim, now=now, **told)
    return "已更正，原来写的留档；应赔照更正后的重新算了，材料清单也重新列了，请看一遍。"


def _reversal_review(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    decision = get_object_or_404(file.claim.decisions, sequence=given["sequence"])
    agree = given["verdict"] == "approved"
    done = review_reversal(by=by, decision=decision, agree=agree, note=given["note"], key=given["key"], now=now)
    if done.verdict == Decision.Verdict.PENDING:
        return "一级复核已同意，请有权限的同事二级复核。"
    if agree and done.claim.status == Claim.Status.PREPARED:
        return "已冲回，窗口补交的票据已经算进去，请到“理算”页复核新的应赔。"
    return "已冲回，限额已退回，请重新理算。" if agree else "不冲回，原决定维持。"


def _appeal(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    told = {name: given[name] for name in ("who", "appealed_on", "reasons", "key")}
    enter_appeal(by=by, claim=file.claim, now=now, **told)
    return "申诉已登记，要由没有办过这件的同事答复。"


def _answer(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    appeal = get_object_or_404(file.claim.appeals, state=Appeal.State.WAITING)
    upheld = given["verdict"] == "upheld"
    answer_appeal(by=by, appeal=appeal, upheld=upheld, answer=given["answer"], key=given["key"], now=now)
    return "申诉成立，冲回申请已登记，请另一位同事复核。" if upheld else "已答复：维持原决定。"


def _letter(by: User, file: CaseFile, given: Given, now: datetime) -> str:
    letter = issue_letter(by=by, claim=file.claim, key=given["key"], now=now)
    return f"拒赔通知书 {letter.number} 已出具，请下载、盖章、送达。"


Run = Callable[[User, CaseFile, Given, datetime], str]
ACTS: dict[str, tuple[type[forms.Form], Run]] = {
    "hold": (forms_.HoldForm, _hold),
    "lift": (forms_.LiftForm, _lift),
    "certain": (forms_.CertainForm, _certain),
    "certain-review": (forms_.CertainReviewForm, _certain_review),
    "correct": (forms_.CorrectForm, _correct),
    "challenge": (forms_.ChallengeForm, _challenge),
    "reversal-review": (forms_.ReversalReviewForm, _reversal_review),
    "appeal": (forms_.AppealForm, _appeal),
    "answer": (forms_.AnswerForm, _answer),
    "letter": (forms_.LetterForm, _letter),
}


@desk_page(Desk.INSURER)
@require_safe
def course(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, _file(request, number))


@desk_page(Desk.INSURER)
@require_POST
def course_act(request: HttpRequest, number: str, what: str) -> HttpResponse:
    """Carry out one act of `ACTS`; what is wrong with its form is told on the page."""
    file = _file(request, number)
    if what not in ACTS:
        raise Http404
    kind, run = ACTS[what]
    form = _form(kind, file, request.POST)
    status = 422
    if form.is_valid():
        given = form.cleaned_data | {"key": str(form.cleaned_data["key"])}
        if isinstance(form, forms_.CertainForm):
            given["amounts"] = form.amounts
        try:
            said = run(person(request), file, given, now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, said)
            return redirect("insurer:course", number)
    return _page(request, file, bound={what: form}, status=status)


@desk_page(Desk.INSURER)
@require_safe
def letter_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The refusal letter as a PDF, as it was issued."""
    file = _file(request, number)
    letter = file.claim.letters.select_related("claim__resident", "claim__programme").last()
    if letter is None:
        raise Http404
    content = paper_pdf(letter_paper(letter, insurer_name(person(request))), at=letter.issued_at)
    return download(content, f"拒赔通知书-{letter.number}.pdf", PDF_TYPE)


def insurer_name(user: User) -> str:
    """Return how the insurer signs its papers."""
    return f"中国人寿保险股份有限公司（{user.division.name}业务）"


def _file(request: HttpRequest, number: str) -> CaseFile:
    try:
        return case_file(person(request), number, today_of(request))
    except Claim.DoesNotExist:
        raise Http404 from None


def _form(kind: type[forms.Form], file: CaseFile, data: Any = None) -> forms.Form:
    if kind is forms_.CertainForm:
        return forms_.CertainForm(data, lines=_lines(file))
    if kind is forms_.CorrectForm:
        claim = file.claim
        told = {"event_on": claim.event_on, "cause": claim.cause, "situations": claim.situations.split()}
        return forms_.CorrectForm(data, initial=told)
    return kind(data)


def _lines(file: CaseFile) -> list[tuple[str, str, str, int]]:
    """The lines that the rules pay now: product, benefit, name, fen."""
    lines = file.outcome["lines"] if file.outcome else []
    names = {product.code: product.name for product in file.plan.products}
    return [
        (
            line["product"],
            line["benefit"],
            f"{names[line['product']]} {BENEFIT_NAMES[BenefitKind(line['benefit'])]}",
            line["amount_fen"],
        )
        for line in lines
        if line["amount_fen"]
    ]


def _page(
    request: HttpRequest, file: CaseFile, *, bound: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    claim, user, today = file.claim, person(request), today_of(request)
    pending = claim.decisions.filter(verdict=Decision.Verdict.PENDING).select_related("prepared_by").first()
    appeals = list(claim.appeals.select_related("entered_by", "answered_by"))
    waiting = next((one for one in appeals if one.state == Appeal.State.WAITING), None)
    shown = {what: _form(kind, file) for what, (kind, _) in ACTS.items()} | (bound or {})
    context = {
        "file": file,
        "claim": claim,
        "clocks": clocks_of(claim, today),
        "pending": pending,
        "appeals": appeals,
        "waiting": waiting,
        "may_answer": waiting is not None and not took_part(claim, user),
        "corrections": list(claim.corrections.select_related("by")),
        "may_correct": claim.status in OPEN_TO_CORRECTION and not claim.partial_fen,
        "holds": list(claim.holds.select_related("by", "lifted_by")),
        "is_held": claim.held_until is not None and claim.held_until >= today,
        "letter": claim.letters.last(),
        "decisions": list(claim.decisions.select_related("prepared_by", "endorsed_by", "reviewed_by")),
        "overtaken": list(claim.recalculations.filter(closed_at__isnull=True)),
        "is_decided": claim.status in DECIDED,
        "may_decide": claim.status in Claim.TO_DECIDE,
        "forms": {what.replace("-", "_"): form for what, form in shown.items()},
        "lines": _lines(file),
        "signals": signals_of(user, claim),
    }
    return page(request, "desks/insurer/course.html", context, status=status)


course_pages = [
    path("claims/<str:number>/course/", course, name="course"),
    path("claims/<str:number>/letter/", letter_pdf, name="letter"),
    path("claims/<str:number>/course/<str:what>/", course_act, name="course_act"),
]
