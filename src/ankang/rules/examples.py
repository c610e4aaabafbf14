"""Worked examples: what a plan pays in situations that people ask about, and beside another plan (domain 4).

They name ages, bills and days, never a figure of a plan; the amounts come from `adjudicate` alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ankang.rules.adjudicate import Cover, Event, adjudicate
from ankang.rules.days import birthday_on
from ankang.rules.programme import BandGapError, BenefitKind, Programme

_AFTER = timedelta(days=60)  # the accident, after the cover's first day


@dataclass(frozen=True, slots=True)
class Loss:
    """One event, by what happened; `days_later` counts from the example's first day. Money is fen."""

    cause: str = "accident"
    dies: bool = False
    medical_fen: int = 0
    reimbursed_fen: int = 0
    fracture_fen: int = 0
    hospital_days: int = 0
    grades: tuple[int, ...] = ()
    days_later: int = 0


@dataclass(frozen=True, slots=True)
class Example:
    """A situation: the last loss is the one that the answer is about, those before it are paid first.

    `age`: completed on the first day; `eve`: that day is the one before the birthday that completes one year more.
    """

    words: str
    age: int
    losses: tuple[Loss, ...]
    units: int = 1
    eve: bool = False
    together: bool = False  # one unit of every product at once


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example pays of one product (or of all together): each plan's total in fen, None where it has no such
    product or no figure for the age. `parts`: (benefit, before, after) of what differs or pays.
    """

    example: Example
    product: str
    before_fen: int | None
    after_fen: int | None
    parts: tuple[tuple[str, int, int], ...] = ()

    @property
    def change_fen(self) -> int:
        return (self.after_fen or 0) - (self.before_fen or 0)


_DEATH = (Loss(dies=True),)

EXAMPLES: tuple[Example, ...] = (
    Example("刚满70周岁那天，意外身故", 70, _DEATH),
    Example("满76周岁的前一天，意外身故", 75, _DEATH, eve=True),
    Example("刚满76周岁那天，意外身故", 76, _DEATH),
    Example("77周岁，意外身故", 77, _DEATH),
    Example("68周岁，意外身故", 68, _DEATH),
    Example("68周岁，买2份，因病身故", 68, (Loss(cause="illness", dies=True),), units=2),
    Example("72周岁，医疗费5000元，别处报了3800元", 72, (Loss(medical_fen=500_000, reimbursed_fen=380_000),)),
    Example("65周岁，买2份，自付1000元", 65, (Loss(medical_fen=100_000),), units=2),
    Example("65周岁，买2份，自付10000元", 65, (Loss(medical_fen=1_000_000),), units=2),
    Example("65周岁，骨折，自付3400元", 65, (Loss(medical_fen=340_000, fracture_fen=340_000),)),
    Example("65周岁，骨折，自付9000元", 65, (Loss(medical_fen=900_000, fracture_fen=900_000),)),
    Example("77周岁，骨折，自付9000元", 77, (Loss(medical_fen=900_000, fracture_fen=900_000),)),
    Example(
        "65周岁，每种各1份，骨折，自付1000元", 65, (Loss(medical_fen=100_000, fracture_fen=100_000),), together=True
    ),
    Example("65周岁，10级伤残", 65, (Loss(grades=(10,)),)),
    Example("65周岁，10级伤残赔过以后，因同一事故身故", 65, (Loss(grades=(10,)), Loss(dies=True))),
    Example("65周岁，两处9级伤残", 65, (Loss(grades=(9, 9)),)),
    Example("65周岁，意外住院3天", 65, (Loss(hospital_days=3),)),
    Example("65周岁，骨折住院10天，自付1000元", 65,
            (Loss(medical_fen=100_000, fracture_fen=100_000, hospital_days=10),)),
    Example("65周岁，第一次自付3100元之后，第二次自付900元", 65,
            (Loss(medical_fen=310_000), Loss(medical_fen=90_000, days_later=30))),
)  # fmt: skip


def compare(before: Programme, after: Programme) -> list[Outcome]:
    """Return what each example pays under both plans, by product; what changes most first."""
    found = [outcome for example in EXAMPLES for outcome in _outcomes(example, before, after)]
    return sorted(found, key=lambda outcome: -abs(outcome.change_fen))


def paid(plan: Programme, example: Example, products: tuple[str, ...]) -> dict[str, int] | None:
    """Return what the example's last loss pays, fen by benefit; None where the plan cannot say."""
    if not set(products) <= {product.code for product in plan.products}:
        return None
    covers = [Cover(code, example.units, plan.cover_from, plan.cover_to) for code in products]
    first = plan.cover_from + _AFTER
    try:
        decisions = adjudicate(plan, _birth(plan, example, first), covers, _events(example, first), trace=False)
    except BandGapError:
        return None
    amounts: dict[str, int] = {}
    for line in decisions[-1].lines:
        amounts[line.benefit] = amounts.get(line.benefit, 0) + line.amount_fen
    return amounts


def _outcomes(example: Example, before: Programme, after: Programme) -> Iterator[Outcome]:
    if example.together:
        shared = [one.code for one in after.products if any(one.code == other.code for other in before.products)]
        yield _outcome(example, tuple(shared), before, after)
        return
    for code in dict.fromkeys(product.code for plan in (after, before) for product in plan.products):
        yield _outcome(example, (code,), before, after)


def _outcome(example: Example, products: tuple[str, ...], before: Programme, after: Programme) -> Outcome:
    told = [paid(plan, example, products) if products else None for plan in (before, after)]
    totals = [None if amounts is None else sum(amounts.values()) for amounts in told]
    was, now = (amounts or {} for amounts in told)
    pairs = [(str(kind), was.get(kind, 0), now.get(kind, 0)) for kind in BenefitKind]
    parts = tuple(pair for pair in pairs if pair[1] or pair[2])
    return Outcome(example, "+".join(products), totals[0], totals[1], parts)


def _birth(plan: Programme, example: Example, first: date) -> date:
    """A date of birth with which the age is completed on the first day, and no day before (or on the next one: eve)."""
    day = first + timedelta(days=1) if example.eve else first
    years = example.age + 1 if example.eve else example.age
    birth = date(day.year - years, day.month, min(day.day, 28))
    while birthday_on(birth, years, plan.terms.birthday) > day:
        birth -= timedelta(days=1)
    while birthday_on(birth, years, plan.terms.birthday) < day:
        birth += timedelta(days=1)
    return birth


def _events(example: Example, first: date) -> list[Event]:
    return [_event(number, loss, first) for number, loss in enumerate(example.losses, 1)]


def _event(number: int, loss: Loss, first: date) -> Event:
    day = first + timedelta(days=loss.days_later)
    return Event(
        event_id=f"E{number}",
        event_date=day,
        cause=loss.cause,
        medical_fen=loss.medical_fen,
        reimbursed_fen=loss.reimbursed_fen,
        fracture_fen=loss.fracture_fen,
        hospital_days=loss.hospital_days,
        grades=loss.grades,
        death_date=day if loss.dies else None,
    )
