"""The five benefits (domain 3.1 to 3.5), each as one rule: `line(case)` decides, charges, and explains."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ankang.rules.days import age_on
from ankang.rules.ledger import Period, period_on
from ankang.rules.lines import Case, Line, NotCovered, Rule
from ankang.rules.money import share_half_up
from ankang.rules.programme import Benefit, BenefitKind, Product, Programme
from ankang.rules.steps import Formula, Step, step

if TYPE_CHECKING:
    from ankang.rules.adjudicate import Event

_SUM = Formula("x", (("每份保额", "fen"), ("份数", "unit")), "保额")
_LIMIT = Formula("x", (("每份限额", "fen"), ("份数", "unit")), "限额")
_LIMIT_LEFT = Formula("-", (("限额", "fen"), ("已用", "fen")), "还可赔")
_NET = Formula("-", (("医疗费用", "fen"), ("别处已报销", "fen")), "自付")
_OVER = Formula("-", (("自付", "fen"), ("免赔额", "fen")), "超过免赔额的部分")
_SHARE = Formula("share", (("超过免赔额的部分", "fen"), ("赔付比例", "percent")), "按比例")
_BILL_LEFT = Formula("-", (("自付", "fen"), ("本次已赔", "fen")), "账单还剩")
_MEDICAL = Formula("min", (("超过免赔额的部分", "fen"), ("还可赔", "fen"), ("账单还剩", "fen")), "应赔")
_FRACTURE = Formula("min", (("骨折费用", "fen"), ("还可赔", "fen"), ("账单还剩", "fen")), "应赔")
_FRACTURE_SHARE = Formula("share", (("骨折费用", "fen"), ("赔付比例", "percent")), "按比例")
_DEATH = Formula("-", (("保额", "fen"), ("已赔", "fen")), "身故应赔")
_LIFE = Formula("-", (("保额", "fen"), ("已赔", "fen")), "应赔")
_WAITING = Formula("-", (("住院天数", "day"), ("不赔的头几天", "day")), "可赔天数", "day")
_PER_EVENT = Formula("min", (("可赔天数", "day"), ("每次最多", "day")), "可赔天数", "day")
_DAYS_LEFT = Formula("-", (("保障期内最多", "day"), ("已赔天数", "day")), "还可赔天数", "day")
_PER_PERIOD = Formula("min", (("可赔天数", "day"), ("还可赔天数", "day")), "可赔天数", "day")
_ALLOWANCE = Formula("x", (("可赔天数", "day"), ("每天每份", "fen"), ("份数", "unit")), "应赔")
_GRADED = {
    grade: Formula("share", (("伤残保额", "fen"), (f"{grade}级比例", "percent")), f"{grade}级应赔")
    for grade in range(1, 11)
}
_DISABILITY_LEFT = Formula("-", (("保额", "fen"), ("已赔", "fen")), "剩余保额")
_DISABILITY = Formula("min", (("按等级应赔", "fen"), ("剩余保额", "fen")), "应赔")


def effective_grade(grades: Sequence[int]) -> int:
    """Return the grade that counts: the worst; two or more at the same worst grade are raised by one. 0 for none.

    Source: GB/T 44893-2024 (contracts from 2025-02-01), JR/T 0083-2013 before; domain 3.1.
    """
    if not grades:
        return 0
    worst = min(grades)
    return max(1, worst - 1) if Counter(grades)[worst] > 1 else worst


class AccidentRule(Rule):
    """Death pays the whole sum, a disability of grade g (11-g) x 10 %; both draw on one sum for the cover period.

    A plan with a disability sum of its own (domain 7, Jimo) keeps the two sums apart.
    """

    figure = "每份保额"

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        super().__init__(programme, product, benefit, bits)
        self._illness, self._nothing = self.zero("cause_illness"), self.zero("no_death_or_disability")
        self._own_disability_sum = any(band.disability_fen is not None for band in benefit.bands)

    def line(self, case: Case) -> Line:
        if not case.units:
            return self.outside(case)
        event = case.event
        if event.cause != "accident":
            return self._illness
        if event.death_date is None and not event.grades:
            return self._nothing
        if self._counts_as_death(event):  # who dies of the accident is paid for death alone
            return self._death(case)
        if event.grades and self.benefit.covers_disability:  # READING K06
            return self._disability(case)
        reason = "disability_not_covered" if event.grades else "death_after_window"
        return self.decided(case, self.at(case.age), 0, reason, ())

    def charge(self, case: Case, amount: int) -> None:
        if not self._own_disability_sum or self._counts_as_death(case.event):
            case.period.accident += amount
        else:
            case.period.disability += amount

    def _counts_as_death(self, event: "Event") -> bool:
        # READING K15: how late a death still counts
        if event.death_date is None:
            return False
        window = self.benefit.death_within_days
        return window is None or (event.death_date - event.event_date).days <= window

    def _death(self, case: Case) -> Line:
        figure, used = self.at(case.age), case.period.accident
        per_unit = figure.amount_fen
        whole = per_unit * case.units
        amount = max(0, whole - used)
        steps: tuple[Step, ...] = ()
        if case.trace:
            steps = (
                step((figure.take, (case.age, per_unit))),
                step((_SUM, (per_unit, case.units, whole))),
                step((_DEATH, (whole, used, amount))),
            )
        self.charge(case, amount)
        return self.decided(case, figure, amount, "sum_used_up", steps)

    def _disability(self, case: Case) -> Line:
        period, grade = case.period, effective_grade(case.event.grades)
        figure = self.at(case.age)
        per_unit, used = figure.amount_fen, period.accident
        if self._own_disability_sum:
            own = self.benefit.band_at(case.age).disability_fen
            per_unit, used = per_unit if own is None else own, period.disability
        whole, percent = per_unit * case.units, (11 - grade) * 10
        graded, left = share_half_up(whole, percent, 100), max(0, whole - used)
        amount = min(graded, left)
        steps: tuple[Step, ...] = ()
        if case.trace:
            steps = (
                step((figure.take, (case.age, per_unit))),
                step((_SUM, (per_unit, case.units, whole))),
                step((_GRADED[grade], (whole, percent, graded))),
                step((_DISABILITY_LEFT, (whole, used, left))),
                step((_DISABILITY, (graded, left, amount))),
            )
        self.charge(case, amount)
        return self.decided(case, figure, amount, "sum_used_up", steps)


class MedicalRule(Rule):
    """min(net - deductible, limit x units - used, what is left of net), never below 0."""

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        super().__init__(programme, product, benefit, bits)
        self._illness, self._none = self.zero("cause_illness"), self.zero("no_expense")
        self._plain = benefit.deductible_per == "accident" and benefit.percent == 100
        self._once_a_period = benefit.deductible_per == "period"

    def line(self, case: Case) -> Line:
        case.medical_paid = 0
        if not case.units:
            return self.outside(case)
        event = case.event
        if event.cause != "accident":
            return self._illness
        if not event.medical_fen:
            return self._none
        period, net, bill_left = case.period, case.net, case.left
        figure, used = self.at(case.age), period.medical
        per_unit = figure.amount_fen
        limit = per_unit * case.units
        limit_left = limit - used if limit > used else 0
        deductible = self.benefit.deductible_fen if self._plain else self._deductible(case, period)
        over = net - deductible if net > deductible else 0
        payable = over if self._plain else share_half_up(over, self.benefit.percent, 100)
        room = limit_left if limit_left < bill_left else bill_left
        amount = payable if payable < room else room
        reason = "" if amount else _why_no_medical(net, over, limit_left)
        steps: tuple[Step, ...] = ()
        if case.trace:
            part = () if self.benefit.percent == 100 else (step((_SHARE, (over, self.benefit.percent, payable))),)
            steps = (
                step((_NET, (event.medical_fen, event.reimbursed_fen, net))),
                step((_OVER, (net, deductible, over))),
                *part,
                step((figure.take, (case.age, per_unit))),
                step((_LIMIT, (per_unit, case.units, limit))),
                step((_LIMIT_LEFT, (limit, used, limit_left))),
                step((_BILL_LEFT, (net, net - bill_left, bill_left))),
                step((_MEDICAL, (payable, limit_left, bill_left, amount))),
            )
        self.charge(case, amount)
        return self.decided(case, figure, amount, reason, steps)

    def charge(self, case: Case, amount: int) -> None:
        period = case.period
        if self._once_a_period:
            period.deductible += min(case.net, self._deductible(case, period))
        period.medical += amount
        case.left -= amount
        case.medical_paid = amount

    def _deductible(self, case: Case, period: Period) -> int:
        # READING K02
        whole = self.benefit.deductible_fen
        if self.benefit.deductible_per == "unit":
            return whole * case.units
        if self.benefit.deductible_per == "period":
            return max(0, whole - period.deductible)
        return whole


class LifeRule(Rule):
    """Any death inside the cover, by the age and the units on the day of death, beside the accident benefit."""

    figure = "每份保额"

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        super().__init__(programme, product, benefit, bits)
        self._alive = self.zero("alive")
        self._terms = programme.terms

    def line(self, case: Case) -> Line:
        death = case.event.death_date
        if death is None:
            return self._alive
        period = period_on(case.held, death)
        units = period.units_on(death) if period else 0
        if period is None or not units:
            return self.outside(case)
        # READING K01
        on = death if self._terms.age_basis == "event-date" else period.start
        age = age_on(case.birth, on, self._terms.birthday)
        if case.event.cause == "accident" and not self.benefit.any_death:  # READING K07
            return self.decided(case, self.at(age), 0, "cause_accident", ())
        figure, used = self.at(age), period.life
        per_unit = figure.amount_fen
        whole = per_unit * units
        amount = max(0, whole - used)
        steps: tuple[Step, ...] = ()
        if case.trace:
            steps = (
                step((figure.take, (age, per_unit))),
                step((_SUM, (per_unit, units, whole))),
                step((_LIFE, (whole, used, amount))),
            )
        period.life += amount
        return self.decided(case, figure, amount, "already_paid", steps)

    def charge(self, case: Case, amount: int) -> None:
        death = case.event.death_date
        period = period_on(case.held, death) if death else None
        if period:
            period.life += amount


class FractureRule(Rule):
    """min(fracture part of the expense, limit x units - used, what is left of net after medical)."""

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        super().__init__(programme, product, benefit, bits)
        self._illness, self._none = self.zero("cause_illness"), self.zero("no_fracture")

    def line(self, case: Case) -> Line:
        if not case.units:
            return self.outside(case)
        event = case.event
        if event.cause != "accident":
            return self._illness
        if not event.fracture_fen:
            return self._none
        if case.medical_paid and not self.benefit.beside_medical:  # READING K04
            return self.decided(case, self.at(case.age), 0, "not_combinable", ())
        period, bill_left, percent = case.period, case.left, self.benefit.percent
        figure, used = self.at(case.age), period.fracture
        per_unit = figure.amount_fen
        limit = per_unit * case.units
        limit_left = limit - used if limit > used else 0
        part = event.fracture_fen if percent == 100 else share_half_up(event.fracture_fen, percent, 100)
        amount = min(part, limit_left, bill_left)
        reason = "" if amount else _why_no_fracture(case.net, limit_left)
        steps: tuple[Step, ...] = ()
        if case.trace:
            share = () if percent == 100 else (step((_FRACTURE_SHARE, (event.fracture_fen, percent, part))),)
            steps = (
                *share,
                step((figure.take, (case.age, per_unit))),
                step((_LIMIT, (per_unit, case.units, limit))),
                step((_LIMIT_LEFT, (limit, used, limit_left))),
                step((_NET, (event.medical_fen, event.reimbursed_fen, case.net))),
                step((_BILL_LEFT, (case.net, case.net - bill_left, bill_left))),
                step((_FRACTURE, (part, limit_left, bill_left, amount))),
            )
        self.charge(case, amount)
        return self.decided(case, figure, amount, reason, steps)

    def charge(self, case: Case, amount: int) -> None:
        case.period.fracture += amount
        case.left -= amount


class AllowanceRule(Rule):
    """Days in hospital x the daily amount x units. READING K05: waiting days and caps, where there are any."""

    figure = "每天每份"

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        super().__init__(programme, product, benefit, bits)
        self._illness, self._none = self.zero("cause_illness"), self.zero("no_hospital_stay")
        caps = (benefit.max_days_per_event, benefit.max_days_per_period)
        self._every_day = not benefit.waiting_days and caps == (None, None)

    def line(self, case: Case) -> Line:
        if not case.units:
            return self.outside(case)
        if case.event.cause != "accident":
            return self._illness
        if not case.event.hospital_days:
            return self._none
        days, cuts = (case.event.hospital_days, ()) if self._every_day else self._payable_days(case)
        figure = self.at(case.age)
        per_day = figure.amount_fen
        amount = days * per_day * case.units
        reason = ""
        if not days:
            waiting = case.event.hospital_days <= self.benefit.waiting_days
            reason = "within_waiting_days" if waiting else "day_cap_used_up"
        steps: tuple[Step, ...] = ()
        if case.trace:
            steps = (
                *cuts,
                step((figure.take, (case.age, per_day))),
                step((_ALLOWANCE, (days, per_day, case.units, amount))),
            )
        self.charge(case, amount)
        return self.decided(case, figure, amount, reason, steps)

    def charge(self, case: Case, amount: int) -> None:
        period = case.period
        period.stayed += case.event.hospital_days
        if amount and not self._every_day:  # days that are counted against a cap
            period.days += amount // (self.at(case.age).amount_fen * case.units)

    def _payable_days(self, case: Case) -> tuple[int, tuple[Step, ...]]:
        """Return the days that are paid, and the steps by which they were cut."""
        terms, days = self.benefit, case.event.hospital_days
        steps: list[Step] = []
        if terms.waiting_days:
            left = max(0, days - terms.waiting_days)
            steps.append(step((_WAITING, (days, terms.waiting_days, left))))
            days = left
        if terms.max_days_per_event is not None:
            capped = min(days, terms.max_days_per_event)
            steps.append(step((_PER_EVENT, (days, terms.max_days_per_event, capped))))
            days = capped
        if terms.max_days_per_period is not None:
            used = case.period.days
            left = max(0, terms.max_days_per_period - used)
            steps.append(step((_DAYS_LEFT, (terms.max_days_per_period, used, left))))
            steps.append(step((_PER_PERIOD, (days, left, min(days, left)))))
            days = min(days, left)
        return days, tuple(steps)


_RULES: dict[BenefitKind, type[Rule]] = {
    BenefitKind.ACCIDENT: AccidentRule,
    BenefitKind.MEDICAL: MedicalRule,
    BenefitKind.LIFE: LifeRule,
    BenefitKind.FRACTURE: FractureRule,
    BenefitKind.ALLOWANCE: AllowanceRule,
}


def rules_of(programme: Programme, product: Product, bits: dict[str, int]) -> tuple[Rule, ...]:
    """Return a product's rules in benefit order, with NotCovered where only other products have the benefit."""
    found: list[Rule] = []
    for kind in programme.kinds:
        benefit = product.benefit(kind)
        found.append(_RULES[kind](programme, product, benefit, bits) if benefit else NotCovered(product, kind))
    return tuple(found)


def _why_no_medical(net: int, over: int, limit_left: int) -> str:
    if not net:
        return "reimbursed_in_full"
    if not over:
        return "below_deductible"
    return "bill_exhausted" if limit_left else "limit_used_up"


def _why_no_fracture(net: int, limit_left: int) -> str:
    if not net:
        return "reimbursed_in_full"
    return "bill_exhausted" if limit_left else "limit_used_up"
