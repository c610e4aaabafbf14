"""钱和保单对账: the two lists that must be empty; 续保名单: whom to ask again next year."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.pages import page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.policies.models import ApplicationRow
from ankang.policies.queries import money_without_policy, policies, policy_without_money
from ankang.policies.renewals import Renewal, Terms, renewal_candidates, renewals, terms_after
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of, versions_on
from ankang.roster.looks import note_export
from ankang.roster.models import Resident

_FOLDER = "desks/town/policies/"
_SHOWN, _PAGE_SIZE = 50, 50
_OUTCOMES = dict(ApplicationRow.Outcome.choices)
_RENEWAL_HEAD = (
    "村（居）", "户号", "姓名", "证件后四位", "今年持有", "明年首日周岁", "明年类别", "明年保费（元）", "能不能续",
)  # fmt: skip


@desk_page("town")
@require_safe
def gaps(request: HttpRequest) -> HttpResponse:
    """Money without a policy, a policy without money: the first fifty of each, all in the export."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    money = money_without_policy(person(request), version.programme)
    without = policy_without_money(person(request), version.programme)
    shown, names = list(money[:_SHOWN]), _names(version)
    context = {
        "version": version,
        "money": [(one, names[one.product], one.units * one.unit_price_fen, _asked(one)) for one in shown],
        "money_count": money.count(),
        "without": [(one, names[one.product]) for one in without[:_SHOWN]],
        "without_count": without.count(),
        "policies": policies(person(request), version.programme),
    }
    return page(request, _FOLDER + "gaps.html", context)


@desk_page("town")
@require_safe
def gaps_export(request: HttpRequest) -> HttpResponse:
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return redirect("town:policy-gaps")
    names = _names(version)
    money: list[list[Cell]] = [
        [
            one.enrolment.participation.resident.village.name,
            one.enrolment.participation.resident.name,
            one.enrolment.participation.resident.number_tail,
            names[one.product],
            one.units,
            one.units * one.unit_price_fen / 100,
            _asked(one),
        ]
        for one in money_without_policy(person(request), version.programme)
    ]
    without: list[list[Cell]] = [
        [
            one.village.name,
            one.name,
            one.identity_tail,
            names[one.product],
            one.units,
            one.premium_fen / 100,
            one.number,
        ]
        for one in policy_without_money(person(request), version.programme)
    ]
    head = ("村（居）", "姓名", "证件后四位", "险种", "份数", "保费（元）")
    note_export(by=person(request), rows=len(money) + len(without), part="policy gaps")
    sheets = [Sheet("有钱没保单", (*head, "投保到哪一步"), money), Sheet("有保单没钱", (*head, "凭证号"), without)]
    return xlsx_response(f"钱和保单对账-{today_of(request):%Y%m%d}", sheets)


@desk_page("town")
@require_safe
def renewal_list(request: HttpRequest) -> HttpResponse:
    """Who holds units now and how it stands with them on the first day of next year's cover."""
    version = _ending(request)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    village, status = request.GET.get("village", ""), request.GET.get("status", "")
    terms = terms_after(version)
    rows = renewal_candidates(person(request), version, village=village, status=status)
    shown = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "version": version,
        "terms": terms,
        "page_obj": shown,
        "rows": renewals(version, terms, list(shown)),
        "villages": villages_of(person(request)),
        "village": village,
        "status": status,
        "statuses": Resident.Status.choices,
        "query": request.GET.urlencode(),
    }
    return page(request, _FOLDER + "renewals.html", context)


@desk_page("town")
@require_safe
def renewals_export(request: HttpRequest) -> HttpResponse:
    version = _ending(request)
    if version is None:
        return redirect("town:renewals")
    wanted = {"village": request.GET.get("village", ""), "status": request.GET.get("status", "")}
    found = list(renewal_candidates(person(request), version, **wanted))
    terms = terms_after(version)
    rows: list[list[Any]] = []
    for start in range(0, len(found), 500):  # SQLite takes 999 parameters a query
        rows += [_renewal(one) for one in renewals(version, terms, found[start : start + 500])]
    note_export(by=person(request), rows=len(rows), part="renewals")
    says = f"{version.programme.name}里有份数的人；{_by_what(terms)}"
    return xlsx_response(f"续保名单-{today_of(request):%Y%m%d}", [Sheet("续保名单", _RENEWAL_HEAD, rows, says=says)])


def _ending(request: HttpRequest) -> ProgrammeVersion | None:
    """Return the programme whose cover is to be renewed: the one that covers today, else the campaign's."""
    campaign, covering = versions_on(today_of(request), person(request).division_id)
    return covering or campaign


def _by_what(terms: Terms) -> str:
    if terms.is_next:
        return f"周岁、类别、保费按{terms.version.programme.name}算，从{terms.day}起"
    return f"下一年的方案还没有，周岁、类别、保费暂按今年的方案算到{terms.day}"


def _renewal(one: Renewal) -> list[Any]:
    who, premium = one.resident, None if one.problem else one.premium_fen / 100
    return [
        who.village.name, who.household, who.name, who.number_tail, one.held_words, one.age_then, "、".join(one.groups),
        premium, one.problem or "能",
    ]  # fmt: skip


def _names(version: ProgrammeVersion) -> dict[str, str]:
    return {product.code: product.name for product in plan_of(version).products}


def _asked(holding: Any) -> str:
    """Say where the application of a paid holding stands, from what the query brought along."""
    if holding.asked is None:
        return "还没编进投保批次"
    if holding.asked_code == "not_funded":  # it is by now: else it would not stand on this list
        return f"编{holding.asked_batch}时钱还没收齐，现在齐了：再编一批就会列入"
    words = f"：{holding.asked_words}" if holding.asked_words else ""
    return f"{_OUTCOMES[holding.asked]}（{holding.asked_batch}）{words}"
