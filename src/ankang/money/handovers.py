"""交款: the village's cash goes to the town, counted by one person and confirmed by another."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.money.errors import (
    DifferenceUnexplained,
    HandoverNotWaiting,
    KeyReused,
    NothingOwed,
    SecondPersonNeeded,
    WrongAmount,
)
from ankang.money.ledger import Line, open_day, post, require_open, reverse
from ankang.money.locks import handover_for_update, till_for_update
from ankang.money.models import Account, Handover, Payment, Posting
from ankang.money.permissions import require_collector, require_town
from ankang.money.queries import balance
from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan

State = Handover.State


def hand_over(
    *,
    by: User,
    village: Division,
    expected_fen: int,
    counted_fen: int,
    explanation: str,
    key: str,
    today: date,
    now: datetime,
) -> Handover:
    """Hand the village's whole cash over: `expected_fen` as the page showed it from the entries, `counted_fen` by hand.

    The same key again returns the same slip. What is missing or too much goes to the village's `cash_difference`.
    Errors: NotAllowed, DayClosed, NothingOwed (no cash), WrongAmount (the expected sum has changed), InvalidInput
    (`counted`), DifferenceUnexplained, HandoverNotWaiting (a slip waits), KeyReused.
    """
    require_collector(by, village.pk)
    explanation = explanation.strip()
    with transaction.atomic():
        till = till_for_update(village.pk)
        stored = Handover.objects.filter(key=key).first()
        if stored:
            return _same(stored, by, counted_fen)
        require_open(till, today)
        _require_sums(balance(Account.VILLAGE_CASH, village.pk), expected_fen, counted_fen, explanation)
        _require_none_waits(village)
        slip = Handover(
            key=key, village=village, on=today, expected_fen=expected_fen, counted_fen=counted_fen,
            explanation="" if expected_fen == counted_fen else explanation, handed_by=by, handed_at=now,
        )  # fmt: skip
        slip.posting = _post_out(slip)
        slip.save()
        _cash_payments(village).update(handover=slip)
        return slip


def confirm_handover(
    *, by: User, handover: Handover, received_fen: int, note: str, today: date, now: datetime
) -> Handover:
    """Confirm as the town that the counted sum is here; one that is confirmed already is returned as it is.

    Errors: NotAllowed, SecondPersonNeeded, HandoverNotWaiting, WrongAmount (another sum: send the slip back).
    """
    require_town(by, handover.village_id)
    with transaction.atomic():
        till_for_update(handover.village_id)
        locked = handover_for_update(handover.pk)
        if locked.state == State.CONFIRMED and received_fen == locked.counted_fen:
            return locked
        _require_waiting(locked, by)
        if received_fen != locked.counted_fen:
            raise WrongAmount(
                f"交款单上是 {yuan(locked.counted_fen)} 元，点收 {yuan(received_fen)} 元，不一样。请重新点一遍；"
                "确实不对就退回，让村里重新交。",
                field="received",
            )
        posting = post(
            by=by, action="money.confirm_handover", key=f"received:{locked.pk}", kind=Posting.Kind.RECEIVED, on=today,
            at=now, division=_town(locked.village), entries=[
                Line(Account.IN_TRANSIT, locked.village_id, -received_fen),
                Line(Account.TOWN_CASH, _town(locked.village).pk, received_fen),
            ],
        )  # fmt: skip
        return _decide(locked, by=by, state=State.CONFIRMED, note=note.strip(), posting=posting, now=now)


def return_handover(*, by: User, handover: Handover, note: str, today: date, now: datetime) -> Handover:
    """Send a slip back: a counter-entry, the cash is the village's again, and so are its receipts.

    Errors: NotAllowed, InvalidInput (`note`), SecondPersonNeeded, HandoverNotWaiting.
    """
    require_town(by, handover.village_id)
    note = note.strip()
    if not note:
        raise InvalidInput("退回要写明原因，村里才知道怎么改。", field="note")
    with transaction.atomic():
        till = till_for_update(handover.village_id)
        locked = handover_for_update(handover.pk)
        _require_waiting(locked, by)
        posting = reverse(
            by=by, action="money.return_handover", posting=locked.posting, key=f"returned:{locked.pk}",
            kind=Posting.Kind.HANDOVER_BACK, on=open_day(till, today), at=now, note=note,
        )  # fmt: skip
        locked.payments.update(handover=None)
        return _decide(locked, by=by, state=State.RETURNED, note=note, posting=posting, now=now)


def _post_out(slip: Handover) -> Posting:
    village = slip.village_id
    return post(
        by=slip.handed_by,
        action="money.hand_over",
        key=f"handover:{slip.key}",
        kind=Posting.Kind.HANDOVER,
        on=slip.on,
        at=slip.handed_at,
        division=slip.village,
        entries=[
            Line(Account.VILLAGE_CASH, village, -slip.expected_fen),
            Line(Account.IN_TRANSIT, village, slip.counted_fen),
            Line(Account.CASH_DIFFERENCE, village, -slip.difference_fen),
        ],
    )


def _decide(slip: Handover, *, by: User, state: str, note: str, posting: Posting, now: datetime) -> Handover:
    slip.state, slip.decided_by, slip.decided_at = state, by, now
    slip.decided_note, slip.decided_posting = note, posting
    slip.save(update_fields=["state", "decided_by", "decided_at", "decided_note", "decided_posting"])
    return slip


def _require_sums(owed_fen: int, expected_fen: int, counted_fen: int, explanation: str) -> None:
    if owed_fen <= 0:
        raise NothingOwed("村里没有要交的现金。")
    if owed_fen != expected_fen:
        raise WrongAmount(
            f"应交金额变了，现在是 {yuan(owed_fen)} 元（刚有人收款或作废）。请重新点钱再填。", owed_fen=owed_fen
        )
    if counted_fen <= 0:
        raise InvalidInput("请写实际点到的现金，要大于0元。", field="counted")
    if counted_fen != expected_fen and not explanation:
        raise DifferenceUnexplained(
            f"应交 {yuan(expected_fen)} 元，实点 {yuan(counted_fen)} 元，对不上。请写明差在哪里，不写不能交。",
            field="explanation",
        )


def _require_none_waits(village: Division) -> None:
    if Handover.objects.filter(village=village, state=State.WAITING).exists():
        raise HandoverNotWaiting("上一张交款单镇里还没点收。请先让镇民政办点收，再交下一笔。")


def _require_waiting(slip: Handover, by: User) -> None:
    if slip.handed_by_id == by.pk:
        raise SecondPersonNeeded("这张交款单是您交的，要由另一位同事点收。")
    if slip.state != State.WAITING:
        raise HandoverNotWaiting(f"这张交款单{slip.get_state_display()}，不用再办。", state=slip.state)


def _cash_payments(village: Division) -> QuerySet[Payment]:
    return Payment.objects.filter(
        order__village=village, means=Payment.Means.CASH, state=Payment.State.DONE, handover=None
    )


def _same(stored: Handover, by: User, counted_fen: int) -> Handover:
    if stored.handed_by_id != by.pk or stored.counted_fen != counted_fen:
        raise KeyReused(
            "这张交款单已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面。", key=stored.key
        )
    return stored


def _town(village: Division) -> Division:
    assert village.parent is not None
    return village.parent
