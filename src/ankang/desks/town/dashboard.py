"""The town's dashboard: one look at how far the campaign is, and what to do about it."""

from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.claims.queries import TownFigures, town_figures
from ankang.desks.menus import address_of
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.town.chart import chart
from ankang.desks.town.headline import headline, short_day
from ankang.desks.town.ranking import SORTS, counts_by_tone, ranking, ranking_sheet, total_row
from ankang.desks.town.todo import tasks
from ankang.enrolment.coverage import TownCoverage, town_coverage
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of, version_covering
from ankang.roster.models import ImportRun
from ankang.rules.checkup import check_up
from ankang.rules.money import percent_truncated, yuan_shown


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
    """`?sort=coverage|gap|serial`. Seven queries of its own."""
    user, today = request.user, today_of(request)
    assert isinstance(user, User)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    town = town_coverage(user, version, today)
    if not town.total.roster and not town.total.insured:
        return page(
            request,
            "desks/town/dashboard_empty.html",
            {"missing": "roster", "town": town, "import_address": address_of("town:import")},
        )
    claims = _claims(user, today)
    findings = check_up(plan_of(version))
    last_import = ImportRun.objects.visible_to(user).order_by("-at", "-pk").first()
    context = _figures(town, _sort(request)) | {
        "claims": claims,
        "tasks": tasks(town, claims.figures.overdue if claims else 0, findings, last_import),
        "now": now_of(request),
        "version": version,
    }
    return page(request, "desks/town/dashboard.html", context)


@desk_page("town")
@require_safe
def dashboard_export(request: HttpRequest) -> HttpResponse:
    """The ranking and the days as an Excel file."""
    user, today = request.user, today_of(request)
    assert isinstance(user, User)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    town = town_coverage(user, version, today)
    says = f"{version.programme.name} 各村进度，截至 {now_of(request):%Y-%m-%d %H:%M}。覆盖率只舍不进。"
    sheets = [ranking_sheet(town, ranking(town, _sort(request)), says), _days_sheet(town)]
    return xlsx_response(f"各村进度-{today:%Y%m%d}", sheets)


def _sort(request: HttpRequest) -> str:
    asked = request.GET.get("sort", "")
    return asked if asked in SORTS else "coverage"


def _figures(town: TownCoverage, sort: str) -> dict[str, object]:
    rows, total = ranking(town, sort), town.total
    return {
        "town": town,
        "total": total,
        "headline": headline(town),
        "rows": rows,
        "total_row": total_row(town),
        "counts": counts_by_tone(rows),
        "sort": sort,
        "sorts": SORTS,
        "chart": chart(town),
        "closes": short_day(town.window.closes),
        "opens": short_day(town.window.opens),
        "days_left": town.window.days_left(town.today),
        "days_gone": town.window.days_gone(town.today),
        "has_begun": town.today >= town.window.opens,
        "has_ended": town.today > town.window.closes,
        "percent": percent_truncated(total.insured, total.population),
        "subjects_percent": percent_truncated(total.subjects_insured, total.subjects),
    }


def _claims(user: User, today: date) -> ClaimsTile | None:
    """Return the figures of the programme whose cover runs today, which is last year's while this year enrols."""
    running: ProgrammeVersion | None = version_covering(today, user.division_id)
    if running is None:
        return None
    figures = town_figures(user, running.programme, today)
    yuan, _, fen = yuan_shown(figures.approved_fen).partition(".")
    return ClaimsTile(running.programme.year, yuan, fen, figures)


def _days_sheet(town: TownCoverage) -> Sheet:
    rows: list[list[Cell]] = [[row.day, row.single + row.bulk, row.bulk, row.people] for row in chart(town).rows]
    return Sheet("每日进度", ["日期", "当天新增", "其中批量", "累计参保"], rows)
