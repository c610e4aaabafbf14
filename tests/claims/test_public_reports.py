"""A family reports without an account: what it is told, what it is not, and how a handler makes a claim of it."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from tests import factories
from tests.claims.acts import EVENT, at, handler, insured, key, nothing_changes, number_of, report
from tests.races import race

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.claims.models import Claim
from ankang.claims.public_reports import (
    Receipt,
    Told,
    answer_report,
    find_report,
    late_note,
    look_into_report,
    match_report,
    report_in_public,
)
from ankang.claims.report_models import PublicReport
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


def told(number: str, **facts: Any) -> Told:
    given = {
        "reporter": "张明",
        "relation": "儿子",
        "phone": "138 1234 5678",
        "elder_name": "王秀兰",
        "event_on": EVENT,
        "what_happened": "在家门口滑倒",
        "place": "镇菜场门口",
        "situations": ("medical", "fracture"),
    }
    return Told(elder_number=number, **given | facts)


def receipt(number: str, **facts: Any) -> Receipt:
    made = report_in_public(told=told(number, **facts), key=key(), now=at())
    assert made is not None
    return made


def test_a_report_is_sealed_and_opens_with_number_and_word_alone() -> None:
    resident = insured()
    made = receipt(number_of(resident))
    row = PublicReport.objects.get()
    assert (len(row.number), len(made.secret), row.village, row.state) == (8, 8, resident.village, "waiting")
    assert row.secret_digest != made.secret
    spaced = f"{row.number[:4]} {row.number[4:]}"
    assert find_report(spaced, f"{made.secret[:4]}-{made.secret[4:]}") == row
    other = f"{(int(made.secret) + 1) % 10**8:08d}"
    for number, secret in ((row.number, other), (other, made.secret), ("", made.secret), (row.number, "")):
        assert find_report(number, secret) is None
    entry = AuditEntry.objects.get(action="claims.public_report")
    assert (entry.actor, entry.detail) == (None, {})


def test_an_unknown_number_is_taken_like_a_known_one() -> None:
    unknown = receipt(factories.identity_number(date(1950, 5, 6)))
    assert (unknown.report.village, unknown.report.state) == (None, "waiting")
    assert list(PublicReport.objects.visible_to(handler())) == [unknown.report]


def test_the_same_form_is_taken_once_and_its_word_not_told_twice() -> None:
    number, once = number_of(insured()), key()
    assert report_in_public(told=told(number), key=once, now=at())
    assert report_in_public(told=told(number), key=once, now=at()) is None
    assert PublicReport.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"elder_number": "32990019590115"}, "elder_number"),
        ({"phone": "12"}, "phone"),
        ({"phone": " "}, "phone"),
        ({"reporter": " "}, "reporter"),
        ({"relation": ""}, "relation"),
        ({"what_happened": ""}, "what_happened"),
        ({"event_on": date(2024, 5, 30)}, "event_on"),
    ],
)
def test_what_cannot_be_so_is_named(facts: dict[str, Any], field: str) -> None:
    number = facts.pop("elder_number", None) or factories.identity_number(date(1950, 5, 6))
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        receipt(number, **facts)
    assert list(refused.value.fields["errors"]) == [field]  # type: ignore[call-overload]


def test_a_handler_makes_a_claim_of_it_after_calling_back() -> None:
    resident, by = insured(), handler()
    made = receipt(number_of(resident)).report
    given: dict[str, Any] = {"by": by, "report": made, "resident": resident, "cause": "accident", "now": at()}
    with nothing_changes(), pytest.raises(InvalidInput, match="打回去"):
        match_report(called_back=False, **given)
    claim = match_report(called_back=True, **given)
    assert (claim.number, claim.reporter, claim.situations, claim.event_on) == (
        "LP2024-0529-001", "张明，儿子", "medical fracture", EVENT,
    )  # fmt: skip
    assert match_report(called_back=True, **given) == claim
    made.refresh_from_db()
    assert (made.state, made.claim, made.decided_by) == ("matched", claim, by)
    with nothing_changes(), pytest.raises(Conflict):
        answer_report(by=by, report=made, answer="不办", now=at())
    assert Claim.objects.count() == 1


def test_a_second_report_of_one_accident_joins_the_claim() -> None:
    resident, by = insured(), handler()
    claim = report(resident)
    made = receipt(number_of(resident)).report
    given: dict[str, Any] = {"by": by, "resident": resident, "cause": "accident", "called_back": True, "now": at()}
    with nothing_changes(), pytest.raises(InvalidInput, match="不是这位老人的"):
        match_report(report=made, claim=report_of_another(), **given)
    assert match_report(report=made, claim=claim, **given) == claim


def report_of_another() -> Claim:
    return Claim.objects.exclude(resident__name="王秀兰").first() or report(insured(name="李四海"))


@pytest.fixture(autouse=True)
def another(request: pytest.FixtureRequest) -> None:
    if "joins" in request.node.name:
        report_of_another()


def test_a_report_that_becomes_no_claim_is_answered_in_words() -> None:
    made = receipt(factories.identity_number(date(1950, 5, 6))).report
    with nothing_changes(), pytest.raises(InvalidInput):
        answer_report(by=handler(), report=made, answer=" ", now=at())
    answer_report(by=handler(), report=made, answer="号码对不上，请带身份证到村委会。", now=at())
    made.refresh_from_db()
    assert (made.state, made.answer, made.claim) == ("answered", "号码对不上，请带身份证到村委会。", None)


def test_who_may_not_look_or_decide() -> None:
    resident = insured()
    made = receipt(number_of(resident)).report
    for by in (factories.user(Desk.TOWN), handler(division=factories.village(2))):
        tries: list[Callable[[], Any]] = [
            partial(look_into_report, by=by, report=made),
            partial(answer_report, by=by, report=made, answer="不办", now=at()),
            partial(match_report, by=by, report=made, resident=resident, cause="accident", called_back=True, now=at()),
        ]
        for attempt in tries:
            with nothing_changes(), pytest.raises(NotAllowed):
                attempt()
    opened = look_into_report(by=handler(), report=made)
    told_ = {"what_happened": "在家门口滑倒", "phone": "13812345678", "place": "镇菜场门口"}
    assert opened == told_ | {"number": number_of(resident)}
    matched = match_report(by=handler(), report=made, resident=resident, cause="accident", called_back=True, now=at())
    assert matched.place is not None
    assert (matched.place.reveal(), bool(matched.place_index)) == ("镇菜场门口", True)


@pytest.mark.parametrize(
    ("today", "is_death", "says"),
    [
        (date(2026, 5, 12), False, ""),
        (date(2026, 5, 13), False, "2年"),
        (date(2029, 5, 12), True, ""),
        (date(2029, 5, 13), True, "5年"),
    ],
)
def test_a_late_report_is_told_of_and_never_refused(today: date, is_death: bool, says: str) -> None:
    note = late_note(EVENT, today, is_death=is_death)
    assert (says in note, bool(note)) == (True, bool(says))
    assert late_note(date(2024, 2, 29), date(2026, 2, 28), is_death=False) == ""


@pytest.mark.django_db(transaction=True)
def test_two_handlers_match_one_report_once() -> None:
    resident = insured()
    made = receipt(number_of(resident)).report
    given = {"report": made, "resident": resident, "cause": "accident", "called_back": True, "now": at()}
    outcomes = race(*(partial(match_report, by=handler(), **given) for _ in range(2)))
    assert outcomes[0] == outcomes[1]
    assert Claim.objects.count() == 1
    assert not [one for one in outcomes if isinstance(one, AnkangError)]
