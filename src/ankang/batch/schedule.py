"""A programme as dense arrays by product and benefit: amounts by age, and terms. No conditions grow with a plan.

A line is one benefit of one product. Lines stand in the order in which the reference decides: the programme's products,
then BenefitKind.
"""

from enum import IntEnum
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from ankang.batch.ages import Calendar, calendar_of
from ankang.rules.days import Birthday
from ankang.rules.lines import OLDEST
from ankang.rules.programme import Benefit, BenefitKind, Programme
from ankang.rules.reasons import REASONS

Array = np.ndarray[Any, Any]

NO_FIGURE = -1
OWN_DISABILITY = len(BenefitKind)  # the last of a row of figures: the accident's sum for disability
UNLIMITED = 2**62  # days
NO_LINE = -1
AGES = OLDEST + 2  # the last place is for ages outside 0..OLDEST
REASON_NAMES = ("", *REASONS)  # a reason's code is its place here; 0: nothing to explain
REASON = {name: code for code, name in enumerate(REASON_NAMES)}
MOST_MONEY = 2**54  # fen of a bill; a percentage takes 2 x 100 of it
_ROOM = 2**62


class Status(IntEnum):
    """What became of an event."""

    DECIDED = 0
    NO_COVER = 1  # the person has no cover at all
    BEFORE_BIRTH = 2
    NO_FIGURE = 3  # an age that no band covers: `gap_line` and `gap_age` say which
    OVERFLOW = 4
    BAD_ROW = 5  # a negative number, a grade above 10, a death before the event


class Term(IntEnum):
    """The last axis of `Schedule.terms`."""

    LINE = 0  # its place in `lines_of`, NO_LINE where the product lacks the benefit
    DEDUCTIBLE = 1
    DEDUCTIBLE_PER = 2  # 0 accident, 1 period, 2 unit
    PERCENT = 3
    WAITING = 4
    MOST_DAYS_EVENT = 5
    MOST_DAYS_PERIOD = 6
    COVERS_DISABILITY = 7
    DEATH_WITHIN = 8
    ANY_DEATH = 9
    BESIDE_MEDICAL = 10
    OWN_DISABILITY_SUM = 11


class Schedule(NamedTuple):
    """What the kernel reads. Amounts are fen; the last age of `figures` is for ages outside 0..OLDEST."""

    figures: Array  # by product x AGES + age, and benefit or OWN_DISABILITY: NO_FIGURE where no band covers the age
    terms: Array  # by product, benefit and Term
    lines: Array  # how many a product has
    calendar: Calendar
    by_event_age: bool
    most_units: int
    most_day_units: int


_KINDS = list(BenefitKind)
_PER = {"accident": 0, "period": 1, "unit": 2}
_BIRTHDAYS = list(Birthday)


def lines_of(programme: Programme) -> tuple[tuple[str, str], ...]:
    """Return (product, benefit) of every line, in order."""
    return tuple((product.code, str(benefit.kind)) for product, benefit in programme.benefits())


@lru_cache(maxsize=16)  # a stream asks at every batch
def schedule_of(programme: Programme) -> Schedule:
    """Compile any programme. Every figure and every term of it is in the arrays."""
    shape = len(programme.products), len(_KINDS)
    figures = np.zeros((shape[0], AGES, OWN_DISABILITY + 1), np.int64)
    terms = np.zeros((*shape, len(Term)), np.int64)
    # A benefit that a product lacks pays 0 of anything, by the terms that most benefits have.
    terms[:, :, Term.LINE], terms[:, :, Term.PERCENT], terms[:, :, Term.BESIDE_MEDICAL] = NO_LINE, 100, 1
    places = {product.code: place for place, product in enumerate(programme.products)}
    for line, (product, benefit) in enumerate(programme.benefits()):
        place, kind = places[product.code], _KINDS.index(benefit.kind)
        figures[place, :, kind] = _figures(benefit)
        if benefit.kind is BenefitKind.ACCIDENT:
            figures[place, :, OWN_DISABILITY] = _figures(benefit, own=True)
        terms[place, kind] = _terms(line, benefit)
    largest = max(1, int(figures.max()), int(terms[:, :, Term.DEDUCTIBLE].max()))
    return Schedule(
        figures.reshape(-1, OWN_DISABILITY + 1),
        terms,
        np.array([len(product.benefits) for product in programme.products], np.uint64),
        calendar_of(_BIRTHDAYS.index(programme.terms.birthday)),
        programme.terms.age_basis == "event-date",  # READING K01
        min(2**31 - 1, _ROOM // (200 * largest)),
        _ROOM // largest,
    )


def _figures(benefit: Benefit, *, own: bool = False) -> list[int]:
    found = [NO_FIGURE] * AGES
    for band in benefit.bands:
        amount = band.amount_fen if band.disability_fen is None or not own else band.disability_fen
        for age in range(OLDEST + 1):
            if band.covers(age):
                found[age] = amount
    return found


def _terms(line: int, benefit: Benefit) -> list[int]:
    terms = {
        Term.LINE: line,
        Term.DEDUCTIBLE: benefit.deductible_fen,  # READING K02
        Term.DEDUCTIBLE_PER: _PER[benefit.deductible_per],
        Term.PERCENT: benefit.percent,
        Term.WAITING: benefit.waiting_days,  # READING K05
        Term.MOST_DAYS_EVENT: _cap(benefit.max_days_per_event),
        Term.MOST_DAYS_PERIOD: _cap(benefit.max_days_per_period),
        Term.COVERS_DISABILITY: int(benefit.covers_disability),  # READING K06
        Term.DEATH_WITHIN: _cap(benefit.death_within_days),  # READING K15
        Term.ANY_DEATH: int(benefit.any_death),  # READING K07
        Term.BESIDE_MEDICAL: int(benefit.beside_medical),  # READING K04
        Term.OWN_DISABILITY_SUM: int(any(band.disability_fen is not None for band in benefit.bands)),
    }
    return [terms[term] for term in Term]


def _cap(value: int | None) -> int:
    return UNLIMITED if value is None else value
