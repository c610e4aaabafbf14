"""Two at once, in real transactions: numbers without gap or double, one release, one notice."""

import pytest
from tests import factories
from tests.bulletins.acts import NOW, draft, release, released, seen_of, urge
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.bulletins.actions import draft_bulletin, withdraw_bulletin
from ankang.bulletins.models import Bulletin, Notice
from ankang.bulletins.notices import confirm_read

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version():
    return factories.version()


def test_released_at_once_they_take_one_number_each(version):
    first, second = factories.user("town"), factories.user("town")
    drafts = [draft(first, version) for _ in range(4)]
    made = race(*(lambda one=one: release(second, one) for one in drafts))
    assert sorted(one.number for one in made) == [1, 2, 3, 4]


def test_one_draft_released_by_two_at_once_has_one_number(version):
    first, others = factories.user("town"), [factories.user("town") for _ in range(2)]
    bulletin = draft(first, version)
    seen = seen_of(bulletin)
    made = race(*(lambda one=one: release(one, bulletin, seen=seen) for one in others))
    assert sorted(type(one).__name__ for one in made) == ["Bulletin", "NotADraft"]
    assert Bulletin.objects.get().number == 1
    assert release(others[0], draft(first, version)).number == 2
    assert AuditEntry.objects.filter(action="bulletin.release").count() == 2


def test_released_and_withdrawn_at_once_leaves_no_gap(version):
    first, second = factories.user("town"), factories.user("town")
    bulletin = draft(first, version)
    race(
        lambda: release(second, bulletin),
        lambda: withdraw_bulletin(by=first, bulletin=bulletin, reason="不发了", now=NOW),
    )
    taken = Bulletin.objects.filter(number__isnull=False).count()
    assert released(first, second, version).number == taken + 1


def test_one_form_sent_twice_at_once_is_one_draft(version):
    first = factories.user("town")
    made = race(*[lambda: draft_bulletin(by=first, version=version, kind="weekly", key="k", now=NOW)] * 3)
    assert {one.pk for one in made} == {Bulletin.objects.get().pk}


def test_notices_sent_twice_at_once_are_sent_once(version):
    by, resident = factories.user("town"), factories.resident()
    made = race(*[lambda: urge(by, version, resident.village_id, key="k")] * 3)
    assert [[one.pk for one in notices] for notices in made] == [[Notice.objects.get().pk]] * 3


def test_two_workers_confirm_one_notice_once(version):
    resident, workers = factories.resident(), [factories.user("village") for _ in range(2)]
    (notice,) = urge(factories.user("town"), version, resident.village_id)
    made = race(*(lambda one=one: confirm_read(by=one, notice=notice, now=NOW) for one in workers))
    assert len({one.read_by_id for one in made}) == 1
    assert AuditEntry.objects.filter(action="notice.read").count() == 1
