"""Cells of text, compiled: numbers and days read from bytes, rows compared, persons numbered.

A text is a row of Arrow's string array: `data[offsets[row] : offsets[row + 1]]`. What a reader here does not take is
not yet wrong: such rows go to the reference's own reader, which takes more forms and names what is wrong.
"""

import numpy as np

from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import compiled, inlined

_DASH, _DOT, _ZERO = ord("-"), ord("."), ord("0")
_JANUARY_TO_DECEMBER = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@compiled
def digits(data, first, last):
    """Return the number of bytes first..last, or -1."""
    value = np.int64(0)
    for place in range(first, last):
        digit = np.int64(data[place]) - _ZERO
        if digit < 0 or digit > 9:
            return np.int64(-1)
        value = value * 10 + digit
    return value


@compiled
def days_from_civil(year, month, day):
    """Return the days since 1970-01-01, or NO_DEATH for no such day or one outside 1800..2199."""
    if year < 1800 or year > 2199 or month < 1 or month > 12 or day < 1:
        return np.int64(NO_DEATH)
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if day > _JANUARY_TO_DECEMBER[month] + (1 if leap and month == 2 else 0):
        return np.int64(NO_DEATH)
    years = year - (1 if month <= 2 else 0)
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return np.int64(365 * years + years // 4 - years // 100 + years // 400 + of_year - 719_468)


@compiled
def read_days(offsets, data, found, bad, may_be_empty):
    """Read YYYY-MM-DD."""
    for row in range(len(found)):
        first, last = offsets[row], offsets[row + 1]
        day = np.int64(NO_DEATH)
        if last - first == 10 and data[first + 4] == _DASH and data[first + 7] == _DASH:
            year, month = digits(data, first, first + 4), digits(data, first + 5, first + 7)
            day = days_from_civil(year, month, digits(data, first + 8, last))
        found[row] = day
        if day == NO_DEATH and not (may_be_empty and first == last):
            bad[row] = True


@compiled
def read_money(offsets, data, found, bad):
    """Read yuan as fen: 1 to 12 digits, and one or two behind a point."""
    for row in range(len(found)):
        first, last = offsets[row], offsets[row + 1]
        point = first
        while point < last and data[point] != _DOT:
            point += 1
        behind = last - point - 1
        whole = digits(data, first, point)
        part = digits(data, point + 1, last) if behind > 0 else np.int64(0)
        if whole < 0 or part < 0 or point == first or point - first > 12 or behind == 0 or behind > 2:
            bad[row] = True
        else:
            found[row] = whole * 100 + (part * 10 if behind == 1 else part)


@compiled
def read_whole(offsets, data, found, bad):
    """Read 1 to 6 digits."""
    for row in range(len(found)):
        first, last = offsets[row], offsets[row + 1]
        value = digits(data, first, last)
        if value < 0 or last == first or last - first > 6:
            bad[row] = True
        else:
            found[row] = value


@compiled
def has_edges(offsets, data):
    """Return whether a text begins or ends with a byte that may be white space."""
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        if first < last and (
            data[first] <= 32 or data[last - 1] <= 32 or data[first] >= 0xC2 or data[last - 1] >= 0x80
        ):
            return True
    return False


@inlined
def word(data, first):
    """Return eight bytes as one number that stands in their order. Unsigned: to the compiler it is a single load."""
    at, value = np.uint64(first), np.uint64(0)
    for step in range(8):
        value = (value << np.uint64(8)) | np.uint64(data[at + np.uint64(step)])
    return value


@inlined
def compare(a_offsets, a_data, a, b_offsets, b_data, b):
    """Return -1, 0 or 1: text `a` before, same as, after text `b`, byte by byte (the order of code points)."""
    at, other = a_offsets[a], b_offsets[b]
    a_length, b_length = a_offsets[a + 1] - at, b_offsets[b + 1] - other
    both, words = min(a_length, b_length), 0
    while words + 8 <= both:
        left_word, right_word = word(a_data, at + words), word(b_data, other + words)
        if left_word != right_word:
            return -1 if left_word < right_word else 1
        words += 8
    for step in range(words, both):
        left, right = a_data[at + step], b_data[other + step]
        if left != right:
            return -1 if left < right else 1
    if a_length == b_length:
        return 0
    return -1 if a_length < b_length else 1


@compiled
def number_persons(c_offsets, c_data, covers, e_offsets, e_data, events):
    """Number the persons of covers and events, both sorted, by one count. Returns False where a file is not sorted."""
    cover, event, count = 0, 0, 0
    while cover < len(covers) or event < len(events):
        if cover == len(covers):
            order = 1
        elif event == len(events):
            order = -1
        else:
            order = compare(c_offsets, c_data, cover, e_offsets, e_data, event)
        if order <= 0:
            first = cover
            covers[cover] = count
            cover += 1
            while cover < len(covers):
                step = compare(c_offsets, c_data, first, c_offsets, c_data, cover)
                if step > 0:
                    return False
                if step < 0:
                    break
                covers[cover] = count
                cover += 1
        if order >= 0:
            first = event
            events[event] = count
            event += 1
            while event < len(events):
                step = compare(e_offsets, e_data, first, e_offsets, e_data, event)
                if step > 0:
                    return False
                if step < 0:
                    break
                events[event] = count
                event += 1
        count += 1
    return True


@compiled
def in_day_order(person, day, bad, offsets, data):
    """Return whether each person's events stand by (day, event id); bad rows, whose day may be nonsense, left out."""
    for row in range(1, len(person)):
        if person[row] == person[row - 1] and not bad[row] and not bad[row - 1]:
            if day[row] < day[row - 1]:
                return False
            if day[row] == day[row - 1] and compare(offsets, data, row - 1, offsets, data, row) > 0:
                return False
    return True


@compiled
def after_death(person, day, death, bad):
    """Mark events after a person's death, and a second death on another day. Sorted by (person, day, id)."""
    known = NO_DEATH
    for row in range(len(person)):
        if row == 0 or person[row] != person[row - 1]:
            known = NO_DEATH
        if known != NO_DEATH and (day[row] > known or (death[row] != NO_DEATH and death[row] != known)):
            bad[row] = True
        elif known == NO_DEATH:
            known = death[row]


@compiled
def hash_texts(offsets, data, found):
    """Give each text 64 bits, well mixed: equal texts have equal ones."""
    for row in range(len(found)):
        mixed = np.uint64(14_695_981_039_346_656_037)
        first, last = offsets[row], offsets[row + 1]
        while first + 8 <= last:
            mixed = (mixed ^ word(data, first)) * np.uint64(15_241_094_284_759_029_579)
            mixed ^= mixed >> np.uint64(32)
            first += 8
        for place in range(first, last):
            mixed = (mixed ^ np.uint64(data[place])) * np.uint64(1_099_511_628_211)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(15_241_094_284_759_029_579)
        found[row] = mixed ^ (mixed >> np.uint64(29))
