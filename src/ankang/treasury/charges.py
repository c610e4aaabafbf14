"""扫码付款: an order paid by telephone. A notification only says that we should look; the locked rows decide, once."""

import secrets
from collections.abc import Mapping
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.gateways import Gateway, GatewayRefused, Notice, State
from ankang.gateways import Payment as Paid
from ankang.money.actions import settle_order
from ankang.money.booking import due_lines
from ankang.money.errors import OrderNotOpen
from ankang.money.ledger import Line, post, reverse
from ankang.money.locks import order_for_update, till_for_update
from ankang.money.models import Account, Order, Payment, Posting
from ankang.rules.errors import Conflict, NotAllowed
from ankang.rules.money import yuan
from ankang.treasury.errors import NoGateway
from ankang.treasury.locks import charge_for_update
from ankang.treasury.models import Charge, GatewayNotice
from ankang.treasury.permissions import require_state, require_town

SAYS = "安康关爱行动保费"  # as the payer's telephone shows it: no name, no number
_Outcome = GatewayNotice.Outcome


def open_charge(*, by: User, order: Order, gateway: Gateway | None, now: datetime) -> Charge:
    """Ask the gateway for a payment of an open order and return it with its QR code's content.

    One payment is open for an order: the same is returned while it fits what is due. The row is stored before the
    gateway is asked, so that a process killed between the two goes on with the same number.
    Errors: NotAllowed, NoGateway, OrderNotOpen, NothingOwed, GatewayUnreachable, GatewayRefused.
    """
    _require_collector(by, order)
    if gateway is None:
        raise NoGateway("这里没有开通扫码付款，请收现金或转账。")
    charge, outdated = _charge_for(by, order, now)
    for old in outdated:
        _close_quietly(old, gateway)
    if not charge.qr_content:
        charge.qr_content = gateway.prepay(trade_no=charge.trade_no, amount_fen=charge.amount_fen, says=SAYS)
        Charge.objects.filter(pk=charge.pk).update(qr_content=charge.qr_content)
    return charge


def take_notice(
    *, gateway: Gateway, headers: Mapping[str, str], body: bytes, at: datetime, now: datetime
) -> GatewayNotice:
    """Take a notification: verified, stored once, and settled at most once, however often and late it comes.

    `at`: the real instant, by which its age is judged; `now`: the installation's. Errors: NotificationForged.
    """
    notice = gateway.read_notice(headers, body, at)
    charge = Charge.objects.filter(trade_no=notice.payment.trade_no).first()
    if charge is None:
        with transaction.atomic():
            return _stored(notice, None, _Outcome.UNKNOWN, now)
    with transaction.atomic():
        locked = _locked(charge)
        known: GatewayNotice | None = GatewayNotice.objects.filter(number=notice.number).first()
        if known is not None:
            return known
        return _stored(notice, locked, _settle(locked, notice.payment, now), now)


def look_up_charge(*, charge: Charge, gateway: Gateway, now: datetime) -> Charge:
    """Ask the gateway how a payment stands, and settle it when it is paid: for a notification that never came.

    Errors: GatewayUnreachable, GatewayRefused.
    """
    paid = gateway.query(charge.trade_no)
    with transaction.atomic():
        locked = _locked(charge)
        if paid.state is State.CLOSED and locked.state == Charge.State.OPEN:
            _end(locked, Charge.State.CLOSED, now)
        else:
            _settle(locked, paid, now)
        return locked


def close_charge(*, by: User, charge: Charge, gateway: Gateway, now: datetime) -> Charge:
    """Close a payment that nobody made; one that was paid in the same instant is settled instead.

    Errors: NotAllowed, NotInState, GatewayUnreachable.
    """
    _require_collector(by, charge.order)
    require_state(charge, Charge.State.OPEN)
    try:
        if charge.qr_content:
            gateway.close(charge.trade_no)
    except GatewayRefused:
        return look_up_charge(charge=charge, gateway=gateway, now=now)
    with transaction.atomic():
        locked = _locked(charge)
        if locked.state == Charge.State.OPEN:
            _end(locked, Charge.State.CLOSED, now)
            record(by=by, action="treasury.close_charge", subject=locked, division_code=locked.order.village_id)
        return locked


def repay_charge(*, by: User, charge: Charge, gateway: Gateway, on: date, now: datetime) -> Charge:
    """Give surplus money back through the gateway; again it is the same repayment.

    Errors: NotAllowed, NotInState, GatewayUnreachable, GatewayRefused.
    """
    require_town(by, charge.order.village_id)
    if charge.state == Charge.State.REPAID:
        return charge
    require_state(charge, Charge.State.SURPLUS)
    paid = charge.paid_fen
    gateway.refund(trade_no=charge.trade_no, refund_no=f"R{charge.trade_no}", amount_fen=paid, of_fen=paid)
    with transaction.atomic():
        locked = _locked(charge)
        if locked.state == Charge.State.SURPLUS:
            reverse(
                by=by,
                action="treasury.repay_charge",
                posting=Posting.objects.get(key=_surplus_key(locked)),
                key=f"surplus-back-{locked.pk}",
                kind=Posting.Kind.REFUND,
                on=on,
                at=now,
                note=locked.why,
            )
            _end(locked, Charge.State.REPAID, now)
        return locked


def _require_collector(by: User, order: Order) -> None:
    if by.desk not in ("village", "town") or not order.village_id.startswith(by.scope):
        raise NotAllowed("这张收费单不在您的管辖范围内。")


def _charge_for(by: User, order: Order, now: datetime) -> tuple[Charge, list[Charge]]:
    """Return the open charge that fits what is due, and those that do not fit any more, closed on our side."""
    with transaction.atomic():
        till_for_update(order.village_id)
        locked = order_for_update(order.pk)
        if locked.state != Order.State.OPEN:
            raise OrderNotOpen(f"这张收费单{locked.get_state_display()}，不用再付。", state=locked.state)
        due_fen = sum(line.amount_fen for line in due_lines(locked, now))
        open_ones = list(Charge.objects.filter(order=locked, state=Charge.State.OPEN))
        if open_ones and open_ones[0].amount_fen == due_fen:
            return open_ones[0], []
        for old in open_ones:
            _end(old, Charge.State.CLOSED, now)
        made = Charge.objects.create(
            order=locked,
            trade_no=f"AK{locked.pk}X{secrets.token_hex(8).upper()}",
            amount_fen=due_fen,
            opened_by=by,
            opened_at=now,
        )
        record(
            by=by,
            action="treasury.open_charge",
            subject=made,
            division_code=locked.village_id,
            amount_fen=due_fen,
        )
        return made, open_ones


def _close_quietly(charge: Charge, gateway: Gateway) -> None:
    """Close an outdated payment at the gateway: one that cannot be closed was paid, and its notice says so."""
    try:
        gateway.close(charge.trade_no)
    except GatewayRefused:
        return


def _locked(charge: Charge) -> Charge:
    """Return the charge, locked behind its village's till and its order: the money room's own order of locks."""
    till_for_update(charge.order.village_id)
    order_for_update(charge.order_id)
    return charge_for_update(charge.pk)


def _settle(charge: Charge, paid: Paid, now: datetime) -> GatewayNotice.Outcome:
    """Settle a locked charge that is paid; what cannot be settled waits to be given back."""
    if charge.state not in (Charge.State.OPEN, Charge.State.CLOSED):
        return _Outcome.REPEATED
    if paid.state is not State.PAID or paid.amount_fen <= 0:
        return _Outcome.IGNORED
    charge.paid_fen, charge.transaction = paid.amount_fen, paid.transaction
    if paid.amount_fen != charge.amount_fen:
        why = f"应付{yuan(charge.amount_fen)}元，实付{yuan(paid.amount_fen)}元"
        return _keep_as_surplus(charge, why, now)
    try:
        with transaction.atomic():
            settle_order(
                by=None,
                order=charge.order,
                means=Payment.Means.GATEWAY,
                amount_fen=paid.amount_fen,
                reference=paid.transaction,
                key=f"charge-{charge.pk}",
                today=now.date(),
                now=now,
            )
    except Conflict as error:  # paid or cancelled meanwhile, another sum due by now
        return _keep_as_surplus(charge, error.message, now)
    _end(charge, Charge.State.SETTLED, now)
    record(
        by=None,
        action="treasury.settle_charge",
        subject=charge,
        division_code=charge.order.village_id,
        amount_fen=charge.paid_fen,
    )
    return _Outcome.SETTLED


def _keep_as_surplus(charge: Charge, why: str, now: datetime) -> GatewayNotice.Outcome:
    """The money is on the platform, and is owed back: it settles nothing."""
    town = charge.order.village.parent or charge.order.village
    post(
        by=None,
        action="treasury.surplus_charge",
        key=_surplus_key(charge),
        kind=Posting.Kind.CORRECTION,
        on=now.date(),
        at=now,
        division=town,
        programme=charge.order.programme,
        entries=[
            Line(Account.GATEWAY, town.pk, charge.paid_fen),
            Line(Account.REFUND_DUE, charge.order.village_id, -charge.paid_fen),
        ],
        note=why[:200],
    )
    charge.why = why[:200]
    _end(charge, Charge.State.SURPLUS, now)
    return _Outcome.SURPLUS


def _surplus_key(charge: Charge) -> str:
    return f"surplus-{charge.pk}"


def _end(charge: Charge, state: Charge.State, now: datetime) -> None:
    charge.state, charge.ended_at = state, now
    charge.save(update_fields=["state", "ended_at", "paid_fen", "transaction", "why"])


def _stored(notice: Notice, charge: Charge | None, outcome: GatewayNotice.Outcome, now: datetime) -> GatewayNotice:
    made, _ = GatewayNotice.objects.get_or_create(
        number=notice.number,
        defaults={
            "charge": charge,
            "trade_no": notice.payment.trade_no[:64],
            "amount_fen": max(notice.payment.amount_fen, 0),
            "outcome": outcome,
            "at": now,
        },
    )
    return made
