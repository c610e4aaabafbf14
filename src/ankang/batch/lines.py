"""The five benefits, compiled: (fen, reason) of one line, after what is used of its period (`rules.benefits`)."""

from typing import Any, NamedTuple

import numpy as np

from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import compiled, inlined
from ankang.batch.schedule import AGES, NO_FIGURE, OWN_DISABILITY, REASON, Array, Term
from ankang.rules.programme import BenefitKind

ACCIDENT, MEDICAL, LIFE, FRACTURE, ALLOWANCE = range(len(BenefitKind))


# What has been used of a period before an event.
ACCIDENT_USED, DISABILITY_USED, MEDICAL_USED, FRACTURE_USED, LIFE_USED, DEDUCTIBLE_USED, DAYS_USED = range(7)
USED_COLUMNS = 7
NOTHING_USED = (0,) * USED_COLUMNS


class Loss(NamedTuple):
    """An event's row, as int64. `net` is what others did not reimburse."""

    day: Any
    cause: Any
    medical: Any
    net: Any
    fracture: Any
    stayed: Any
    grade: Any
    death: Any


class Held(NamedTuple):
    """What a person holds of one product on one day: no units outside of all covers."""

    units: Any
    age: Any  # the one that counts: reading K01
    row: Any  # of the figures, at this age
    used: Any  # of the period: an array, or NOTHING_USED
    kept: Array  # where it is written down


GAP = -1  # no reason: no band covers the age
_NOTHING = 0
_OUT_OF_COVER = REASON["out_of_cover"]
_CAUSE_ILLNESS = REASON["cause_illness"]
_CAUSE_ACCIDENT = REASON["cause_accident"]
_NO_DEATH_OR_DISABILITY = REASON["no_death_or_disability"]
_DISABILITY_NOT_COVERED = REASON["disability_not_covered"]
_DEATH_AFTER_WINDOW = REASON["death_after_window"]
_SUM_USED_UP = REASON["sum_used_up"]
_ALIVE = REASON["alive"]
_ALREADY_PAID = REASON["already_paid"]
_NO_EXPENSE = REASON["no_expense"]
_REIMBURSED_IN_FULL = REASON["reimbursed_in_full"]
_BELOW_DEDUCTIBLE = REASON["below_deductible"]
_LIMIT_USED_UP = REASON["limit_used_up"]
_BILL_EXHAUSTED = REASON["bill_exhausted"]
_NO_FRACTURE = REASON["no_fracture"]
_NOT_COMBINABLE = REASON["not_combinable"]
_NO_HOSPITAL_STAY = REASON["no_hospital_stay"]
_WITHIN_WAITING_DAYS = REASON["within_waiting_days"]
_DAY_CAP_USED_UP = REASON["day_cap_used_up"]


# An enum's member is no constant to the compiler.
_DEDUCTIBLE, _PER, _PERCENT = int(Term.DEDUCTIBLE), int(Term.DEDUCTIBLE_PER), int(Term.PERCENT)
_WAITING, _LINE = int(Term.WAITING), int(Term.LINE)
_MOST_EVENT, _MOST_PERIOD = int(Term.MOST_DAYS_EVENT), int(Term.MOST_DAYS_PERIOD)
_COVERS_DISABILITY, _DEATH_WITHIN = int(Term.COVERS_DISABILITY), int(Term.DEATH_WITHIN)
_ANY_DEATH, _BESIDE, _OWN_SUM = int(Term.ANY_DEATH), int(Term.BESIDE_MEDICAL), int(Term.OWN_DISABILITY_SUM)


@inlined
def share(amount, percent):
    return np.int64(np.uint64(2 * amount * percent + 100) // np.uint64(200))  # unsigned: half the code


@inlined
def held_at(schedule, product, units, age, used, kept):
    """Return what is held at an age; one outside 0..OLDEST, a negative one too, stands last in the figures."""
    return Held(units, age, product * np.uint64(AGES) + min(np.uint64(age), np.uint64(AGES - 1)), used, kept)


@inlined
def barred(held, loss):
    """Return why a product pays nothing for an accident, whatever was lost."""
    if held.units == 0:
        return _OUT_OF_COVER
    return _CAUSE_ILLNESS if loss.cause != 0 else _NOTHING


@inlined
def accident_line(schedule, product, held, loss, bar):
    """Return (fen, reason) and the column of what is used from which the sum is drawn."""
    if bar:
        return 0, bar, ACCIDENT_USED
    if loss.death == NO_DEATH and loss.grade == 0:
        return 0, _NO_DEATH_OR_DISABILITY, ACCIDENT_USED
    terms, per_unit = schedule.terms[product, ACCIDENT], schedule.figures[held.row, ACCIDENT]
    if per_unit == NO_FIGURE:
        return 0, GAP, ACCIDENT_USED
    if loss.death != NO_DEATH and loss.death - loss.day <= terms[_DEATH_WITHIN]:
        amount = max(0, per_unit * held.units - held.used[ACCIDENT_USED])
        return amount, _NOTHING if amount else _SUM_USED_UP, ACCIDENT_USED
    if loss.grade == 0 or terms[_COVERS_DISABILITY] == 0:
        return 0, _DISABILITY_NOT_COVERED if loss.grade else _DEATH_AFTER_WINDOW, ACCIDENT_USED
    drawn, used = ACCIDENT_USED, held.used[ACCIDENT_USED]
    if terms[_OWN_SUM]:
        drawn, used = DISABILITY_USED, held.used[DISABILITY_USED]
    whole = schedule.figures[held.row, OWN_DISABILITY] * held.units
    amount = min(share(whole, (11 - loss.grade) * 10), max(0, whole - used))
    return amount, _NOTHING if amount else _SUM_USED_UP, drawn


@inlined
def medical_line(schedule, product, held, loss, bar, left):
    """Return (fen, reason) and what of the deductible of the period it used."""
    if bar:
        return 0, bar, 0
    if loss.medical == 0:
        return 0, _NO_EXPENSE, 0
    per_unit = schedule.figures[held.row, MEDICAL]
    if per_unit == NO_FIGURE:
        return 0, GAP, 0
    terms, deducted = schedule.terms[product, MEDICAL], np.int64(0)
    deductible, per = terms[_DEDUCTIBLE], terms[_PER]
    if per == 1:
        deductible = max(0, deductible - held.used[DEDUCTIBLE_USED])
        deducted = min(loss.net, deductible)
    elif per == 2:
        deductible *= held.units
    limit_left = max(0, per_unit * held.units - held.used[MEDICAL_USED])
    over = max(0, loss.net - deductible)
    payable = over if terms[_PERCENT] == 100 else share(over, terms[_PERCENT])
    amount = min(payable, limit_left, left)
    if amount:
        return amount, _NOTHING, deducted
    if loss.net and not over:
        return 0, _BELOW_DEDUCTIBLE, deducted
    return 0, why_nothing_left(loss.net, limit_left), deducted


# Whether somebody broke a bone or stayed in hospital is as good as chance, and so is whether the product has these
# benefits. A branch guessed wrongly costs more than the whole line: both are worked out of zeros too, and what they
# branch on hardly ever happens.


@inlined
def fracture_line(schedule, product, held, loss, bar, left, medical_paid):
    if bar:
        return 0, bar
    terms = schedule.terms[product, FRACTURE]
    per_unit = schedule.figures[held.row, FRACTURE]
    is_none = np.int64((loss.fracture == 0) | (terms[_LINE] < 0))
    if (per_unit - NO_FIGURE) | is_none == 0:
        return 0, GAP
    if terms[_BESIDE] == 0 and medical_paid:
        return 0, _NO_FRACTURE if is_none else _NOT_COMBINABLE
    limit_left = max(0, per_unit * held.units - held.used[FRACTURE_USED])
    part = loss.fracture if terms[_PERCENT] == 100 else share(loss.fracture, terms[_PERCENT])
    amount = min(part, limit_left, left)
    if amount | is_none == 0:
        return 0, why_nothing_left(loss.net, limit_left)
    return amount, is_none * _NO_FRACTURE


@compiled
def why_nothing_left(net, limit_left):
    if net == 0:
        return _REIMBURSED_IN_FULL
    return _BILL_EXHAUSTED if limit_left else _LIMIT_USED_UP


@inlined
def life_line(schedule, product, held, loss):
    """`held` on the day of death: it may stand in another period than the accident."""
    if loss.death == NO_DEATH:
        return 0, _ALIVE
    if held.units == 0:
        return 0, _OUT_OF_COVER
    per_unit = schedule.figures[held.row, LIFE]
    if per_unit == NO_FIGURE:
        return 0, GAP
    if loss.cause == 0 and schedule.terms[product, LIFE, _ANY_DEATH] == 0:
        return 0, _CAUSE_ACCIDENT
    amount = max(0, per_unit * held.units - held.used[LIFE_USED])
    return amount, _NOTHING if amount else _ALREADY_PAID


@inlined
def allowance_line(schedule, product, held, loss, bar):
    """Return (fen, reason) and the days that it used."""
    if bar:
        return 0, bar, 0
    terms = schedule.terms[product, ALLOWANCE]
    per_day = schedule.figures[held.row, ALLOWANCE]
    is_none = np.int64((loss.stayed == 0) | (terms[_LINE] < 0))
    if (per_day - NO_FIGURE) | is_none == 0:
        return 0, GAP, 0
    days_left = max(0, terms[_MOST_PERIOD] - held.used[DAYS_USED])
    days = min(max(0, loss.stayed - terms[_WAITING]), terms[_MOST_EVENT], days_left)
    if days | is_none == 0:
        return 0, _WITHIN_WAITING_DAYS if loss.stayed <= terms[_WAITING] else _DAY_CAP_USED_UP, 0
    used = days if per_day else 0  # days that pay nothing use up nothing
    return days * per_day * held.units, is_none * _NO_HOSPITAL_STAY, used
