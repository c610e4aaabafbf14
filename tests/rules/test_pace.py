"""Pace and forecast: bulk left out, boundaries of each course, never rounded in anybody's favour."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.pace import (
    Course,
    DayCount,
    Window,
    average_of,
    course_of,
    filled,
    forecast,
    pace_of,
    tenths_down,
    tenths_up,
)

WINDOW = Window(date(2024, 2, 1), date(2024, 3, 20))


def run(*singles: int, start: date = WINDOW.opens) -> list[DayCount]:
    return [DayCount(start + timedelta(days=at), single) for at, single in enumerate(singles)]


@pytest.mark.parametrize(
    ("today", "left", "gone"),
    [
        (date(2024, 1, 31), 49, 0),
        (date(2024, 2, 1), 49, 0),
        (date(2024, 2, 2), 48, 1),
        (date(2024, 3, 4), 17, 32),
        (date(2024, 3, 20), 1, 48),
        (date(2024, 3, 21), 0, 49),
    ],
)
def test_days_of_the_window(today, left, gone):
    assert WINDOW.length == 49
    assert (WINDOW.days_left(today), WINDOW.days_gone(today)) == (left, gone)


def test_filled_puts_a_zero_on_days_without_anybody_and_leaves_today_out():
    counts = [DayCount(date(2024, 2, 3), 5), DayCount(date(2024, 2, 1), 2), DayCount(date(2024, 2, 4), 9)]
    assert [day.single for day in filled(counts, WINDOW, date(2024, 2, 4))] == [2, 0, 5]


def test_average_is_of_seven_days_without_bulk():
    days = [*run(900, 1, 2, 3, 4, 5, 6), DayCount(date(2024, 2, 8), 8, bulk=1386)]
    assert average_of(days) == Fraction(29, 7)
    assert average_of(days[:2]) == Fraction(901, 2)
    assert average_of([]) is None


def test_forecast_by_hand():
    # Ten steady days of 10, changes of 0: no spread by chance; 5 days left bring 50, by drift a fifth less to a
    # quarter more.
    steady = forecast(run(*[10] * 10), closed=100, days_left=5, most=1000)
    assert (steady.people, steady.low, steady.high) == (150, 140, 163)
    # Changes of 2 every day: deviation 2/0.954; 2 x 2.0964 x sqrt(5 + 25/7) = 12.27, up to 13.
    moving = forecast(run(*[9, 11] * 5), closed=100, days_left=5, most=1000)
    assert (moving.people, moving.low, moving.high) == (150, 137, 164)  # 71/7 x 5 = 50.71, cut; x 5/4 = 63.39, up


@pytest.mark.parametrize(
    ("week_before", "low", "high"),
    [
        (8, 140, 163),  # 10 after 8 is a quarter more: the least that is allowed for
        (7, 135, 172),  # 10/7: 50 x 7/10 and 50 x 10/7 = 71.4
        (5, 125, 200),
        (4, 125, 200),  # more than the double is not expected again
        (20, 125, 200),  # half as fast counts as much as the double
        (0, 125, 200),
    ],
)
def test_the_pace_may_drift_once_more_as_it_did(week_before, low, high):
    found = forecast(run(*[week_before] * 7, *[10] * 7), closed=100, days_left=5, most=1000)
    assert (found.people, found.low, found.high) == (150, low, high)


def test_without_a_week_before_the_pace_may_halve_or_double():
    found = forecast(run(*[10] * 9), closed=100, days_left=5, most=1000)
    assert (found.low, found.high) == (125, 200)


SPRING = frozenset(date(2024, 2, day) for day in range(10, 18))


def test_holidays_are_left_out_on_both_sides():
    window = Window(WINDOW.opens, WINDOW.closes, SPRING)
    # Nine days of 10, eight holidays with 1 each, one day of 10: on the 19th 31 days are left, none of them a holiday.
    days = run(*[10] * 9, *[1] * 8, 10)
    pace = pace_of(days, insured=108, population=5000, percent=85, window=window, today=date(2024, 2, 19))
    assert (pace.average, pace.days_left, pace.working_days_left) == (10, 31, 31)
    assert (pace.closed, pace.forecast.people) == (108, 108 + 310)
    # On the 5th 45 days are left and 8 of them are holidays: what it takes a day is for the other 37.
    early = pace_of(run(*[10] * 4), insured=40, population=5000, percent=85, window=window, today=date(2024, 2, 5))
    assert (early.days_left, early.working_days_left) == (45, 37)
    assert early.forecast.people == 40 + 370
    assert early.required == Fraction(4250 - 40, 37)


def test_with_only_holidays_left_they_have_to_do():
    window = Window(WINDOW.opens, date(2024, 2, 11), SPRING)
    pace = pace_of(run(*[10] * 9), insured=90, population=120, percent=85, window=window, today=date(2024, 2, 10))
    assert (pace.days_left, pace.working_days_left) == (2, 0)
    assert (pace.forecast.people, pace.required) == (90, Fraction(12, 2))


@pytest.mark.parametrize(("days", "known"), [(2, False), (3, True)])
def test_three_days_make_a_forecast(days, known):
    assert (forecast(run(*[4] * days), 12, 10, 500) is not None) is known


def test_forecast_never_passes_the_population_nor_falls_below_what_is_reached():
    wild = forecast(run(0, 300, 0, 300), closed=600, days_left=20, most=700)
    assert wild.people == wild.high == 700
    assert wild.low == 600
    assert forecast(run(5, 5, 5), closed=710, days_left=3, most=700).people == 710


@pytest.mark.parametrize(
    ("insured", "expected", "left", "course"),
    [
        (849, 850, 5, Course.ON_COURSE),
        (850, 850, 5, Course.REACHED),
        (851, 860, 5, Course.REACHED),
        (500, 849, 5, Course.SLOW),
        (500, 810, 5, Course.SLOW),  # exactly 4 points short
        (500, 809, 5, Course.BEHIND),
        (849, 849, 0, Course.MISSED),
        (850, 850, 0, Course.REACHED),
        (500, None, 48, Course.UNKNOWN),
        (850, None, 48, Course.REACHED),
    ],
)
def test_course_boundaries(insured, expected, left, course):
    assert course_of(insured, expected, 1000, 85, left) is course


def test_nobody_reaches_nothing():
    assert course_of(0, None, 0, 85, 10) is Course.UNKNOWN
    assert course_of(0, 0, 0, 85, 10) is Course.UNKNOWN


def test_pace_of_a_town_in_march():
    days = [*run(*[146] * 32), DayCount(date(2024, 2, 22), 146, bulk=1386), DayCount(date(2024, 3, 4), 20)]
    days = [day for day in days if day.day != date(2024, 2, 22) or day.bulk]
    insured = sum(day.people for day in days)
    pace = pace_of(days, insured=insured, population=16041, percent=85, window=WINDOW, today=date(2024, 3, 4))
    assert (pace.insured, pace.closed) == (6078, 6058)
    assert pace.average == 146
    assert pace.line == 13635
    assert pace.gap == 7557
    assert pace.required == Fraction(13635 - 6058, 17)
    assert pace.forecast.people == 6058 + 146 * 17
    assert pace.forecast_gap == 13635 - 8540
    assert pace.course is Course.BEHIND


def test_todays_people_lift_a_forecast_that_they_have_passed():
    days = [*run(1, 1, 1), DayCount(date(2024, 2, 4), 200)]
    pace = pace_of(
        days, insured=203, population=1000, percent=85, window=Window(WINDOW.opens, date(2024, 2, 8)),
        today=date(2024, 2, 4),
    )  # fmt: skip
    assert pace.closed == 3
    assert (pace.forecast.low, pace.forecast.people) == (203, 203)


def test_before_and_after_the_window():
    before = pace_of([], insured=0, population=1000, percent=85, window=WINDOW, today=date(2024, 1, 10))
    assert (before.course, before.average, before.forecast) == (Course.UNKNOWN, None, None)
    assert before.required == Fraction(850, 49)
    after = pace_of(run(*[10] * 49), insured=490, population=1000, percent=85, window=WINDOW, today=date(2024, 3, 21))
    assert (after.course, after.days_left, after.required) == (Course.MISSED, 0, None)
    assert after.forecast.people == 490


def test_decimals_are_cut_down_or_up():
    assert tenths_down(Fraction(29, 7)) == "4.1"  # 4.142
    assert tenths_up(Fraction(29, 7)) == "4.2"
    assert tenths_down(Fraction(162)) == tenths_up(Fraction(162)) == "162.0"
    assert tenths_up(Fraction(12001, 10)) == "1,200.1"


@given(
    singles=st.lists(st.integers(0, 400), min_size=3, max_size=48),
    bulk=st.integers(0, 5000),
    population=st.integers(1, 30000),
)
def test_forecast_stays_between_what_is_reached_and_the_population(singles, bulk, population):
    days = run(*singles)
    days[1] = DayCount(days[1].day, days[1].single, bulk)
    insured = sum(day.people for day in days)
    today = WINDOW.opens + timedelta(days=len(days))
    pace = pace_of(days, insured=insured, population=population, percent=85, window=WINDOW, today=today)
    ahead = pace.forecast
    assert insured <= ahead.low <= ahead.people <= ahead.high <= max(population, insured)
    without = pace_of(run(*singles), insured=sum(singles), population=10**9, percent=85, window=WINDOW, today=today)
    assert pace.average == without.average
    if pace.required is not None:
        assert pace.closed + pace.required * pace.days_left == pace.line
