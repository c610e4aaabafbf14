"""名册与公布人口: the frozen population beside the live roster (reading K13), on the town's and the villages' desks."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.enrolment.coverage import town_coverage
from ankang.enrolment.population import Comparison, comparisons, first_day_to_compare
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on

_desks = desk_page("town", "village")
_HEAD = (
    "村（居）", "公布人口", "名册现有", "相差", "期间录入", "期间去世", "期间迁出", "期间转入", "期间转出",
    "原来就不同", "已参保", "其中现在别村", "别村参保、现在本村",
)  # fmt: skip


class SinceForm(forms.Form):
    since = DayField(
        label="从哪天算起", required=False, help_text="不填就从推进第一天算；名册是后来导入的，从导入的第二天算。"
    )


@_desks
@require_safe
def population(request: HttpRequest) -> HttpResponse:
    """`?since=DAY`, by default the first day of the campaign on which the roster stood."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/components/roster/population.html", {"roster": desk_url(request, "roster")})
    form, since = _since(request, version)
    villages, total = _compared(request, version, since)
    context = {
        "version": version,
        "form": form,
        "since": since,
        "rows": villages,
        "total": total,
        "now": now_of(request),
        "roster": desk_url(request, "roster"),
    }
    return page(request, "desks/components/roster/population.html", context)


@_desks
@require_safe
def population_export(request: HttpRequest) -> HttpResponse:
    """The same as Excel."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return redirect(desk_url(request, "population"))
    _, since = _since(request, version)
    villages, total = _compared(request, version, since)
    says = f"{version.programme.name} 名册与公布人口，{since}至{today_of(request)}。口径 K13：覆盖率的分母用公布人口。"
    sheet = Sheet("名册与公布人口", _HEAD, [_cells(one) for one in villages], says=says, totals=[_cells(total)])
    return xlsx_response(f"名册与公布人口-{today_of(request):%Y%m%d}", [sheet])


def _since(request: HttpRequest, version: ProgrammeVersion) -> tuple[SinceForm, date]:
    first = first_day_to_compare(person(request), version, today_of(request))
    form = SinceForm(request.GET if "since" in request.GET else None, initial={"since": first})
    given = form.cleaned_data["since"] if form.is_bound and form.is_valid() else None
    return form, given or first


def _compared(request: HttpRequest, version: ProgrammeVersion, since: date) -> tuple[list[Comparison], Comparison]:
    user = person(request)
    return comparisons(user, version, town_coverage(user, version, today_of(request)), since)


def _cells(one: Comparison) -> list[Cell]:
    moves: Any = one.moves
    return [
        one.coverage.name, one.published, one.coverage.roster, one.difference,
        moves.came, moves.died, moves.left, moves.taken, moves.given,
        one.unlike, one.coverage.insured, one.insured_away, one.insured_elsewhere,
    ]  # fmt: skip


population_pages: list[URLPattern] = [
    path("roster/population/", population, name="population"),
    path("roster/population/export/", population_export, name="population_export"),
]
