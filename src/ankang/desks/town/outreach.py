"""上门进度 of the town: every village's counts, one village's workers, who is its first responsible person."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.outreach_sheets import measures_sheet, villages_sheet, workers_sheet
from ankang.desks.components.worker_rows import worker_rows
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.divisions.models import Division
from ankang.outreach.division import name_lead
from ankang.outreach.models import VillageLead
from ankang.outreach.permissions import lead_of
from ankang.outreach.queries import (
    Tally,
    assigned_counts,
    measures,
    reported_dead,
    village_tallies,
    worker_tallies,
    workers_of,
)
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError

_NAMED = 30  # deaths listed by name at most


_NO_PLAN = "还没有今年的方案，请先发布方案。"


@dataclass(frozen=True, slots=True)
class VillageRow:
    """One village: how many are in somebody's care, the counts, the plan's measures."""

    village: Division
    lead: str
    assigned: int
    tally: Tally
    measures: int
    done: int
    overdue: int


@desk_page("town")
@require_safe
def outreach(request: HttpRequest) -> HttpResponse:
    """Show the villages' counts, and the deaths that they reported."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    rows = _village_rows(user, version, today)
    dead = reported_dead(user, version)
    context = {
        "rows": rows,
        "total": sum((row.tally for row in rows), Tally()),
        "assigned": sum(row.assigned for row in rows),
        "dead": dead[:_NAMED],
        "dead_count": sum(row.tally.dead for row in rows),
    }
    return page(request, "desks/town/outreach.html", context)


@desk_page("town")
@require_safe
def outreach_export(request: HttpRequest) -> HttpResponse:
    """All villages' counts and work plans as an Excel file."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        messages.error(request, _NO_PLAN)
        return redirect("town:outreach")
    rows = _village_rows(user, version, today)
    total = sum((row.tally for row in rows), Tally())
    plans = measures_sheet(measures(user, version.programme).order_by("village__serial", "due_on", "pk"), today)
    return xlsx_response(
        f"上门进度-{today:%Y%m%d}", [villages_sheet(rows, total, sum(row.assigned for row in rows)), plans]
    )


@desk_page("town")
@require_safe
def outreach_village_export(request: HttpRequest, code: str) -> HttpResponse:
    """One village's counts by worker and its work plan as an Excel file."""
    user, today = person(request), today_of(request)
    village = get_object_or_404(villages_of(user), code=code)
    version = campaign_on(today, user.division_id)
    if version is None:
        messages.error(request, _NO_PLAN)
        return redirect("town:outreach")
    tallies = worker_tallies(user, version, today, code)
    rows = worker_rows(workers_of(code), tallies, lead_of(code))
    plan = measures(user, version.programme).filter(village=village)
    sheets = [workers_sheet(rows, sum(tallies.values(), Tally())), measures_sheet(plan, today)]
    return xlsx_response(f"{village.name}上门进度-{today:%Y%m%d}", sheets)


@desk_page("town")
@require_safe
def outreach_village(request: HttpRequest, code: str) -> HttpResponse:
    """Show one village's counts by worker and the state of its plan."""
    user, today = person(request), today_of(request)
    village = get_object_or_404(villages_of(user), code=code)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    people, lead = workers_of(code), lead_of(code)
    tallies = worker_tallies(user, version, today, code)
    plan = list(measures(user, version.programme).filter(village=village))
    for row in plan:
        row.is_overdue = row.done_at is None and row.due_on < today
    context = {
        "village": village,
        "rows": worker_rows(people, tallies, lead),
        "total": sum(tallies.values(), Tally()),
        "workers": people,
        "lead": lead,
        "may_name": user.is_manager,
        "measures": plan,
    }
    return page(request, "desks/town/outreach_village.html", context)


@desk_page("town", manager=True)
@require_POST
def outreach_lead(request: HttpRequest, code: str) -> HttpResponse:
    """Name a village's first responsible person."""
    village = get_object_or_404(villages_of(person(request)), code=code)
    chosen = next((one for one in workers_of(code) if str(one.pk) == request.POST.get("user")), None)
    if chosen is None:
        messages.error(request, "请选这个村的一个在用账号。")
        return redirect(reverse("town:outreach-village", args=[code]))
    try:
        name_lead(by=person(request), village=village, user=chosen, now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{village.name}的第一责任人是{chosen.full_name}。")
    return redirect(reverse("town:outreach-village", args=[code]))


def _village_rows(user: User, version: ProgrammeVersion, today: date) -> list[VillageRow]:
    """Return all villages in their order (five queries)."""
    tallies, assigned = village_tallies(user, version, today), assigned_counts(user, version)
    named = VillageLead.objects.visible_to(user).filter(user__is_active=True)
    leads = dict(named.values_list("village", "user__full_name"))
    done: dict[str, list[tuple[bool, bool]]] = {}
    for code, done_at, due_on in measures(user, version.programme).values_list("village", "done_at", "due_on"):
        done.setdefault(code, []).append((done_at is not None, done_at is None and due_on < today))
    return [
        VillageRow(
            one,
            leads.get(one.code, ""),
            assigned.get(one.code, 0),
            tallies.get(one.code, Tally()),
            len(done.get(one.code, ())),
            sum(is_done for is_done, _ in done.get(one.code, ())),
            sum(is_late for _, is_late in done.get(one.code, ())),
        )
        for one in villages_of(user)
    ]
