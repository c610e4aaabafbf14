"""One tap, who may, what is refused, taken back in time, and what the database itself holds."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from tests import factories, towns
from tests.outreach.acts import NOW, TODAY, TOMORROW, follow_up, nothing_changes
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.outreach.actions import FARTHEST, record_follow_up, undo_follow_up
from ankang.outreach.errors import KeyReused, UndoTooLate
from ankang.outreach.looks import look_at_phones
from ankang.outreach.models import FollowUp
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(db):
    return towns.campaign()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def wang(version):
    return factories.resident()


def test_it_stores_who_when_and_what_and_the_last_one_counts(worker, wang, version, django_assert_num_queries):
    first = follow_up(worker, wang, version, "away", note=" 在城里 ")
    programme = version.programme
    with django_assert_num_queries(7):  # savepoint, resident, key, last one, row, audit, release
        second = record_follow_up(
            by=worker, resident_id=wang.pk, programme=programme, outcome="refused", key="k", today=TODAY, now=NOW
        )
    first.refresh_from_db()
    assert (first.is_latest, first.note, first.again_on) == (False, "在城里", None)
    assert (second.is_latest, second.by, second.at, second.village_id) == (True, worker, NOW, wang.village_id)
    entry = AuditEntry.objects.latest("id")
    assert (entry.action, entry.subject_id, entry.detail) == (
        "outreach.follow_up",
        str(wang.pk),
        {"outcome": "refused"},
    )


@pytest.mark.parametrize("days", [0, FARTHEST.days])
def test_again_has_a_day_from_today_to_sixty_days_on(worker, wang, version, days):
    made = follow_up(worker, wang, version, "again", again_on=TODAY + timedelta(days=days))
    assert made.again_on == TODAY + timedelta(days=days)


@pytest.mark.parametrize("days", [-1, FARTHEST.days + 1, None])
def test_another_day_or_none_is_refused(worker, wang, version, days):
    with nothing_changes(), pytest.raises(InvalidInput, match="最远60天"):
        follow_up(worker, wang, version, "again", again_on=None if days is None else TODAY + timedelta(days=days))


def test_a_day_beside_another_outcome_counts_for_nothing(worker, wang, version):
    assert follow_up(worker, wang, version, "away", again_on=TOMORROW).again_on is None


@pytest.mark.parametrize(
    ("facts", "says"),
    [({"outcome": "sold"}, "请点一个结果"), ({"note": "长" * 81}, "最多80个字"), ({"key": ""}, "刷新")],
)
def test_what_is_no_outcome_note_or_key_is_refused(worker, wang, version, facts, says):
    with nothing_changes(), pytest.raises(InvalidInput, match=says):
        follow_up(worker, wang, version, **facts)


def test_the_same_key_again_stores_nothing_more(worker, wang, version):
    first = follow_up(worker, wang, version, key="one")
    with nothing_changes():
        assert follow_up(worker, wang, version, key="one") == first
    with nothing_changes(), pytest.raises(KeyReused):
        follow_up(worker, wang, version, "away", key="one")


def test_only_the_own_village_and_only_the_village(worker, wang, version):
    for stranger in (factories.user("village", factories.village(2)), factories.user("town")):
        with nothing_changes(), pytest.raises(NotAllowed):
            follow_up(stranger, wang, version)
        with nothing_changes(), pytest.raises(NotAllowed):
            look_at_phones(by=stranger, resident=wang)


def test_who_has_died_is_not_visited(worker, wang, version):
    towns.dead(wang)
    with nothing_changes(), pytest.raises(Conflict, match="已故"):
        follow_up(worker, wang, version)


@pytest.mark.parametrize(("minutes", "allowed"), [(9, True), (10, True), (11, False)])
def test_it_is_taken_back_within_ten_minutes(worker, wang, version, minutes, allowed):
    before, last = follow_up(worker, wang, version, "away"), follow_up(worker, wang, version, "dead")
    later = NOW + timedelta(minutes=minutes)
    if not allowed:
        with nothing_changes(), pytest.raises(UndoTooLate):
            undo_follow_up(by=worker, follow_up_id=last.pk, now=later)
        return
    undo_follow_up(by=worker, follow_up_id=last.pk, now=later)
    assert FollowUp.objects.get(is_latest=True) == before
    assert AuditEntry.objects.latest("id").action == "outreach.undo_follow_up"
    with nothing_changes():
        undo_follow_up(by=worker, follow_up_id=last.pk, now=later)
    undo_follow_up(by=worker, follow_up_id=before.pk, now=later)
    assert not FollowUp.objects.filter(is_latest=True).exists()


def test_what_another_recorded_or_followed_up_since_stays(worker, wang, version):
    colleague = factories.user("village")
    mine = follow_up(worker, wang, version)
    with nothing_changes(), pytest.raises(NotAllowed):
        undo_follow_up(by=colleague, follow_up_id=mine.pk, now=NOW)
    follow_up(colleague, wang, version, "away")
    with nothing_changes(), pytest.raises(UndoTooLate):
        undo_follow_up(by=worker, follow_up_id=mine.pk, now=NOW)


def test_a_look_at_the_phones_is_noted_without_the_number(worker, django_assert_num_queries):
    resident = factories.resident(phone="19900001234", phone_tail="1234")
    with django_assert_num_queries(3):
        phones = look_at_phones(by=worker, resident=resident)
    assert (phones.own, phones.child) == ("19900001234", "")
    entry = AuditEntry.objects.get(action="outreach.look_at_phones")
    assert (entry.actor, entry.subject_id, entry.detail) == (worker, str(resident.pk), {})


@pytest.mark.parametrize(
    "wrong", [{"outcome": "again"}, {"again_on": TODAY}, {"undone_at": NOW}], ids=["no day", "a day", "undone"]
)
def test_the_database_refuses_what_no_action_writes(worker, wang, version, wrong):
    good = {"resident": wang, "village": wang.village, "programme": version.programme, "at": NOW, "by": worker}
    FollowUp.objects.create(key="good", outcome="away", is_latest=False, **good)
    with pytest.raises(IntegrityError), transaction.atomic():
        FollowUp.objects.create(**{"key": "bad", "outcome": "away", **good, **wrong})
    assert FollowUp.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_in_the_same_second_leave_one_last_word():
    version = towns.campaign()
    one, other, wang = factories.user("village"), factories.user("village"), factories.resident()
    outcomes = race(
        lambda: follow_up(one, wang, version, "away", key="a"), lambda: follow_up(other, wang, version, key="b")
    )
    assert all(isinstance(found, FollowUp) for found in outcomes), outcomes
    assert FollowUp.objects.count() == 2
    assert FollowUp.objects.filter(is_latest=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_form_sent_twice_at_once_is_recorded_once():
    version = towns.campaign()
    one, wang = factories.user("village"), factories.resident()
    twice = race(*[lambda: follow_up(one, wang, version, key="same")] * 2)
    assert twice[0] == twice[1]
    assert FollowUp.objects.count() == 1
