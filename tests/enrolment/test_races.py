"""Two workers in the same second, in real transactions: one succeeds, the other is told why in plain words."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import TODAY, enrol, reread
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.errors import KeyReused
from ankang.enrolment.models import Enrolment, Participation
from ankang.rules.units import GovernmentUnitsHeld, UnitCapReached

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def version():
    return factories.version()


def split(outcomes):
    return (
        [outcome for outcome in outcomes if isinstance(outcome, Enrolment)],
        [outcome for outcome in outcomes if not isinstance(outcome, Enrolment)],
    )


def test_two_first_enrolments_of_two_units_make_one(version):
    village, town, resident = factories.user("village"), factories.user("town"), factories.resident()
    stored, refused = split(race(*(lambda by=by: enrol(by, resident, version, units=2) for by in (village, town))))
    assert (len(stored), len(refused)) == (1, 1)
    assert isinstance(refused[0], UnitCapReached)
    assert "最多2份，这位老人已买2份" in refused[0].message
    assert list(Enrolment.objects.all()) == stored
    assert (reread(resident).units, reread(resident).capped_units) == (2, 2)
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == 1


def test_of_five_further_single_units_exactly_one_fits(version):
    by, resident = factories.user("village"), factories.resident()
    enrol(by, resident, version)
    stored, refused = split(race(*[lambda: enrol(by, resident, version)] * 5))
    assert len(stored) == 1
    assert [type(error) for error in refused] == [UnitCapReached] * 4
    assert reread(resident).capped_units == 2
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == 2


def test_a_double_click_is_one_enrolment(version):
    by, resident = factories.user("village"), factories.resident()
    outcomes = race(*[lambda: enrol(by, resident, version, key="one-form")] * 3)
    assert [outcome.pk for outcome in outcomes] == [Enrolment.objects.get().pk] * 3
    assert reread(resident).units == 1


def test_one_key_for_two_residents_is_one_enrolment_and_one_conflict(version):
    by, people = factories.user("village"), [factories.resident(), factories.resident(name="陈桂英")]
    stored, refused = split(race(*(lambda who=who: enrol(by, who, version, key="one-form") for who in people)))
    assert (len(stored), [type(error) for error in refused]) == (1, [KeyReused])
    assert Participation.objects.filter(units__gt=0).count() == Enrolment.objects.count() == 1


def test_government_buys_once_when_two_press_at_once(version):
    by, subject = factories.user("village"), factories.resident(birth_date=date(1940, 1, 1))
    call = [lambda: enrol(by, subject, version, payer="government", consent="not_needed")] * 2
    stored, refused = split(race(*call))
    assert (len(stored), [type(error) for error in refused]) == (1, [GovernmentUnitsHeld])
    assert reread(subject).units == 1


def test_cancelling_twice_at_once_gives_the_units_back_once(version):
    by, resident = factories.user("village"), factories.resident()
    kept, taken_back = enrol(by, resident, version), enrol(by, resident, version)
    race(*[lambda: cancel_enrolment(by=by, enrolment=taken_back, today=TODAY, now=NOW)] * 2)
    assert (reread(resident).units, kept.cancelled_at) == (1, None)
    assert AuditEntry.objects.filter(action="enrolment.cancel").count() == 1


def test_the_database_itself_refuses_a_third_unit(version):
    by, resident = factories.user("village"), factories.resident()
    enrol(by, resident, version, units=2)
    with pytest.raises(IntegrityError, match="participation_unit_cap"), transaction.atomic():
        Participation.objects.filter(resident=resident).update(units=3, capped_units=3)
    assert reread(resident).capped_units == 2
