"""The town's look at claims: status and payable, never the illness."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.claims.queries import claims_list, town_figures
from ankang.desks.components.claims_filter import FilterForm
from ankang.desks.pages import page, today_of
from ankang.desks.people import person
from ankang.programmes.queries import version_covering

PAGE_SIZE = 50


@desk_page(Desk.TOWN)
@require_safe
def claims(request: HttpRequest) -> HttpResponse:
    today = today_of(request)
    form = FilterForm(request.GET, villages=villages_of(person(request)))
    found = Paginator(claims_list(person(request), **form.chosen), PAGE_SIZE)
    version = version_covering(today, person(request).division_id)
    context = {
        "form": form,
        "page_obj": found.get_page(request.GET.get("page")),
        "figures": town_figures(person(request), version.programme, today) if version else None,
        "programme": version.programme if version else None,
    }
    return page(request, "desks/town/claims.html", context)
