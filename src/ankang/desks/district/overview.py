"""全区一览: the towns side by side, from which one goes on to a town and to a village; nobody's name is here."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.figures.chart import days_sheet as chart_sheet
from ankang.desks.components.figures.frame import frame, sort_of
from ankang.desks.components.figures.ranking import ranking, ranking_sheet
from ankang.desks.components.figures.tables import days_sheet, heat
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.enrolment.district import district_coverage


@desk_page("district")
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """`?sort=coverage|gap|serial`. Five queries of its own, however many towns."""
    now = now_of(request)
    found = district_coverage(person(request), now.date())
    if found is None:
        return page(request, "desks/district/empty.html")
    context = frame(found.district, sort_of(request.GET.get("sort", "")), _address)
    return page(
        request, "desks/district/overview.html", context | {"found": found, "now": now, "heat": heat(found.district)}
    )


@desk_page("district")
@require_safe
def overview_export(request: HttpRequest) -> HttpResponse:
    """The towns' ranking, the days of the chart, and town x day."""
    now = now_of(request)
    found = district_coverage(person(request), now.date())
    if found is None:
        return page(request, "desks/district/empty.html")
    name = person(request).division.name
    says = f"{name} 各镇进度，截至 {now:%Y-%m-%d %H:%M}。覆盖率只舍不进。"
    rows = ranking(found.district, sort_of(request.GET.get("sort", "")))
    sheets = [ranking_sheet(found.district, rows, says), chart_sheet(found.district), days_sheet(found.district, says)]
    return xlsx_response(f"{name}各镇进度-{now:%Y%m%d}", sheets)


def _address(code: str) -> str:
    return reverse("district:place", args=[code])
