"""Booking a payment inside the transaction of an action: posting, settlements, order and receipt, all or nothing."""

from collections.abc import Sequence
from datetime import datetime

from ankang.accounts.models import User
from ankang.money.errors import KeyReused, NothingOwed, WrongAmount
from ankang.money.ledger import Line, post
from ankang.money.locks import hold_enrolments_of
from ankang.money.models import Account, Order, OrderLine, Payment, Posting, Receipt, VillageDay
from ankang.money.settling import settle
from ankang.privacy.cipher import blind_index
from ankang.rules.money import yuan

LIVE = (Payment.State.WAITING, Payment.State.DONE)
CHECK_PURPOSE = "money.receipt.check"


def due_lines(order: Order, now: datetime) -> list[OrderLine]:
    """Return what an order still asks for; lines whose enrolment is gone fall away. The order is locked by the caller.

    Errors: NothingOwed when all have fallen away.
    """
    lines = _lines(order)
    gone = [line for line in lines if _is_gone(line)]
    if gone:
        OrderLine.objects.filter(pk__in=[line.pk for line in gone]).update(dropped_at=now)
    due = [line for line in lines if line not in gone]
    if not due:
        raise NothingOwed("这张收费单上的参保都已经撤销，没有要收的钱。请取消这张收费单。")
    return due


def when_arrived(order: Order, amount_fen: int, now: datetime) -> list[OrderLine]:
    """Return the lines that a sum which has arrived pays: what is due now, or all that the payer was asked for.

    Errors: WrongAmount when it is neither.
    """
    lines = _lines(order)
    if sum(line.amount_fen for line in lines if not _is_gone(line)) == amount_fen:
        return due_lines(order, now)
    asked_fen = sum(line.amount_fen for line in lines)
    if asked_fen != amount_fen:
        raise WrongAmount(
            f"收费单是 {yuan(asked_fen)} 元，到账 {yuan(amount_fen)} 元，不一样，没有记账。请先核对。",
            owed_fen=asked_fen,
            amount_fen=amount_fen,
        )
    return lines


def book(*, by: User | None, payment: Payment, lines: Sequence[OrderLine], now: datetime) -> Payment:
    """Book a payment of these lines on `payment.on`, close its order and make its receipt.

    Till and order are locked by the caller. Errors: DayClosed, AlreadyOrdered (a line is settled already).
    """
    order = payment.order
    held = [Line(Account.PREMIUM_HELD, order.village_id, -line.amount_fen, line.funding_id) for line in lines]
    payment.posting = post(
        by=by,
        action="money.pay",
        key=f"payment:{payment.key}",
        kind=Posting.Kind.PAYMENT,
        on=payment.on,
        at=now,
        division=order.village,
        programme=order.programme,
        entries=[Line(*_account(payment), payment.amount_fen), *held],
    )
    settle([line.funding_id for line in lines], posting=payment.posting)
    payment.state = Payment.State.DONE
    payment.save()
    order.state, order.ended_at = Order.State.PAID, now
    order.save(update_fields=["state", "ended_at"])
    payment.receipt = _receipt(payment, now)
    return payment


def same_payment(stored: Payment, wanted: Payment) -> Payment:
    """Return what a key has made. Errors: KeyReused when it was for something else."""
    facts = ("order_id", "means", "amount_fen", "reference")
    if any(getattr(stored, name) != getattr(wanted, name) for name in facts):
        raise KeyReused("这一笔已经收过一次，内容和现在的不一样，这一次没有保存。请重新打开页面。", key=stored.key)
    return stored


def check_code_of(number: str) -> str:
    """Return the six characters by which a printed receipt proves that it is ours."""
    return blind_index(number, CHECK_PURPOSE)[:6].upper()


def _account(payment: Payment) -> tuple[str, str]:
    """Return which account gains: the village's cash, the town's bank account, or the platform's."""
    village = payment.order.village
    town = village.parent_id or village.pk
    match payment.means:
        case Payment.Means.CASH:
            return Account.VILLAGE_CASH, village.pk
        case Payment.Means.TRANSFER:
            return Account.TOWN_BANK, town
        case _:
            return Account.GATEWAY, town


def _receipt(payment: Payment, now: datetime) -> Receipt:
    """Return the receipt with the next number of its village's day. The till is locked by the caller."""
    village = payment.order.village
    day, _ = VillageDay.objects.get_or_create(village=village, on=payment.on)
    day.last_serial += 1
    day.save(update_fields=["last_serial"])
    number = f"SJ-{village.pk}-{payment.on:%Y%m%d}-{day.last_serial:04d}"
    return Receipt.objects.create(
        number=number,
        payment=payment,
        village=village,
        on=payment.on,
        serial=day.last_serial,
        check_code=check_code_of(number),
        issued_at=now,
    )


def _lines(order: Order) -> list[OrderLine]:
    """Return an order's lines with their enrolments, which nobody changes until the transaction ends (two queries)."""
    rows = order.lines.filter(dropped_at=None)
    hold_enrolments_of(list(rows.values_list("funding", flat=True)))
    return list(rows.select_related("funding__holding__enrolment").order_by("pk"))


def _is_gone(line: OrderLine) -> bool:
    enrolment = line.funding.holding.enrolment
    return enrolment.cancelled_at is not None or enrolment.withdrawn_on is not None
