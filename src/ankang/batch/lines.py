"""The five benefits, compiled: (fen, reason) of one line, charged to what is used of its period (`rules.benefits`)."""

from typing import Any, NamedTuple

import numpy as np

from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import compiled, inlined
from ankang.batch.schedule import NO_FIGURE, REASON, Array, Term
from ankang.rules.lines import OLDEST
from ankang.rules.programme import BenefitKind

ACCIDENT, MEDICAL, LIFE, FRACTURE, ALLOWANCE = range(len(BenefitKind))

# What has been used of a period.
ACCIDENT_USED, DISABILITY_USED, MEDICAL_USED, FRACTURE_USED, LIFE_USED, DEDUCTIBLE_USED, DAYS_USED = range(7)
USED_COLUMNS = 7


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
    used: Array  # of the period


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
_WAITING = int(Term.WAITING)
_MOST_EVENT, _MOST_PERIOD = int(Term.MOST_DAYS_EVENT), int(Term.MOST_DAYS_PERIOD)
_COVERS_DISABILITY, _DEATH_WITHIN = int(Term.COVERS_DISABILITY), int(Term.DEATH_WITHIN)
_ANY_DEATH, _BESIDE, _OWN_SUM = int(Term.ANY_DEATH), int(Term.BESIDE_MEDICAL), int(Term.OWN_DISABILITY_SUM)


@compiled
def share(amount, percent):
    return (2 * amount * percent + 100) // 200


@inlined
def place_of(age):
    """Return the place of an age in the figures: the last one for ages outside 0..OLDEST, negative ones too."""
    return min(np.uint64(age), np.uint64(OLDEST + 1))


@inlined
def accident_line(schedule, product, held, loss):
    units, used = held.units, held.used
    if units == 0:
        return 0, _OUT_OF_COVER
    if loss.cause != 0:
        return 0, _CAUSE_ILLNESS
    if loss.death == NO_DEATH and loss.grade == 0:
        return 0, _NO_DEATH_OR_DISABILITY
    terms, place = schedule.terms[product, ACCIDENT], place_of(held.age)
    per_unit = schedule.figures[product, ACCIDENT, place]
    if per_unit == NO_FIGURE:
        return 0, GAP
    if loss.death != NO_DEATH and loss.death - loss.day <= terms[_DEATH_WITHIN]:
        amount = max(0, per_unit * units - used[ACCIDENT_USED])
        used[ACCIDENT_USED] += amount
        return amount, _NOTHING if amount else _SUM_USED_UP
    if loss.grade == 0 or terms[_COVERS_DISABILITY] == 0:
        return 0, _DISABILITY_NOT_COVERED if loss.grade else _DEATH_AFTER_WINDOW
    drawn = DISABILITY_USED if terms[_OWN_SUM] else ACCIDENT_USED
    whole = schedule.disability[product, ACCIDENT, place] * units
    amount = min(share(whole, (11 - loss.grade) * 10), max(0, whole - used[drawn]))
    used[drawn] += amount
    return amount, _NOTHING if amount else _SUM_USED_UP


@inlined
def medical_line(schedule, product, held, loss, left):
    units, used = held.units, held.used
    if units == 0:
        return 0, _OUT_OF_COVER
    if loss.cause != 0:
        return 0, _CAUSE_ILLNESS
    if loss.medical == 0:
        return 0, _NO_EXPENSE
    per_unit = schedule.figures[product, MEDICAL, place_of(held.age)]
    if per_unit == NO_FIGURE:
        return 0, GAP
    terms = schedule.terms[product, MEDICAL]
    deductible, per = terms[_DEDUCTIBLE], terms[_PER]
    if per == 1:
        deductible = max(0, deductible - used[DEDUCTIBLE_USED])
        used[DEDUCTIBLE_USED] += min(loss.net, deductible)
    elif per == 2:
        deductible *= units
    limit_left = max(0, per_unit * units - used[MEDICAL_USED])
    over = max(0, loss.net - deductible)
    payable = over if terms[_PERCENT] == 100 else share(over, terms[_PERCENT])
    amount = min(payable, limit_left, left)
    used[MEDICAL_USED] += amount
    if amount:
        return amount, _NOTHING
    if loss.net and not over:
        return 0, _BELOW_DEDUCTIBLE
    return 0, why_nothing_left(loss.net, limit_left)


@inlined
def fracture_line(schedule, product, held, loss, left, medical_paid):
    units, used = held.units, held.used
    if units == 0:
        return 0, _OUT_OF_COVER
    if loss.cause != 0:
        return 0, _CAUSE_ILLNESS
    if loss.fracture == 0:
        return 0, _NO_FRACTURE
    per_unit = schedule.figures[product, FRACTURE, place_of(held.age)]
    if per_unit == NO_FIGURE:
        return 0, GAP
    terms = schedule.terms[product, FRACTURE]
    if medical_paid and terms[_BESIDE] == 0:
        return 0, _NOT_COMBINABLE
    limit_left = max(0, per_unit * units - used[FRACTURE_USED])
    part = loss.fracture if terms[_PERCENT] == 100 else share(loss.fracture, terms[_PERCENT])
    amount = min(part, limit_left, left)
    used[FRACTURE_USED] += amount
    return amount, _NOTHING if amount else why_nothing_left(loss.net, limit_left)


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
    per_unit = schedule.figures[product, LIFE, place_of(held.age)]
    if per_unit == NO_FIGURE:
        return 0, GAP
    if loss.cause == 0 and schedule.terms[product, LIFE, _ANY_DEATH] == 0:
        return 0, _CAUSE_ACCIDENT
    amount = max(0, per_unit * held.units - held.used[LIFE_USED])
    held.used[LIFE_USED] += amount
    return amount, _NOTHING if amount else _ALREADY_PAID


@inlined
def allowance_line(schedule, product, held, loss):
    units, used = held.units, held.used
    if units == 0:
        return 0, _OUT_OF_COVER
    if loss.cause != 0:
        return 0, _CAUSE_ILLNESS
    if loss.stayed == 0:
        return 0, _NO_HOSPITAL_STAY
    terms = schedule.terms[product, ALLOWANCE]
    days_left = max(0, terms[_MOST_PERIOD] - used[DAYS_USED])
    days = min(max(0, loss.stayed - terms[_WAITING]), terms[_MOST_EVENT], days_left)
    per_day = schedule.figures[product, ALLOWANCE, place_of(held.age)]
    if per_day == NO_FIGURE:
        return 0, GAP
    if per_day:  # days that pay nothing use up nothing
        used[DAYS_USED] += days
    if days:
        return days * per_day * units, _NOTHING
    return 0, _WITHIN_WAITING_DAYS if loss.stayed <= terms[_WAITING] else _DAY_CAP_USED_UP
