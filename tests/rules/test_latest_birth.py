from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.days import Birthday, age_on, latest_birth


@pytest.mark.parametrize(
    ("day", "birthday", "birth"),
    [
        (date(2024, 3, 21), Birthday.ON_BIRTHDAY, date(1964, 3, 21)),
        (date(2024, 3, 21), Birthday.DAY_AFTER, date(1964, 3, 20)),
        (date(2024, 2, 28), Birthday.ON_BIRTHDAY, date(1964, 2, 28)),
        (date(2025, 2, 28), Birthday.ON_BIRTHDAY, date(1965, 2, 28)),
        (date(2024, 12, 31), Birthday.ON_BIRTHDAY, date(1964, 12, 31)),
    ],
)
def test_sixty_on_a_day(day, birthday, birth):
    assert latest_birth(60, day, birthday) == birth


def test_leap_day_completes_on_28_february_in_a_common_year():
    assert latest_birth(61, date(2025, 2, 28)) == date(1964, 2, 29)
    assert latest_birth(61, date(2025, 2, 28), Birthday.LEAP_ON_1_MARCH) == date(1964, 2, 28)


@given(
    age=st.integers(0, 110),
    day=st.dates(date(2013, 1, 1), date(2040, 12, 31)),
    birthday=st.sampled_from(Birthday),
)
def test_cut_off_divides_exactly(age, day, birthday):
    birth = latest_birth(age, day, birthday)
    assert age_on(birth, day, birthday) >= age
    assert age_on(birth + timedelta(days=1), day, birthday) < age
