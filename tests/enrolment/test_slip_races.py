"""Two forms over the same people in the same second, in real transactions, on SQLite and on PostgreSQL."""

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol, reread, slip_of
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.enrolment.errors import PeopleRefused
from ankang.enrolment.models import Enrolment
from ankang.enrolment.slip_checks import Wanted
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.enrolment.slips import enrol_household, go_on
from ankang.programmes.queries import plan_of
from ankang.rules.premium import quote

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def family(version):
    return [factories.resident(name=name, household="001") for name in ("王秀兰", "陈大山", "王小妹")]


def house(by, version, people, key, units=2):
    quoted = quote(plan_of(version), "B", units)
    wanted = [Wanted(resident=one, quote=quoted, consent="resident") for one in people]
    return enrol_household(by=by, key=key, version=version, people=wanted, today=TODAY, now=NOW)


def test_of_two_forms_over_one_household_one_succeeds_whole(version, family):
    village, town = factories.user("village"), factories.user("town")
    outcomes = race(
        lambda: house(village, version, family, "a" * 32), lambda: house(town, version, family[::-1], "b" * 32)
    )
    stored = [outcome for outcome in outcomes if isinstance(outcome, EnrolmentSlip)]
    refused = [outcome for outcome in outcomes if not isinstance(outcome, EnrolmentSlip)]
    assert (len(stored), [type(error) for error in refused]) == (1, [PeopleRefused])
    assert set(refused[0].fields["people"]) == {one.pk for one in family}
    assert list(EnrolmentSlip.objects.all()) == stored
    assert [reread(one).units for one in family] == [2, 2, 2]
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == 3


def test_a_household_form_pressed_three_times_is_one_slip(version, family):
    by = factories.user("village")
    outcomes = race(*[lambda: house(by, version, family, "a" * 32)] * 3)
    assert [outcome.pk for outcome in outcomes] == [EnrolmentSlip.objects.get().pk] * 3
    assert Enrolment.objects.count() == 3


def test_a_slip_confirmed_twice_at_once_enrols_everybody_once(version, family, monkeypatch):
    monkeypatch.setattr("ankang.enrolment.slips.CHUNK", 1)
    by = factories.user("village")
    slip = slip_of(by, version, family)
    assert race(*[lambda: go_on(by=by, slip=slip, today=TODAY, now=NOW)] * 2) == [0, 0]
    assert [reread(one).units for one in family] == [1, 1, 1]
    assert AuditEntry.objects.filter(action="enrolment.slip").count() == 1


def test_two_slips_and_a_single_form_over_the_same_people_fill_the_cap_and_no_more(version, family):
    by, other = factories.user("village"), factories.user("village")
    slips = [slip_of(by, version, family), slip_of(other, version, family[::-1], units=2)]
    race(
        lambda: go_on(by=by, slip=slips[0], today=TODAY, now=NOW),
        lambda: go_on(by=other, slip=slips[1], today=TODAY, now=NOW),
        lambda: enrol(by, family[1], version),
    )
    for one in family:
        assert 1 <= reread(one).capped_units <= 2
    done = sum(slip.lines.filter(outcome="done").count() for slip in slips)
    assert Enrolment.objects.filter(channel="list").count() == done
