"""待办 of a village: its progress, and who is not insured yet, the government-purchase subjects first."""

from dataclasses import dataclass

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.progress import progress_of
from ankang.desks.menus import address_of
from ankang.desks.pages import page, today_of
from ankang.desks.people import person
from ankang.enrolment.coverage import town_coverage
from ankang.enrolment.subjects import waiting_residents
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.eligibility import subject_groups

_PAGE_SIZE = 30


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person to visit. `groups`: why government pays for them, empty for everybody else."""

    resident: Resident
    groups: str


@desk_page("village")
@require_safe
def todo(request: HttpRequest) -> HttpResponse:
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, "desks/village/todo.html", {"version": None})
    plan = plan_of(version)
    shown = Paginator(waiting_residents(user, version, today), _PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [
        Waiting(
            one,
            "、".join(group.name for group in subject_groups(plan, one.birth_date, listed_groups(one, today))),
        )
        for one in shown
    ]
    context = {
        "version": version,
        "progress": progress_of(town_coverage(user, version, today)),
        "page_obj": shown,
        "rows": rows,
        "import_address": address_of("village:import"),
    }
    return page(request, "desks/village/todo.html", context)
