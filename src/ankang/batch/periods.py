"""What a person holds on a day, compiled: one cover by itself, or the periods into which several are laid out."""

import numpy as np

from ankang.batch.ages import age_on
from ankang.batch.compiled import ONE, inlined
from ankang.batch.lines import held_at

PRODUCT, START, END, FROM, TO, AGE = range(6)
PERIOD_COLUMNS = 6


@inlined
def held_by_one(schedule, covers, cover, product, birth, day, used, kept):
    """Return what a person with this one cover holds."""
    start, units, age = np.int64(covers.start[cover]), np.int64(0), np.int64(0)
    if start <= day <= covers.end[cover]:
        units = np.int64(covers.units[cover])
        age = age_on(schedule.calendar, birth, day if schedule.by_event_age else start)  # READING K01
    return held_at(schedule, product, units, age, used, kept)


@inlined
def periods_from(schedule, covers, first, last, birth, periods):
    """Lay out one person's periods: covers that overlap are one, a renewal is the next. Returns how many."""
    count = np.uint64(0)
    for cover in range(first, last):
        product, start = covers.product[cover], covers.start[cover]
        if count and periods[count - ONE, PRODUCT] == product and start <= periods[count - ONE, END]:
            periods[count - ONE, TO] = cover + ONE
            periods[count - ONE, END] = max(periods[count - ONE, END], np.int64(covers.end[cover]))
        else:
            periods[count, PRODUCT], periods[count, START], periods[count, END] = product, start, covers.end[cover]
            periods[count, FROM], periods[count, TO] = cover, cover + ONE
            if not schedule.by_event_age:
                periods[count, AGE] = age_on(schedule.calendar, birth, start)
            count += ONE
    return count


@inlined
def held_on(schedule, covers, periods, first, last, product, birth, day, used):
    """Return what a person holds of the product whose periods are first..last."""
    found, units, age = first, np.int64(0), np.int64(0)
    for period in range(first, last):
        if periods[period, START] <= day <= periods[period, END]:
            found, units = period, units_on(covers, periods, period, day)
            by_event = schedule.by_event_age  # READING K01
            age = age_on(schedule.calendar, birth, day) if by_event else periods[period, AGE]
            break
    return held_at(schedule, product, units, age, used[found], used[found])


@inlined
def units_on(covers, periods, period, day):
    units = np.int64(0)
    for cover in range(np.uint64(periods[period, FROM]), np.uint64(periods[period, TO])):
        if covers.start[cover] <= day <= covers.end[cover]:
            units += covers.units[cover]
    return units
