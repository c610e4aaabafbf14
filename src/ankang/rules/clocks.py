"""The clocks of a claim: how many days each step may take, from `clocks.toml`; the law's, our own promises, the plan's.

The day on which a clock begins does not count (民法典 201). A clock that pauses stands still on every day on which the
claim waited for papers, the day of the notice not counted, the day on which they came counted as standing still.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from ankang.rules.errors import InvalidInput
from ankang.rules.holidays import is_working_day
from ankang.rules.programme import Deadline

Pause = tuple[date, date | None]  # from the day of the notice to the day on which the papers came; None: still waiting
_KEYS = {"name", "clause", "kind", "days", "working", "pauses"}


@dataclass(frozen=True, slots=True)
class Clock:
    """`kind`: law, promise, or plan (its own days).

    `working`: counts working days only; `pauses`: stands still while papers are missing.
    """

    code: str
    name: str
    clause: str
    kind: str
    days: int
    working: bool
    pauses: bool


def read_clocks(text: str) -> dict[str, Clock]:
    """Return the clocks of a TOML text by code. Errors: InvalidInput naming the clock and the key."""
    return {code: _clock(code, row) for code, row in tomllib.loads(text).items()}


@cache
def clocks() -> dict[str, Clock]:
    """Return the clocks in force, by code."""
    return read_clocks(files("ankang.rules").joinpath("clocks.toml").read_text(encoding="utf-8"))


def clocks_under(deadlines: Iterable[Deadline]) -> dict[str, Clock]:
    """Return the clocks in force under a plan, by code: its own days come before the law's and our promises."""
    own = {
        one.clock: replace(
            clocks()[one.clock], clause=f"方案{one.clause}", kind="plan", days=one.days, working=one.working
        )
        for one in deadlines
    }
    return clocks() | own


def used_days(clock: Clock, since: date, until: date, pauses: Sequence[Pause] = ()) -> int:
    """Return how many days of a clock are used up at the end of a day; 0 when it has not begun."""
    days = (since + timedelta(days=at) for at in range(1, (until - since).days + 1))
    return sum(_counts(clock, day, pauses) for day in days)


def days_left(clock: Clock, since: date, today: date, pauses: Sequence[Pause] = ()) -> int:
    """Return the days that are left; 0 on the last one, negative when it is overdue."""
    return clock.days - used_days(clock, since, today, pauses)


def due_on(clock: Clock, since: date, pauses: Sequence[Pause] = ()) -> date | None:
    """Return the last day of a clock; None while it stands still."""
    if clock.pauses and any(end is None for _, end in pauses):
        return None
    day, left = since, clock.days
    while left:
        day += timedelta(days=1)
        left -= _counts(clock, day, pauses)
    return day


def as_if_since(clock: Clock, since: date, today: date, pauses: Sequence[Pause]) -> date:
    """Return the day from which the clock would have run without pauses, to have used as many days by today."""
    used, day = used_days(clock, since, today, pauses), today
    while used_days(clock, day, today) < used:
        day -= timedelta(days=1)
    return day


def _counts(clock: Clock, day: date, pauses: Sequence[Pause]) -> bool:
    if clock.working and not is_working_day(day):
        return False
    return not (clock.pauses and any(begin < day and (end is None or day <= end) for begin, end in pauses))


def _clock(code: str, row: Any) -> Clock:
    if not isinstance(row, dict) or set(row) != _KEYS:
        raise InvalidInput(f"时限 {code}：要写 {'、'.join(sorted(_KEYS))}，一项不多一项不少。", field=code)
    if row["kind"] not in ("law", "promise"):
        raise InvalidInput(f"时限 {code}：kind 写 law 或 promise。", field=code)
    if not isinstance(row["days"], int) or row["days"] < 1:
        raise InvalidInput(f"时限 {code}：days 写 1 或更大的整数。", field=code)
    return Clock(code, **row)


OWN_CLOCKS = {code: clock.name for code, clock in clocks().items()}  # what a plan may set days for
