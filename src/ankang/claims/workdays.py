"""Working days of the promises on claims, by the calendar of `rules.holidays`."""

from datetime import date, timedelta

from ankang.rules.clocks import Clock, days_left
from ankang.rules.holidays import is_working_day


def working_days_between(start: date, end: date) -> int:
    """Return the working days after `start` up to and including `end`; 0 when `end` is not after `start`."""
    return sum(is_working_day(start + timedelta(days=at)) for at in range(1, (end - start).days + 1))


def working_day_after(start: date, number: int) -> date:
    """Return the day on which so many working days after `start` are full; `start` itself does not count."""
    day = start
    while working_days_between(start, day) < number:
        day += timedelta(days=1)
    return day


def overdue_before(clock: Clock, today: date) -> date:
    """Return the first day that is not overdue: what began before it has waited longer than the clock allows."""
    day = today
    while days_left(clock, day - timedelta(days=1), today) >= 0:
        day -= timedelta(days=1)
    return day
