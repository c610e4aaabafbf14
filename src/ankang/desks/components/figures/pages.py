"""The figures' pages of a place: the place itself, village x day, who is insured, who moves, birthdays ahead.

Each is mounted at several desks. A panel that htmx asks for is the page's own content without the shell.
"""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from ankang.desks.components.figures.chart import days_sheet as chart_sheet
from ankang.desks.components.figures.frame import frame, sort_of
from ankang.desks.components.figures.look import Look, figures_page
from ankang.desks.components.figures.ranking import ranking, ranking_sheet
from ankang.desks.components.figures.tables import (
    SHORT,
    Birthday,
    birthday_sheet,
    days_sheet,
    heat,
    people_sheets,
    share,
    still_places,
    still_sheet,
    workers_sheet,
)
from ankang.desks.pages import page
from ankang.desks.sheets import xlsx_response
from ankang.enrolment.birthdays import birthday_ages, birthdays_ahead, counts_this_year
from ankang.enrolment.breakdown import breakdown
from ankang.enrolment.coverage import town_need
from ankang.outreach.movement import workers_moving
from ankang.programmes.queries import plan_of
from ankang.roster.looks import note_export
from ankang.rules.days import birthday_on

_FOLDER = "desks/components/figures"
STILL_DAYS = (3, 5, 7)
AHEAD_DAYS = (30, 60, 90)


@figures_page("village", "town", "district")
@require_safe
def place(request: HttpRequest, look: Look) -> HttpResponse:
    """`?sort=`: one place's dashboard: of a town with its villages, of a village with what the town still needs."""
    desk = look.user.desk
    whole = town_need(look.version, look.today) if look.is_village else None
    context = frame(look.town, sort_of(request.GET.get("sort", "")), _link(desk), whole)
    more = {"own": desk == "village", "heat": heat(look.town), "crumbs": _crumbs(look)}
    return _page(request, look, "place", context | more)


@figures_page("village", "town", "district")
@require_safe
def place_export(request: HttpRequest, look: Look) -> HttpResponse:
    """The ranking, the days of the chart, and village x day."""
    rows = ranking(look.town, sort_of(request.GET.get("sort", "")))
    says = f"{look.says}覆盖率只舍不进。"
    sheets = [ranking_sheet(look.town, rows, says), chart_sheet(look.town), days_sheet(look.town, look.says)]
    return xlsx_response(f"{look.place.name}进度-{look.today:%Y%m%d}", sheets)


@figures_page("village", "town", "district")
@require_safe
def days(request: HttpRequest, look: Look) -> HttpResponse:
    """`?all=1`: village x day, the last fourteen days or all of them."""
    shown = heat(look.town, None if request.GET.get("all") else SHORT)
    return _page(request, look, "days", {"heat": shown, "all": bool(request.GET.get("all")), "short": SHORT})


@figures_page("village", "town", "district")
@require_safe
def days_export(_request: HttpRequest, look: Look) -> HttpResponse:
    return xlsx_response(f"{look.place.name}每日-{look.today:%Y%m%d}", [days_sheet(look.town, look.says)])


@figures_page("village", "town", "district")
@require_safe
def people(request: HttpRequest, look: Look) -> HttpResponse:
    """Who is insured, by group, age band, sex and payer. Three queries of its own."""
    found = breakdown(look.user, look.version, look.town)
    tables = [
        ("按类别", [(part, share(part)) for part in found.groups], None),
        ("按年龄段", [(part, share(part)) for part in found.ages if part.roster or part.insured], found.total),
        ("按性别", [(part, share(part)) for part in found.sexes], found.total),
    ]
    context = {"tables": tables, "payers": found.payers, "total": found.total, "total_share": share(found.total)}
    return _page(request, look, "people", context)


@figures_page("village", "town", "district")
@require_safe
def people_export(_request: HttpRequest, look: Look) -> HttpResponse:
    found = breakdown(look.user, look.version, look.town)
    return xlsx_response(f"{look.place.name}参保结构-{look.today:%Y%m%d}", people_sheets(found, look.says))


@figures_page("village", "town")
@require_safe
def movement(request: HttpRequest, look: Look) -> HttpResponse:
    """`?days=3|5|7`: villages and workers who have not moved for so long, and every worker's coverage."""
    least = _one_of(request.GET.get("days", ""), STILL_DAYS)
    workers = workers_moving(look.user, look.version, look.today, look.codes)
    rows = [(one, None if one.last_on is None else (look.today - one.last_on).days) for one in workers]
    still = [(one, idle) for one, idle in rows if one.care.waiting and (idle is None or idle >= least)]
    context = {
        "least": least,
        "choices": STILL_DAYS,
        "places": still_places(look.town, least),
        "still": still,
        "workers": rows,
    }
    return _page(request, look, "movement", context)


@figures_page("village", "town")
@require_safe
def movement_export(request: HttpRequest, look: Look) -> HttpResponse:
    least = _one_of(request.GET.get("days", ""), STILL_DAYS)
    workers = workers_moving(look.user, look.version, look.today, look.codes)
    sheets = [still_sheet(still_places(look.town, least), look.says), workers_sheet(workers, look.today, look.says)]
    return xlsx_response(f"{look.place.name}谁没动-{look.today:%Y%m%d}", sheets)


@figures_page("village", "town")
@require_safe
def birthdays(request: HttpRequest, look: Look) -> HttpResponse:
    """`?days=30|60|90`: who completes the ages that matter, with what that means for this year."""
    ahead = _one_of(request.GET.get("days", ""), AHEAD_DAYS)
    tables = [(age, _birthdays(look, age, ahead)) for age in birthday_ages(plan_of(look.version))]
    return _page(request, look, "birthdays", {"tables": tables, "ahead": ahead, "choices": AHEAD_DAYS})


@figures_page("village", "town")
@require_safe
def birthdays_export(request: HttpRequest, look: Look) -> HttpResponse:
    ahead = _one_of(request.GET.get("days", ""), AHEAD_DAYS)
    tables = [(age, _birthdays(look, age, ahead)) for age in birthday_ages(plan_of(look.version))]
    note_export(by=look.user, rows=sum(len(rows) for _, rows in tables), part="birthdays")
    sheets = [birthday_sheet(age, rows, look.says) for age, rows in tables]
    return xlsx_response(f"{look.place.name}近期生日-{look.today:%Y%m%d}", sheets)


def _birthdays(look: Look, age: int, ahead: int) -> list[Birthday]:
    plan = plan_of(look.version)
    found = birthdays_ahead(look.user, look.version, look.today, age=age, days=ahead, villages=look.codes)
    return [
        Birthday(
            one, birthday_on(one.birth_date, age, plan.terms.birthday), counts_this_year(plan, one.birth_date, age)
        )
        for one in found
    ]


def _page(request: HttpRequest, look: Look, name: str, context: dict[str, object]) -> HttpResponse:
    """Render a page of figures, or for htmx its content alone."""
    shared: dict[str, object] = {
        "look": look,
        "now": look.now,
        "version": look.version,
        "body": f"{_FOLDER}/{name}_body.html",
    }
    is_panel = bool(request.htmx)  # type: ignore[attr-defined]  # django-htmx
    return page(request, f"{_FOLDER}/panel.html" if is_panel else f"{_FOLDER}/{name}.html", shared | context)


def _link(desk: str) -> Callable[[str], str]:
    """Return how a place's own page is addressed at a desk: nowhere at the village's, which is there already."""
    return lambda code: "" if desk == "village" else reverse(f"{desk}:place", args=[code])


def _crumbs(look: Look) -> list[tuple[str, str]]:
    """Return (name, address) of the places above, below the reader's own division."""
    if look.user.desk != "district" or not look.is_village or look.place.parent is None:
        return []
    town = look.place.parent
    return [(town.name, reverse("district:place", args=[town.code]))]


def _one_of(asked: str, choices: tuple[int, ...]) -> int:
    return int(asked) if asked in map(str, choices) else choices[0]


def figure_pages(prefix: str = "") -> list[URLPattern]:
    """Return the pages of one's own division: village x day, who is insured, who moves, birthdays ahead."""
    return [
        path(f"{prefix}days/", days, name="days"),
        path(f"{prefix}days/export/", days_export, name="days-export"),
        path(f"{prefix}people/", people, name="people"),
        path(f"{prefix}people/export/", people_export, name="people-export"),
        path(f"{prefix}movement/", movement, name="movement"),
        path(f"{prefix}movement/export/", movement_export, name="movement-export"),
        path(f"{prefix}birthdays/", birthdays, name="birthdays"),
        path(f"{prefix}birthdays/export/", birthdays_export, name="birthdays-export"),
    ]


place_pages: list[URLPattern] = [
    path("places/<str:code>/", place, name="place"),
    path("places/<str:code>/export/", place_export, name="place-export"),
    path("places/<str:code>/days/", days, name="place-days"),
    path("places/<str:code>/days/export/", days_export, name="place-days-export"),
    path("places/<str:code>/people/", people, name="place-people"),
    path("places/<str:code>/people/export/", people_export, name="place-people-export"),
]
