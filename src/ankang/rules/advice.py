"""What to tell a person before they choose: the benefits at their age, and how they change during the cover.

Everything is computed from the plan's own figures: no age and no amount stands here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ankang.rules.days import birthday_on, day_words
from ankang.rules.money import yuan_shown
from ankang.rules.programme import BENEFIT_NAMES, Benefit, BenefitKind, Product, Programme, Reading

_LIMITED = (BenefitKind.ACCIDENT, BenefitKind.MEDICAL, BenefitKind.FRACTURE)  # pay up to the amount


@dataclass(frozen=True, slots=True)
class BenefitAtAge:
    """One line of a product's card. `amount_fen` None: the product does not have it. Per unit."""

    kind: BenefitKind
    amount_fen: int | None
    deductible_fen: int = 0
    doubt: Reading | None = None  # the figure itself is doubtful
    is_extra: bool = False  # another product of the programme does not have this benefit

    @property
    def name(self) -> str:
        return BENEFIT_NAMES[self.kind]

    @property
    def condition(self) -> str:
        """What stands before the amount: a limit after a deductible, a limit, or nothing."""
        if self.amount_fen is None or self.kind not in _LIMITED:
            return ""
        return f"减{_yuan(self.deductible_fen)}元后，最高" if self.deductible_fen else "最高"

    @property
    def words(self) -> str:
        """The amount in words: `5,000元`, `每天50元`, `没有`."""
        if self.amount_fen is None:
            return "没有"
        return f"{'每天' if self.kind is BenefitKind.ALLOWANCE else ''}{_yuan(self.amount_fen)}元"


@dataclass(frozen=True, slots=True)
class Note:
    """Something to explain: `dearer-pays-less` now, or `birthday` with the day from which amounts change."""

    code: str
    message: str
    on: date | None = None
    age: int | None = None


def benefits_at(programme: Programme, product: Product, age: int) -> tuple[BenefitAtAge, ...]:
    """Return one line for every benefit that some product of the programme has. Errors: BandGapError."""
    return tuple(_line(programme, product.benefit(kind), kind, age) for kind in programme.kinds)


def notes(programme: Programme, birth_date: date, cover_from: date, cover_to: date) -> tuple[Note, ...]:
    """Return what to say about the cover: at the age on its first day, then at each birthday inside it.

    Errors: BandGapError for a gap between bands. Source: 附件2; domain 6; readings K01, K17.
    """
    age = programme.age_on(birth_date, cover_from)
    found = list(_dearer_pays_less(programme, age))
    # READING K01: under the other reading the age on the first day holds for the whole cover.
    if programme.terms.age_basis == "event-date":
        for day in _birthdays(programme, birth_date, cover_from, cover_to):
            found += _birthday(programme, day, programme.age_on(birth_date, day))
    return tuple(found)


def _line(programme: Programme, benefit: Benefit | None, kind: BenefitKind, age: int) -> BenefitAtAge:
    if benefit is None:
        return BenefitAtAge(kind, None)
    band = benefit.band_at(age)
    doubt = programme.reading(band.reading) if band.reading else None
    extra = any(other.benefit(kind) is None for other in programme.products)
    return BenefitAtAge(kind, band.amount_fen, benefit.deductible_fen, doubt, extra)


def _birthdays(programme: Programme, birth_date: date, cover_from: date, cover_to: date) -> Iterator[date]:
    """Yield the days after the first one on which a year is completed."""
    age = programme.age_on(birth_date, cover_from) + 1
    while (day := birthday_on(birth_date, age, programme.terms.birthday)) <= cover_to:
        yield day
        age += 1


def _dearer_pays_less(programme: Programme, age: int) -> Iterator[Note]:
    for dear, cheap in _pairs(programme):
        dear_fen, cheap_fen = _accident(dear, age), _accident(cheap, age)
        if dear_fen < cheap_fen:
            message = (
                f"{age}周岁：{dear.name}的意外伤害是{_yuan(dear_fen)}元，{cheap.name}是{_yuan(cheap_fen)}元，"
                f"贵的反而赔得少{_extras(dear, cheap)}。请跟老人讲清楚。"
            )
            yield Note("dearer-pays-less", message, age=age)


def _pairs(programme: Programme) -> Iterator[tuple[Product, Product]]:
    """Yield each (dearer, cheaper) pair of products that both have the accident benefit."""
    able = [product for product in programme.products if product.benefit(BenefitKind.ACCIDENT)]
    for dear in able:
        yield from ((dear, cheap) for cheap in able if dear.price_fen > cheap.price_fen)


def _extras(dear: Product, cheap: Product) -> str:
    names = [benefit.name for benefit in dear.benefits if cheap.benefit(benefit.kind) is None]
    return f"；但{dear.name}多了{'和'.join(names)}" if names else ""


def _birthday(programme: Programme, day: date, age: int) -> Iterator[Note]:
    if not any(_amount(benefit, age) < _amount(benefit, age - 1) for _, benefit in programme.benefits()):
        return
    parts = [_accident_words(product, age) for product in programme.products if product.benefit(BenefitKind.ACCIDENT)]
    parts += [words for product in programme.products if (words := _other_words(product, age))]
    yield Note(
        "birthday",
        f"老人{day_words(day)}满{age}周岁。从那天起，{'；'.join(parts)}。请跟老人讲清楚。",
        on=day,
        age=age,
    )


def _accident_words(product: Product, age: int) -> str:
    before, after = _accident(product, age - 1), _accident(product, age)
    if after == before:
        return f"{product.name}的意外伤害仍是{_yuan(after)}元"
    return f"{product.name}的意外伤害由{_yuan(before)}元{'降' if after < before else '升'}到{_yuan(after)}元"


def _other_words(product: Product, age: int) -> str:
    lower = [
        benefit.name
        for benefit in product.benefits
        if benefit.kind is not BenefitKind.ACCIDENT and _amount(benefit, age) < _amount(benefit, age - 1)
    ]
    return f"{product.name}的{'、'.join(lower)}也降低" if lower else ""


def _accident(product: Product, age: int) -> int:
    benefit = product.benefit(BenefitKind.ACCIDENT)
    return _amount(benefit, age) if benefit else 0


def _amount(benefit: Benefit, age: int) -> int:
    """Return the fen per unit; 0 below the first band, for who joins before the age that the plan covers (K12)."""
    return benefit.amount_at(age) if age >= benefit.bands[0].from_age else 0


def _yuan(amount_fen: int) -> str:
    """Whole yuan read better aloud: `5,000`, and `12.50` only where there are fen."""
    return yuan_shown(amount_fen).removesuffix(".00")
