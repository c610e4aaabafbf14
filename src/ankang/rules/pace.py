"""Pace: how many people enrol a day, how many it takes, and how far it gets by the last day.

Bulk (a government batch, an import) happens once and says nothing about the days to come: it counts as reached, and is
left out of the pace. On statutory holidays hardly anybody enrols: they are left out on both sides, of the days that
the pace comes from and of the days that it is carried on to. Ordinary weekends stay in, because a week has all seven.
All arithmetic is on integers and fractions, so the same days give the same forecast everywhere.

The forecast: people insured at the end of the last full day, plus the average of the last 7 days for every day left,
rounded down to whole people, never above the population.
The range is the wider of two:
- by chance: the spread of one day is estimated from the day-to-day changes of the last 14 days (their median divided by
  0.954, as on an individuals control chart: neither a falling trend nor one wild day blows it up); the total of the L
  days left, when the average itself comes from n days, spreads with the variance L + L^2 / n times a day's; two such
  standard deviations to both sides;
- by drift: the pace may change once more as it did from the 7 days before to the last 7, up or down; at least by a
  quarter, at most to the half or the double, and by that much while there is no week before to compare with.
The guide says how often the real end of the sample's campaign fell into it, day by day, and a test keeps that true.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import isqrt

from ankang.rules.targets import goal_line, reaches

RECENT_DAYS = 7
SPREAD_DAYS = 14
FEWEST_DAYS = 3  # before that a forecast would be a guess
LEAST_DRIFT, MOST_DRIFT = Fraction(5, 4), Fraction(2)
SLOW_POINTS = 4  # percentage points that a forecast may fall short and still be "slow", not "behind"
_CHANGE_TO_DEVIATION = Fraction(1000, 954)


class Course(StrEnum):
    """Where a village stands on the way to the goal."""

    REACHED = "reached"
    ON_COURSE = "on_course"
    SLOW = "slow"
    BEHIND = "behind"
    MISSED = "missed"  # the window has closed
    UNKNOWN = "unknown"  # too early to tell


COURSE_NAMES = {
    Course.REACHED: "已达标",
    Course.ON_COURSE: "能完成",
    Course.SLOW: "偏慢",
    Course.BEHIND: "落后",
    Course.MISSED: "未达标",
    Course.UNKNOWN: "看不出",
}


@dataclass(frozen=True, slots=True)
class DayCount:
    """The people first insured on one day: one by one, and in bulk."""

    day: date
    single: int = 0
    bulk: int = 0

    @property
    def people(self) -> int:
        return self.single + self.bulk


@dataclass(frozen=True, slots=True)
class Window:
    """The days of the campaign, both included, and the statutory holidays among them."""

    opens: date
    closes: date
    holidays: frozenset[date] = frozenset()

    @property
    def length(self) -> int:
        return (self.closes - self.opens).days + 1

    def days_left(self, today: date) -> int:
        """Return the days from today to the last one, both included; the whole window before it opens, 0 after it."""
        return max(0, (self.closes - max(today, self.opens)).days + 1)

    def working_days_left(self, today: date) -> int:
        """Return the days from today to the last one that are no holiday."""
        first = max(today, self.opens)
        return self.days_left(today) - sum(first <= day <= self.closes for day in self.holidays)

    def days_gone(self, today: date) -> int:
        """Return the full days that have passed: today is not one of them."""
        return self.length - self.days_left(today)


@dataclass(frozen=True, slots=True)
class Forecast:
    """How far it gets by the last day, in people, with its range."""

    people: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Pace:
    """The state of one population on one day. `average` and `required` are people a day."""

    population: int
    percent: int
    insured: int  # now
    closed: int  # at the end of the last full day: what the forecast starts from
    days_left: int
    working_days_left: int  # of these, the days that are no holiday: what the forecast and `required` count
    average: Fraction | None
    required: Fraction | None  # None once the goal is reached or no day is left
    forecast: Forecast | None
    course: Course

    @property
    def line(self) -> int:
        return goal_line(self.population, self.percent)

    @property
    def gap(self) -> int:
        """People still missing to the goal now."""
        return max(0, self.line - self.insured)

    @property
    def forecast_gap(self) -> int | None:
        """People that the forecast lacks to the goal on the last day."""
        return None if self.forecast is None else max(0, self.line - self.forecast.people)


def filled(days: Sequence[DayCount], window: Window, today: date) -> tuple[DayCount, ...]:
    """Return one count for every full day of the window before today, in order; days without anybody count 0."""
    known = {count.day: count for count in days}
    whole = (window.opens + timedelta(days=at) for at in range(window.days_gone(today)))
    return tuple(known.get(day, DayCount(day)) for day in whole)


def average_of(days: Sequence[DayCount]) -> Fraction | None:
    """Return the people a day of the last 7 of these days without bulk, or None without a day."""
    recent = days[-RECENT_DAYS:]
    return Fraction(sum(count.single for count in recent), len(recent)) if recent else None


def forecast(days: Sequence[DayCount], closed: int, days_left: int, most: int) -> Forecast | None:
    """Return the forecast from full days (`filled`, holidays taken out), or None with fewer than 3 of them.

    `days_left` are those that are no holiday. `closed` people are insured at the end of the last full day; nobody
    expects more than `most`. The bounds never fall below `closed` nor pass `most`.
    """
    average = average_of(days)
    if average is None or len(days) < FEWEST_DAYS:
        return None
    most = max(most, closed)
    expected = average * days_left
    half, drift = _half_width(days, days_left), _drift(days)
    low = min(int(expected) - half, int(expected / drift))
    high = max(int(expected) + half, -int(-expected * drift // 1))
    return Forecast(
        people=min(most, closed + int(expected)), low=min(most, closed + max(0, low)), high=min(most, closed + high)
    )


def _drift(days: Sequence[DayCount]) -> Fraction:
    """Return by what factor the pace may yet change: as from the week before to the last one, within bounds."""
    before, last = average_of(days[:-RECENT_DAYS]), average_of(days)
    if len(days) < RECENT_DAYS + FEWEST_DAYS or not before or not last:
        return MOST_DRIFT
    factor = max(last / before, before / last)
    return min(MOST_DRIFT, max(LEAST_DRIFT, factor))


def _half_width(days: Sequence[DayCount], days_left: int) -> int:
    """Return two standard deviations of the people still to come, in whole people, rounded up."""
    recent = days[-SPREAD_DAYS:]
    changes = [abs(later.single - earlier.single) for earlier, later in itertools.pairwise(recent)]
    deviation = _median(changes) * _CHANGE_TO_DEVIATION
    averaged = min(len(days), RECENT_DAYS)
    square = 4 * deviation**2 * (days_left + Fraction(days_left**2, averaged))
    return _root_up(square)


def _median(numbers: Sequence[int]) -> Fraction:
    ordered, middle = sorted(numbers), len(numbers) // 2
    return Fraction(ordered[middle] + ordered[-middle - 1], 2)


def _root_up(square: Fraction) -> int:
    """Return the smallest integer whose square is not below `square`."""
    whole = -(-square.numerator // square.denominator)
    root = isqrt(whole)
    return root if root * root == whole else root + 1


def course_of(insured: int, expected: int | None, population: int, percent: int, days_left: int) -> Course:
    """Return where a population stands, on integers: reached, on course, slow (at most 4 points short) or behind."""
    if population and reaches(insured, population, percent):
        return Course.REACHED
    if days_left == 0:
        return Course.MISSED
    if expected is None or population == 0:
        return Course.UNKNOWN
    if reaches(expected, population, percent):
        return Course.ON_COURSE
    return Course.SLOW if reaches(expected, population, percent - SLOW_POINTS) else Course.BEHIND


def pace_of(
    days: Sequence[DayCount], *, insured: int, population: int, percent: int, window: Window, today: date
) -> Pace:
    """Return the state of one population on a day, from its counts by day (any order, gaps allowed).

    The average, the forecast and `required` leave the window's holidays out; with nothing but holidays left,
    `required` is spread over them.
    People first insured today count in `insured` and not in the pace, because today is not over. A forecast that
    today's people have already passed is lifted to them.
    Errors: none; before the window and in its first days there is no forecast.
    """
    full = [count for count in filled(days, window, today) if count.day not in window.holidays]
    closed = insured - sum(count.people for count in days if count.day >= today)
    left, working = window.days_left(today), window.working_days_left(today)
    ahead = forecast(full, closed, working, population)
    if ahead is not None:
        ahead = Forecast(max(ahead.people, insured), max(ahead.low, insured), max(ahead.high, insured))
    missing = goal_line(population, percent) - closed
    return Pace(
        population=population,
        percent=percent,
        insured=insured,
        closed=closed,
        days_left=left,
        working_days_left=working,
        average=average_of(full),
        required=Fraction(missing, working or left) if missing > 0 and left else None,
        forecast=ahead,
        course=course_of(insured, ahead.people if ahead else None, population, percent, left),
    )


def tenths_down(people: Fraction) -> str:
    """Return people a day with one decimal, cut: what is reached is never shown higher than it is."""
    return _tenths(people.numerator * 10 // people.denominator)


def tenths_up(people: Fraction) -> str:
    """Return people a day with one decimal, rounded up: who keeps to what is shown gets there."""
    return _tenths(-(-people.numerator * 10 // people.denominator))


def _tenths(tenths: int) -> str:
    return f"{tenths // 10:,}.{tenths % 10}"
