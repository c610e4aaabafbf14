"""Pays the sample's approved claims and sends the letters of its refused ones; the latest still wait for somebody.

The last refusal is taken back, to be decided anew.
"""

from datetime import date, datetime, timedelta
from random import Random

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.claims.letters import issue_letter
from ankang.claims.models import Claim
from ankang.claims.payees import PayeeEntry, enter_payees
from ankang.claims.payouts import confirm_paid, note_failed, order_payment, release_payments
from ankang.claims.reopening import challenge_decision, review_reversal
from ankang.rules.bankcard import passes_luhn
from ankang.sample.campaign import office_moment
from ankang.sample.incidents import working_days_back

_WAITING = 3  # the last ones are ordered and not released yet


def settle(handlers: tuple[User, User], last: date) -> int:
    """Pay what was approved up to two days before `last`, write the letters, and return how many were paid."""
    rng = Random(f"payments {last}")
    closed = list(
        Claim.objects.filter(closed_on__lt=last - timedelta(days=1), status=Claim.Status.APPROVED).order_by("closed_on")
    )
    for at, claim in enumerate(closed):
        is_open = at >= len(closed) - _WAITING
        _pay(rng, claim, handlers if at % 2 else handlers[::-1], at, is_open=is_open, comes_back=at == len(closed) // 2)
    refused = Claim.objects.filter(closed_on__lt=last - timedelta(days=1), status=Claim.Status.REFUSED)
    for claim in refused.order_by("closed_on", "pk"):
        assert claim.closed_on is not None  # a refused claim is closed
        now = office_moment(rng, claim.closed_on + timedelta(days=1))
        issue_letter(by=handlers[0], claim=claim, key=f"sample-letter-{claim.pk}", now=now)
    _reopen_latest(refused, handlers, last)
    return len(closed)


def _reopen_latest(refused: QuerySet[Claim], handlers: tuple[User, User], last: date) -> None:
    """The family of the claim refused last objects: two persons took it back, it waits to be decided."""
    day = working_days_back(last, 1)
    claim = refused.filter(closed_on__lt=day - timedelta(days=2)).order_by("-closed_on", "-pk").first()
    if claim is None:
        return
    now = office_moment(Random(f"reopened {last}"), day)
    asked = challenge_decision(
        by=handlers[0],
        claim=claim,
        reason="家属申诉，说是摔倒引起的，请核对病历后重新理算。",
        key=f"sample-again-{claim.pk}",
        now=now,
    )
    later = now + timedelta(minutes=15)
    review_reversal(by=handlers[1], decision=asked, agree=True, key=f"sample-agreed-{claim.pk}", now=later)


def _pay(rng: Random, claim: Claim, handlers: tuple[User, User], at: int, *, is_open: bool, comes_back: bool) -> None:
    first, second = handlers
    assert claim.closed_on is not None  # an approved claim is closed
    now = office_moment(rng, claim.closed_on + timedelta(days=1))
    key = f"sample-pay-{at:03d}"
    enter_payees(by=first, claim=claim, payees=[_payee(rng, claim)], key=f"{key}-who", now=now)
    payouts = order_payment(by=first, claim=claim, key=key, now=now)
    if is_open:
        return
    (payout,) = release_payments(by=second, payouts=payouts, now=now + timedelta(minutes=20))
    paid_on = now.date()
    later = now + timedelta(minutes=40)
    if comes_back:
        note_failed(by=first, payout=payout, on=paid_on, reason="户名与账号不符", key=f"{key}-back", now=later)
    else:
        confirm_paid(by=first, payout=payout, on=paid_on, reference=_reference(at, now), key=f"{key}-paid", now=later)


def _payee(rng: Random, claim: Claim) -> PayeeEntry:
    """The insured themselves, or a child of who died; the card number is made up and passes its check."""
    body = "622202" + "".join(str(rng.randrange(10)) for _ in range(12))
    card = next(body + digit for digit in "0123456789" if passes_luhn(body + digit))
    relation = "child" if claim.died_on else "insured"
    name = f"{claim.resident.name}的子女" if claim.died_on else claim.resident.name
    return PayeeEntry(name, relation, "bank", "示例银行学富支行", card)


def _reference(at: int, now: datetime) -> str:
    return f"HD{now:%Y%m%d}{at:03d}"
