"""Two handlers at once, in real transactions, on SQLite's file and on PostgreSQL."""

from datetime import timedelta
from functools import partial

import pytest
from tests.claims.acts import EVENT, handler, insured, key, prepared, report, review
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.claims.models import Claim, Decision, LimitUse
from ankang.rules.errors import Conflict

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_claims_of_one_person_never_pass_the_limit() -> None:
    resident = insured()
    # Each alone may pay 2900 of the medical limit of 3000.
    decisions = [
        prepared(resident, event_on=EVENT + timedelta(days=day), medical_expense_fen=310_000) for day in (0, 1)
    ]
    outcomes = race(*(partial(review, one, handler()) for one in decisions))
    won = [outcome for outcome in outcomes if isinstance(outcome, Decision)]
    lost = [outcome for outcome in outcomes if isinstance(outcome, Conflict)]
    assert (len(won), len(lost)) == (1, 1), outcomes
    assert lost[0].fields == {"then_fen": 290_000, "now_fen": 10_000}
    assert sorted(Claim.objects.values_list("status", "payable_fen")) == [("approved", 290_000), ("prepared", None)]
    assert list(LimitUse.objects.values_list("benefit", "used_fen", "limit_fen")) == [("medical", 290_000, 300_000)]
    assert AuditEntry.objects.filter(action="claims.approved").count() == 1


def test_two_claims_on_different_limits_are_both_approved() -> None:
    resident = insured()
    bill = prepared(resident, medical_expense_fen=100_000)
    hand = prepared(resident, event_on=EVENT + timedelta(days=1), disabilities=((10, "左手"),))
    outcomes = race(partial(review, bill, handler()), partial(review, hand, handler()))
    assert [type(outcome) for outcome in outcomes] == [Decision, Decision], outcomes
    used = LimitUse.objects.order_by("benefit").values_list("benefit", "used_fen")
    assert list(used) == [("accident", 100_000), ("medical", 80_000)]


def test_two_second_persons_review_one_decision_once() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    outcomes = race(
        partial(review, decision, handler(), verdict="approved"),
        partial(review, decision, handler(), verdict="refused", note="不是意外"),
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Decision"], outcomes
    assert Decision.objects.exclude(verdict="pending").count() == 1


def test_reports_at_once_have_numbers_of_their_own() -> None:
    resident, by = insured(), handler()
    outcomes = race(*(lambda: report(resident, by) for _ in range(6)))
    assert sorted(claim.number for claim in outcomes) == [f"LP2024-0529-00{place}" for place in range(1, 7)]


def test_one_form_sent_twice_at_once_registers_once() -> None:
    resident, by, once = insured(), handler(), key()
    first, second = race(*(lambda: report(resident, by, key=once) for _ in range(2)))
    assert first == second
    assert Claim.objects.count() == 1
