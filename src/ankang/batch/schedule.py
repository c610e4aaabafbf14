"""A programme as dense arrays: an amount by line and age, the terms by line. No chain of conditions grows with a plan.

A line is one benefit of one product. Lines stand in the order in which the reference decides: the programme's products,
then BenefitKind.
"""

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np

from ankang.rules.days import Birthday
from ankang.rules.lines import OLDEST
from ankang.rules.programme import Benefit, BenefitKind, Programme
from ankang.rules.reasons import REASONS

Array = np.ndarray[Any, Any]

NO_FIGURE = -1
NO_CAP = -1
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
    """The columns of `Schedule.terms`."""

    KIND = 0
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
    """What the kernel reads. Amounts are fen; `figures[line, age]` is NO_FIGURE where no band covers the age."""

    figures: Array
    disability: Array  # the sum of its own for disability, else the figure again
    terms: Array
    first_line: Array  # by product, and one past the last
    birthday: int
    by_event_age: bool
    most_units: int
    most_day_units: int


_KINDS = list(BenefitKind)
_PER = {"accident": 0, "period": 1, "unit": 2}
_BIRTHDAYS = list(Birthday)


def lines_of(programme: Programme) -> tuple[tuple[str, str], ...]:
    """Return (product, benefit) of every line, in order."""
    return tuple((product.code, str(benefit.kind)) for product, benefit in programme.benefits())


def schedule_of(programme: Programme) -> Schedule:
    """Compile any programme. Every figure and every term of it is in the arrays."""
    benefits = [benefit for _, benefit in programme.benefits()]
    figures = np.array([_figures(benefit) for benefit in benefits], np.int64).reshape(-1, OLDEST + 1)
    disability = np.array([_figures(benefit, own=True) for benefit in benefits], np.int64).reshape(figures.shape)
    terms = np.array([_terms(benefit) for benefit in benefits], np.int64).reshape(-1, len(Term))
    counts = [len(product.benefits) for product in programme.products]
    largest = max(1, int(figures.max()), int(disability.max()), int(terms[:, Term.DEDUCTIBLE].max()))
    return Schedule(
        figures,
        disability,
        terms,
        np.cumsum([0, *counts], dtype=np.int64),
        _BIRTHDAYS.index(programme.terms.birthday),
        programme.terms.age_basis == "event-date",  # READING K01
        min(2**31 - 1, _ROOM // (200 * largest)),
        _ROOM // largest,
    )


def _figures(benefit: Benefit, *, own: bool = False) -> list[int]:
    found = [NO_FIGURE] * (OLDEST + 1)
    for band in benefit.bands:
        amount = band.amount_fen if band.disability_fen is None or not own else band.disability_fen
        for age in range(OLDEST + 1):
            if band.covers(age):
                found[age] = amount
    return found


def _terms(benefit: Benefit) -> list[int]:
    terms = {
        Term.KIND: _KINDS.index(benefit.kind),
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
    return NO_CAP if value is None else value
