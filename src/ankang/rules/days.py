"""Days and ages. A day is an Asia/Shanghai date; an age is in whole completed years (周岁)."""

from datetime import date, timedelta
from enum import StrEnum


class Birthday(StrEnum):
    """When a year of age is completed (reading K17)."""

    ON_BIRTHDAY = "birthday"  # 29 February completes on 28 February in common years
    DAY_AFTER = "day-after"
    LEAP_ON_1_MARCH = "leap-on-1-march"


def age_on(birth: date, day: date, birthday: Birthday = Birthday.ON_BIRTHDAY) -> int:
    """Return the whole years completed on `day`. Negative before birth.

    Source: 民法典 202 by analogy; reading K17.
    """
    years, month = day.year - birth.year, birth.month
    if day.month != month:
        return years if day.month > month else years - 1
    # READING K17 matters in the month of birth only: what would be due after its last day is due on the next's first
    due = birth.day
    if birthday is Birthday.DAY_AFTER:
        due += 1
    elif due == 29 and month == 2 and birthday is Birthday.ON_BIRTHDAY and not is_leap(day.year):
        due = 28
    return years if day.day >= due else years - 1


def birthday_on(birth: date, age: int, birthday: Birthday = Birthday.ON_BIRTHDAY) -> date:
    """Return the first day on which `age` years are completed: the inverse of `age_on`."""
    year = birth.year + age
    if (birth.month, birth.day) == (2, 29) and not is_leap(year):
        return date(year, 2, 28) if birthday is Birthday.ON_BIRTHDAY else date(year, 3, 1)
    day = date(year, birth.month, birth.day)
    return date.fromordinal(day.toordinal() + 1) if birthday is Birthday.DAY_AFTER else day


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def hospital_days(stays: list[tuple[date, date]]) -> int:
    """Return the days in hospital: discharge minus admission, overlapping stays counted once.

    Each stay is (admitted, discharged) with admitted <= discharged. Source: 附件2（1）第5行; domain 3.4.
    """
    days = 0
    counted_to: date | None = None
    for admitted, discharged in sorted(stays):
        start = admitted if counted_to is None or admitted > counted_to else counted_to
        if discharged > start:
            days += (discharged - start).days
        if counted_to is None or discharged > counted_to:
            counted_to = discharged
    return days


def latest_birth(age: int, day: date, birthday: Birthday = Birthday.ON_BIRTHDAY) -> date:
    """Return the last date of birth with which `age` years are completed on `day`: a cut-off for queries.

    Everybody born on it or before has `age_on(...) >= age`, everybody born after has not.
    """
    birth = date(day.year - age, day.month, min(day.day, 28)) + timedelta(days=4)
    while age_on(birth, day, birthday) < age:
        birth -= timedelta(days=1)
    return birth


def day_words(day: date) -> str:
    """Return a day as people read it: `2024年3月4日`."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day_words(day: date) -> str:
    """Return a day whose year is plain, as people read it: `3月4日`."""
    return f"{day.month}月{day.day}日"
