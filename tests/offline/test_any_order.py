"""Uploads in any order, any of them repeated, two of them at once: the same rows in the end."""

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories, towns
from tests.offline.acts import BACK, NOTED, arrive, enrolment, follow_up, taken_list
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, Participation
from ankang.offline.models import OfflineEntry
from ankang.outreach.models import FollowUp

_round = count(1)
_KINDS = ("refused", "away", "B", "A", "dead")


def the_drafts(taken: Any, people: list[Any]) -> list[dict[str, Any]]:
    """Return drafts about two people: visits at different minutes, and two enrolments of one unit each."""
    made = []
    for at, (person, kind) in enumerate((person, kind) for person in people for kind in _KINDS):
        facts = {"collected_at": (NOTED + timedelta(minutes=at)).isoformat(), "key": f"{taken.pk}-{at}"}
        if kind in ("A", "B"):
            facts |= {"product": kind, "total_fen": 10000 if kind == "A" else 5000}
            made.append(enrolment(taken, person, **facts))
        else:
            made.append(follow_up(taken, person, kind, **facts))
    return made


def outcome(taken: Any, people: list[Any]) -> list[Any]:
    """Return what stands in the end, without the keys that count rows."""
    place = {person.pk: at for at, person in enumerate(people)}
    holds = Enrolment.objects.filter(offline_entry__taken=taken)
    visits = FollowUp.objects.filter(offline_entry__taken=taken)
    joined = Participation.objects.filter(resident__in=people)
    return [
        sorted((place[row.participation.resident_id], row.key[-1], row.enrolled_on, row.by_id) for row in holds),
        sorted((place[row.resident_id], row.outcome, row.at, row.is_latest) for row in visits),
        sorted((place[row.resident_id], row.units, row.capped_units, row.first_enrolled_on) for row in joined),
        OfflineEntry.objects.filter(taken=taken).count(),
        AuditEntry.objects.filter(action="offline.take_in", subject_id__in=_entries(taken)).count(),
    ]


def _entries(taken: Any) -> list[str]:
    return [str(pk) for pk in OfflineEntry.objects.filter(taken=taken).values_list("pk", flat=True)]


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    order=st.permutations(range(2 * len(_KINDS))),
    again=st.lists(st.integers(0, 2 * len(_KINDS) - 1), max_size=8),
)
def test_any_order_and_any_repetition_end_in_the_same_rows(version_and_worker, order, again):
    version, worker = version_and_worker
    ends = []
    for arrivals in (list(range(2 * len(_KINDS))), [*order, *again]):
        taken = taken_list(worker, version, NOTED - timedelta(seconds=next(_round)))
        people = [factories.resident(worker.division, name=f"老人{at}") for at in range(2)]
        drafts = the_drafts(taken, people)
        for at, which in enumerate(arrivals):
            arrive(worker, drafts[which], BACK + timedelta(seconds=at))
        ends.append(outcome(taken, people))
    assert ends[0] == ends[1]
    assert ends[0][3] == 2 * len(_KINDS)
    OfflineEntry.objects.all().delete()  # so that a worker's hour and day do not fill over the examples


@pytest.fixture
def version_and_worker(db: None) -> tuple[Any, Any]:
    version = towns.campaign()
    return version, factories.user("village")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("make", [enrolment, follow_up])
def test_two_uploads_of_one_draft_at_once_are_one_entry(version_and_worker, make):
    version, worker = version_and_worker
    draft = make(taken_list(worker, version), factories.resident(worker.division))
    outcomes = race(*[lambda: arrive(worker, draft)] * 4)
    assert [getattr(one, "pk", one) for one in outcomes] == [OfflineEntry.objects.get().pk] * 4
    assert Enrolment.objects.count() + FollowUp.objects.count() == 1
    assert AuditEntry.objects.filter(action="offline.take_in").count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_key_for_two_people_at_once_is_one_entry_and_one_conflict(version_and_worker):
    version, worker = version_and_worker
    taken = taken_list(worker, version)
    drafts = [follow_up(taken, factories.resident(worker.division)) | {"key": "one"} for _ in range(2)]
    outcomes = race(*[lambda draft=draft: arrive(worker, draft) for draft in drafts])
    assert sorted(type(one).__name__ for one in outcomes) == ["KeyReused", "OfflineEntry"]
    assert FollowUp.objects.count() == 1
