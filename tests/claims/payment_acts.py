"""Payments of claims in a test."""

from datetime import date
from typing import Any

from tests.claims.acts import at, handler, key

from ankang.accounts.models import User
from ankang.claims.models import Claim
from ankang.claims.payees import PayeeEntry, enter_payees
from ankang.claims.payout_models import Payout
from ankang.claims.payouts import order_payment, release_payments

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
