"""The village with accounts collects: yesterday handed over and closed, some of today, a transfer that waits."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.money.actions import collect
from ankang.money.closings import close_day
from ankang.money.handovers import confirm_handover, hand_over
from ankang.money.models import Account, Order
from ankang.money.owing import Debtor, debtors
from ankang.money.queries import balance
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.sample.campaign import SHANGHAI

_YESTERDAY, _TODAY = 16, 6  # doors: few, so that the demo starts quickly


def play_yesterday(
    version: ProgrammeVersion, village: Division, workers: Sequence[User], town: User, today: date
) -> int:
    """Let a village's workers collect at some doors on the day before `today`, hand over what is there and close the
    day; return at how many doors. Nothing before the window's second day.
    """
    day = today - timedelta(days=1)
    if not _is_open(version, day):
        return 0
    doors = debtors(workers[0], version.programme)[:_YESTERDAY]
    for number, door in enumerate(doors):
        _collect(version, village, door, by=workers[number % len(workers)], on=day, means="cash")
    _hand_over(village, workers[0], town, day, today)
    return len(doors)


def play_today(version: ProgrammeVersion, village: Division, workers: Sequence[User], today: date) -> int:
    """Let them collect at a few more today, the last one by a transfer that waits for the town's word.

    Called after yesterday's papers are made: none of them may hold money that came a day later.
    """
    if not _is_open(version, today - timedelta(days=1)):
        return 0
    doors = debtors(workers[0], version.programme)[: _TODAY + 1]
    for number, door in enumerate(doors):
        means = "cash" if number < _TODAY else "transfer"
        _collect(version, village, door, by=workers[number % len(workers)], on=today, means=means)
    return len(doors)


def _is_open(version: ProgrammeVersion, day: date) -> bool:
    return plan_of(version).window_from <= day <= plan_of(version).window_to


def _collect(version: ProgrammeVersion, village: Division, door: Debtor, *, by: User, on: date, means: str) -> None:
    collect(
        by=by,
        village=village,
        programme=version.programme,
        kind=Order.Kind.HOUSEHOLD,
        fundings=[row.funding_id for row in door.open_rows],
        payer_name=door.names[0],
        means=means,
        amount_fen=door.due_fen,
        reference="2024030400017" if means == "transfer" else "",
        key=f"sample-door-{door.resident_id}",
        today=on,
        now=_at(on, 10),
    )


def _hand_over(village: Division, by: User, town: User, day: date, today: date) -> None:
    """Yesterday's cash goes to the town, which counts it; the day is closed."""
    owed = balance(Account.VILLAGE_CASH, village.pk)
    if owed <= 0:
        return
    slip = hand_over(
        by=by, village=village, expected_fen=owed, counted_fen=owed, explanation="", key="sample-slip", today=day,
        now=_at(day, 13),
    )  # fmt: skip
    confirm_handover(by=town, handover=slip, received_fen=owed, note="", today=day, now=_at(day, 14))
    close_day(by=by, village=village, on=day, today=today, now=_at(day, 18))


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), SHANGHAI)
