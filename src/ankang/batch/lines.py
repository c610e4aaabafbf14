"""The five benefits, compiled: (fen, reason) of one line, charged to what is used of its period (`rules.benefits`)."""

import numpy as np

from ankang.batch.ages import age_between
from ankang.batch.columns import NO_DEATH
from ankang.batch.compiled import compiled, inlined
from ankang.batch.schedule import NO_CAP, NO_FIGURE, REASON, Term
from ankang.rules.lines import OLDEST

# The columns of the periods and of what has been used of each.
PRODUCT, START, END, FROM, TO, AGE = range(6)
ACCIDENT_USED, DISABILITY_USED, MEDICAL_USED, FRACTURE_USED, LIFE_USED, DEDUCTIBLE_USED, DAYS_USED = range(7)
PERIOD_COLUMNS, USED_COLUMNS = 6, 7

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


@compiled
def figure_at(table, line, age):
    return table[line, age] if 0 <= age <= OLDEST else NO_FIGURE


@inlined
def periods_from(schedule, covers, first, last, birth, periods):
    """Lay out one person's periods: covers that overlap are one, a renewal is the next. Returns how many."""
    count = 0
    for cover in range(first, last):
        product, start = covers.product[cover], covers.start[cover]
        if count and periods[count - 1, PRODUCT] == product and start <= periods[count - 1, END]:
            periods[count - 1, TO] = cover + 1
            periods[count - 1, END] = max(periods[count - 1, END], np.int64(covers.end[cover]))
        else:
            periods[count, PRODUCT], periods[count, START], periods[count, END] = product, start, covers.end[cover]
            periods[count, FROM], periods[count, TO] = cover, cover + 1
            if not schedule.by_event_age:
                periods[count, AGE] = age_between(birth, start, schedule.birthday)
            count += 1
    return count


@inlined
def period_of(periods, first, last, day):
    for period in range(first, last):
        if periods[period, START] <= day <= periods[period, END]:
            return period
    return -1


@inlined
def units_on(covers, periods, period, day):
    first, last = periods[period, FROM], periods[period, TO]
    if last - first == 1:
        return np.int64(covers.units[first])
    units = np.int64(0)
    for cover in range(first, last):
        if covers.start[cover] <= day <= covers.end[cover]:
            units += covers.units[cover]
    return units


@inlined
def accident_line(schedule, line, units, age, day, cause, grade, death, used):
    if units == 0:
        return 0, _OUT_OF_COVER
    if cause != 0:
        return 0, _CAUSE_ILLNESS
    if death == NO_DEATH and grade == 0:
        return 0, _NO_DEATH_OR_DISABILITY
    terms = schedule.terms[line]
    per_unit = figure_at(schedule.figures, line, age)
    if per_unit == NO_FIGURE:
        return 0, GAP
    window = terms[_DEATH_WITHIN]
    if death != NO_DEATH and (window == NO_CAP or death - day <= window):
        amount = max(0, per_unit * units - used[ACCIDENT_USED])
        used[ACCIDENT_USED] += amount
        return amount, _NOTHING if amount else _SUM_USED_UP
    if grade == 0 or terms[_COVERS_DISABILITY] == 0:
        return 0, _DISABILITY_NOT_COVERED if grade else _DEATH_AFTER_WINDOW
    drawn = DISABILITY_USED if terms[_OWN_SUM] else ACCIDENT_USED
    whole = figure_at(schedule.disability, line, age) * units
    amount = min(share(whole, (11 - grade) * 10), max(0, whole - used[drawn]))
    used[drawn] += amount
    return amount, _NOTHING if amount else _SUM_USED_UP


@inlined
def medical_line(schedule, line, units, age, cause, medical, net, left, used):
    if units == 0:
        return 0, _OUT_OF_COVER
    if cause != 0:
        return 0, _CAUSE_ILLNESS
    if medical == 0:
        return 0, _NO_EXPENSE
    per_unit = figure_at(schedule.figures, line, age)
    if per_unit == NO_FIGURE:
        return 0, GAP
    terms = schedule.terms[line]
    deductible, per = terms[_DEDUCTIBLE], terms[_PER]
    if per == 1:
        deductible = max(0, deductible - used[DEDUCTIBLE_USED])
        used[DEDUCTIBLE_USED] += min(net, deductible)
    elif per == 2:
        deductible *= units
    limit_left = max(0, per_unit * units - used[MEDICAL_USED])
    over = max(0, net - deductible)
    payable = over if terms[_PERCENT] == 100 else share(over, terms[_PERCENT])
    amount = min(payable, limit_left, left)
    used[MEDICAL_USED] += amount
    if amount:
        return amount, _NOTHING
    if net and not over:
        return 0, _BELOW_DEDUCTIBLE
    return 0, why_nothing_left(net, limit_left)


@inlined
def fracture_line(schedule, line, units, age, cause, fracture, medical_paid, net, left, used):
    if units == 0:
        return 0, _OUT_OF_COVER
    if cause != 0:
        return 0, _CAUSE_ILLNESS
    if fracture == 0:
        return 0, _NO_FRACTURE
    per_unit = figure_at(schedule.figures, line, age)
    if per_unit == NO_FIGURE:
        return 0, GAP
    terms = schedule.terms[line]
    if medical_paid and terms[_BESIDE] == 0:
        return 0, _NOT_COMBINABLE
    limit_left = max(0, per_unit * units - used[FRACTURE_USED])
    part = fracture if terms[_PERCENT] == 100 else share(fracture, terms[_PERCENT])
    amount = min(part, limit_left, left)
    used[FRACTURE_USED] += amount
    return amount, _NOTHING if amount else why_nothing_left(net, limit_left)


@compiled
def why_nothing_left(net, limit_left):
    if net == 0:
        return _REIMBURSED_IN_FULL
    return _BILL_EXHAUSTED if limit_left else _LIMIT_USED_UP


@inlined
def life_line(schedule, line, covers, periods, first, last, birth, cause, death, used):
    """`used` is that of all the person's periods: the death may stand in another one than the accident."""
    if death == NO_DEATH:
        return 0, _ALIVE
    period = period_of(periods, first, last, death)
    if period < 0:
        return 0, _OUT_OF_COVER
    # READING K01
    age = age_between(birth, death, schedule.birthday) if schedule.by_event_age else periods[period, AGE]
    per_unit = figure_at(schedule.figures, line, age)
    if per_unit == NO_FIGURE:
        return age, GAP
    if cause == 0 and schedule.terms[line, _ANY_DEATH] == 0:
        return 0, _CAUSE_ACCIDENT
    amount = max(0, per_unit * units_on(covers, periods, period, death) - used[period, LIFE_USED])
    used[period, LIFE_USED] += amount
    return amount, _NOTHING if amount else _ALREADY_PAID


@inlined
def allowance_line(schedule, line, units, age, cause, stayed, used):
    if units == 0:
        return 0, _OUT_OF_COVER
    if cause != 0:
        return 0, _CAUSE_ILLNESS
    if stayed == 0:
        return 0, _NO_HOSPITAL_STAY
    terms = schedule.terms[line]
    days = max(0, stayed - terms[_WAITING])
    if terms[_MOST_EVENT] != NO_CAP:
        days = min(days, terms[_MOST_EVENT])
    if terms[_MOST_PERIOD] != NO_CAP:
        days = min(days, max(0, terms[_MOST_PERIOD] - used[DAYS_USED]))
    per_day = figure_at(schedule.figures, line, age)
    if per_day == NO_FIGURE:
        return 0, GAP
    if per_day:  # days that pay nothing use up nothing
        used[DAYS_USED] += days
    if days:
        return days * per_day * units, _NOTHING
    return 0, _WITHIN_WAITING_DAYS if stayed <= terms[_WAITING] else _DAY_CAP_USED_UP
