"""批改: proposals from the roster and the enrolments, two persons, effective days, numbers, withdrawals."""

import uuid
from datetime import date

import pytest
from tests import factories
from tests.enrolment.acts import enrol, withdrawal_of
from tests.policies.acts import NOW, TODAY, ask, covered, insurer, nothing_changes, promise

from ankang.enrolment.late import grant_late_entry
from ankang.enrolment.models import Enrolment
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import (
    cancel_endorsement,
    decide_endorsement,
    decide_withdrawal_on_policy,
    endorsements,
)
from ankang.policies.errors import EndorsementNotOpen, KeyReused
from ankang.policies.models import Certificate
from ankang.policies.proposals import proposals
from ankang.policies.queries import in_force, money_without_policy, policy_without_money
from ankang.roster.changes import correct_identity
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def town(version):
    return factories.user("town")


def decide(by, endorsement, accept=True, note=""):
    return decide_endorsement(by=by, endorsement=endorsement, accept=accept, note=note, today=TODAY, now=NOW)


def offered(by, version):
    found = proposals(by, version.programme, TODAY)
    return [(one.kind.value, one.holding.pk, one.effective_on) for one in found]


def test_a_corrected_number_is_proposed_asked_and_accepted(town, version):
    (one,) = covered(1, version)
    assert offered(town, version) == []
    number = factories.identity_number(date(1953, 3, 4))
    correct_identity(
        by=town, resident_id=one.resident_id, name="王改", number=number, reason="与身份证原件核对", today=TODAY
    )
    assert offered(town, version) == [("identity", one.holding_id, TODAY)]
    asked = ask(town, "identity", one.holding)
    assert (asked.number, asked.name_before, asked.name_after) == ("PG-320903101000-2024-0001", "王01", "王改")
    assert (asked.corrected.reveal(), asked.corrected_tail) == (number, number[-4:])
    assert offered(town, version) == []
    with nothing_changes(), pytest.raises(NotAllowed):
        decide(factories.user("town"), asked)
    with nothing_changes(), pytest.raises(InvalidInput):
        decide(insurer(), asked, accept=False)
    decide(insurer(), asked)
    one.refresh_from_db()
    assert (one.name, one.identity.reveal(), one.birth_date) == ("王改", number, date(1953, 3, 4))
    with nothing_changes(), pytest.raises(EndorsementNotOpen):
        decide(insurer(), asked)


def test_who_moved_to_another_village_takes_the_certificate_along(town, version):
    (one,) = covered(1, version)
    other = factories.village(2)
    Resident.objects.filter(pk=one.resident_id).update(village=other)
    worker = factories.user("village", other)
    asked = ask(worker, "transfer", one.holding)
    decide(insurer(), asked)
    one.refresh_from_db()
    assert (one.village, one.policy.village, asked.to_village) == (other, factories.village(1), other)
    assert offered(town, version) == []


def test_an_accepted_withdrawal_ends_the_certificate_at_once(town, version):
    (one,) = covered(1, version)
    worker = factories.user("village")
    request = withdrawal_of(one.holding.enrolment, worker)
    by = insurer()
    decide_withdrawal_on_policy(by=by, withdrawal=request, accept=True, note="", today=TODAY, now=NOW)
    made = Endorsement.objects.get()
    assert (made.kind, made.state, made.withdrawal, made.requested_by, made.decided_by) == (
        "remove", "accepted", request, worker, by,
    )  # fmt: skip
    one.refresh_from_db()
    assert one.ended_from == date(2024, 3, 21)  # before the cover began: it never does
    assert not in_force(version.programme, date(2024, 3, 21)).exists()
    assert list(policy_without_money(town, version.programme)) == []
    assert list(money_without_policy(town, version.programme)) == []


@pytest.mark.parametrize(
    ("withdrawn", "ended"),
    [
        (date(2024, 3, 19), date(2024, 3, 21)),
        (date(2024, 3, 21), date(2024, 3, 22)),
        (date(2024, 5, 1), date(2024, 5, 2)),
    ],
)
def test_a_withdrawal_of_before_is_proposed_with_its_day(town, version, withdrawn, ended):
    (one,) = covered(1, version)
    Enrolment.objects.filter(pk=one.holding.enrolment_id).update(withdrawn_on=withdrawn)
    assert offered(town, version) == [("remove", one.holding_id, ended)]
    assert [found.pk for found in policy_without_money(town, version.programme)] == [one.pk]
    assert list(money_without_policy(town, version.programme)) == []
    decide(insurer(), ask(town, "remove", one.holding))
    assert Certificate.objects.get().ended_from == ended


def test_a_death_before_the_cover_is_proposed_a_later_one_is_a_claim(town, version):
    first, second = covered(2, version)
    for one, day in ((first, date(2024, 3, 20)), (second, date(2024, 3, 21))):
        Resident.objects.filter(pk=one.resident_id).update(status="dead", died_on=day)
    assert offered(town, version) == [("remove", first.holding_id, date(2024, 3, 21))]


def test_a_late_entry_joins_the_policy_of_its_village(town, version):
    covered(2, version)
    resident, late = factories.resident(), date(2024, 4, 2)
    manager = factories.user("town", is_manager=True)
    facts = {"reason": "在外地没赶上", "paper": "镇会议记录3号", "key": uuid.uuid4().hex, "days": 1}
    grant_late_entry(by=manager, version=version, resident=resident, today=late, now=NOW, **facts)
    made = enrol(manager, resident, version, today=late)
    assert offered(town, version) == []  # not paid yet
    promise(made)
    (holding,) = made.holdings.all()
    assert offered(town, version) == [("add", holding.pk, date(2024, 4, 3))]
    decide(insurer(), ask(town, "add", holding))
    certificate = Certificate.objects.get(holding=holding)
    assert (certificate.number[-5:], certificate.cover_from, certificate.cover_to) == (
        "-0003", date(2024, 4, 3), date(2025, 3, 20),
    )  # fmt: skip


def test_nothing_to_change_is_refused_and_a_key_is_one_request(town, version):
    first, second = covered(2, version)
    with nothing_changes():
        for kind in ("remove", "identity", "transfer", "add"):
            with pytest.raises(EndorsementNotOpen):
                ask(town, kind, first.holding)
    Resident.objects.filter(pk=first.resident_id).update(name="王新")
    with nothing_changes():
        with pytest.raises(InvalidInput):
            ask(town, "identity", first.holding, reason=" ")
        with pytest.raises(NotAllowed):
            ask(factories.user("village", factories.village(2)), "identity", first.holding)
    asked = ask(town, "identity", first.holding, key="k")
    with nothing_changes():
        assert ask(town, "identity", first.holding, key="k").pk == asked.pk
        with pytest.raises(KeyReused):
            ask(town, "identity", second.holding, key="k")
        with pytest.raises(EndorsementNotOpen):
            ask(town, "identity", first.holding)
    cancel_endorsement(by=town, endorsement=asked, now=NOW)
    assert [one.state for one in endorsements(town)] == ["cancelled"]
    assert ask(town, "identity", first.holding).number.endswith("-0002")
