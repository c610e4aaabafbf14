"""The compiled loop: one person after the other, each event in order, each line as `rules.benefits` decides it.

What is used up makes one person's events sequential. Amounts are int64; what could overflow is refused before.
"""

from typing import NamedTuple

import numpy as np

from ankang.batch.ages import age_between, civil
from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import compiled, inlined
from ankang.batch.lines import (
    AGE,
    GAP,
    PRODUCT,
    USED_COLUMNS,
    accident_line,
    allowance_line,
    fracture_line,
    life_line,
    medical_line,
    period_of,
    periods_from,
    units_on,
)
from ankang.batch.schedule import MOST_MONEY, Array, Status, Term

_ACCIDENT, _MEDICAL, _LIFE, _FRACTURE = range(4)  # in BenefitKind order; the allowance is the last
_DECIDED, _NO_COVER, _BEFORE_BIRTH = int(Status.DECIDED), int(Status.NO_COVER), int(Status.BEFORE_BIRTH)
_NO_FIGURE, _OVERFLOW, _BAD_ROW = int(Status.NO_FIGURE), int(Status.OVERFLOW), int(Status.BAD_ROW)
_KIND = int(Term.KIND)


class Found(NamedTuple):
    """What the kernel writes: rows of (event, line, amount, reason), and of every event its age and status."""

    event: Array  # int64: the place of the event
    line: Array  # int16
    amount: Array  # int64 fen
    reason: Array  # uint8: the place in REASON_NAMES
    age: Array  # int16, on the event date
    status: Array  # uint8
    gap_line: Array  # int16
    gap_age: Array  # int32


@inlined
def check_row(events, event):
    medical, reimbursed, fracture = events.medical[event], events.reimbursed[event], events.fracture[event]
    if (medical | reimbursed | fracture | events.hospital_days[event] | events.grade[event]) < 0:
        return _BAD_ROW
    if fracture > medical or events.grade[event] > 10 or events.cause[event] not in (0, 1):
        return _BAD_ROW
    if events.death[event] != NO_DEATH and events.death[event] < events.day[event]:
        return _BAD_ROW
    return _OVERFLOW if (medical | reimbursed) >= MOST_MONEY else _DECIDED


@inlined
def decide_event(schedule, covers, events, event, birth, periods, used, count, row, found):
    """Decide one event; write its rows from `row` on and return the row after them, or -1 where it is refused."""
    day, cause, grade = np.int64(events.day[event]), events.cause[event], np.int64(events.grade[event])
    death, stayed = np.int64(events.death[event]), np.int64(events.hospital_days[event])
    medical, fracture = events.medical[event], events.fracture[event]
    net = max(0, medical - events.reimbursed[event])
    left = net
    event_age = age_between(birth, day, schedule.birthday)
    found.age[event] = event_age
    if event_age < 0:
        found.status[event] = _BEFORE_BIRTH
        return -1
    first = 0
    while first < count:
        product = periods[first, PRODUCT]
        last = first + 1
        while last < count and periods[last, PRODUCT] == product:
            last += 1
        period = period_of(periods, first, last, day)
        units, age, drawn = np.int64(0), event_age, used[first]
        if period >= 0:
            units, drawn = units_on(covers, periods, period, day), used[period]
            if not schedule.by_event_age:
                age = periods[period, AGE]
            if units > schedule.most_units or stayed * units > schedule.most_day_units:
                found.status[event] = _OVERFLOW
                return -1
        medical_paid = np.int64(0)
        for line in range(schedule.first_line[product], schedule.first_line[product + 1]):
            kind = schedule.terms[line, _KIND]
            if kind == _ACCIDENT:
                amount, reason = accident_line(schedule, line, units, age, day, cause, grade, death, drawn)
            elif kind == _MEDICAL:
                amount, reason = medical_line(schedule, line, units, age, cause, medical, net, left, drawn)
                left -= amount
                medical_paid = amount
            elif kind == _LIFE:
                amount, reason = life_line(schedule, line, covers, periods, first, last, birth, cause, death, used)
            elif kind == _FRACTURE:
                amount, reason = fracture_line(
                    schedule, line, units, age, cause, fracture, medical_paid, net, left, drawn
                )
                left -= amount
            else:
                amount, reason = allowance_line(schedule, line, units, age, cause, stayed, drawn)
            if reason == GAP:
                found.status[event] = _NO_FIGURE
                found.gap_line[event], found.gap_age[event] = line, amount if kind == _LIFE else age
                return -1
            found.event[row], found.line[row], found.amount[row], found.reason[row] = event, line, amount, reason
            row += 1
        first = last
    return row


@inlined
def decide_person(
    schedule, covers, events, first_cover, last_cover, first_event, last_event, periods, used, row, found
):
    """Decide one person's events. One that is refused counts as never reported: the others are then decided anew."""
    birth = civil(np.int64(covers.birth[first_cover]))
    count = periods_from(schedule, covers, first_cover, last_cover, birth, periods)
    for event in range(first_event, last_event):
        found.status[event] = check_row(events, event)
    begun = row
    while True:
        for period in range(count):  # `used[:count] = 0` took more than all the lines of an event
            for column in range(USED_COLUMNS):
                used[period, column] = 0
        row, refused = begun, False
        for event in range(first_event, last_event):
            if found.status[event] == _DECIDED:
                after = decide_event(schedule, covers, events, event, birth, periods, used, count, row, found)
                if after < 0:
                    refused = True
                    break
                row = after
        if not refused:
            return row


@compiled
def first_cover_of(covers, person):
    low, high = 0, len(covers.person)
    while low < high:
        middle = (low + high) // 2
        if covers.person[middle] < person:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def decide(schedule, covers, events, first_event, last_event, row, found, periods, used):
    """Decide the events first..last of whole persons; write rows from `row` on and return the row after the last.

    `periods` and `used` are room for one person: a row for each of their covers.
    """
    people = len(covers.person)
    cover = first_cover_of(covers, events.person[first_event]) if first_event < last_event else people
    event = first_event
    while event < last_event:
        person = events.person[event]
        next_event = event + 1
        while next_event < last_event and events.person[next_event] == person:
            next_event += 1
        while cover < people and covers.person[cover] < person:
            cover += 1
        next_cover = cover
        while next_cover < people and covers.person[next_cover] == person:
            next_cover += 1
        if next_cover == cover:
            found.status[event:next_event] = _NO_COVER
        else:
            row = decide_person(
                schedule, covers, events, cover, next_cover, event, next_event, periods, used, row, found
            )
        event, cover = next_event, next_cover
    return row


@compiled
def measure(schedule, covers, events, first_event, last_event):
    """Return the most rows that `decide` can write for the events first..last, and the most covers of one person."""
    people = len(covers.person)
    cover = first_cover_of(covers, events.person[first_event]) if first_event < last_event else people
    event, rows, most = first_event, 0, 1
    while event < last_event:
        person = events.person[event]
        while cover < people and covers.person[cover] < person:
            cover += 1
        lines, product, begun = 0, -1, cover
        while cover < people and covers.person[cover] == person:
            if covers.product[cover] != product:
                product = covers.product[cover]
                lines += schedule.first_line[product + 1] - schedule.first_line[product]
            cover += 1
        most = max(most, cover - begun)
        while event < last_event and events.person[event] == person:
            rows += lines
            event += 1
    return rows, most
