"""Who is covered when: what claims read, and what the page shows of a person."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests import factories
from tests.enrolment.acts import TODAY, enrol

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.queries import covers_of, enrolled_on, participation_summary
from ankang.rules.adjudicate import Cover

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
FIRST, LAST = date(2024, 3, 21), date(2025, 3, 20)


def test_covers_are_summed_by_product_and_period(django_assert_num_queries):
    version, by = factories.version(), factories.user("village")
    resident = factories.resident(birth_date=date(1940, 1, 1))
    enrol(by, resident, version, payer="government", consent="not_needed")
    enrol(by, resident, version, product="B")
    enrol(by, resident, version, product="A")
    with django_assert_num_queries(1):
        assert covers_of(resident, version.programme) == [Cover("A", 1, FIRST, LAST), Cover("B", 2, FIRST, LAST)]


def test_what_was_cancelled_does_not_cover():
    version, by, resident = factories.version(), factories.user("village"), factories.resident()
    enrolment = enrol(by, resident, version, units=2)
    cancel_enrolment(by=by, enrolment=enrolment, today=TODAY, now=NOW)
    assert covers_of(resident, version.programme) == []
    assert participation_summary(resident, version.programme).units == 0


def test_covers_that_begin_on_payment_stay_apart():
    plan = factories.plan()
    version = factories.version(replace(plan, terms=replace(plan.terms, cover_rule="day-after-payment")))
    by, resident = factories.user("village"), factories.resident()
    enrol(by, resident, version, today=date(2024, 2, 28))
    enrol(by, resident, version, today=date(2024, 2, 29))
    assert covers_of(resident, version.programme) == [
        Cover("B", 1, date(2024, 2, 29), date(2025, 2, 28)),
        Cover("B", 1, date(2024, 3, 1), date(2025, 2, 28)),
    ]


def test_another_programme_does_not_cover():
    version, by, resident = factories.version(), factories.user("village"), factories.resident()
    enrol(by, resident, version)
    other = factories.version(replace(factories.plan(), id="other", year=2025))
    assert covers_of(resident, other.programme) == []


def test_today_lists_ones_own_enrolments_newest_first(django_assert_num_queries):
    version, by, other = factories.version(), factories.user("village"), factories.user("village")
    made = [enrol(by, factories.resident(), version) for _ in range(3)]
    enrol(other, factories.resident(), version)
    enrol(by, factories.resident(), version, today=date(2024, 3, 3))
    with django_assert_num_queries(3):
        listed = list(enrolled_on(by, TODAY))
    assert listed == made[::-1]
