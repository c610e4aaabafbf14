"""一户登记: everybody of a household on one screen, one sum, one confirmation: all or nobody."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.slips.choice import CONSENTS, PAYERS, form_key
from ankang.desks.components.slips.members import MOST, Household, household_of, with_problems
from ankang.desks.keys import row_key
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.enrolment.errors import PeopleRefused
from ankang.enrolment.slip_queries import slips
from ankang.enrolment.slips import enrol_household
from ankang.programmes.queries import campaign_on
from ankang.roster.models import Resident
from ankang.roster.queries import find_by_number
from ankang.rules.errors import AnkangError, Conflict, InvalidInput

_REFUSED = 422
_SHORTEST_NUMBER = 15
_TEMPLATE = "desks/components/slips/household.html"


@desk_page("town", "village")
@require_http_methods(["GET", "POST"])
def household(request: HttpRequest) -> HttpResponse:
    """Find a household by its number, by an identity number or from a resident's page; then register who is ticked."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return _answer(request, problems=[("", "还没有今年的方案，不能登记。请让镇民政办先发布方案。")])
    try:
        residents = _residents(request)
    except AnkangError as error:
        return _answer(request, problems=[("household", error.message)])
    if not residents:
        return _answer(request)
    post = request.POST if request.POST.get("step") in ("sum", "confirm", "rest") else None
    found = household_of(person(request), residents, version, today_of(request), post)
    if post is None or post["step"] == "sum":
        return _answer(request, found)
    return _confirm(request, found)


def _confirm(request: HttpRequest, found: Household) -> HttpResponse:
    by, post = person(request), request.POST
    done = slips(by).filter(key=form_key(post), by=by).first()
    if done:
        return redirect(desk_url(request, "slip", done.pk))
    wrong = _look_again(found, post)
    if wrong:
        return _answer(request, found, problems=wrong)
    try:
        slip = enrol_household(
            by=by,
            key=form_key(post),
            version=found.version,
            people=[one.wanted(found.giver, found.purpose) for one in found.good],
            today=today_of(request),
            now=now_of(request),
        )
    except AnkangError as error:
        people: Any = error.fields.get("people") if isinstance(error, PeopleRefused) else {}
        found = with_problems(found, people)
        return _answer(request, found, problems=found.problems or [("", error.message)])
    return redirect(desk_url(request, "slip", slip.pk))


def _look_again(found: Household, post: QueryDict) -> list[tuple[str, str]]:
    """Return why this press registers nobody yet: the plan is newer, somebody cannot be, the sum is another one."""
    rest = post["step"] == "rest"
    if post.get("version") != str(found.version.pk):
        return [("", "方案刚更新，还没有登记。请核对新的金额后再确认。")]
    if found.refused and not rest:
        return found.problems
    if post.get("shown_rest" if rest else "shown") != (found.good_sign if rest else found.sign):
        return [("sum", "选的和刚才显示的金额不一样，还没有登记。请看一眼新的合计，再按一次确认。"), *found.problems]
    return []


def _residents(request: HttpRequest) -> list[Resident]:
    """Return the people of the household that the request means. Errors: InvalidInput, Conflict."""
    user, given = person(request), request.POST if request.method == "POST" else request.GET
    text = given.get("household", "").strip()[:30]
    if request.method == "POST" and len(re.sub(r"\D", "", text)) >= _SHORTEST_NUMBER:
        return _of(user, find_by_number(user, text), "名册里没有这个身份证号。请核对号码，或先把老人加进名册。")
    if named := row_key(given.get("resident", "")):
        one = Resident.objects.visible_to(user).select_related("village").filter(pk=named).first()
        return _of(user, one, "名册里没有这位老人，请输入户号或身份证号查询。")
    if not text:
        if request.method == "POST":
            raise InvalidInput("请输入户号，或家里一位老人的身份证号。", field="household")
        return []
    return _numbered(user, text, given.get("village", ""))


def _numbered(user: User, number: str, village: str) -> list[Resident]:
    people = Resident.objects.visible_to(user).select_related("village").filter(household=number)
    if village:
        people = people.filter(village=village)
    found = list(people.order_by("birth_date", "pk")[: MOST + 1])
    if not found:
        raise InvalidInput(
            f"名册里没有户号是“{number}”的人。请核对户号，或输入家里一位老人的身份证号。", field="household"
        )
    if len({one.village_id for one in found}) > 1:
        raise Conflict("几个村居都有这个户号。请选村居，再查询。", field="village")
    if len(found) > MOST:
        raise Conflict(
            f"户号“{number}”下有{MOST}人以上，不像一户。请先在名册里改正户号，或用“多人登记”。", field="household"
        )
    return found


def _of(user: User, one: Resident | None, nobody: str) -> list[Resident]:
    if one is None:
        raise InvalidInput(nobody, field="household")
    return _numbered(user, one.household, one.village_id) if one.household else [one]


def _answer(
    request: HttpRequest, found: Household | None = None, problems: list[tuple[str, str]] | None = None
) -> HttpResponse:
    user = person(request)
    context = {
        "found": found,
        "problems": problems or [],
        "key": form_key(request.POST),
        "villages": villages_of(user) if user.desk == "town" and not found else [],
        "asked": "" if found else request.POST.get("household", "")[:30],
        "payers": PAYERS,
        "consents": CONSENTS,
        "way": "household",
    }
    return page(request, _TEMPLATE, context, status=_REFUSED if problems and request.method == "POST" else 200)
