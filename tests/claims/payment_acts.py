"""Payments of claims in a test."""

from datetime import date
from typing import Any

from tests.claims.acts import at, handler, key

from ankang.accounts.models import User
from ankang.claims.course_models import RefusalLetter
from ankang.claims.models import Claim
from ankang.claims.payees import PayeeEntry, enter_payees, store_payee
from ankang.claims.payout_models import PaymentBatch, Payout
from ankang.claims.payouts import order_payment, release_payments
from ankang.claims.review_models import QualityReview, ReviewRules

CARD = "6222020000000000018"
NEXT_DAY = date(2024, 5, 30)  # readings are only assumed: nothing is paid on the day of the decision


def entry(**facts: Any) -> PayeeEntry:
    given = {"name": "王秀兰", "relation": "insured", "means": "bank", "bank": "农业银行学富支行", "account": CARD}
    return PayeeEntry(**given | facts)


def with_payee(claim: Claim, *entries: PayeeEntry) -> Claim:
    enter_payees(by=handler(), claim=claim, payees=entries or (entry(),), key=key(), now=at(hour=16))
    return claim


def order(claim: Claim, by: User | None = None, **facts: Any) -> list[Payout]:
    return order_payment(**{"by": by or handler(), "claim": claim, "key": key(), "now": at(NEXT_DAY)} | facts)


def release(payouts: list[Payout], by: User | None = None) -> list[Payout]:
    return release_payments(by=by or handler(), payouts=payouts, now=at(NEXT_DAY, 11))


def letter_of(claim: Claim) -> RefusalLetter:
    """Return a letter of a claim whose decision still waits, as a bare row."""
    decision = claim.decisions.get()
    return RefusalLetter.objects.create(
        claim=claim,
        decision=decision,
        number=f"{claim.number}-JP01",
        reasons=[],
        due_on=NEXT_DAY,
        issued_by=decision.prepared_by,
        issued_at=at(),
    )


def payout_of(claim: Claim) -> Payout:
    """Return a payment of a claim in a batch of its town, as bare rows."""
    decision = claim.decisions.get()
    by = decision.prepared_by
    batch = PaymentBatch.objects.create(
        key=key(), number=f"FK-{claim.pk}", division=by.division, total_fen=1, payments=1, made_by=by, made_at=at()
    )
    payee = store_payee(claim, entry(), 1, by=by, now=at())
    return Payout.objects.create(
        key=key(),
        number=f"{claim.number}-FK01",
        claim=claim,
        decision=decision,
        payee=payee,
        amount_fen=1,
        ordered_by=by,
        ordered_at=at(),
        batch=batch,
    )


def drawn_of(claim: Claim) -> QualityReview:
    """Return a decision drawn for a quality review, as bare rows."""
    decision = claim.decisions.get()
    by = decision.prepared_by
    rules = ReviewRules.objects.create(
        key=key(), division=by.division, number=1, sample_percent=100, sample_seed="s", by=by, at=at()
    )
    return QualityReview.objects.create(
        claim=claim, decision=decision, rules=rules, drawn_at=at(), first=by, second=handler(division=by.division)
    )
