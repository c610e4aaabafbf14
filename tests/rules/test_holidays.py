"""The calendar file says what the yearly notices say: the days off by hand, and what must hold in any year."""

from datetime import date, timedelta

import pytest

from ankang.rules.holidays import calendars, holidays_between, is_working_day


def test_the_window_of_2024_holds_spring_festival_alone():
    first, last = date(2024, 2, 1), date(2024, 3, 20)
    assert holidays_between(first, last) == {date(2024, 2, day) for day in range(10, 18)}


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 9), True),  # the eve is no statutory day off in 2024
        (date(2024, 2, 10), False),
        (date(2024, 2, 17), False),
        (date(2024, 2, 18), True),  # a Sunday, worked
        (date(2024, 2, 24), False),  # a Saturday
        (date(2024, 2, 26), True),
        (date(2031, 10, 1), True),  # a Wednesday of a year that is not in the file
    ],
)
def test_working_days(day, works):
    assert is_working_day(day) is works


def test_a_period_that_a_holiday_only_touches_counts_its_own_days():
    assert holidays_between(date(2024, 2, 16), date(2024, 2, 20)) == {date(2024, 2, 16), date(2024, 2, 17)}
    assert holidays_between(date(2024, 2, 18), date(2024, 3, 1)) == frozenset()


@pytest.mark.parametrize("calendar", calendars(), ids=lambda one: one.year)
def test_what_holds_in_every_year(calendar):
    names = "".join(holiday.name for holiday in calendar.holidays)
    assert all(name in names for name in ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节"))
    assert calendar.source
    off = [day for holiday in calendar.holidays for day in holiday.days]
    assert len(off) == len(set(off))
    assert all(day.weekday() >= 5 for day in calendar.worked)  # only weekends are swapped
    assert not calendar.worked & set(off)
    for holiday in calendar.holidays:
        assert holiday.first <= holiday.last <= holiday.first + timedelta(days=8)
        assert holiday.last.year == calendar.year
