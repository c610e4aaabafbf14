"""Columns in, columns out: the kernel with its arrays made ready, on one thread or several."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, TypeVar

import numpy as np

from ankang.batch.columns import Covers, Events, covers_of, events_of, read_only
from ankang.batch.kernel import Found, decide, measure
from ankang.batch.lines import USED_COLUMNS
from ankang.batch.periods import PERIOD_COLUMNS
from ankang.batch.schedule import REASON_NAMES, Array, Status, lines_of, schedule_of
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.programme import Programme

T = TypeVar("T")


class BatchOverflow(AnkangError):
    """Amounts beyond what 64 bits hold: the reference decides them."""

    code = "batch_overflow"


@dataclass(frozen=True)
class Payouts:
    """One row for every line of every product that the person has or had, in the order of the events.

    `event` is the place of the event in `events`, `line` in `lines`, `reason` in REASON_NAMES; `amount` is fen. `age`
    (on the event date), `status` and `end`, one past its last row, have a value for every event; a refused event has
    no rows.
    """

    programme: Programme
    events: Events
    lines: tuple[tuple[str, str], ...]  # (product, benefit)
    end: Array
    age: Array
    status: Array
    gap_line: Array
    gap_age: Array
    line: Array
    amount: Array
    reason: Array

    @cached_property
    def event(self) -> Array:
        """The place of each row's event in `events`."""
        return np.repeat(np.arange(len(self.end)), np.diff(self.end, prepend=0))

    def total_by_line(self) -> list[int]:
        """Return the fen that each line pays, added up exactly."""
        return [int(self.amount[self.line == place].sum()) for place in range(len(self.lines))]

    def total_by_event(self) -> Array:
        """Return the fen that each event pays."""
        totals = np.zeros(len(self.status), np.int64)
        np.add.at(totals, self.event, self.amount)
        return totals

    def reason_names(self) -> list[str]:
        return [REASON_NAMES[code] for code in self.reason]


def adjudicate(
    programme: Programme,
    covers: Covers | Mapping[str, Any],
    events: Events | Mapping[str, Any],
    *,
    threads: int = 1,
    strict: bool = True,
) -> Payouts:
    """Decide all events of all persons; equal to `rules.adjudicate` of each person, row for row.

    `covers` and `events` are `Covers` and `Events`, sorted as these say, or columns for `covers_of` and `events_of`.
    Units: fen, days since 1970-01-01. Errors: BatchOverflow; with `strict`, InvalidInput when an event was refused
    (else look at `status`: such an event has no rows, and the person's others are decided without it).
    """
    covers = read_only(covers if isinstance(covers, Covers) else covers_of(programme, covers))
    events = read_only(events if isinstance(events, Events) else events_of(events))
    schedule = schedule_of(programme)
    parts = _parts(events.person, threads)
    # Counted first: fresh memory is slow, so none is taken that stays empty.
    sizes = _each(parts, lambda part: measure(schedule, covers, events, *part))
    ends = list(accumulate((rows for rows, _ in sizes), initial=0))
    rooms = dict(zip(parts, pairwise(ends), strict=True))
    found = room_for(ends[-1], len(events.person))
    most = max(covers_of_one for _, covers_of_one in sizes)

    def run(part: tuple[int, int]) -> tuple[int, int]:
        room = np.empty((most, PERIOD_COLUMNS), np.int64), np.empty((most, USED_COLUMNS), np.int64)
        begin, end = rooms[part]
        return begin, int(decide(schedule, covers, events, *part, begin, end, found, *room))

    written = _each(parts, run)
    payouts = _payouts(programme, events, found, parts, written)
    _check(payouts, strict)
    return payouts


def _each(parts: list[tuple[int, int]], act: Callable[[tuple[int, int]], T]) -> list[T]:
    """Do it with every part, each in a thread of its own."""
    if len(parts) == 1:
        return [act(parts[0])]
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(act, parts))


def _parts(person: Array, threads: int) -> list[tuple[int, int]]:
    """Cut the events into as many parts as threads; no person is cut in two."""
    if not len(person):
        return [(0, 0)]
    cuts = {int(np.searchsorted(person, person[len(person) * place // threads])) for place in range(1, threads)}
    return list(pairwise(sorted({0, len(person), *cuts})))


def room_for(rows: int, events: int) -> Found:
    """Return empty columns for so many rows and events."""
    return Found(
        end=np.empty(events, np.int64),
        age=np.empty(events, np.int16),
        status=np.zeros(events, np.uint8),
        gap_line=np.empty(events, np.int16),
        gap_age=np.empty(events, np.int32),
        line=np.empty(rows, np.int16),
        amount=np.empty(rows, np.int64),
        reason=np.empty(rows, np.uint8),
    )


def _payouts(
    programme: Programme, events: Events, found: Found, parts: list[tuple[int, int]], written: list[tuple[int, int]]
) -> Payouts:
    """Close the gaps that the rows of refused events would have filled."""
    rows = 0
    for (first, last), (begin, end) in zip(parts, written, strict=True):
        if begin > rows:
            found.end[first:last] -= begin - rows
            for column in (found.line, found.amount, found.reason):
                column[rows : rows + end - begin] = column[begin:end]
        rows += end - begin
    columns = found._asdict() | {name: getattr(found, name)[:rows] for name in ("line", "amount", "reason")}
    return Payouts(programme=programme, events=events, lines=lines_of(programme), **columns)


def _check(payouts: Payouts, strict: bool) -> None:
    if not payouts.status.any():
        return
    place = int(np.argmax(payouts.status == Status.OVERFLOW))
    if payouts.status[place] == Status.OVERFLOW:
        raise BatchOverflow(
            f"第 {place + 1} 个事故的金额大得算不下。请查对金额和份数，或改用 reference 引擎。", event=place
        )
    if strict:
        place = int(np.argmax(payouts.status != 0))
        words = _WORDS[Status(int(payouts.status[place]))]
        raise InvalidInput(f"第 {place + 1} 个事故：{words}。请查对这一行。", event=place, fix="查对这一行")


_WORDS = {
    Status.NO_COVER: "这个人没有保障",
    Status.BEFORE_BIRTH: "事故日期早于出生日期",
    Status.NO_FIGURE: "方案没有这个年龄的数额",
    Status.BAD_ROW: "有负数、没有的等级，或身故早于事故",
}
