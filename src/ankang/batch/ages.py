"""Whole years completed, compiled. Equal to `rules.days`.

A year is counted from 1 March: its leap day is then its last, and a calendar day has the same place in every year.
"""

import numpy as np

from ankang.batch.compiled import compiled

_MARCH_FIRST_0000 = 719_468  # days from 0000-03-01 to 1970-01-01
_LEAP_DAY = 365
_PLACES = 512  # more than the days of a year: a year and a day's place in it are one number


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
def born(day, birthday):
    """Return how a birth is kept: the stamp from which whole years count, and the days by which others are shifted."""
    due = stamp(day)  # READING K17
    if birthday == 1:
        return due + 1, 0
    if birthday == 0 and due % _PLACES == _LEAP_DAY:
        return stamp(day + 1), 1  # a day after the last of February is always 1 March
    return due, 0


@compiled
def age_on(birth, day):
    """Return the whole years completed, as `rules.days.age_on`. `birth` is what `born` returned."""
    due, shift = birth
    return (stamp(day + shift) - due) // _PLACES
