"""保险法 33: which products pay on death, and on which days who may not be insured by them."""

from dataclasses import replace
from datetime import date

import pytest
from tests import factories

from ankang.rules.capacity import CapacityInDoubt, Incapacity, NoLegalCapacity, covers_death, require_capacity
from ankang.rules.programme import BenefitKind

PLAN = factories.plan()
A = PLAN.product("A")
DAY = date(2024, 3, 4)
MEDICAL = replace(
    A, code="M", name="医疗份", benefits=tuple(one for one in A.benefits if one.kind == BenefitKind.MEDICAL)
)


def test_death_is_covered_by_accident_or_life_but_not_by_medical():
    assert covers_death(A)
    assert covers_death(PLAN.product("B"))
    assert not covers_death(MEDICAL)


@pytest.mark.parametrize(
    ("from_on", "to_on", "refused"),
    [
        (date(2024, 3, 3), None, True),
        (date(2024, 3, 4), None, True),
        (date(2024, 3, 5), None, False),
        (date(2024, 1, 1), date(2024, 3, 3), False),
        (date(2024, 1, 1), date(2024, 3, 4), True),
    ],
)
def test_both_days_are_included(from_on, to_on, refused):
    known = (Incapacity(from_on, to_on, found=True),)
    if not refused:
        return require_capacity(PLAN, A, known, DAY)
    with pytest.raises(NoLegalCapacity, match="保险法第三十三条") as error:
        require_capacity(PLAN, A, known, DAY)
    assert (error.value.code, error.value.fields["clause"]) == ("no_legal_capacity", "保险法第三十三条")
    return None


def test_a_report_stops_too_until_the_town_has_looked():
    with pytest.raises(CapacityInDoubt, match="镇民政办还没核实"):
        require_capacity(PLAN, A, (Incapacity(DAY, None, found=False),), DAY)


def test_a_product_that_pays_nothing_on_death_is_allowed_and_named():
    plan = replace(PLAN, products=(*PLAN.products, MEDICAL))
    known = (Incapacity(DAY, None, found=True),)
    require_capacity(plan, MEDICAL, known, DAY)
    with pytest.raises(NoLegalCapacity, match="可以改选不含身故责任的医疗份"):
        require_capacity(plan, A, known, DAY)
