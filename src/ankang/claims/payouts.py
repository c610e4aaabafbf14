"""Paying a decided claim: one person orders, another releases, the bank or the window pays, or it comes back.

Nothing is paid twice: what was ordered stands in one locked row that never passes what is due, each payee is paid once
a decision, and every posting has the payment's own number as its key.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.locks import lock_payment_due, lock_payouts
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.payees import PayeeEntry, checked_entry, store_payee
from ankang.claims.payout_models import Payee, PaymentDue, Payout
from ankang.claims.permissions import require_handler
from ankang.claims.posting import post_owed, post_paid
from ankang.claims.steps import add_step, done_before, hold
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.heirs import by_shares
from ankang.rules.money import yuan
from ankang.rules.same_day import hindrance

Kind = ClaimStep.Kind
State = Payout.State


@transaction.atomic
def order_payment(*, by: User, claim: Claim, key: str, now: datetime) -> list[Payout]:
    """Order what stands of a claim and was not ordered yet, divided by the payees' shares, and return the payments.

    Errors: NotAllowed; Conflict when nothing is left to pay, nobody is named as payee, or the decision rests on an
    assumed reading and was made today.
    """
    require_handler(by, claim.village_id)
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.ORDERED, claim):
        return list(held.payouts.filter(key__startswith=f"{key}:"))
    decision = decision_to_pay(held)
    if decision is None:
        raise Conflict("这个赔案还没有同意的赔付，不能付款。")
    if reason := same_day_hindrance(decision, now):
        raise Conflict(reason)
    payees = list(held.payees.filter(replaced_at__isnull=True, round=held.round))
    if not payees:
        raise Conflict("还没有登记收款人，请先登记收款人和卡号。")
    due = lock_payment_due(held)
    left = order_left(due, held)
    ordered = [
        store_payout(held, decision, payee, amount, f"{key}:{at}", by=by, now=now, number=held.payouts.count() + 1)
        for at, (payee, amount) in enumerate(
            zip(payees, by_shares(left, [payee.share_of for payee in payees]), strict=True)
        )
        if amount
    ]
    add_step(held, Kind.ORDERED, by=by, key=key, now=now, note=f"{yuan(left)} 元", amount_fen=left)
    return ordered


@transaction.atomic
def release_payments(*, by: User, payouts: Collection[Payout], now: datetime) -> list[Payout]:
    """Let a second person release payments that were ordered: from then on the money is owed in the books.

    Errors: NotAllowed; Conflict for who ordered one of them, or when one is not waiting any more.
    """
    rows = lock_payouts([payout.pk for payout in payouts])
    for payout in rows:
        require_handler(by, payout.claim.village_id)
        if payout.state != State.ORDERED:
            raise Conflict(f"付款 {payout.number} 现在是“{payout.get_state_display()}”，请刷新页面看最新状态。")
        if payout.ordered_by_id == by.pk:
            raise Conflict(f"付款 {payout.number} 是您申请的，放款要换另一位同事。")
    for payout in rows:
        payout.state, payout.released_by, payout.released_at = State.RELEASED, by, now
        payout.save(update_fields=["state", "released_by", "released_at"])
        if payout.retries_id is None:  # what came back is still owed: it is not booked again
            post_owed(payout, by=by, now=now)
        record(
            by=by,
            action="claims.released",
            subject=payout,
            division_code=payout.claim.village_id,
            amount_fen=payout.amount_fen,
        )
    return rows


@transaction.atomic
def confirm_paid(*, by: User, payout: Payout, on: date, reference: str, key: str, now: datetime) -> Payout:
    """Note that a payment reached its payee, with the bank's reference or the signed receipt's number.

    Errors: NotAllowed; InvalidInput without a reference or for a day that has not come; Conflict when it was not
    released, or has ended otherwise.
    """
    row = _released(payout, by, key, Kind.PAID)
    if row.state == State.PAID:
        return row
    _check_end(on, reference, "reference", "请写回单号；现金写签收单号。", now)
    row.state, row.ended_on, row.reference = State.PAID, on, reference.strip()
    row.save(update_fields=["state", "ended_on", "reference"])
    post_paid(row, by=by, now=now)
    add_step(
        row.claim,
        Kind.PAID,
        by=by,
        key=key,
        now=now,
        note=f"{row.number}，{yuan(row.amount_fen)} 元",
        amount_fen=row.amount_fen,
    )
    return row


@transaction.atomic
def note_failed(*, by: User, payout: Payout, on: date, reason: str, key: str, now: datetime) -> Payout:
    """Note that a payment came back: it is a task until it is ordered again. Errors: as `confirm_paid`."""
    row = _released(payout, by, key, Kind.UNPAID)
    if row.state == State.FAILED:
        return row
    _check_end(on, reason, "reason", "请写退回的原因，照回单抄，例如“户名不符”。", now)
    row.state, row.ended_on, row.failure = State.FAILED, on, reason.strip()
    row.save(update_fields=["state", "ended_on", "failure"])
    add_step(
        row.claim,
        Kind.UNPAID,
        by=by,
        key=key,
        now=now,
        note=f"{row.number}：{row.failure}"[:300],
        amount_fen=row.amount_fen,
    )
    return row


@transaction.atomic
def retry_payment(*, by: User, payout: Payout, entry: PayeeEntry, key: str, now: datetime) -> Payout:
    """Order a payment that came back once more, to the same person with a corrected account, or as cash.

    Errors: NotAllowed; InvalidInput (`errors` by `payee-0-account` and the like); Conflict when it did not come back,
    or was ordered again already.
    """
    require_handler(by, payout.claim.village_id)
    held, _ = hold(payout.claim, losses=False)
    if done_before(key, Kind.ORDERED, held):
        return held.payouts.get(key=f"{key}:0")
    (row,) = lock_payouts([payout.pk])
    if row.state != State.FAILED or Payout.objects.filter(retries=row).exists():
        raise Conflict(f"付款 {row.number} 没有退回，或者已经重新申请过了，请刷新页面。")
    checked, errors = checked_entry(entry)
    if not errors and checked.name != row.payee.name:
        errors["payee-0-name"] = "重付只能改卡号、开户行或改成现金，不能换人。要换人请冲回重审。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
    Payee.objects.filter(pk=row.payee_id).update(replaced_at=now)
    payee = store_payee(held, checked, row.payee.share_all, by=by, now=now)
    again = store_payout(
        held, row.decision, payee, row.amount_fen, f"{key}:0", by=by, now=now, number=held.payouts.count() + 1
    )
    again.retries = row
    again.save(update_fields=["retries"])
    add_step(held, Kind.ORDERED, by=by, key=key, now=now, note=f"重付 {row.number}", amount_fen=row.amount_fen)
    return again


def decision_to_pay(claim: Claim) -> Decision | None:
    """Return the approved decision of the claim's round whose money is due, the last one (one query)."""
    approved = claim.decisions.filter(
        round=claim.round, verdict=Decision.Verdict.APPROVED, kind__in=[Decision.Kind.FULL, Decision.Kind.PARTIAL]
    )
    return approved.order_by("-sequence").first()


def same_day_hindrance(decision: Decision, now: datetime) -> str:
    """Return why a decision may not be paid today, in words; empty when it may."""
    assert decision.reviewed_at is not None  # only approved decisions are paid
    return hindrance(
        tuple(decision.outcome["assumed"]), timezone.localdate(decision.reviewed_at), timezone.localdate(now)
    )


def stands_fen(claim: Claim) -> int:
    """Return what is decided to be paid on a claim now: the whole, or its certain part."""
    return claim.payable_fen if claim.payable_fen is not None else claim.partial_fen


def order_left(due: PaymentDue, claim: Claim) -> int:
    """Move the row of what was ordered to all that stands, and return what is new. Fen. Errors: Conflict."""
    stands = stands_fen(claim)
    left = stands - due.ordered_fen
    if left < 0:
        raise Conflict(
            f"已经付出 {yuan(due.ordered_fen)} 元，现在应赔 {yuan(stands)} 元，"
            f"多付 {yuan(-left)} 元：请联系收款人退回。",
            over_fen=-left,
        )
    if not left:
        raise Conflict(f"应赔的 {yuan(stands)} 元已经全部申请付款，没有要付的了。")
    PaymentDue.objects.filter(pk=due.pk).update(due_fen=stands, ordered_fen=F("ordered_fen") + left)
    return left


def store_payout(
    claim: Claim, decision: Decision, payee: Payee, amount: int, key: str, *, by: User, now: datetime, number: int
) -> Payout:
    """Store one payment as ordered, inside the caller's transaction."""
    return Payout.objects.create(
        key=key,
        number=f"{claim.number}-FK{number:02d}",
        claim=claim,
        decision=decision,
        payee=payee,
        amount_fen=amount,
        ordered_by=by,
        ordered_at=now,
    )


def _released(payout: Payout, by: User, key: str, kind: Kind) -> Payout:
    """Return the locked payment that may end now, or that this key has ended. Errors: NotAllowed, Conflict."""
    require_handler(by, payout.claim.village_id)
    (row,) = lock_payouts([payout.pk])
    if done_before(key, kind, row.claim):
        return row
    if row.state != State.RELEASED:
        raise Conflict(f"付款 {row.number} 现在是“{row.get_state_display()}”，请刷新页面看最新状态。")
    return row


def _check_end(on: date, text: str, field: str, message: str, now: datetime) -> None:
    errors = {}
    if on > timezone.localdate(now):
        errors["on"] = "这一天还没到，请照回单填写。"
    if not text.strip():
        errors[field] = message
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
