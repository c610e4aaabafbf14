"""From when to when a unit covers, both days included."""

from datetime import date, timedelta

from ankang.rules.days import Birthday, birthday_on
from ankang.rules.programme import Programme

_DAY = timedelta(days=1)


def cover_for(programme: Programme, enrolled_on: date) -> tuple[date, date]:
    """Return the first and the last day of cover of a unit enrolled on a day.

    Cover ends at 24:00 of the day before the anniversary of its first day; one that begins on 29 February has its
    anniversary on 1 March in a common year, so that its last day is 28 February. Who is enrolled late, by an
    exception, is never covered for what happened before: the cover begins the day after, and ends with everybody's.
    Source: reading K08.
    """
    # READING K08
    if programme.terms.cover_rule == "day-after-payment":
        first = enrolled_on + _DAY
        return first, birthday_on(first, 1, Birthday.LEAP_ON_1_MARCH) - _DAY
    return max(programme.cover_from, enrolled_on + _DAY), programme.cover_to
