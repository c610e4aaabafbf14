"""多人登记: tick people on the list of who is not insured, choose once for all of them, then look at the check page."""

from dataclasses import replace
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.roster_list import Campaign, Wanted, campaign_of, filtered, rows_of
from ankang.desks.components.slips.choice import PAYERS, Choice, choice_of, form_key, split_in_words
from ankang.desks.keys import row_keys
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.enrolment.slip_checks import Wanted as WantedUnits
from ankang.enrolment.slip_checks import require_giver
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.enrolment.slip_queries import slips
from ankang.enrolment.slips import Kind, line_of, person_key, prepare_slip
from ankang.enrolment.subjects import joinable
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError, InvalidInput

_PAGE_SIZE = 50
_MOST = 200
_REFUSED = 422


@desk_page("town", "village")
@require_http_methods(["GET", "POST"])
def many(request: HttpRequest) -> HttpResponse:
    """`?village=CODE&group=CODE&insured=no|yes&all=1`: fifty a page; a POST prepares the slip of who is ticked,
    or (`turn`: a page's number) shows another page and keeps the ticks.
    """
    campaign = campaign_of(person(request), today_of(request))
    if campaign.version is None or campaign.plan is None:
        return page(request, "desks/components/slips/many.html", {"campaign": campaign, "way": "many"})
    choice = choice_of(request.POST, campaign.plan)
    if request.method == "GET" or "turn" in request.POST:
        return _answer(request, campaign, choice)
    try:
        return redirect(desk_url(request, "slip", _prepared(request, campaign, choice).pk))
    except AnkangError as error:
        anchor = {"fundings": "paid_self", "giver": "giver", "people": "people"}.get(str(error.fields.get("field")), "")
        return _answer(request, campaign, choice, problems=[(anchor, error.message)])


def _prepared(request: HttpRequest, campaign: Campaign, choice: Choice) -> EnrolmentSlip:
    assert campaign.version
    assert campaign.plan
    user, post = person(request), request.POST
    key, quoted = form_key(post), choice.quote(campaign.plan)
    giver, purpose = post.get("giver", "").strip(), post.get("purpose", "").strip()
    require_giver(quoted, giver)
    people = Resident.objects.visible_to(user).filter(pk__in=_ticked(request)).order_by("village", "household", "pk")
    wanted = [WantedUnits(resident=one, quote=quoted, giver=giver, purpose=purpose) for one in people]
    lines = [line_of(None, place, one, person_key(key, one.resident)) for place, one in enumerate(wanted, 1)]
    return prepare_slip(
        by=user, key=key, kind=Kind.LIST, version=campaign.version, lines=lines, now=now_of(request)
    )  # fmt: skip


def _ticked(request: HttpRequest) -> list[int]:
    keys = set(row_keys(request.POST.getlist("person")))
    if len(keys) > _MOST:
        raise InvalidInput(f"一次最多登记{_MOST}人。请分几次，或用“表格登记”。", field="people")
    return sorted(keys)


def _answer(
    request: HttpRequest, campaign: Campaign, choice: Choice, problems: list[tuple[str, str]] | None = None
) -> HttpResponse:
    assert campaign.version
    user, post = person(request), request.POST
    insured = "yes" if request.GET.get("insured") == "yes" else "no"
    wanted = replace(Wanted.of(request.GET), q="", status="living", insured=insured)
    found = filtered(user, wanted, campaign).filter(joinable(plan_of(campaign.version)))
    rows = found.select_related("village").prefetch_related("memberships").order_by("village", "household", "pk")
    shown = Paginator(rows, _PAGE_SIZE).get_page(post.get("turn") or request.GET.get("page"))
    ticked = set(row_keys(post.getlist("person")))
    carried = ticked - {one.pk for one in shown}
    context: dict[str, Any] = {
        "campaign": campaign,
        "page_obj": shown,
        "rows": [row | {"ticked": _is_ticked(request, row, ticked)} for row in rows_of(shown, campaign)],
        "carried": sorted(carried)[: _MOST + 1],
        "wanted": wanted,
        "villages": list(villages_of(user)) if user.desk == "town" else [],
        "choice": choice,
        "splits": split_in_words(plan_of(campaign.version)),
        "giver": post.get("giver", "")[:60],
        "purpose": post.get("purpose", "")[:120],
        "key": form_key(post),
        "payers": PAYERS,
        "units": range(1, campaign.plan.terms.unit_cap + 1) if campaign.plan else (),
        "problems": problems or [],
        "split_problem": next((message for where, message in problems or [] if where == "paid_self"), ""),
        "recent": list(slips(user).filter(by=user, kind=Kind.LIST)[:5]),
        "way": "many",
    }
    return page(request, "desks/components/slips/many.html", context, status=_REFUSED if problems else 200)


def _is_ticked(request: HttpRequest, row: dict[str, Any], ticked: set[int]) -> bool:
    return row["resident"].pk in ticked if request.method == "POST" else request.GET.get("all") == "1"
