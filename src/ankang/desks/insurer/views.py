"""The insurer's to-do list, the list of claims with its export, and what a person is covered for."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.claims.actions import note_export
from ankang.claims.casefile import cover_card
from ankang.claims.clocks import pressing
from ankang.claims.queries import claims_list, money_todo, todo
from ankang.claims.report_models import PublicReport
from ankang.desks.components.claims_filter import FilterForm
from ankang.desks.components.claims_sheet import claims_sheet
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.forms import CoverForm
from ankang.desks.pages import page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.policies.queries import certificates_of
from ankang.roster.queries import find_by_number
from ankang.rules.errors import InvalidInput

PAGE_SIZE = 50
CLOCKS_SHOWN = 40
NOT_FOUND = "名册里没有这个身份证号，或者不归您管。请核对号码；确实没登记的，请先让村里把老人登记进名册。"


@desk_page(Desk.INSURER)
@require_safe
def todo_page(request: HttpRequest) -> HttpResponse:
    today = today_of(request)
    pressed = pressing(person(request), today)
    context = {
        "reports": PublicReport.objects.visible_to(person(request)).filter(state=PublicReport.State.WAITING).count(),
        "todo": todo(person(request), today),
        "money": money_todo(person(request), today),
        "clocks": pressed[:CLOCKS_SHOWN],
        "overdue_clocks": sum(one.is_overdue for one in pressed),
        "clocks_left": max(0, len(pressed) - CLOCKS_SHOWN),
    }
    return page(request, "desks/insurer/todo.html", context)


@desk_page(Desk.INSURER)
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, villages=villages_of(person(request)))
    found = Paginator(claims_list(person(request), **form.chosen), PAGE_SIZE)
    context = {"form": form, "page_obj": found.get_page(request.GET.get("page")), "query": request.GET.urlencode()}
    return page(request, "desks/insurer/claims.html", context)


@desk_page(Desk.INSURER)
@require_safe
def claims_export(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET, villages=villages_of(person(request)))
    found = list(claims_list(person(request), **form.chosen))
    note_export(by=person(request), rows=len(found))
    return xlsx_response(f"理赔-{today_of(request):%Y%m%d}", [claims_sheet(found)])


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "POST"])
def cover(request: HttpRequest) -> HttpResponse:
    """What a person is covered for on a day. The number is posted: it stands in no address and in no log."""
    form = CoverForm(request.POST or None, initial={"day": today_of(request)})
    if not form.is_valid():
        return page(request, "desks/insurer/cover.html", {"form": form}, status=422 if form.is_bound else 200)
    try:
        resident = find_by_number(person(request), form.cleaned_data["number"])
    except InvalidInput as error:
        return page(request, "desks/insurer/cover.html", {"form": form}, status=put_errors(form, error))
    if resident is None:
        form.add_error("number", NOT_FOUND)
        return page(request, "desks/insurer/cover.html", {"form": form}, status=422)
    card = cover_card(person(request), resident, form.cleaned_data["day"])
    context = {"form": form, "card": card, "certificates": []}
    if card.version:
        context["certificates"] = certificates_of(resident, card.version.programme)
    return page(request, "desks/insurer/cover.html", context)
