"""What a comparison is broken down by: product, benefit, age band, village."""

from dataclasses import dataclass

from ankang.pricing.engine import Slot, slots_of
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme

DIMENSIONS = {"product": "险种", "benefit": "责任", "age": "年龄档", "village": "村居"}


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of two plans: everything that either of them has."""

    products: tuple[str, ...]
    product_names: tuple[str, ...]
    kinds: tuple[BenefitKind, ...]
    slots: tuple[Slot, ...]
    ages: tuple[int, ...]  # where a band of either plan begins, ascending

    def age_name(self, at: int) -> str:
        """Return the name of an age group: 0 is who is younger than any band."""
        if at == 0:
            return f"{self.ages[0]}周岁以下"
        first = self.ages[at - 1]
        return f"{first}周岁及以上" if at == len(self.ages) else f"{first}—{self.ages[at] - 1}周岁"


def groups_of(before: Programme, after: Programme) -> Groups:
    """Return the groups of two plans, in the order of the first, then what only the second has."""
    names: dict[str, str] = {}
    for product in (*before.products, *after.products):
        names.setdefault(product.code, product.name)
    ages = {band.from_age for plan in (before, after) for _, benefit in plan.benefits() for band in benefit.bands}
    return Groups(
        products=tuple(names),
        product_names=tuple(names.values()),
        kinds=tuple(kind for kind in BenefitKind if kind in before.kinds or kind in after.kinds),
        slots=tuple(dict.fromkeys((*slots_of(before), *slots_of(after)))),
        ages=tuple(sorted(ages)),
    )


def kind_name(kind: BenefitKind) -> str:
    return BENEFIT_NAMES[kind]
