"""Frozen results: the ranking, the difference to the version before, objections and answers, the next version."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.commendations import prepare_commendation
from ankang.assessment.models import AssessmentRow, AssessmentRun, Objection
from ankang.assessment.objections import about_words, answer_objection
from ankang.assessment.queries import changes, is_replayed, objections, rows_of
from ankang.assessment.runs import recalculate
from ankang.assessment.subsidies import prepare_subsidy
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.desks.town.assessment.forms import AnswerForm, KeyForm, ReasonForm
from ankang.desks.town.assessment.overview import FOLDER
from ankang.desks.town.assessment.sheets import result_sheets
from ankang.rules.errors import AnkangError


@desk_page("town")
@require_safe
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of the results."""
    return _page(request, _run(request, pk), ReasonForm())


@desk_page("town")
@require_safe
def run_export(request: HttpRequest, pk: int) -> HttpResponse:
    """A version of the results as Excel."""
    found = _run(request, pk)
    rows = rows_of(person(request), found)
    scores, facts = [row.score for row in rows], [row.facts for row in rows]
    return xlsx_response(
        f"考核成绩-第{found.number}版", result_sheets(found.scheme.scheme, scores, facts, _says(found))
    )


@desk_page("town")
@require_safe
def run_village(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """One village of a version: where every point comes from."""
    found = _run(request, pk)
    row = get_object_or_404(AssessmentRow.objects.visible_to(person(request)), run=found, village=code)
    context = {"run": found, "scheme": found.scheme, "score": row.score, "now": found.frozen_at}
    return page(request, FOLDER + "village.html", context)


@desk_page("town", manager=True)
@require_POST
def run_recalculate(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the next version from what was upheld."""
    found, form = _run(request, pk), ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    given = form.cleaned_data
    try:
        made = recalculate(
            by=person(request), run=found, reason=given["reason"], key=str(given["key"]), now=now_of(request)
        )
    except AnkangError as error:
        return _page(request, found, form, status=put_errors(form, error))
    messages.success(request, f"已重算成第{made.number}版，原来的一版保留不动。")
    return redirect("town:assessment-run", made.pk)


@desk_page("town")
@require_POST
def run_commend(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the list of those to be commended."""
    return _prepare(request, pk, prepare_commendation, "town:commendation", "名单已编好。请另一位同事登录后复核。")


@desk_page("town")
@require_POST
def run_subsidise(request: HttpRequest, pk: int) -> HttpResponse:
    """Make the request for the work funds."""
    return _prepare(request, pk, prepare_subsidy, "town:subsidy", "申请已编好。请另一位同事登录后复核。")


def _prepare(request: HttpRequest, pk: int, prepare: Any, target: str, done: str) -> HttpResponse:
    found, form = _run(request, pk), KeyForm(request.POST)
    if not form.is_valid():
        messages.error(request, "页面过期了，请刷新后再点一次。")
        return redirect("town:assessment-run", pk)
    try:
        made = prepare(by=person(request), run=found, key=str(form.cleaned_data["key"]), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect("town:assessment-run", pk)
    messages.success(request, done)
    return redirect(target, made.pk)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """An objection beside the trace that it is about; a manager answers it here."""
    rows = Objection.objects.visible_to(person(request))
    found = get_object_or_404(rows.select_related("village", "run__programme", "raised_by", "answered_by"), pk=pk)
    has_count = bool(found.about)
    if request.method != "POST":
        return _objection_page(request, found, AnswerForm(has_count=has_count))
    form = AnswerForm(request.POST, has_count=has_count)
    if not form.is_valid():
        return _objection_page(request, found, form, status=422)
    given = form.cleaned_data
    try:
        answer_objection(
            by=person(request),
            objection=found,
            uphold=given["uphold"] == "yes",
            answer=given["answer"],
            corrected=given.get("corrected"),
            now=now_of(request),
        )
    except AnkangError as error:
        return _objection_page(request, found, form, status=put_errors(form, error))
    messages.success(request, "已答复，村里看得到。采纳的更正，重算以后才进成绩。")
    return redirect("town:assessment-run", found.run_id)


def _objection_page(request: HttpRequest, found: Objection, form: AnswerForm, *, status: int = 200) -> HttpResponse:
    row = AssessmentRow.objects.get(run=found.run_id, village=found.village_id)
    context = {
        "objection": found,
        "about": about_words(found, row),
        "score": row.score,
        "form": form,
        "may_answer": person(request).is_manager and found.state == Objection.State.OPEN,
    }
    return page(request, FOLDER + "objection.html", context, status=status)


def _run(request: HttpRequest, pk: int) -> AssessmentRun:
    rows = AssessmentRun.objects.visible_to(person(request))
    found: AssessmentRun = get_object_or_404(rows.select_related("programme", "scheme", "frozen_by", "previous"), pk=pk)
    return found


def _says(found: AssessmentRun) -> str:
    return (
        f"{found.scheme.scheme.name}，正式成绩第{found.number}版，{found.as_of:%Y-%m-%d} 的数，"
        f"核对码 {found.digest[:12]}。"
    )


def _page(request: HttpRequest, found: AssessmentRun, form: ReasonForm, *, status: int = 200) -> HttpResponse:
    told = changes(person(request), found)
    rows = {one.row.village_id: one.row for one in told}
    said = [(one, about_words(one, rows[one.village_id])) for one in objections(person(request), found)]
    corrected = any(one.corrected is not None for one, _ in said)
    later = AssessmentRun.objects.filter(programme=found.programme_id, number__gt=found.number).last()
    newer = found.programme.schemes.filter(confirmed_at__isnull=False, number__gt=found.scheme.number).last()
    waiting = sum(one.state == Objection.State.OPEN for one, _ in said)
    context = {
        "run": found,
        "changes": told,
        "objections": said,
        "waiting": waiting,
        "is_replayed": is_replayed(found.scheme.scheme, found, list(rows.values())),
        "later": later,
        "commendations": found.commendations.order_by("-pk"),
        "subsidies": found.subsidyrequests.order_by("-pk"),
        "form": form,
        "key_form": KeyForm(),
        "may_recalculate": person(request).is_manager and not later and not waiting and bool(corrected or newer),
        "newer": newer,
    }
    return page(request, FOLDER + "run.html", context, status=status)
