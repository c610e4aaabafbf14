"""The compiled loop: one person after the other, each event in order, each line as `rules.benefits` decides it.

What is used up makes one person's events sequential. Most people have one event and one cover: their way is the same
with nothing to remember. Amounts are int64; what could overflow is refused before.
"""

from typing import NamedTuple

import numpy as np

from ankang.batch.ages import age_on, born
from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import ONE, compiled, inlined
from ankang.batch.lines import (
    ACCIDENT,
    ALLOWANCE,
    DAYS_USED,
    DEDUCTIBLE_USED,
    FRACTURE,
    FRACTURE_USED,
    GAP,
    LIFE,
    LIFE_USED,
    MEDICAL,
    MEDICAL_USED,
    NOTHING_USED,
    USED_COLUMNS,
    Loss,
    accident_line,
    allowance_line,
    barred,
    fracture_line,
    life_line,
    medical_line,
)
from ankang.batch.periods import PRODUCT, held_by_one, held_on, periods_from
from ankang.batch.schedule import MOST_MONEY, Array, Status, Term

_DECIDED, _NO_COVER, _BEFORE_BIRTH = int(Status.DECIDED), int(Status.NO_COVER), int(Status.BEFORE_BIRTH)
_NO_FIGURE, _OVERFLOW, _BAD_ROW = int(Status.NO_FIGURE), int(Status.OVERFLOW), int(Status.BAD_ROW)
_LINE = int(Term.LINE)
_REFUSED = np.uint64(2**64 - 1)


class Found(NamedTuple):
    """What the kernel writes: of every event where its rows end, its age and status; of every row line, fen, reason."""

    end: Array  # int64: one past the last row of the event; its first is where the event before it ends
    age: Array  # int16, on the event date
    status: Array  # uint8
    gap_line: Array  # int16
    gap_age: Array  # int32
    line: Array  # int16
    amount: Array  # int64 fen
    reason: Array  # uint8: the place in REASON_NAMES


@inlined
def status_of(events, event):
    """Return what is wrong with the row by itself. One question for what hardly ever is: asking each took longer."""
    medical, reimbursed, fracture = events.medical[event], events.reimbursed[event], events.fracture[event]
    cause, grade, death = events.cause[event], events.grade[event], events.death[event]
    below_zero = (medical | reimbursed | fracture | events.hospital_days[event] | grade | cause) < 0
    too_much = (fracture > medical) | (grade > 10) | (cause > 1)
    if below_zero | too_much | ((death != NO_DEATH) & (death < events.day[event])):
        return _BAD_ROW
    return _OVERFLOW if (medical | reimbursed) >= MOST_MONEY else _DECIDED


@inlined
def refuse(found, event, status):
    found.status[event] = status
    return _REFUSED


@inlined
def refuse_for_gap(found, event, line, age):
    found.gap_line[event], found.gap_age[event] = line, age
    return refuse(found, event, _NO_FIGURE)


@inlined
def write(found, row, end, line, amount, reason):
    """Write a row and return the next one's place. A line that is not held is overwritten by the next."""
    if row < end:
        found.line[row], found.amount[row], found.reason[row] = line, amount, reason
    return row + np.uint64(line >= 0)


@inlined
def decide_product(schedule, product, held, held_at_death, loss, left, event, row, end, found, more):
    """Decide the lines of one product; return the row after them, or _REFUSED, and what is left of the bill.

    What is used up is written down if the person has `more` events. A benefit that the product lacks is decided too,
    pays nothing and is overwritten: which product comes next is as good as chance, and wrong guesses took longer.
    """
    units, terms, kept = held.units, schedule.terms[product], held.kept
    if max(units, held_at_death.units) > schedule.most_units or loss.stayed * units > schedule.most_day_units:
        return refuse(found, event, _OVERFLOW), left
    bar = barred(held, loss)
    amount, reason, drawn = accident_line(schedule, product, held, loss, bar)
    if reason == GAP:
        return refuse_for_gap(found, event, terms[ACCIDENT, _LINE], held.age), left
    if more and amount:
        kept[drawn] += amount
    row = write(found, row, end, terms[ACCIDENT, _LINE], amount, reason)
    medical_paid, reason, deducted = medical_line(schedule, product, held, loss, bar, left)
    if reason == GAP:
        return refuse_for_gap(found, event, terms[MEDICAL, _LINE], held.age), left
    left -= medical_paid
    if more:
        kept[MEDICAL_USED] += medical_paid
        if deducted:
            kept[DEDUCTIBLE_USED] += deducted
    row = write(found, row, end, terms[MEDICAL, _LINE], medical_paid, reason)
    amount, reason = life_line(schedule, product, held_at_death, loss)
    if reason == GAP:
        return refuse_for_gap(found, event, terms[LIFE, _LINE], held_at_death.age), left
    if more and amount:
        held_at_death.kept[LIFE_USED] += amount
    row = write(found, row, end, terms[LIFE, _LINE], amount, reason)
    amount, reason = fracture_line(schedule, product, held, loss, bar, left, medical_paid)
    if reason == GAP:
        return refuse_for_gap(found, event, terms[FRACTURE, _LINE], held.age), left
    left -= amount
    if more:
        kept[FRACTURE_USED] += amount
    row = write(found, row, end, terms[FRACTURE, _LINE], amount, reason)
    amount, reason, days = allowance_line(schedule, product, held, loss, bar)
    if reason == GAP:
        return refuse_for_gap(found, event, terms[ALLOWANCE, _LINE], held.age), left
    if more:
        kept[DAYS_USED] += days
    return write(found, row, end, terms[ALLOWANCE, _LINE], amount, reason), left


@inlined
def loss_of(events, event):
    medical = events.medical[event]
    return Loss(
        np.int64(events.day[event]),
        events.cause[event],
        medical,
        max(0, medical - events.reimbursed[event]),
        events.fracture[event],
        np.int64(events.hospital_days[event]),
        np.int64(events.grade[event]),
        np.int64(events.death[event]),
    )


@inlined
def decide_alone(schedule, covers, events, event, cover, row, end, found, kept):
    """Decide a person's only event under their only cover: nothing was used before it, nothing need be kept of it."""
    status, birth, loss = status_of(events, event), born_of(schedule, covers, cover), loss_of(events, event)
    if status != _DECIDED:
        refuse(found, event, status)
        return row
    age = age_on(schedule.calendar, birth, loss.day)
    found.age[event] = age
    if age < 0:
        refuse(found, event, _BEFORE_BIRTH)
        return row
    product = np.uint64(covers.product[cover])
    held = held_by_one(schedule, covers, cover, product, birth, loss.day, NOTHING_USED, kept)
    at_death = held_by_one(schedule, covers, cover, product, birth, loss.death, NOTHING_USED, kept)
    after, _ = decide_product(schedule, product, held, at_death, loss, loss.net, event, row, end, found, False)
    return row if after == _REFUSED else after


@inlined
def born_of(schedule, covers, cover):
    return born(schedule.calendar, np.int64(covers.birth[cover]))


@inlined
def decide_event(schedule, covers, events, event, birth, cover, count, periods, used, row, end, found):
    """Decide one event; write its rows from `row` on and return the row after them, or _REFUSED.

    `cover` is the person's first, `count` their periods: 0 where that cover is the only one.
    """
    loss = loss_of(events, event)
    age = age_on(schedule.calendar, birth, loss.day)
    found.age[event] = age
    if age < 0:
        return refuse(found, event, _BEFORE_BIRTH)
    left = loss.net
    if count == 0:
        product = np.uint64(covers.product[cover])
        held = held_by_one(schedule, covers, cover, product, birth, loss.day, used[0], used[0])
        at_death = held_by_one(schedule, covers, cover, product, birth, loss.death, used[0], used[0])
        row, left = decide_product(schedule, product, held, at_death, loss, left, event, row, end, found, True)
        return row
    first = np.uint64(0)
    while first < count:
        product, last = np.uint64(periods[first, PRODUCT]), first + ONE
        while last < count and periods[last, PRODUCT] == product:
            last += ONE
        held = held_on(schedule, covers, periods, first, last, product, birth, loss.day, used)
        at_death = held_on(schedule, covers, periods, first, last, product, birth, loss.death, used)
        row, left = decide_product(schedule, product, held, at_death, loss, left, event, row, end, found, True)
        if row == _REFUSED:
            return row
        first = last
    return row


@inlined
def clear(used, periods):
    for period in range(periods):  # `used[:periods] = 0` took more than all the lines of an event
        for column in range(USED_COLUMNS):
            used[period, column] = 0


@inlined
def decide_person(
    schedule, covers, events, first_cover, last_cover, first_event, last_event, periods, used, row, end, found
):
    """Decide one person's events. One that is refused counts as never reported: the others are then decided anew."""
    birth = born_of(schedule, covers, first_cover)
    count = np.uint64(0)
    if last_cover - first_cover > ONE:
        count = periods_from(schedule, covers, first_cover, last_cover, birth, periods)
    clear(used, max(count, ONE))
    begun, event = row, first_event
    while event < last_event:
        if found.status[event] == _DECIDED:
            status = status_of(events, event)
            if status != _DECIDED:
                found.status[event] = status
            else:
                after = decide_event(
                    schedule, covers, events, event, birth, first_cover, count, periods, used, row, end, found
                )
                if after == _REFUSED:
                    clear(used, max(count, ONE))
                    row, event = begun, first_event
                    continue
                row = after
        found.end[event] = row
        event += ONE
    return row


@compiled
def first_cover_of(covers, person):
    low, high = np.uint64(0), np.uint64(len(covers.person))
    while low < high:
        middle = (low + high) // np.uint64(2)
        if covers.person[middle] < person:
            low = middle + ONE
        else:
            high = middle
    return low


@compiled
def decide(schedule, covers, events, first_event, last_event, row, end, found, periods, used):
    """Decide the events first..last of whole persons; write rows from `row` on and return the row after the last.

    The rows from `end` on are another's.

    `periods` and `used` are room for one person: a row for each of their covers.
    """
    people, row, end = np.uint64(len(covers.person)), np.uint64(row), np.uint64(end)
    event, last_event = np.uint64(first_event), np.uint64(last_event)
    cover = first_cover_of(covers, events.person[event]) if event < last_event else people
    while event < last_event:
        person = events.person[event]
        next_event = event + ONE
        while next_event < last_event and events.person[next_event] == person:
            next_event += ONE
        while cover < people and covers.person[cover] < person:
            cover += ONE
        next_cover = cover
        while next_cover < people and covers.person[next_cover] == person:
            next_cover += ONE
        if next_cover == cover:
            for uncovered in range(event, next_event):
                found.status[uncovered], found.end[uncovered] = _NO_COVER, row
        elif next_cover - cover == ONE and next_event - event == ONE:
            row = decide_alone(schedule, covers, events, event, cover, row, end, found, used[0])
            found.end[event] = row
        else:
            row = decide_person(
                schedule, covers, events, cover, next_cover, event, next_event, periods, used, row, end, found
            )
        event, cover = next_event, next_cover
    return np.int64(row)


@compiled
def measure(schedule, covers, events, first_event, last_event):
    """Return the most rows that `decide` can write for the events first..last, and the most covers of one person."""
    people, event, last_event = np.uint64(len(covers.person)), np.uint64(first_event), np.uint64(last_event)
    cover = first_cover_of(covers, events.person[event]) if event < last_event else people
    rows, most = np.uint64(0), ONE
    while event < last_event:
        person, begun = events.person[event], event
        event += ONE
        while event < last_event and events.person[event] == person:
            event += ONE
        while cover < people and covers.person[cover] < person:
            cover += ONE
        first = cover
        while cover < people and covers.person[cover] == person:
            if cover == first or covers.product[cover] != covers.product[cover - ONE]:
                rows += (event - begun) * schedule.lines[covers.product[cover]]
            cover += ONE
        most = max(most, cover - first)
    return np.int64(rows), np.int64(most)
