"""Report to decided at one desk: the same rows as the long way, in few statements."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests import factories
from tests.claims.acts import (
    EVENT,
    at,
    handler,
    insured,
    key,
    nothing_changes,
    prepare,
    record,
    report,
    review,
    settled,
)

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.claims.at_once import report_and_prepare
from ankang.claims.losses import Losses
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

BILL = Losses(medical_expense_fen=100_000, reimbursed_fen=20_000, diagnosis="右桡骨骨折")
_CONTROL = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE", "ROLLBACK")


def at_once(by: User, resident: Resident, losses: Losses = BILL, **facts: Any) -> Decision:
    given = {"event_on": EVENT, "cause": "accident", "what_happened": "在家门口滑倒", "reporter": "张明，儿子"}
    return report_and_prepare(
        **{"by": by, "resident": resident, "losses": losses, "key": key(), "now": at()} | given | facts
    )


def told(claim: Claim) -> list[Any]:
    """What stands of a claim, without keys."""
    steps = list(ClaimStep.objects.filter(claim=claim).values_list("kind", "by", "at"))
    audit = AuditEntry.objects.filter(subject_type="claims.Claim", subject_id=str(claim.pk))
    decision = claim.decisions.get()
    lines = list(
        decision.lines.order_by("product", "benefit").values_list("product", "benefit", "amount_fen", "reason")
    )
    facts = {name: value for name, value in decision.facts.items() if name not in ("event_id", "events", "paid")}
    rest = (claim.status, claim.payable_fen, claim.medical_expense_fen, claim.programme_id, claim.moved_at)
    return [steps, list(audit.order_by("pk").values_list("action", "detail")), lines, facts, rest]


def test_the_rows_are_those_of_the_long_way() -> None:
    by = handler()
    losses = {
        "medical_expense_fen": 100_000,
        "stays": ((EVENT, EVENT + timedelta(days=3)),),
        "disabilities": ((10, "左手"),),
    }
    one, other = insured(), insured()
    for resident in (one, other):
        settled(resident, event_on=EVENT - timedelta(days=3), medical_expense_fen=50_000)
    long = prepare(record(report(one, by), by, **losses), by).claim
    short = at_once(by, other, Losses(**losses)).claim
    assert told(Claim.objects.get(pk=short.pk)) == told(Claim.objects.get(pk=long.pk))
    assert short.number == "LP2024-0529-004"


def test_from_the_report_to_the_decision_in_at_most_twenty_statements() -> None:
    first, second, resident = handler(), handler(), insured()
    report(insured(), first)  # the day has its row
    with CaptureQueriesContext(connection) as asked:
        decision = at_once(first, resident)
        claim = review(decision, second).claim
    statements = [query["sql"] for query in asked.captured_queries if not query["sql"].startswith(_CONTROL)]
    assert len(statements) == 19, "\n".join(statement[:120] for statement in statements)
    assert (claim.status, claim.payable_fen) == ("approved", 60_000)


def test_the_same_key_decides_once() -> None:
    by, resident, once = handler(), insured(), key()
    decision = at_once(by, resident, key=once)
    with nothing_changes():
        assert at_once(by, resident, key=once) == decision


def test_who_had_no_cover_on_the_day_goes_the_long_way() -> None:
    by = handler()
    decision = at_once(by, insured(), event_on=date(2024, 3, 10))
    assert decision.total_fen == 0
    assert decision.lines.get(benefit="medical").reason == "out_of_cover"


def test_refusals_leave_nothing() -> None:
    by, resident = handler(), insured()
    stranger = handler(division=factories.town("320903103000", "邻镇"))
    with nothing_changes():
        with pytest.raises(NotAllowed):
            at_once(stranger, resident)
        with pytest.raises(InvalidInput):
            at_once(by, resident, Losses(medical_expense_fen=-1))
        with pytest.raises(InvalidInput):
            at_once(by, resident, what_happened=" ")
