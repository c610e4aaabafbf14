"""The query for subjects and the rule for one person say the same of everybody."""

from datetime import date
from itertools import product as every

import pytest
from tests import factories, towns

from ankang.enrolment.subjects import eligible_residents, subjects
from ankang.programmes.queries import plan_of
from ankang.roster.queries import listed_groups
from ankang.rules.eligibility import is_eligible, is_subject

pytestmark = pytest.mark.django_db

BIRTHS = [date(1944, 3, 20), date(1944, 3, 21), date(1944, 3, 22), date(1964, 3, 21), date(1964, 3, 22)]
LISTS = [(), ("dibao",), ("dibao", "sanwu"), ("other",)]


@pytest.mark.parametrize("oldest", [None, 79])
def test_query_and_rule_agree(oldest: int | None) -> None:
    version = towns.campaign()
    plan = plan_of(version)
    if oldest:
        from dataclasses import replace

        plan = replace(plan, products=tuple(replace(one, join_to_age=oldest) for one in plan.products))
    for birth, lists in every(BIRTHS, LISTS):
        resident = factories.resident(birth_date=birth)
        for group in lists:
            towns.listed(resident, group)
    clerk = factories.user("town")
    everybody = list(factories.Resident.objects.all())
    assert len(everybody) == 20
    found = set(subjects(clerk, plan, towns.TODAY))
    assert found == {one for one in everybody if is_subject(plan, one.birth_date, listed_groups(one, towns.TODAY))}
    assert found
    assert set(eligible_residents(clerk, plan)) == {one for one in everybody if is_eligible(plan, one.birth_date)}
