"""What a claim's payments are in the books: owed once released, paid once they arrived (ADR 0037)."""

from datetime import datetime

from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.models import Claim
from ankang.claims.payout_models import Payout
from ankang.money.ledger import Line, post
from ankang.money.models import Account, Posting


def post_owed(payout: Payout, *, by: User, now: datetime) -> None:
    """Book a released payment as owed: cost against what is due on the claim. Again it changes nothing."""
    _post(payout, "owed", Account.CLAIM_COST, payout.claim, Account.CLAIM_DUE, by=by, now=now)


def post_paid(payout: Payout, *, by: User, now: datetime) -> None:
    """Book a payment that arrived: what was due on the claim against the paying account."""
    _post(payout, "paid", Account.CLAIM_DUE, payout.claim, Account.CLAIM_BANK, by=by, now=now)


def _post(
    payout: Payout, step: str, to: Account, claim: Claim, by_account: Account, *, by: User, now: datetime
) -> None:
    owners = {Account.CLAIM_DUE: claim.number, Account.CLAIM_COST: by.division_id, Account.CLAIM_BANK: by.division_id}
    post(
        by=by,
        action="claims.posted",
        key=f"claims.{step}.{payout.number}",
        kind=Posting.Kind.CLAIM_PAYOUT,
        on=timezone.localdate(now),
        at=now,
        division=by.division,
        entries=[
            Line(to, owners[to], payout.amount_fen),
            Line(by_account, owners[by_account], -payout.amount_fen),
        ],
        programme=claim.programme,
    )
