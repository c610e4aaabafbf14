"""The sample claims: every state, decided through the real actions, by two persons."""

from collections import Counter
from datetime import date, timedelta

import pytest
from django.db.models import F

from ankang.accounts.models import User
from ankang.claims.facts import replay
from ankang.claims.models import Claim, ClaimStep, Decision, LimitUse
from ankang.claims.queries import town_figures
from ankang.programmes.models import Programme
from ankang.rules.trace import decision_json
from ankang.sample.incidents import of_the_dead, of_the_living
from ankang.sample.load import DEMO_DAY, build
from ankang.sample.town import Size

COVER_FROM, LAST = date(2023, 3, 21), date(2024, 3, 3)


@pytest.fixture
def sample(db: None) -> None:
    build(size=Size(villages=5, one_in=20))


def test_every_state_is_there_some_late_and_work_waits_for_both_handlers(sample: None) -> None:
    states = Counter(Claim.objects.values_list("status", flat=True))
    assert set(states) == set(Claim.Status.values)
    assert (states["reported"], states["recorded"], states["prepared"], states["returned"]) == (4, 5, 6, 2)
    assert states["reopened"] == 1
    assert sum(states.values()) == 64
    waiting = set(Decision.objects.filter(verdict="pending").values_list("prepared_by__username", flat=True))
    assert waiting == {"insurer", "insurer2", "funeral"}
    figures = town_figures(User.objects.get(username="town"), Programme.objects.get(year=2023), DEMO_DAY)
    assert figures.waiting == 18
    assert 2 <= figures.overdue <= 5
    assert figures.approved_fen > 0


def test_decisions_replay_by_two_persons_in_order_of_time_within_the_limits(sample: None) -> None:
    reviewed = Decision.objects.exclude(verdict="pending")
    assert reviewed.exists()
    assert not reviewed.filter(reviewed_by=F("prepared_by")).exists()
    for decision in Decision.objects.select_related("version"):
        assert decision_json(replay(decision)) == decision.outcome

    for claim in Claim.objects.all():
        times = list(ClaimStep.objects.filter(claim=claim).order_by("pk").values_list("at", flat=True))
        assert times == sorted(times)
        assert claim.event_on <= times[0].date() <= times[-1].date() < DEMO_DAY

    assert LimitUse.objects.exists()
    assert not LimitUse.objects.filter(used_fen__gt=F("limit_fen")).exists()
    approved = Claim.objects.filter(status="approved").values_list("resident_id", flat=True)
    assert max(Counter(approved).values()) >= 2


def test_the_same_incidents_each_time_and_fewer_for_few_people() -> None:
    assert of_the_living(200, COVER_FROM, LAST) == of_the_living(200, COVER_FROM, LAST)
    assert len(of_the_living(200, COVER_FROM, LAST)) == 54
    assert len(of_the_living(3, COVER_FROM, LAST)) == 3
    days = [COVER_FROM + timedelta(days=30), COVER_FROM + timedelta(days=60)]
    assert [incident.losses.died_on for incident in of_the_dead(days)] == days
