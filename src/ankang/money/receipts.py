"""Receipts once they are made: printed again as such, or void by a counter-entry."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.money.errors import ReceiptNotVoidable
from ankang.money.ledger import open_day, reverse
from ankang.money.locks import order_for_update, receipt_for_update, till_for_update
from ankang.money.models import Order, Payment, Posting, Receipt
from ankang.money.permissions import require_collector
from ankang.money.settling import end
from ankang.rules.errors import InvalidInput


def note_print(*, by: User, receipt: Receipt) -> Receipt:
    """Count that a receipt is printed, and return it with the count: above one the paper says 补打 (one audit row)."""
    with transaction.atomic():
        locked = receipt_for_update(receipt.pk)
        locked.prints += 1
        locked.save(update_fields=["prints"])
        record(
            by=by,
            action="money.print_receipt",
            subject=locked,
            division_code=locked.village_id,
            number=locked.number,
            prints=locked.prints,
        )
        return locked


def void_receipt(*, by: User, receipt: Receipt, reason: str, today: date, now: datetime) -> Receipt:
    """Take a cash payment back whose money is still in the village: its number stays, its fundings are owed again.

    The counter-entry is dated today, or on the next open day. One that is void already is returned as it is.
    Errors: NotAllowed, InvalidInput (`reason`), ReceiptNotVoidable (handed over, or not cash: that is a refund).
    """
    require_collector(by, receipt.village_id)
    reason = reason.strip()
    if not reason:
        raise InvalidInput("请写明为什么作废，例如“金额收错，重新收”。", field="reason")
    with transaction.atomic():
        till = till_for_update(receipt.village_id)
        order = order_for_update(receipt.payment.order_id)
        locked = receipt_for_update(receipt.pk)
        if locked.is_void:
            return locked
        _require_voidable(locked)
        locked.voided_by, locked.voided_at, locked.void_reason = by, now, reason
        locked.void_posting = _take_back(locked, open_day(till, today))
        locked.save(update_fields=["voided_by", "voided_at", "void_reason", "void_posting"])
        _owe_again(order, locked.payment, now)
        return locked


def _require_voidable(receipt: Receipt) -> None:
    payment = receipt.payment
    if payment.means != Payment.Means.CASH:
        raise ReceiptNotVoidable("这笔钱不是现金，不能在村里作废。要退钱请让镇民政办办理退款。")
    if payment.handover_id is not None:
        raise ReceiptNotVoidable("这笔现金已经交到镇里，不能作废。要退钱请让镇民政办办理退款。")
    if payment.posting is None or payment.posting.ended_settlements.exists():
        raise ReceiptNotVoidable("这笔钱已经退过一部分，不能作废。")
    living = payment.posting.settlements.filter(ended_at=None).count()
    if living != payment.posting.settlements.count():
        raise ReceiptNotVoidable("这笔钱已经退过一部分，不能作废。")


def _take_back(receipt: Receipt, on: date) -> Posting:
    payment = receipt.payment
    assert payment.posting is not None
    assert receipt.voided_at is not None
    posting = reverse(
        by=receipt.voided_by,
        action="money.void_receipt",
        posting=payment.posting,
        key=f"void:{receipt.number}",
        kind=Posting.Kind.VOID,
        on=on,
        at=receipt.voided_at,
        note=receipt.void_reason,
    )
    fundings = payment.posting.settlements.filter(ended_at=None).values_list("funding", flat=True)
    end(list(fundings), at=receipt.voided_at, by_posting=posting)
    return posting


def _owe_again(order: Order, payment: Payment, now: datetime) -> None:
    payment.state = Payment.State.VOIDED
    payment.save(update_fields=["state"])
    order.lines.filter(dropped_at=None).update(dropped_at=now)
    order.state, order.ended_at = Order.State.CANCELLED, now
    order.save(update_fields=["state", "ended_at"])
