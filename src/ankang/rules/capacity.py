"""Who may not be insured against death: a person without legal capacity (无民事行为能力). Source: 保险法 33.

The exception of that article, parents insuring their minor children, never meets a resident of the roster.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from ankang.rules.days import day_words
from ankang.rules.errors import Conflict
from ankang.rules.programme import BenefitKind, Product, Programme

CLAUSE = "保险法第三十三条"
_PAYS_ON_DEATH = (BenefitKind.ACCIDENT, BenefitKind.LIFE)


class NoLegalCapacity(Conflict):
    """A court found that the person has no legal capacity, and the product pays on death."""

    code = "no_legal_capacity"


class CapacityInDoubt(Conflict):
    """A village reported the person as perhaps without legal capacity, and the town has not looked into it yet."""

    code = "capacity_in_doubt"


@dataclass(frozen=True, slots=True)
class Incapacity:
    """A time without legal capacity, both ends included. `found`: on a court's paper, else reported and waiting."""

    from_on: date
    to_on: date | None
    found: bool


def covers_death(product: Product) -> bool:
    """Return whether a product pays anything on death, at any age."""
    benefits = [benefit for benefit in product.benefits if benefit.kind in _PAYS_ON_DEATH]
    return any(band.amount_fen for benefit in benefits for band in benefit.bands)


def incapacity_on(known: Collection[Incapacity], day: date) -> Incapacity | None:
    """Return what holds on a day: what a court found goes before what is only reported."""
    holding = [one for one in known if one.from_on <= day and (one.to_on is None or day <= one.to_on)]
    return max(holding, key=lambda one: one.found, default=None)


def may_insure(product: Product, known: Collection[Incapacity], day: date) -> bool:
    """Return whether the law lets this product insure the person on a day."""
    return not covers_death(product) or incapacity_on(known, day) is None


def require_capacity(programme: Programme, product: Product, known: Collection[Incapacity], day: date) -> None:
    """Let pass whom the law lets this product insure, whoever pays and whoever agrees for them.

    Errors: NoLegalCapacity, CapacityInDoubt, with `clause`, both saying what to do. Source: 保险法 33, 34.
    """
    incapacity = incapacity_on(known, day)
    if incapacity is None or not covers_death(product):
        return
    if not incapacity.found:
        raise CapacityInDoubt(
            f"已报告这位老人可能无民事行为能力，镇民政办还没核实。{product.name}含身故责任，核实前不能投保（{CLAUSE}）。"
            f"请不要收钱，也不要代签，等镇民政办核实。{_other_products(programme)}",
            clause=CLAUSE,
        )
    since = f"{day_words(incapacity.from_on)}起"
    raise NoLegalCapacity(
        f"这位老人{since}经认定无民事行为能力，{product.name}含身故责任，不能投保，监护人和家属也不能代他同意（{CLAUSE}）。"
        f"请不要收钱，有疑问请报镇民政办。{_other_products(programme)}",
        clause=CLAUSE,
        product=product.code,
    )


def _other_products(programme: Programme) -> str:
    """What may still be offered: products that pay nothing on death."""
    names = "、".join(product.name for product in programme.products if not covers_death(product))
    return f"可以改选不含身故责任的{names}。" if names else ""
