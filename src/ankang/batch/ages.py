"""Whole years completed, compiled. Equal to `rules.days`.

A year is counted from 1 March: its leap day is then its last, and a calendar day has the same place in every year.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ankang.batch.compiled import compiled, inlined

_MARCH_FIRST_0000 = 719_468  # days from 0000-03-01 to 1970-01-01
_LEAP_DAY = 365
_PLACES = 512  # more than the days of a year: a year and a day's place in it are one number
_FIRST, _DAYS = -43_829, 110_000  # the days of a calendar: three hundred years from 1850-01-01


class Calendar(NamedTuple):
    """Stamps and births of days, to be looked up: working out three of them took as long as two benefits."""

    stamps: Any  # int32
    births: Any  # int32
    birthday: int


@cache
def calendar_of(birthday: int) -> Calendar:
    """Return the calendar of a rule of birthdays, given by its place in `Birthday`."""
    calendar = Calendar(np.empty(_DAYS, np.int32), np.empty(_DAYS, np.int32), birthday)
    _fill(calendar)
    return calendar


@compiled
def stamp(day):
    """Return a day since 1970-01-01 as its year from March times 512, plus its place in that year (1 March is 0)."""
    quarters = np.uint32(4 * (day + _MARCH_FIRST_0000) + 3)
    century = np.uint32(quarters // np.uint32(146_097))
    of_century = np.uint32(quarters - century * np.uint32(146_097)) | np.uint32(3)
    year = np.uint32(of_century // np.uint32(1_461))
    place = (of_century - year * np.uint32(1_461)) >> np.uint32(2)
    return np.int64((century * np.uint32(100) + year) * np.uint32(_PLACES) + place)


@compiled
def birth(day, birthday):
    """Return how a birth is kept: twice the stamp from which whole years count, and 1 if other days are put off."""
    due = stamp(day)  # READING K17
    if birthday == 1:
        return 2 * (due + 1)
    if birthday == 0 and due % _PLACES == _LEAP_DAY:
        return 2 * stamp(day + 1) + 1  # a day after the last of February is always 1 March
    return 2 * due


@compiled
def _fill(calendar):
    for place in range(_DAYS):
        calendar.stamps[place] = stamp(place + _FIRST)
        calendar.births[place] = birth(place + _FIRST, calendar.birthday)


@inlined
def born(calendar, day):
    """Return the birth of somebody born that day."""
    place = np.uint64(day - _FIRST)
    return np.int64(calendar.births[place]) if place < np.uint64(_DAYS) else birth(day, calendar.birthday)


@inlined
def age_on(calendar, birth, day):
    """Return the whole years completed, as `rules.days.age_on`. `birth` is what `born` returned."""
    day += birth & 1
    place = np.uint64(day - _FIRST)
    stamped = np.int64(calendar.stamps[place]) if place < np.uint64(_DAYS) else stamp(day)
    return (stamped - (birth >> 1)) // _PLACES
