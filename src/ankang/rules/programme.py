"""One year's plan of one issuing body as frozen, self-validating values. `load` reads it from a folder.

Every figure carries the clause that it stands in; every doubtful one names its reading (domain 5).
Money is fen, ages are whole years, both band ends are included; `to_age` None means "and over".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from ankang.rules.days import Birthday, age_on
from ankang.rules.errors import AnkangError


class BandGapError(AnkangError):
    """No age band covers this age: the plan has a gap, or the person is too young for it."""

    code = "band_gap"


class BenefitKind(StrEnum):
    """The benefits, in the order in which they are listed."""

    ACCIDENT = "accident"
    MEDICAL = "medical"
    LIFE = "life"
    FRACTURE = "fracture"
    ALLOWANCE = "allowance"


BENEFIT_NAMES = {
    BenefitKind.ACCIDENT: "意外伤害",
    BenefitKind.MEDICAL: "意外医疗",
    BenefitKind.LIFE: "定期寿险",
    BenefitKind.FRACTURE: "骨折费用",
    BenefitKind.ALLOWANCE: "住院津贴",
}


class Status(StrEnum):
    ASSUMED = "assumed"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Confirmation:
    """Who confirmed a reading, when, on what paper."""

    by: str
    on: date
    paper: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a silent, ambiguous or doubtful passage is applied (口径)."""

    id: str  # K01
    topic: str  # age-basis: a key of rules.readings.TOPICS
    clause: str
    question: str
    choice: str
    alternatives: tuple[str, ...]
    why: str
    confirmation: Confirmation | None = None

    @property
    def status(self) -> Status:
        return Status.CONFIRMED if self.confirmation else Status.ASSUMED

    @property
    def choices(self) -> tuple[str, ...]:
        return (self.choice, *self.alternatives)


@dataclass(frozen=True, slots=True)
class Band:
    """An amount for ages from_age..to_age, both included."""

    from_age: int
    to_age: int | None
    amount_fen: int
    reading: str | None = None  # the figure itself is doubtful: K03
    disability_fen: int | None = None  # accident only, where the plan has a sum of its own for disability

    @property
    def ages(self) -> str:
        """As a programme file writes it: `60-69`, `76+`."""
        return f"{self.from_age}+" if self.to_age is None else f"{self.from_age}-{self.to_age}"

    def covers(self, age: int) -> bool:
        return self.from_age <= age and (self.to_age is None or age <= self.to_age)


@dataclass(frozen=True, slots=True)
class Benefit:
    """One line of a product's table. Amounts are per unit; the terms below matter to the kinds that use them."""

    kind: BenefitKind
    clause: str
    bands: tuple[Band, ...]
    deductible_fen: int = 0  # medical
    deductible_per: str = "accident"  # medical: accident | period | unit (per accident, times units)
    percent: int = 100  # medical, fracture: share of what is left after the deductible
    waiting_days: int = 0  # allowance: first days of an event that are not paid
    max_days_per_event: int | None = None  # allowance
    max_days_per_period: int | None = None  # allowance, over the cover period
    covers_disability: bool = True  # accident
    death_within_days: int | None = None  # accident: days from the accident within which a death counts
    any_death: bool = True  # life: any death, else by illness only
    beside_medical: bool = True  # fracture: pays what medical left, else nothing when medical paid
    readings: tuple[str, ...] = ()  # ids of the readings that every line of this benefit rests on

    @property
    def name(self) -> str:
        return BENEFIT_NAMES[self.kind]

    def band_at(self, age: int) -> Band:
        """Return the band for an age. Errors: BandGapError."""
        for band in self.bands:
            if band.covers(age):
                return band
        raise BandGapError(
            f"{self.clause} 没有写 {age} 周岁的数额，请在方案文件里补上这一年龄档。", age=age, clause=self.clause
        )

    def amount_at(self, age: int) -> int:
        """Return the fen per unit at an age: a sum, a limit, or fen per day for the allowance."""
        return self.band_at(age).amount_fen


@dataclass(frozen=True, slots=True)
class Product:
    """A kind of unit (险种)."""

    code: str
    name: str
    price_fen: int
    clause: str
    benefits: tuple[Benefit, ...]  # in BenefitKind order
    join_from_age: int = 60
    join_to_age: int | None = None
    shares: tuple[tuple[str, int], ...] = ()  # (payer, fen) where the plan splits a unit's premium; else free

    def benefit(self, kind: str) -> Benefit | None:
        return next((benefit for benefit in self.benefits if benefit.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Group:
    """A category of government-purchase subjects: from a list, or from an age."""

    code: str
    name: str
    clause: str
    from_age: int | None = None  # 80: everybody from this age; None: by list


@dataclass(frozen=True, slots=True)
class TargetRow:
    serial: int
    village: str
    population: int
    target: int


@dataclass(frozen=True, slots=True)
class Terms:
    """What the programme's readings, or its own clauses, settle for the whole programme."""

    age_basis: str = "event-date"  # event-date | cover-start            K01
    birthday: Birthday = Birthday.ON_BIRTHDAY  # K17
    cover_rule: str = "day-after-window"  # day-after-window | day-after-payment   K08
    government_product: str = ""  # code of the product bought for each subject     K09
    government_units: int = 1
    unit_cap: int = 2  # 三（2）
    cap_counts_government: bool = False  # K10
    subject_may_top_up: bool = True  # K11
    eligible_by: str = "cover-start"  # cover-start | year-end           K12
    coverage_basis: str = "frozen"  # frozen | live                     K13
    mixed_products: bool = True  # K14


@dataclass(frozen=True, slots=True)
class Goals:
    coverage_percent: int
    subjects_percent: int
    clause: str


@dataclass(frozen=True, slots=True)
class Deadline:
    """The plan's own days for one clock of claims (`rules.clocks`), in place of the law's or our promise."""

    clock: str
    days: int
    working: bool
    clause: str


@dataclass(frozen=True, slots=True)
class SignalLimit:
    """The plan's own threshold for one signal of claims (`rules.signals`), in place of ours."""

    signal: str
    number: int
    clause: str


@dataclass(frozen=True, slots=True)
class Programme:
    """The whole plan. Compare, hash and replay by `digest` of its canonical document."""

    id: str
    year: int
    name: str
    issuer: str
    division_code: str
    clause_window: str
    window_from: date
    window_to: date
    cover_from: date
    cover_to: date
    goals: Goals
    groups: tuple[Group, ...]
    products: tuple[Product, ...]  # in the programme's order: A, then B
    readings: tuple[Reading, ...]
    terms: Terms
    targets: tuple[TargetRow, ...] = ()
    published_totals: tuple[int, int] | None = None  # (population, target) of the plan's own total row
    placeholder_names: bool = False
    typos: tuple[tuple[str, str], ...] = ()  # (clause, what is wrong): kept out of the figures, shown by the check-up
    term_readings: tuple[tuple[str, str], ...] = ()  # (field of Terms, reading id)
    # `later`: came after the first plans were published; left out of the canonical document while it says nothing
    deadlines: tuple[Deadline, ...] = field(default=(), metadata={"later": True})
    signals: tuple[SignalLimit, ...] = field(default=(), metadata={"later": True})

    def product(self, code: str) -> Product:
        """Return a product. Errors: KeyError."""
        for product in self.products:
            if product.code == code:
                return product
        raise KeyError(code)

    def reading(self, reading_id: str) -> Reading:
        for reading in self.readings:
            if reading.id == reading_id:
                return reading
        raise KeyError(reading_id)

    def reading_of(self, term: str) -> Reading | None:
        """Return the reading that settles a field of Terms, or None where the plan itself says it."""
        found = dict(self.term_readings).get(term)
        return self.reading(found) if found else None

    @property
    def assumed(self) -> tuple[Reading, ...]:
        """The readings that nobody has confirmed yet."""
        return tuple(reading for reading in self.readings if reading.status is Status.ASSUMED)

    @property
    def kinds(self) -> tuple[BenefitKind, ...]:
        """Every benefit that some product of the programme has, in order."""
        return tuple(kind for kind in BenefitKind if any(product.benefit(kind) for product in self.products))

    def age_on(self, birth: date, day: date) -> int:
        return age_on(birth, day, self.terms.birthday)

    def benefits(self) -> Iterator[tuple[Product, Benefit]]:
        for product in self.products:
            for benefit in product.benefits:
                yield product, benefit
