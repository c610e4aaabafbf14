"""What the database refuses by itself, whatever the code above it does."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from tests.claims.acts import handler, insured, prepared, record, report, settled

from ankang.claims.models import Claim, Decision, LimitUse

pytestmark = pytest.mark.django_db


def refused(rows: Any, name: str, **values: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        rows.update(**values)


def test_the_first_person_is_never_the_second() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    rows = Decision.objects.filter(pk=decision.pk)
    same = {"verdict": "approved", "reviewed_at": decision.prepared_at, "reviewed_by": F("prepared_by")}
    refused(rows, "decision_second_person", **same)
    rows.update(**same | {"reviewed_by": handler()})  # another person is let through


def test_who_and_when_of_a_review_go_together() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    rows = Decision.objects.filter(pk=decision.pk)
    refused(rows, "decision_second_person", verdict="approved", reviewed_by=handler())
    refused(rows, "decision_second_person", reviewed_at=decision.prepared_at)


def test_a_limit_is_not_passed() -> None:
    settled(insured(), medical_expense_fen=400_000)
    rows = LimitUse.objects.filter(benefit="medical")
    assert rows.get().used_fen == rows.get().limit_fen == 300_000
    refused(rows, "limit_not_passed", used_fen=F("used_fen") + 1)


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"status": "approved"}, "claim_payable_only_when_decided"),
        ({"payable_fen": 1}, "claim_payable_only_when_decided"),
        ({"status": "refused", "payable_fen": 1, "closed_on": "2024-05-29"}, "claim_refused_pays_nothing"),
        ({"fracture_expense_fen": 100_001}, "claim_fracture_within_expense"),
        ({"died_on": "2024-05-11"}, "claim_death_not_before_event"),
    ],
)
def test_a_claim_that_cannot_be(values: dict[str, Any], name: str) -> None:
    claim = record(report(insured()), medical_expense_fen=100_000)
    refused(Claim.objects.filter(pk=claim.pk), name, **values)


def test_one_decision_waits_at_a_time() -> None:
    decision = prepared(insured(), medical_expense_fen=100_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(
            claim=decision.claim,
            sequence=2,
            version=decision.version,
            facts={},
            outcome={},
            total_fen=0,
            prepared_at=decision.prepared_at,
            prepared_by=decision.prepared_by,
        )
