"""Two people at one batch in real transactions, and a process that is killed: no certificate twice, none lost."""

import pytest
from tests import factories
from tests.policies.acts import (
    NOW,
    POLICY,
    TODAY,
    accept,
    ask,
    covered,
    insured,
    insurer,
    outcomes,
    prepare,
    sent,
)
from tests.races import race

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment
from ankang.policies import answers
from ankang.policies.answers import Answer, Tally, answer_rows
from ankang.policies.batches import cancel_application
from ankang.policies.certificates import print_certificates
from ankang.policies.endorsements import cancel_endorsement, decide_endorsement
from ankang.policies.models import ApplicationBatch, Certificate, GroupPolicy
from ankang.policies.precheck import check
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version():
    return factories.version()


def numbers():
    return list(Certificate.objects.order_by("number").values_list("number", flat=True))


def test_two_accept_the_same_rows_at_once(version, monkeypatch):
    monkeypatch.setattr(answers, "CHUNK", 2)
    insured(5, version)
    batch, one, other = sent(version), insurer(), insurer()
    made = race(*(lambda by=by: accept(by, batch) for by in (one, other)))
    assert [type(each) for each in made] == [Tally, Tally]
    assert sum(each.accepted for each in made) == 5
    assert numbers() == [f"{POLICY}-{at:04d}" for at in range(1, 6)]
    assert GroupPolicy.objects.get().last_serial == 5
    assert ApplicationBatch.objects.get().state == "decided"


def test_accepted_by_one_and_refused_by_another_at_once_is_one_of_both(version):
    insured(1, version)
    batch, one, other = sent(version), insurer(), insurer()
    row = batch.rows.get()
    made = race(
        lambda: answer_rows(by=one, batch=batch, answers=[Answer(row.pk, POLICY)], now=NOW),
        lambda: answer_rows(by=other, batch=batch, answers=[Answer(row.pk, reason="不保")], now=NOW),
    )
    assert sorted(each.accepted + each.refused for each in made) == [0, 1]
    assert Certificate.objects.count() == made[0].accepted


def test_accepted_while_the_town_cancels_the_batch(version):
    insured(2, version)
    batch, by = sent(version), insurer()
    made = race(
        lambda: accept(by, batch),
        lambda: cancel_application(by=batch.sent_by, batch=batch, note="还要补", now=NOW),
    )
    refused = [each for each in made if isinstance(each, Exception)]
    assert [type(each).__name__ for each in refused] == ["BatchNotInState"]
    state = ApplicationBatch.objects.get().state
    assert {row[1] for row in outcomes(batch)} == ({"accepted"} if state == "decided" else {"cancelled"})
    assert Certificate.objects.count() == (2 if state == "decided" else 0)


def test_accepted_while_the_worker_cancels_the_enrolment(version):
    worker = factories.user("village")
    (made,) = insured(1, version, by=worker, today=TODAY)
    batch, by = sent(version), insurer()
    done = race(
        lambda: accept(by, batch),
        lambda: cancel_enrolment(by=worker, enrolment=made, today=TODAY, now=NOW),
    )
    gone = Enrolment.objects.get().cancelled_at is not None
    assert gone
    assert not isinstance(done[0], Exception)
    # either the cancelled one was not accepted any more, or its certificate stands in the list that must be empty
    assert Certificate.objects.count() == done[0].accepted


def test_the_same_people_put_into_two_batches_at_once_are_in_one(version):
    insured(3, version)
    one, other = factories.user("town"), factories.user("town")
    shown = check(one, version).sign
    made = race(*(lambda by=by: prepare(by, version, shown=shown) for by in (one, other)))
    assert sorted(type(each).__name__ for each in made)[0] == "ApplicationBatch"
    assert sum(isinstance(each, ApplicationBatch) for each in made) == 1
    assert [each.number for each in ApplicationBatch.objects.all()] == ["TB-320903101000-2024-0001"]


def test_an_endorsement_decided_while_it_is_taken_back(version):
    (one,) = covered(1, version)
    Resident.objects.filter(pk=one.resident_id).update(name="王新")
    town, by = factories.user("town"), insurer()
    asked = ask(town, "identity", one.holding)
    made = race(
        lambda: decide_endorsement(by=by, endorsement=asked, accept=True, note="", today=TODAY, now=NOW),
        lambda: cancel_endorsement(by=town, endorsement=asked, now=NOW),
    )
    assert sorted(type(each).__name__ for each in made) == ["Endorsement", "EndorsementNotOpen"]
    asked.refresh_from_db()
    assert Certificate.objects.get().name == ("王新" if asked.state == "accepted" else "王01")


def test_two_print_a_village_at_once_and_each_paper_knows_its_turn(version):
    covered(3, version)
    workers = [factories.user("village"), factories.user("village")]
    facts = {"programme": version.programme, "village": factories.village().pk, "only_new": False, "now": NOW}
    made = race(*(lambda by=by: print_certificates(by=by, **facts) for by in workers))
    assert sorted(each.times for papers in made for each in papers) == [1, 1, 1, 2, 2, 2]
    assert set(Certificate.objects.values_list("prints", flat=True)) == {2}
