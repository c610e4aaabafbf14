"""The clocks that run on claims: when they begin, when they stop, and what is overdue."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests import factories
from tests.claims.acts import ask, at, handler, insured, key, prepared, record, refused, report, settled

from ankang.claims.clocks import clocks_of, pressing, running
from ankang.claims.document_models import PaperNotice
from ankang.claims.letters import issue_letter
from ankang.claims.models import Claim
from ankang.claims.notices import go_on_without
from ankang.claims.queries import todo
from ankang.rules.programme import Deadline

pytestmark = pytest.mark.django_db


def codes(claim: Claim, today: date) -> dict[str, int]:
    return {one.clock.code: one.left for one in clocks_of(claim, today)}


def test_the_plans_own_days_come_before_the_laws() -> None:
    """As its plan says: decided in 10 days, answered on the day, paid in 3 working days, each step in 9 days."""
    own = (
        Deadline("decision", 10, False, "六（2）"),
        Deadline("first_answer", 1, False, "六（1）"),
        Deadline("payment", 3, True, "六（3）"),
        Deadline("step", 9, False, "六（4）"),
    )
    factories.version(replace(factories.plan(), deadlines=own))
    claim, paid = report(insured()), settled(insured(), medical_expense_fen=100_000)  # Wednesday 2024-05-29
    found = {one.clock.code: one for one in clocks_of(claim, date(2024, 6, 8))}
    assert {code: one.left for code, one in found.items()} == {
        "first_answer": -9,
        "step": -1,
        "decision": 0,
        "certain_part": 50,
    }
    assert [todo(handler(), date(2024, 6, day)).overdue for day in (7, 8)] == [0, 1]
    assert todo(handler(), date(2024, 6, 7)).oldest[0].days_left == 0
    notice = ask(claim)
    waiting = todo(handler(), date(2024, 6, 8))
    assert (waiting.overdue, waiting.oldest[0].claim.waits_for_papers) == (0, True)  # type: ignore[attr-defined]
    notice.delete()
    assert (found["decision"].clock.clause, found["decision"].due) == ("方案六（2）", date(2024, 6, 8))
    assert codes(paid, date(2024, 6, 3)) == {"payment": 0}
    assert {one.clock.code for one in running(handler(), date(2024, 6, 9)) if one.is_overdue} == {
        "first_answer",
        "step",
        "decision",
        "payment",
    }


def test_a_report_runs_four_clocks_and_the_first_answer_ends_with_the_first_step() -> None:
    claim = report(insured())  # Wednesday 2024-05-29
    assert codes(claim, date(2024, 5, 31)) == {"first_answer": 0, "step": 3, "decision": 28, "certain_part": 58}
    record(claim, now=at(date(2024, 5, 30)))
    assert codes(claim, date(2024, 5, 31)) == {"step": 4, "decision": 28, "certain_part": 58}


def test_while_papers_are_missing_the_clock_of_the_law_stands_still() -> None:
    claim, by = report(insured()), handler()
    notice = PaperNotice.objects.create(
        claim=claim, number=1, items=[], issued_at=at(date(2024, 5, 30)), issued_by=by, key=key()
    )
    assert codes(claim, date(2024, 7, 30))["decision"] == 29  # one day passed before the notice
    stands = next(one for one in clocks_of(claim, date(2024, 7, 30)) if one.clock.code == "decision")
    assert (stands.due, stands.is_overdue) == (None, False)
    PaperNotice.objects.filter(pk=notice.pk).update(answered_at=at(date(2024, 6, 9)))
    assert codes(claim, date(2024, 6, 19))["decision"] == 19


@pytest.mark.parametrize("waits", [1, 2])
def test_a_step_that_waited_is_late_by_the_same_days_on_every_page(waits: int) -> None:
    """Nobody is overdue for the days on which the family looked for papers; the next step begins anew."""
    claim = report(insured())  # Wednesday 2024-05-29: five working days end on 5 June
    for wait in range(waits):
        notice = PaperNotice.objects.create(
            claim=claim,
            number=wait + 1,
            items=[],
            issued_at=at(date(2024, 6, 3 + 7 * wait)),
            issued_by=handler(),
            key=key(),
            **({"reason": "第一次没有要", "approved_by": handler()} if wait else {}),
        )
        go_on_without(by=handler(), notice=notice, why="找不到了", now=at(date(2024, 6, 7 + 7 * wait)))
    for day in range(15, 29):
        today = date(2024, 6, day)
        left = codes(claim, today)["step"]
        shown = todo(handler(), today)
        assert (shown.oldest[0].days_left, shown.overdue) == (left, int(left < 0)), today
    assert codes(claim, date(2024, 6, 14))["step"] == (-2, 2)[waits - 1]
    record(claim, now=at(date(2024, 6, 14)))
    assert todo(handler(), date(2024, 6, 17)).oldest[0].days_left == codes(claim, date(2024, 6, 17))["step"] == 4


def test_a_refusal_has_three_days_for_its_letter_and_an_approval_ten_to_be_paid() -> None:
    gone = refused(insured(), medical_expense_fen=100_000)
    paid = settled(insured(), medical_expense_fen=100_000)
    assert codes(gone, date(2024, 6, 1)) == {"refusal_letter": 0}
    assert codes(gone, date(2024, 6, 2)) == {"refusal_letter": -1}
    assert codes(paid, date(2024, 6, 8)) == {"payment": 0}
    issue_letter(by=handler(), claim=gone, key=key(), now=at(hour=16))
    assert codes(gone, date(2024, 6, 2)) == {}


def test_the_most_overdue_comes_first_in_five_queries(django_assert_num_queries: Callable[[int], Any]) -> None:
    by = handler()
    old = report(insured(), now=at(date(2024, 5, 6)), event_on=date(2024, 5, 5))
    for _ in range(3):
        prepared(insured(), medical_expense_fen=100_000)
        refused(insured(), medical_expense_fen=100_000)
    with django_assert_num_queries(5):
        found = running(by, date(2024, 6, 3))
    assert found[0].claim == old
    assert (found[0].clock.code, found[0].left) == ("first_answer", -19)
    assert {one.clock.code for one in pressing(by, date(2024, 6, 3))} == {
        "first_answer",
        "step",
        "decision",
        "refusal_letter",
    }
