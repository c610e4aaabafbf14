"""A line of a decision, the case it is decided on, and what all benefits have in common.

Everything that a line needs and does not depend on the case (its clause, its readings, its zero lines, the names in its
trace) is made once, so that a decision costs a few comparisons and a full trace a few tuples.
"""

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from ankang.rules.ledger import Period
from ankang.rules.programme import Band, BandGapError, Benefit, Product, Programme
from ankang.rules.steps import Formula, Step

if TYPE_CHECKING:
    from ankang.rules.adjudicate import Event

OLDEST = 130


class Line(NamedTuple):
    """What one product's benefit pays on one event. `reason` (rules.reasons) is empty where something is paid."""

    product: str
    benefit: str
    amount_fen: int
    reason: str
    clause: str
    readings: tuple[str, ...]
    steps: tuple[Step, ...]  # the last one's value is the amount; empty where nothing had to be worked out


_line = partial(tuple.__new__, Line)  # a third of the cost of Line(...), same value


class Case:
    """One event of one person before one product: what the benefits look at, and what they leave for the next."""

    __slots__ = ("age", "assumed", "birth", "event", "held", "left", "medical_paid", "net", "period", "trace", "units")

    held: list[Period]  # this product's periods, for a death on another day
    period: Period  # the one that contains the event; where there is none, `units` is 0 and nobody looks at it
    units: int  # in force on the event date
    age: int  # that the bands go by
    medical_paid: int  # by this product on this event

    def __init__(self, event: "Event", birth: date, trace: bool) -> None:
        self.event, self.birth, self.trace = event, birth, trace
        net = event.medical_fen - event.reimbursed_fen
        # `left` is what no benefit of any product has paid yet of the bill.
        self.net = self.left = net if net > 0 else 0
        self.assumed = 0  # bit mask of the unconfirmed readings that the decision rests on


class Figure(NamedTuple):
    """What the plan says at one age: the amount, how the trace names it, and the readings it rests on."""

    amount_fen: int
    take: Formula
    readings: tuple[str, ...]
    assumed: int  # those of them that nobody has confirmed, as bits of `Case.assumed`


class Rule:
    """One benefit of one product, made ready. `bits` gives each unconfirmed reading its bit in `Case.assumed`."""

    figure = "每份限额"

    def __init__(self, programme: Programme, product: Product, benefit: Benefit, bits: dict[str, int]) -> None:
        self.product, self.kind, self.clause = product.code, str(benefit.kind), benefit.clause
        self.benefit = benefit
        self._figures = self._by_age(benefit.bands, bits)
        cover = programme.reading_of("cover_rule")
        self._outside = self.zero("out_of_cover", (cover.id,) if cover else ())
        self._outside_bit = bits.get(cover.id, 0) if cover else 0

    def line(self, case: Case) -> Line:
        """Return the line, and charge what it pays to the period and to the bill."""
        raise NotImplementedError

    def charge(self, case: Case, amount: int) -> None:
        """Draw a payment on the period: after deciding, or for an earlier decision that stands."""
        raise NotImplementedError

    def zero(self, reason: str, readings: tuple[str, ...] = ()) -> Line:
        return Line(self.product, self.kind, 0, reason, self.clause, readings, ())

    def outside(self, case: Case) -> Line:
        """The line where no unit was in force. READING K08."""
        case.assumed |= self._outside_bit
        return self._outside

    def at(self, age: int) -> Figure:
        """Return the figure at an age. Errors: BandGapError for an age that no band covers."""
        try:
            return self._figures[age]
        except KeyError:
            problem = f"{self.clause} 没有 {age} 周岁的数额"
            fix = "查对出生日期；日期没错的，在方案里补上这一年龄档"
            raise BandGapError(f"{problem}。请{fix}。", problem=problem, fix=fix, age=age, clause=self.clause) from None

    def decided(self, case: Case, figure: Figure, amount: int, reason: str, steps: tuple[Step, ...]) -> Line:
        """The line of a benefit that came into question: the decision then rests on the benefit's readings."""
        case.assumed |= figure.assumed
        return _line((self.product, self.kind, amount, "" if amount else reason, self.clause, figure.readings, steps))

    def _by_age(self, bands: tuple[Band, ...], bits: dict[str, int]) -> dict[int, Figure]:
        figures = [(band, self._figure(band, bits)) for band in bands]
        return {age: figure for band, figure in figures for age in range(OLDEST + 1) if band.covers(age)}

    def _figure(self, band: Band, bits: dict[str, int]) -> Figure:
        ages = f"{band.from_age}周岁及以上" if band.to_age is None else f"{band.from_age}—{band.to_age}周岁"
        take = Formula("take", (("年龄", "age"),), f"{ages}{self.figure}")
        readings = (*self.benefit.readings, band.reading) if band.reading else self.benefit.readings
        readings = tuple(sorted(readings))
        return Figure(band.amount_fen, take, readings, sum(bits.get(name, 0) for name in readings))


class NotCovered(Rule):
    """A benefit that other products of the programme have and this one has not."""

    def __init__(self, product: Product, kind: str) -> None:
        self.kind = kind
        self._none = Line(product.code, kind, 0, "not_covered", product.clause, (), ())

    def line(self, case: Case) -> Line:
        return self._none

    def charge(self, case: Case, amount: int) -> None:
        pass
