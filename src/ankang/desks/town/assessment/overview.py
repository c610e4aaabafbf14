"""考核: where the year's assessment stands, the scores as they would be now, one village's trace, the freeze."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.models import AssessmentScheme
from ankang.assessment.queries import Preview, in_force, preview, runs, schemes
from ankang.assessment.runs import freeze_run
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.desks.town.assessment.forms import KeyForm
from ankang.desks.town.assessment.sheets import result_sheets
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.rules.errors import AnkangError

FOLDER = "desks/town/assessment/"


@dataclass(frozen=True, slots=True)
class Start:
    """What every page of the assessment begins with: the campaign, and the schemes."""

    version: ProgrammeVersion
    stored: list[AssessmentScheme]
    scheme: AssessmentScheme | None


def start_of(request: HttpRequest) -> Start | None:
    """Return it, or None before there is a programme (two queries)."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return None
    stored = schemes(person(request), version.programme)
    return Start(version, stored, in_force(stored))


def no_programme(request: HttpRequest) -> HttpResponse:
    return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})


@desk_page("town")
@require_safe
def assessment(request: HttpRequest) -> HttpResponse:
    """Where it stands; the scores as they would be now, with the scheme in force."""
    start = start_of(request)
    if start is None:
        return no_programme(request)
    frozen = runs(person(request), start.version.programme)
    context: dict[str, Any] = {
        "start": start,
        "scheme": start.scheme,
        "plan": plan_of(start.version),
        "runs": frozen,
        "form": KeyForm(),
        "may_freeze": person(request).is_manager,
        "is_over": today_of(request) > plan_of(start.version).window_to,
        "now": now_of(request),
    }
    if start.scheme:
        context["seen"] = _preview(request, start)
    return page(request, FOLDER + "overview.html", context)


@desk_page("town")
@require_safe
def assessment_export(request: HttpRequest) -> HttpResponse:
    """The preview as Excel: it says that it is one."""
    start = start_of(request)
    if start is None or start.scheme is None:
        return redirect("town:assessment")
    seen = _preview(request, start)
    says = f"{start.scheme.scheme.name}，预览，不是正式成绩，{now_of(request):%Y-%m-%d %H:%M} 的数。"
    return xlsx_response("考核预览", result_sheets(start.scheme.scheme, seen.scores, seen.facts, says))


@desk_page("town")
@require_safe
def assessment_village(request: HttpRequest, code: str) -> HttpResponse:
    """One village as it would score now: where every point comes from."""
    if not code.startswith(person(request).scope):
        raise Http404
    start = start_of(request)
    if start is None:
        return no_programme(request)
    if start.scheme is None:
        return redirect("town:assessment")
    found = next((one for one in _preview(request, start).scores if one.village == code), None)
    if found is None:
        raise Http404
    context = {"score": found, "scheme": start.scheme, "now": now_of(request)}
    return page(request, FOLDER + "village.html", context)


@desk_page("town", manager=True)
@require_POST
def assessment_freeze(request: HttpRequest) -> HttpResponse:
    """Freeze today's figures as the official results."""
    start, form = start_of(request), KeyForm(request.POST)
    if start is None or not form.is_valid():
        messages.error(request, "页面过期了，请刷新后再点一次。")
        return redirect("town:assessment")
    try:
        run = freeze_run(
            by=person(request),
            version=start.version,
            key=str(form.cleaned_data["key"]),
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect("town:assessment")
    messages.success(request, "成绩已冻结，以后的数据变化不影响它。请通知各村查看，有异议在这里申诉。")
    return redirect("town:assessment-run", run.pk)


def _preview(request: HttpRequest, start: Start) -> Preview:
    assert start.scheme is not None
    return preview(person(request), start.version, start.scheme, today_of(request))
