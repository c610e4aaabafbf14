"""What a claim's payments are in the books: owed once released, paid once they arrived (ADR 0037).

A window or a funeral home pays from its own money: the insurer owes it until the day's list is paid back (ADR 0039).
"""

from datetime import datetime

from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.payout_models import Payout
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.divisions.models import Division
from ankang.money.ledger import Line, post, reverse
from ankang.money.models import Account, Posting


def post_owed(payout: Payout, *, by: User, now: datetime, insurer: Division | None = None) -> None:
    """Book a released payment as owed: cost against what is due on the claim. Again it changes nothing.

    `insurer`: whose books, when the person who pays is not the insurer's.
    """
    books = insurer or by.division
    lines = [Line(Account.CLAIM_COST, books.pk, 1), Line(Account.CLAIM_DUE, payout.claim.number, -1)]
    _post(payout, "owed", lines, books, by=by, now=now)


def post_paid(payout: Payout, *, by: User, now: datetime) -> None:
    """Book a payment that arrived: what was due on the claim against the paying account."""
    lines = [Line(Account.CLAIM_DUE, payout.claim.number, 1), Line(Account.CLAIM_BANK, by.division_id, -1)]
    _post(payout, "paid", lines, by.division, by=by, now=now)


def post_advanced(advance: Advance, *, by: User, now: datetime, insurer: Division) -> None:
    """Book a payment that a window made from its own money: the insurer owes the window."""
    payout = advance.payout
    lines = [Line(Account.CLAIM_DUE, payout.claim.number, 1), Line(Account.WINDOW_ADVANCE, advance.owner, -1)]
    _post(payout, "paid", lines, insurer, by=by, now=now)


def post_paid_back(day: AdvanceDay, *, by: User, now: datetime) -> None:
    """Book that the insurer paid a day's advances back to the window; a list that is below zero went the other way."""
    if not day.total_fen:  # as much came back as was paid: nothing moves
        return
    post(
        by=by,
        action="claims.posted",
        key=f"claims.advances.{day.number}",
        kind=Posting.Kind.ADVANCE_BACK,
        on=timezone.localdate(now),
        at=now,
        division=by.division,
        entries=[
            Line(Account.WINDOW_ADVANCE, day.owner, day.total_fen),
            Line(Account.CLAIM_BANK, by.division_id, -day.total_fen),
        ],
    )


def post_overpaid(found: TakeBack, *, by: User, now: datetime) -> Posting:
    """Book what a new decision leaves overpaid: cost falls, and who got it owes it on the claim's account."""
    lines = [Line(Account.CLAIM_COST, found.insurer_id, -1), Line(Account.CLAIM_DUE, found.claim.number, 1)]
    return _post_back(found, f"claims.over.{found.pk}", lines, found.amount_fen, by=by, now=now)


def post_no_longer_overpaid(found: TakeBack, *, by: User, now: datetime) -> None:
    """Book the counter-entry of `post_overpaid`, for what has not come back."""
    key = f"claims.over.{found.pk}"
    if found.returned_fen:
        lines = [Line(Account.CLAIM_COST, found.insurer_id, 1), Line(Account.CLAIM_DUE, found.claim.number, -1)]
        _post_back(found, f"{key}.back", lines, found.left_fen, by=by, now=now)
        return
    reverse(
        by=by,
        action="claims.posted",
        posting=Posting.objects.get(key=key),
        key=f"{key}.back",
        kind=Posting.Kind.CORRECTION,
        on=timezone.localdate(now),
        at=now,
        note="不用收回了",
    )


def post_returned(made: TakeBackReceipt, serial: int, *, by: User, now: datetime) -> None:
    """Book one part that came back: to the insurer's account, or to a window, which then owes it to the insurer."""
    found = made.take_back
    to = Line(Account.WINDOW_ADVANCE, made.window, 1) if made.window else Line(Account.CLAIM_BANK, found.insurer_id, 1)
    lines = [Line(Account.CLAIM_DUE, found.claim.number, -1), to]
    _post_back(found, f"claims.returned.{found.pk}.{serial}", lines, made.amount_fen, by=by, now=now)


def _post_back(found: TakeBack, key: str, signs: list[Line], amount_fen: int, *, by: User, now: datetime) -> Posting:
    return post(
        by=by,
        action="claims.posted",
        key=key,
        kind=Posting.Kind.CORRECTION,
        on=timezone.localdate(now),
        at=now,
        division=found.insurer,
        entries=[Line(one.account, one.owner, one.amount_fen * amount_fen) for one in signs],
        programme=found.claim.programme,
        note="多付的理赔款",
    )


def _post(payout: Payout, step: str, signs: list[Line], books: Division, *, by: User, now: datetime) -> None:
    """Post the payment's amount with these signs."""
    post(
        by=by,
        action="claims.posted",
        key=f"claims.{step}.{payout.number}",
        kind=Posting.Kind.CLAIM_PAYOUT,
        on=timezone.localdate(now),
        at=now,
        division=books,
        entries=[Line(one.account, one.owner, one.amount_fen * payout.amount_fen) for one in signs],
        programme=payout.claim.programme,
    )
