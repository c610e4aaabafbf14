"""What one person holds of one product over a cover period, and what has been paid on it so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ankang.rules.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Cover:
    """Units of one product, from 00:00 of `start` to 24:00 of `end`."""

    product: str
    units: int
    start: date
    end: date

    def __post_init__(self) -> None:
        if self.units < 1:
            raise InvalidInput(f"份数是 {self.units}，至少是 1。", field="units", value=self.units, fix="改成 1 或更多")
        if self.end < self.start:
            raise InvalidInput("保障截止早于开始。", field="end", value=self.end, fix="改成开始之后的一天")


class Period:
    """One cover period of one person and product: covers that overlap are one period, a renewal is the next.

    The used amounts (fen) and days grow as events are decided in order.
    """

    # Used so far: fen, then days. Class attributes, because most periods stay untouched by most benefits.
    accident = disability = medical = fracture = life = deductible = 0
    days = stayed = 0

    def __init__(self, cover: Cover) -> None:
        self.start, self.end, self.units = cover.start, cover.end, cover.units
        self.covers = [cover]

    def join(self, cover: Cover) -> None:
        self.units = 0  # from now on it depends on the day
        self.covers.append(cover)
        self.end = max(self.end, cover.end)

    def units_on(self, day: date) -> int:
        """Return the units in force on a day within the period."""
        if self.units:
            return self.units
        return sum(cover.units for cover in self.covers if cover.start <= day <= cover.end)


def periods_of(covers: Sequence[Cover]) -> dict[str, list[Period]]:
    """Return the cover periods by product, oldest first.

    Limits and sums are 'for the whole cover period': units bought on different days share one period while their
    covers overlap; a cover that begins after the last one ended opens a new period.
    """
    if len(covers) == 1:
        return {covers[0].product: [Period(covers[0])]}
    found: dict[str, list[Period]] = {}
    for cover in sorted(covers, key=lambda cover: cover.start):
        periods = found.get(cover.product)
        if periods is None:
            found[cover.product] = [Period(cover)]
        elif cover.start <= periods[-1].end:
            periods[-1].join(cover)
        else:
            periods.append(Period(cover))
    return found


def period_on(periods: list[Period], day: date) -> Period | None:
    """Return the period that contains a day."""
    for period in periods:
        if period.start <= day <= period.end:
            return period
    return None
