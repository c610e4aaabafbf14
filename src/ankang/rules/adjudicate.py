"""The reference engine: plain and exact. One person's events in, a decision each out, with the trace of every fen.

Events are taken in order of (event date, event id), products in the programme's order, benefits in BenefitKind order:
medical before fracture, so that the same bill is never paid twice (domain 3).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache, partial
from typing import NamedTuple

from ankang.rules.benefits import rules_of
from ankang.rules.days import age_on
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.ledger import Cover, Period, period_on, periods_of
from ankang.rules.lines import Case, Line
from ankang.rules.programme import BenefitKind, Programme

__all__ = ["Adjudicator", "Cover", "Decision", "Event", "Line", "PaidLine", "adjudicate"]


@dataclass(frozen=True, slots=True)
class Event:
    """An accident, or a death by illness, with its losses. Money is fen; `fracture_fen` is a part of `medical_fen`."""

    event_id: str
    event_date: date
    cause: str  # accident | illness
    medical_fen: int = 0
    reimbursed_fen: int = 0
    fracture_fen: int = 0
    hospital_days: int = 0
    grades: tuple[int, ...] = ()
    death_date: date | None = None

    def __post_init__(self) -> None:
        if self.cause not in ("accident", "illness"):
            raise InvalidInput("原因只能是意外或疾病。", field="cause", fix="写 accident（意外）或 illness（疾病）")
        for field in ("medical_fen", "reimbursed_fen", "fracture_fen", "hospital_days"):
            if getattr(self, field) < 0:
                raise InvalidInput("金额和天数不能是负数。", field=field, fix="写 0 或正数")
        if self.fracture_fen > self.medical_fen:
            raise InvalidInput("骨折费用比医疗费用还多。", field="fracture_fen", fix="骨折费用是医疗费用里的一部分")
        if any(not 1 <= grade <= 10 for grade in self.grades):
            raise InvalidInput("伤残等级只有 1 到 10 级。", field="grades", fix="查对鉴定书")
        if self.death_date is not None and self.death_date < self.event_date:
            raise InvalidInput("身故日期早于事故日期。", field="death_date", fix="查对两个日期")


class PaidLine(NamedTuple):
    """What was decided before on an earlier event."""

    product: str
    benefit: str
    amount_fen: int


class Decision(NamedTuple):
    """What is payable on one event, benefit by benefit."""

    event_id: str
    lines: tuple[Line, ...]  # product order, then benefit order
    age: int  # on the event date
    assumed: tuple[str, ...]  # the readings that it rests on and that nobody has confirmed
    warnings: tuple[str, ...]  # codes of rules.reasons.WARNINGS

    @property
    def total_fen(self) -> int:
        return sum(line.amount_fen for line in self.lines)


_decision = partial(tuple.__new__, Decision)


def adjudicate(
    programme: Programme,
    birth_date: date,
    covers: Sequence[Cover],
    events: Sequence[Event],
    *,
    trace: bool = True,
    paid: Mapping[str, Sequence[PaidLine]] | None = None,
) -> list[Decision]:
    """Return one person's decisions, in order of (event date, event id).

    Events named in `paid` were decided before: they are charged first, with the amounts given there, and not returned.
    Units: fen. Errors: InvalidInput for an event before birth, BandGapError for an age without a band (both name the
    event in `fields["event_id"]`), KeyError for a product that the programme does not have.
    """
    return _adjudicator(_Same(programme)).decide(birth_date, covers, events, trace=trace, paid=paid)


class Adjudicator:
    """A programme made ready to decide many people's events."""

    def __init__(self, programme: Programme) -> None:
        self._birthday = programme.terms.birthday
        self._by_event_age = programme.terms.age_basis == "event-date"  # READING K01
        assumed = [reading.id for reading in programme.assumed]
        bits = {name: 1 << place for place, name in enumerate(assumed)}
        self._rules = {product.code: rules_of(programme, product, bits) for product in programme.products}
        self._lines = tuple((code, tuple(rule.line for rule in rules)) for code, rules in self._rules.items())
        self._bits = bits
        self._assumed: dict[int, tuple[str, ...]] = {}

    def decide(
        self,
        birth_date: date,
        covers: Sequence[Cover],
        events: Sequence[Event],
        *,
        trace: bool = True,
        paid: Mapping[str, Sequence[PaidLine]] | None = None,
    ) -> list[Decision]:
        """As `adjudicate`."""
        periods = periods_of(covers)
        for code in periods:
            if code not in self._rules:
                raise KeyError(code)
        to_decide = in_order(events)
        if paid:
            # What stands is charged first, whatever its date: an accident that is reported late finds the limits used.
            for event in to_decide:
                if event.event_id in paid:
                    self._charge(Case(event, birth_date, trace), periods, paid[event.event_id])
            to_decide = [event for event in to_decide if event.event_id not in paid]
        decisions = []
        for event in to_decide:
            try:
                decisions.append(self._decide(Case(event, birth_date, trace), periods))
            except AnkangError as error:
                error.fields["event_id"] = event.event_id
                raise
        return decisions

    def _decide(self, case: Case, periods: dict[str, list[Period]]) -> Decision:
        event = case.event
        age = age_on(case.birth, event.event_date, self._birthday)
        if age < 0:
            raise InvalidInput("事故日期早于出生日期。", field="event_date", fix="查对两个日期")
        lines: list[Line] = []
        warnings: tuple[str, ...] = ()
        for code, benefit_lines in self._lines:
            if code in periods:
                self._place(case, periods[code], age)
                lines += [line(case) for line in benefit_lines]
                if event.hospital_days and case.units:
                    warnings = _day_warnings(case.period) or warnings
        return _decision((event.event_id, tuple(lines), age, self._assumed_in(case.assumed), warnings))

    def _charge(self, case: Case, periods: dict[str, list[Period]], paid: Sequence[PaidLine]) -> None:
        age = age_on(case.birth, case.event.event_date, self._birthday)
        for code, rules in self._rules.items():
            if code not in periods:
                continue
            self._place(case, periods[code], age)
            amounts = {line.benefit: line.amount_fen for line in paid if line.product == code}
            of_accident = case.units and case.event.cause == "accident"
            for rule in rules:
                if of_accident or rule.kind == BenefitKind.LIFE:
                    rule.charge(case, amounts.get(rule.kind, 0))

    def _place(self, case: Case, held: list[Period], age: int) -> None:
        """Put the case before one product: the period, the units in force and the age that its bands go by."""
        day = case.event.event_date
        case.held, case.age, case.medical_paid = held, age, 0
        period = period_on(held, day)
        if period is None:
            case.units = 0
            return
        case.period = period
        case.units = period.units or period.units_on(day)
        if not self._by_event_age:
            case.age = age_on(case.birth, period.start, self._birthday)

    def _assumed_in(self, mask: int) -> tuple[str, ...]:
        found = self._assumed.get(mask)
        if found is None:
            found = self._assumed[mask] = tuple(name for name, bit in self._bits.items() if mask & bit)
        return found


class _Same:
    """A programme as a cache key: the same object, not an equal one, so that no plan is compared field by field."""

    __slots__ = ("programme",)

    def __init__(self, programme: Programme) -> None:
        self.programme = programme

    def __hash__(self) -> int:
        return id(self.programme)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.programme is self.programme


@lru_cache(maxsize=64)
def _adjudicator(same: _Same) -> Adjudicator:
    return Adjudicator(same.programme)


def in_order(events: Sequence[Event]) -> Sequence[Event]:
    """Return one person's events in the order in which they are decided."""
    if len(events) == 1:
        return events
    return sorted(events, key=lambda event: (event.event_date, event.event_id))


def _day_warnings(period: Period) -> tuple[str, ...]:
    """Warn at 90 and at 180 days of a cover period, never cut silently (domain 3.4)."""
    if period.stayed >= 180:
        return ("days_180",)
    return ("days_90",) if period.stayed >= 90 else ()
