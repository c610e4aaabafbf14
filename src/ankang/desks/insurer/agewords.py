"""The note on the insured's age: how old on the day, when the next year is completed, which band each benefit uses."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ankang.claims.limits import units_on
from ankang.rules.adjudicate import Cover
from ankang.rules.days import birthday_on
from ankang.rules.programme import BENEFIT_NAMES, Band, BenefitKind, Product, Programme


@dataclass(frozen=True, slots=True)
class AgeNote:
    age: int
    birth: date
    next_birthday: date  # the day on which the next year is completed
    bands: list[tuple[str, str]]  # (benefits, band), e.g. (意外伤害, 70—75周岁)
    basis: str

    @property
    def next_age(self) -> int:
        return self.age + 1


def age_note(plan: Programme, birth: date, covers: Iterable[Cover], day: date) -> AgeNote:
    """Return the note for an event on a day. READING K01, K17."""
    covers = list(covers)
    start = min((cover.start for cover in covers if cover.start <= day <= cover.end), default=day)
    on = day if plan.terms.age_basis == "event-date" else start
    age = plan.age_on(birth, on)
    return AgeNote(
        age=age,
        birth=birth,
        next_birthday=birthday_on(birth, age + 1, plan.terms.birthday),
        bands=_bands(plan, covers, day, age),
        basis="事故当天" if on == day else "保障开始当天",
    )


def band_words(band: Band) -> str:
    """Return a band as the plan writes it: 70—75周岁, 76周岁（含）以上."""
    if band.to_age is None:
        return f"{band.from_age}周岁（含）以上"
    return f"{band.from_age}—{band.to_age}周岁"


def _bands(plan: Programme, covers: Iterable[Cover], day: date, age: int) -> list[tuple[str, str]]:
    """Benefits by band; a product is named only where the products held use different bands for a benefit."""
    covers = list(covers)
    held = [product for product in plan.products if units_on(covers, product.code, day)]
    names: dict[str, list[str]] = {}
    for kind in BenefitKind:
        used = {product.name: words for product in held if (words := _band_of(product, kind, age))}
        together = len(set(used.values())) == 1
        for product_name, words in used.items():
            name = BENEFIT_NAMES[kind] if together else f"{product_name}的{BENEFIT_NAMES[kind]}"
            if name not in names.setdefault(words, []):
                names[words].append(name)
    return [("、".join(benefits), words) for words, benefits in names.items()]


def _band_of(product: Product, kind: BenefitKind, age: int) -> str | None:
    benefit = product.benefit(kind)
    if benefit is None or len(benefit.bands) == 1:
        return None
    return next((band_words(band) for band in benefit.bands if band.covers(age)), None)
