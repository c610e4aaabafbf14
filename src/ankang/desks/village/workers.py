"""分工与进度 of a village: who looks after how many, how far each is; the lead divides, by hand or equally."""

from itertools import groupby
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.outreach_sheets import measures_sheet, workers_sheet
from ankang.desks.components.worker_rows import worker_rows
from ankang.desks.keys import row_keys
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.desks.village.todo import NO_PLAN
from ankang.outreach.division import assign, divide
from ankang.outreach.permissions import lead_of, leads
from ankang.outreach.queries import (
    ALL,
    UNASSIGNED,
    Tally,
    measures,
    residents_to_assign,
    worker_tallies,
    workers_of,
)
from ankang.programmes.queries import campaign_on, plan_of
from ankang.rules.days import age_on
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 60


@desk_page("village")
@require_safe
def workers(request: HttpRequest) -> HttpResponse:
    """Show how far each worker is; the lead divides from here."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/village/workers.html", {"version": None})
    tallies, lead, people = (
        worker_tallies(user, version, today),
        lead_of(user.division_id),
        workers_of(user.division_id),
    )
    context = {
        "version": version,
        "rows": worker_rows(people, tallies, lead),
        "total": sum(tallies.values(), Tally()),
        "unassigned": tallies.get(None, Tally()),
        "workers": people,
        "lead": lead,
        "may_divide": leads(user, lead),
    }
    return page(request, "desks/village/workers.html", context)


@desk_page("village")
@require_safe
def workers_export(request: HttpRequest) -> HttpResponse:
    """The village's progress by worker and its work plan as an Excel file."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return _told(request, error=NO_PLAN)
    tallies = worker_tallies(user, version, today)
    rows = worker_rows(workers_of(user.division_id), tallies, lead_of(user.division_id))
    plan = measures_sheet(measures(user, version.programme), today)
    name = f"{user.division.name}分工与进度-{today:%Y%m%d}"
    return xlsx_response(name, [workers_sheet(rows, sum(tallies.values(), Tally())), plan])


@desk_page("village")
@require_POST
def divide_equally(request: HttpRequest) -> HttpResponse:
    """Divide by household in equal parts among the ticked workers."""
    user = person(request)
    version = campaign_on(today_of(request), user.division_id)
    if version is None:
        return _told(request, error=NO_PLAN)
    chosen = [one for one in workers_of(user.division_id) if str(one.pk) in request.POST.getlist("worker")]
    try:
        changed = divide(
            by=user,
            village=user.division,
            plan=plan_of(version),
            workers=chosen,
            everybody=request.POST.get("whom") == ALL,
            now=now_of(request),
        )
    except AnkangError as error:
        return _told(request, error=error.message)
    return _told(request, f"按户分好了：{changed}人换了或有了负责人。" if changed else "没有要分的人，分工没有变。")


@desk_page("village")
@require_safe
def assigning(request: HttpRequest) -> HttpResponse:
    """`?who=none|all|KEY`: the households to tick, sixty people a page."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/village/assign.html", {"version": None})
    who, lead, people = _who(request.GET), lead_of(user.division_id), workers_of(user.division_id)
    shown = Paginator(residents_to_assign(user, version, who), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": version,
        "page_obj": shown,
        "homes": _homes(shown, today),
        "who": who,
        "whose": [(UNASSIGNED, "还没分的"), (ALL, "全村"), *((str(one.pk), one.full_name) for one in people)],
        "workers": people,
        "lead": lead,
        "may_divide": leads(user, lead),
    }
    return page(request, "desks/village/assign.html", context)


@desk_page("village")
@require_POST
def assign_ticked(request: HttpRequest) -> HttpResponse:
    """Give the ticked households and residents to one worker, or to nobody."""
    user, wanted = person(request), request.POST.get("worker", "")
    worker = next((one for one in workers_of(user.division_id) if str(one.pk) == wanted), None)
    if worker is None and wanted != UNASSIGNED:
        return _to_ticks(request, error="请选分给谁，再点“分给他”。")
    keys = row_keys(request.POST.getlist("resident"))
    try:
        changed = assign(
            by=user,
            village=user.division,
            worker=worker,
            residents=keys,
            households=request.POST.getlist("house"),
            now=now_of(request),
        )
    except AnkangError as error:
        return _to_ticks(request, error=error.message)
    return _to_ticks(request, f"{changed}人{'分给了' + worker.full_name if worker else '不再分给谁'}。")


def _homes(residents: Any, today: Any) -> list[dict[str, Any]]:
    """Return the page's people by household, each with the age (no query)."""
    found = []
    for (number, _), members in groupby(residents, key=lambda one: (one.household, one.household or one.pk)):
        people = [{"resident": one, "age": age_on(one.birth_date, today)} for one in members]
        found.append({"number": number, "address": people[0]["resident"].address, "people": people})
    return found


def _who(query: QueryDict) -> str:
    who = query.get("who", UNASSIGNED)
    return who if who in (ALL, UNASSIGNED) or (who.isascii() and who.isdecimal()) else UNASSIGNED


def _told(request: HttpRequest, words: str = "", error: str = "") -> HttpResponse:
    (messages.error if error else messages.success)(request, error or words)
    return redirect(reverse("village:workers"))


def _to_ticks(request: HttpRequest, words: str = "", error: str = "") -> HttpResponse:
    (messages.error if error else messages.success)(request, error or words)
    return redirect(f"{reverse('village:assigning')}?who={_who(request.POST)}")
