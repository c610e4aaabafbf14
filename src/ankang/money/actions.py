"""Asking for premiums and taking them: orders, cash, transfers, and the door for a payment platform.

Each action is one transaction under the village's till. A paid order has its posting, its settlements and its receipt,
or nothing of it.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.booking import LIVE, book, due_lines, same_payment, when_arrived
from ankang.money.errors import (
    AlreadyOrdered,
    KeyReused,
    NothingOwed,
    OrderNotOpen,
    PaymentNotWaiting,
    ReferenceUsed,
    SecondPersonNeeded,
    WrongAmount,
)
from ankang.money.ledger import open_day, require_open
from ankang.money.locks import hold_enrolments_of, order_for_update, payment_for_update, till_for_update
from ankang.money.models import Order, OrderLine, Payment
from ankang.money.permissions import require_collector, require_town
from ankang.money.queries import PAID_HERE, in_force, unsettled
from ankang.programmes.models import Programme
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan

Means = Payment.Means


def open_order(
    *,
    by: User,
    village: Division,
    programme: Programme,
    kind: str,
    fundings: Sequence[int],
    payer_name: str,
    key: str,
    today: date,
    now: datetime,
) -> Order:
    """Ask one payer for these fundings (self, child, village); the same key again returns the same order.

    `kind` of `Order.Kind`. Errors: NotAllowed, NothingOwed (no fundings), AlreadyOrdered (one of them is settled, asked
    for on another order, cancelled, or not of this village and programme), KeyReused.
    """
    require_collector(by, village.pk)
    if not fundings:
        raise NothingOwed("没有选要收的钱。请至少勾选一笔。")
    wanted = set(fundings)
    order = Order(
        key=key,
        programme=programme,
        village=village,
        kind=kind,
        payer_name=payer_name,
        opened_by=by,
        opened_at=now,
        opened_on=today,
    )
    try:
        with transaction.atomic():
            stored = Order.objects.filter(key=key).first()
            return _same_order(stored, by, wanted) if stored else _open(order, wanted)
    except IntegrityError as error:
        stored = Order.objects.filter(key=key).first()
        if stored:
            return _same_order(stored, by, wanted)
        raise _already() from error


def cancel_order(*, by: User, order: Order, now: datetime) -> Order:
    """Take an order back that nobody has paid; one that is cancelled already is returned as it is.

    Errors: NotAllowed, OrderNotOpen (paid, or a payment of it waits).
    """
    require_collector(by, order.village_id)
    with transaction.atomic():
        till_for_update(order.village_id)
        locked = order_for_update(order.pk)
        if locked.state == Order.State.CANCELLED:
            return locked
        _require_payable(locked)
        locked.lines.filter(dropped_at=None).update(dropped_at=now)
        locked.state, locked.ended_at = Order.State.CANCELLED, now
        locked.save(update_fields=["state", "ended_at"])
        record(by=by, action="money.cancel_order", subject=locked, division_code=locked.village_id)
        return locked


def pay_order(
    *,
    by: User,
    order: Order,
    means: str,
    amount_fen: int,
    key: str,
    today: date,
    now: datetime,
    reference: str = "",
) -> Payment:
    """Take an order's money in cash (booked, with its receipt), or note a transfer that waits for the town.

    `amount_fen`: what the page showed; lines whose enrolment was cancelled meanwhile have fallen away.
    The same key again returns the same payment.
    Errors: NotAllowed, InvalidInput (`reference`), OrderNotOpen, NothingOwed, WrongAmount, DayClosed, ReferenceUsed,
    KeyReused. Nothing is stored then.
    """
    require_collector(by, order.village_id)
    reference = _reference(means, reference)
    payment = Payment(
        key=key, order=order, means=means, amount_fen=amount_fen, reference=reference, by=by, at=now, on=today
    )
    with transaction.atomic():
        till = till_for_update(order.village_id)
        stored = Payment.objects.filter(key=key).first()
        if stored:
            return same_payment(stored, payment)
        require_open(till, today)
        locked = order_for_update(order.pk)
        _require_payable(locked)
        lines = due_lines(locked, now)
        _require_amount(sum(line.amount_fen for line in lines), amount_fen)
        payment.order = locked
        if means == Means.CASH:
            return book(by=by, payment=payment, lines=lines, now=now)
        return _announce(by, payment)


def collect(
    *,
    by: User,
    village: Division,
    programme: Programme,
    kind: str,
    fundings: Sequence[int],
    payer_name: str,
    means: str,
    amount_fen: int,
    key: str,
    today: date,
    now: datetime,
    reference: str = "",
) -> Payment:
    """Ask for these fundings and take the money at once: `open_order` and `pay_order` in one transaction, one key."""
    require_collector(by, village.pk)
    with transaction.atomic():
        till_for_update(village.pk)
        order = open_order(
            by=by, village=village, programme=programme, kind=kind, fundings=fundings, payer_name=payer_name, key=key,
            today=today, now=now,
        )  # fmt: skip
        return pay_order(
            by=by, order=order, means=means, amount_fen=amount_fen, reference=reference, key=key, today=today, now=now
        )


def settle_order(
    *,
    by: User | None,
    order: Order,
    means: str,
    amount_fen: int,
    reference: str,
    key: str,
    today: date,
    now: datetime,
) -> Payment:
    """Book money that has arrived for an order (a platform's notice); the same key again returns the same payment.

    Dated on the next open day when the village has closed today. A line whose enrolment was cancelled after the payer
    was asked is settled too, and shows in `queries.refunds_due`.
    Errors: WrongAmount, OrderNotOpen (paid or cancelled: the money must go back), ReferenceUsed, KeyReused.
    """
    payment = Payment(
        key=key, order=order, means=means, amount_fen=amount_fen, reference=_reference(means, reference), by=by, at=now
    )
    with transaction.atomic():
        till = till_for_update(order.village_id)
        stored = Payment.objects.filter(key=key).first()
        if stored:
            return same_payment(stored, payment)
        locked = order_for_update(order.pk)
        _require_payable(locked)
        _require_reference(payment)
        payment.order, payment.on = locked, open_day(till, today)
        return book(by=by, payment=payment, lines=when_arrived(locked, amount_fen, now), now=now)


def decide_transfer(*, by: User, payment: Payment, arrived: bool, note: str, today: date, now: datetime) -> Payment:
    """Say as the town whether a noted transfer is on the account: booked with a receipt, or refused and owed again.

    Errors: NotAllowed, SecondPersonNeeded, PaymentNotWaiting, InvalidInput (a refusal without `note`), WrongAmount.
    """
    require_town(by, payment.order.village_id)
    note = note.strip()
    if not arrived and not note:
        raise InvalidInput("没有到账要写明情况，村里好去问付款的人。", field="note")
    with transaction.atomic():
        till = till_for_update(payment.order.village_id)
        order = order_for_update(payment.order_id)
        locked = payment_for_update(payment.pk)
        if locked.state != Payment.State.WAITING:
            raise PaymentNotWaiting(f"这笔转账{locked.get_state_display()}，不用再核对。", state=locked.state)
        if locked.by_id == by.pk:
            raise SecondPersonNeeded("这笔转账是您登记的，要由另一位同事核对。")
        locked.order, locked.note = order, note
        locked.decided_by, locked.decided_at = by, now
        if arrived:
            locked.on = open_day(till, today)
            return book(by=by, payment=locked, lines=when_arrived(order, locked.amount_fen, now), now=now)
        locked.state = Payment.State.REFUSED
        locked.save(update_fields=["state", "note", "decided_by", "decided_at"])
        record(by=by, action="money.refuse_transfer", subject=locked, division_code=order.village_id)
        return locked


def _open(order: Order, wanted: set[int]) -> Order:
    hold_enrolments_of(wanted)
    rows = in_force().filter(
        pk__in=wanted,
        payer__in=PAID_HERE,
        holding__enrolment__village=order.village,
        holding__enrolment__version__programme=order.programme,
    )
    found = list(unsettled(rows).order_by("pk"))
    if len(found) != len(wanted):
        raise _already()
    order.save()
    OrderLine.objects.bulk_create([_line(order, funding) for funding in found], batch_size=2000)
    record(
        by=order.opened_by, action="money.open_order", subject=order, division_code=order.village_id, lines=len(found)
    )
    return order


def _line(order: Order, funding: Funding) -> OrderLine:
    return OrderLine(order=order, funding=funding, amount_fen=funding.amount_fen)


def _already() -> AlreadyOrdered:
    return AlreadyOrdered("选的钱里有的已经付过、已经开过收费单，或者参保刚撤销。还没有收。请刷新页面看还差哪些。")


def _same_order(stored: Order, by: User, wanted: set[int]) -> Order:
    if stored.opened_by_id != by.pk or set(stored.lines.values_list("funding", flat=True)) != wanted:
        raise KeyReused(
            "这张收费单已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面。", key=stored.key
        )
    return stored


def _require_payable(order: Order) -> None:
    if order.state != Order.State.OPEN:
        raise OrderNotOpen(f"这张收费单{order.get_state_display()}，不能再收。请刷新页面。", state=order.state)
    if order.payments.filter(state__in=LIVE).exists():
        raise OrderNotOpen("这张收费单有一笔转账在等镇里核对，先不要再收。", state="waiting")


def _require_amount(owed_fen: int, amount_fen: int) -> None:
    if owed_fen != amount_fen:
        raise WrongAmount(
            f"应收 {yuan(owed_fen)} 元，和刚才显示的 {yuan(amount_fen)} 元不一样，还没有收。请看一眼新的合计再确认。",
            owed_fen=owed_fen,
            amount_fen=amount_fen,
        )


def _reference(means: str, reference: str) -> str:
    reference = reference.strip()
    if means == Means.CASH:
        return ""
    if not reference or len(reference) > 64:
        raise InvalidInput("请写转账的流水号，银行回单或手机银行里有，最多64个字。", field="reference")
    return reference


def _require_reference(payment: Payment) -> None:
    used = Payment.objects.filter(means=payment.means, reference=payment.reference, state__in=LIVE)
    if payment.reference and used.exists():
        raise ReferenceUsed(f"流水号“{payment.reference}”已经登记过了，请核对是不是同一笔转账。", field="reference")


def _announce(by: User, payment: Payment) -> Payment:
    payment.state = Payment.State.WAITING
    _require_reference(payment)
    try:
        with transaction.atomic():
            payment.save(force_insert=True)
    except IntegrityError as error:
        raise ReferenceUsed(f"流水号“{payment.reference}”已经登记过了。", field="reference") from error
    record(
        by=by,
        action="money.announce_transfer",
        subject=payment,
        division_code=payment.order.village_id,
        amount_fen=payment.amount_fen,
    )
    return payment
