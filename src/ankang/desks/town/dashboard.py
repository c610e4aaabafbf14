"""The town's dashboard: one look at how far the campaign is, and what to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.claims.queries import TownFigures, town_figures
from ankang.desks.components.figures.chart import days_sheet as chart_sheet
from ankang.desks.components.figures.frame import frame, sort_of
from ankang.desks.components.figures.ranking import ranking, ranking_sheet
from ankang.desks.components.figures.tables import days_sheet
from ankang.desks.menus import address_of
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.sheets import xlsx_response
from ankang.desks.town.todo import tasks
from ankang.divisions.models import Division
from ankang.enrolment.coverage import town_coverage
from ankang.policies.queries import money_without_policy, policy_without_money
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, newest_versions, plan_of, standing_on
from ankang.roster.models import ImportRun
from ankang.roster.transfers import late_by, transfers_waiting
from ankang.rules.checkup import check_up
from ankang.rules.money import yuan_shown
from ankang.treasury.instalments import papers_due


@dataclass(frozen=True, slots=True)
class ClaimsTile:
    """The claims of the cover year that runs today, in the words of the tile."""

    year: int
    yuan: str
    fen: str
    figures: TownFigures

    @property
    def average(self) -> str:
        """Days from report to decision, cut to whole days; empty before the first."""
        days = self.figures.average_days
        return "" if days is None else f"{int(days)}"


@desk_page("town")
@require_safe
def dashboard(request: HttpRequest) -> HttpResponse:
    """`?sort=coverage|gap|serial`. Seven queries of its own; who is insured comes in a panel of its own."""
    user, today = request.user, today_of(request)
    assert isinstance(user, User)
    newest = newest_versions(user)
    version, covering = standing_on(today, newest, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    town = town_coverage(user, version, today)
    if not town.total.roster and not town.total.insured:
        return page(
            request,
            "desks/town/dashboard_empty.html",
            {"missing": "roster", "town": town, "import_address": address_of("town:import")},
        )
    claims = _claims(user, covering, today, newest)
    findings = check_up(plan_of(version))
    last_import = ImportRun.objects.visible_to(user).order_by("-at", "-pk").first()
    waiting = _waiting(user, version, now_of(request))
    context = frame(town, sort_of(request.GET.get("sort", "")), _address) | {
        "claims": claims,
        "tasks": tasks(
            town,
            claims.figures.overdue if claims else 0,
            findings,
            last_import,
            waiting[:2],
            parts=waiting[2],
            gaps=waiting[3],
        ),
        "now": now_of(request),
        "version": version,
    }
    return page(request, "desks/town/dashboard.html", context)


@desk_page("town")
@require_safe
def dashboard_export(request: HttpRequest) -> HttpResponse:
    """The ranking, the days and village x day as an Excel file."""
    user, today = request.user, today_of(request)
    assert isinstance(user, User)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    town = town_coverage(user, version, today)
    says = f"{version.programme.name} 各村进度，截至 {now_of(request):%Y-%m-%d %H:%M}。覆盖率只舍不进。"
    sort = sort_of(request.GET.get("sort", ""))
    sheets = [ranking_sheet(town, ranking(town, sort), says), chart_sheet(town), days_sheet(town, says)]
    return xlsx_response(f"各村进度-{today:%Y%m%d}", sheets)


def _address(code: str) -> str:
    return reverse("town:place", args=[code])


def _waiting(user: User, version: ProgrammeVersion, now: datetime) -> tuple[int, int, int, int]:
    """Return how many transfers wait, how many of them for the town, how many agreed parts are due, and once the window
    is closed how many payments have no policy or policies no payment (one query).
    """
    transfers, papers = transfers_waiting(user, now.date()), papers_due(user, now.date())
    counted: list[QuerySet[Any]] = [transfers, transfers.filter(late_by(now)), *papers]
    if now.date() > version.programme.window_to:
        counted += [money_without_policy(user, version.programme), policy_without_money(user, version.programme)]
    (found,) = Division.objects.filter(pk=user.division_id).values_list(*(_count(rows) for rows in counted))
    return found[0], found[1], sum(found[2:4]), sum(found[4:])


def _count(rows: "QuerySet[Any]") -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(one=Value(1)).annotate(n=Count("pk")).values("n")), 0)


def _claims(
    user: User, running: ProgrammeVersion | None, today: date, newest: Sequence[ProgrammeVersion]
) -> ClaimsTile | None:
    """Return the figures of the programme whose cover runs today, which is last year's while this year enrols."""
    if running is None:
        return None
    figures = town_figures(user, running.programme, today, newest)
    yuan, _, fen = yuan_shown(figures.approved_fen).partition(".")
    return ClaimsTile(running.programme.year, yuan, fen, figures)
