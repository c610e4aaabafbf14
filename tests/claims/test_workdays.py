"""Working days are those of the calendar. 2024-03-04 is a Monday; 2024-02-10 to 17 is Spring Festival."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.claims.workdays import overdue_before, working_days_between
from ankang.rules.clocks import clocks, days_left
from ankang.rules.holidays import is_working_day

STEP = clocks()["step"]
MONDAY = date(2024, 3, 4)
DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (MONDAY, MONDAY, 0),
        (MONDAY, date(2024, 3, 5), 1),
        (date(2024, 3, 1), MONDAY, 1),  # Friday to Monday
        (date(2024, 3, 2), date(2024, 3, 3), 0),  # Saturday to Sunday
        (MONDAY, date(2024, 3, 11), 5),
        (MONDAY, date(2024, 3, 1), 0),
        (date(2024, 2, 9), date(2024, 2, 17), 0),  # Spring Festival
        (date(2024, 2, 9), date(2024, 2, 18), 1),  # the Sunday worked for it
    ],
)
def test_working_days_between(start: date, end: date, days: int) -> None:
    assert working_days_between(start, end) == days


@given(start=DAYS, length=st.integers(0, 60))
def test_working_days_are_those_counted_one_by_one(start: date, length: int) -> None:
    counted = sum(is_working_day(start + timedelta(days=day)) for day in range(1, length + 1))
    assert working_days_between(start, start + timedelta(days=length)) == counted


def test_five_working_days_then_overdue() -> None:
    assert days_left(STEP, MONDAY, date(2024, 3, 8)) == 1
    assert days_left(STEP, MONDAY, date(2024, 3, 11)) == 0
    assert days_left(STEP, MONDAY, date(2024, 3, 12)) == -1


@given(today=DAYS, days=st.integers(1, 9), working=st.booleans())
def test_overdue_before_is_the_first_day_still_in_time(today: date, days: int, working: bool) -> None:
    clock = replace(STEP, days=days, working=working)
    first = overdue_before(clock, today)
    assert days_left(clock, first, today) >= 0
    assert days_left(clock, first - timedelta(days=1), today) < 0
