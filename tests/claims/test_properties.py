"""Whatever is claimed: totals are sums, stored decisions replay, limits hold."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.claims.acts import at, insured, prepare, record, report, review

from ankang.claims.facts import CaseFacts, replay
from ankang.claims.models import Claim, Decision, DecisionLine, LimitUse
from ankang.rules.trace import decision_json

pytestmark = pytest.mark.django_db

NOW = at(date(2025, 4, 1))
MONEY = st.integers(0, 900_000)


@st.composite
def losses(draw: st.DrawFn) -> dict[str, Any]:
    expense = draw(MONEY)
    event_on = date(2024, 3, 21) + timedelta(days=draw(st.integers(0, 364)))
    admitted = event_on + timedelta(days=draw(st.integers(0, 3)))
    stays = draw(st.sampled_from([(), ((admitted, admitted + timedelta(days=draw(st.integers(0, 9)))),)]))
    return {
        "event_on": event_on,
        "medical_expense_fen": expense,
        "fracture_expense_fen": draw(st.integers(0, expense)),
        "reimbursed_fen": draw(MONEY),
        "stays": stays,
        "disabilities": draw(st.sampled_from([(), ((10, "左手"),), ((9, "左腕"), (9, "右踝"))])),
    }


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    birth=st.dates(date(1935, 1, 1), date(1963, 12, 31)),
    held=st.sampled_from([(("A", 1),), (("A", 2),), (("A", 1), ("B", 1)), (("B", 2),)]),
    claims=st.lists(losses(), min_size=1, max_size=3),
)
def test_totals_replay_and_limits(birth: date, held: Any, claims: list[dict[str, Any]]) -> None:
    resident = insured(*held, birth_date=birth)
    for given_losses in claims:
        wanted = dict(given_losses)
        claim = report(resident, event_on=wanted.pop("event_on"), now=NOW)
        decision = prepare(record(claim, now=NOW, **wanted), now=NOW)
        stored = Decision.objects.select_related("version").get(pk=decision.pk)
        assert decision_json(replay(stored)) == stored.outcome
        assert CaseFacts.read(stored.facts).document() == stored.facts
        assert stored.total_fen == sum(line.amount_fen for line in stored.lines.all())
        bill = [line.amount_fen for line in stored.lines.all() if line.benefit in ("medical", "fracture")]
        assert sum(bill) <= max(claim_net(stored), 0)
        if stored.total_fen:
            review(stored, now=NOW)
    approved = Claim.objects.filter(resident=resident, status="approved")
    lines = DecisionLine.objects.filter(decision__claim__in=approved)
    assert (approved.aggregate(all=Sum("payable_fen"))["all"] or 0) == (
        lines.aggregate(all=Sum("amount_fen"))["all"] or 0
    )
    for use in LimitUse.objects.filter(resident=resident):
        drawn = lines.filter(product=use.product, benefit=use.benefit).aggregate(all=Sum("amount_fen"))["all"]
        assert use.used_fen == drawn <= use.limit_fen


def claim_net(decision: Decision) -> int:
    return decision.claim.medical_expense_fen - decision.claim.reimbursed_fen
