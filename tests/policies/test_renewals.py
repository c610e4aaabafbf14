"""Next year's list: by next year's programme where there is one, else by this year's, and the list says which."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests import factories
from tests.policies.acts import covered

from ankang.policies.renewals import renewal_candidates, renewals, terms_after
from ankang.programmes.actions import publish_version
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db
DAY = date(2025, 3, 21)


@pytest.fixture
def version():
    return factories.version()


def listed(version):
    rows = renewal_candidates(factories.user("town"), version)
    return [(one.age_then, one.premium_fen, one.problem) for one in renewals(version, terms_after(version), list(rows))]


def next_year(**facts):
    plan = factories.plan()
    product = replace(plan.product("B"), price_fen=6_000) if facts.pop("with_b", True) else plan.product("A")
    days = {
        "window_from": date(2025, 2, 1), "window_to": date(2025, 3, 20), "cover_from": DAY,
        "cover_to": date(2026, 3, 20),
    }  # fmt: skip
    product = replace(product, **facts)
    made = replace(plan, id="2025", name="2025年方案", year=2025, products=(product,), targets=(), **days)
    return publish_version(plan=made, division=factories.town(), by=None, at=datetime(2025, 1, 15, tzinfo=UTC))


def test_without_a_next_programme_by_this_years(version):
    (one,) = covered(1, version)
    assert (terms_after(version).is_next, terms_after(version).day) == (False, DAY)
    assert listed(version) == [(71, 5_000, "")]
    Resident.objects.filter(pk=one.resident_id).update(status="dead", died_on=date(2024, 5, 1))
    assert listed(version) == [(71, 0, "已故")]


@pytest.mark.parametrize(
    ("facts", "premium", "problem"),
    [
        ({}, 6_000, ""),
        ({"join_to_age": 71}, 6_000, ""),
        ({"join_to_age": 70}, 0, "到时年龄不在收的范围里"),
        ({"with_b": False}, 0, "明年没有这个险种"),
    ],
)
def test_by_next_years_programme_when_there_is_one(version, facts, premium, problem):
    covered(1, version)
    later = next_year(**facts)
    terms = terms_after(version)
    assert (terms.version, terms.is_next, terms.day) == (later, True, DAY)
    assert listed(version) == [(71, premium, problem)]
