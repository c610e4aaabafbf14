"""Drafts that come up: the day that counts, once and only once, both sides shown, nothing decided over silently."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests import factories, towns
from tests.enrolment.acts import enrol
from tests.offline.acts import BACK, NOTED, TAKEN, arrive, enrolment, follow_up, nothing_changes, taken_list
from tests.outreach.acts import follow_up as visit

from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, Participation
from ankang.offline.actions import LISTS_A_DAY, take_list
from ankang.offline.errors import Disagreement, KeyReused, TooMany
from ankang.offline.models import OfflineEntry, OfflineList
from ankang.outreach.models import FollowUp
from ankang.programmes.actions import publish_version
from ankang.programmes.queries import plan_of
from ankang.rules.days import short_day_words
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def version():
    return towns.campaign()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def wang(worker):
    return factories.resident(worker.division)


@pytest.fixture
def taken(worker, version):
    return taken_list(worker, version)


def the_other_side(by: Any, draft: dict[str, Any], now: datetime = BACK) -> Disagreement:
    """Return the disagreement that a draft meets, after checking that nothing was stored."""
    with nothing_changes(), pytest.raises(Disagreement) as met:
        arrive(by, draft, now)
    return met.value


def test_an_enrolment_counts_on_the_day_it_was_noted_and_both_instants_are_kept(worker, wang, taken):
    entry = arrive(worker, enrolment(taken, wang), BACK + timedelta(days=3))
    made = Enrolment.objects.get()
    assert (entry.enrolment, entry.follow_up, entry.village_id) == (made, None, wang.village_id)
    assert (made.enrolled_on, made.enrolled_at) == (date(2024, 3, 4), BACK + timedelta(days=3))
    assert Participation.objects.get().first_enrolled_on == date(2024, 3, 4)
    detail = AuditEntry.objects.get(action="offline.take_in").detail
    assert detail["kind"] == "enrolment"
    assert detail["collected_at"] == "2024-03-04T11:00:00+08:00"
    assert detail["received_at"] == "2024-03-07T13:00:00+08:00"
    assert AuditEntry.objects.filter(action="enrolment.enrol", actor=worker).count() == 1


def test_who_paid_on_the_last_day_is_enrolled_when_the_telephone_is_back_after_the_window(worker, version, wang):
    last = datetime(2024, 3, 20, 15, tzinfo=TAKEN.tzinfo)
    taken = taken_list(worker, version, last - timedelta(hours=2))
    arrive(worker, enrolment(taken, wang, collected_at=last.isoformat()), last + timedelta(days=2))
    made = Enrolment.objects.get()
    assert (made.enrolled_on, made.late_entry) == (date(2024, 3, 20), None)
    assert made.holdings.get().cover_from == date(2024, 3, 21)
    late = enrolment(taken, factories.resident(), collected_at=(last + timedelta(days=1)).isoformat())
    with nothing_changes(), pytest.raises(Conflict, match="已经截止"):
        arrive(worker, late, last + timedelta(days=2))


def test_the_same_draft_again_is_the_same_entry(worker, wang, taken):
    drafts = [enrolment(taken, wang), follow_up(taken, wang)]
    first = [arrive(worker, draft) for draft in drafts]
    with nothing_changes():
        assert [arrive(worker, draft, BACK + timedelta(days=9)) for draft in drafts] == first


def test_a_key_stands_for_one_draft(worker, wang, taken):
    draft = enrolment(taken, wang)
    arrive(worker, draft)
    neighbour = factories.resident(worker.division, name="李秀英")
    for other in (follow_up(taken, wang), enrolment(taken, neighbour)):
        with nothing_changes(), pytest.raises(KeyReused):
            arrive(worker, other | {"key": draft["key"]})


@pytest.mark.parametrize(
    ("noted", "received", "counts"),
    [
        (TAKEN - timedelta(milliseconds=999), BACK, TAKEN),  # the telephone counts in milliseconds
        (TAKEN, TAKEN, TAKEN),
        (BACK + timedelta(minutes=5), BACK, BACK),  # a clock that runs fast
        (TAKEN, TAKEN + WEEK, TAKEN),
    ],
)
def test_the_bounds_of_the_instant_that_counts(taken, wang, noted, received, counts):
    draft = follow_up(taken, wang, collected_at=noted.isoformat())
    assert arrive(taken.user, draft, received).collected_at == counts


@pytest.mark.parametrize(
    ("noted", "received"),
    [
        (TAKEN - timedelta(seconds=2), BACK),  # before the list was taken
        (BACK + timedelta(minutes=6), BACK),
        (TAKEN, TAKEN + WEEK + timedelta(seconds=1)),
    ],
)
def test_an_instant_outside_is_shown_and_becomes_the_day_of_arrival_by_choice(worker, wang, taken, noted, received):
    draft = enrolment(taken, wang, collected_at=noted.isoformat())
    met = the_other_side(worker, draft, received)
    assert (met.kind, met.choice) == ("clock", f"按今天（{short_day_words(received)}）登记")
    assert arrive(worker, draft | {"accepted": [met.sign]}, received).collected_at == received
    assert Enrolment.objects.get().enrolled_on == received.date()


def test_somebody_else_enrolled_meanwhile(worker, version, wang, taken):
    draft = enrolment(taken, wang)
    enrol(factories.user("town"), wang, version, product="A")  # 10:16, after the list was taken
    met = the_other_side(worker, draft)
    assert met.kind == "enrolled"
    assert "03月04日 10:16登记了100元/份 × 1份" in met.theirs[0]
    arrive(worker, draft | {"accepted": [met.sign]})
    assert Participation.objects.get().units == 2


def test_what_stood_on_the_list_is_no_surprise(worker, version, wang):
    enrol(worker, wang, version)  # 10:16
    taken = taken_list(worker, version, BACK)
    arrive(worker, enrolment(taken, wang, collected_at=BACK.isoformat()), BACK)
    assert Participation.objects.get().units == 2


def test_an_acceptance_counts_for_what_was_seen_only(worker, version, wang, taken):
    draft = enrolment(taken, wang)
    town = factories.user("town")
    enrol(town, wang, version)
    seen = the_other_side(worker, draft).sign
    enrol(town, wang, version)
    met = the_other_side(worker, draft | {"accepted": [seen]})
    assert len(met.theirs) == 2
    with nothing_changes(), pytest.raises(Conflict, match="最多2份"):
        arrive(worker, draft | {"accepted": [seen, met.sign]})


def test_a_newer_plan_shows_its_price(worker, version, wang, taken):
    plan = plan_of(version)
    newer = replace(plan, terms=replace(plan.terms, unit_cap=3))
    publish_version(plan=newer, division=version.programme.division, by=None, at=BACK)
    draft = enrolment(taken, wang)
    met = the_other_side(worker, draft)
    assert met.kind == "terms"
    assert met.theirs == ["现在的方案（第2版）：50元/份 × 1份，收本人 50.00元。"]
    arrive(worker, draft | {"accepted": [met.sign]})
    assert Enrolment.objects.get().version.number == 2


def test_another_amount_than_the_telephone_said_is_shown(worker, wang, taken):
    met = the_other_side(worker, enrolment(taken, wang, total_fen=4000))
    assert (met.kind, "收本人 50.00元" in met.theirs[0]) == ("terms", True)


def test_who_became_a_subject_is_bought_by_government(worker, wang, taken):
    towns.listed(wang, "wubao")
    draft = enrolment(taken, wang)
    met = the_other_side(worker, draft)
    assert "政府出钱，不收老人的钱" in met.theirs[0]
    arrive(worker, draft | {"accepted": [met.sign]})
    assert Enrolment.objects.get().consent == "not_needed"


def test_governments_unit_is_not_bought_twice(worker, version, wang, taken):
    towns.listed(wang, "wubao")
    draft = enrolment(taken, wang, payer="government", consent="", total_fen=0)
    arrive(worker, draft)
    with nothing_changes(), pytest.raises(Conflict, match="不用再登记"):
        arrive(worker, draft | {"key": "another"})


@pytest.mark.parametrize("make", [enrolment, follow_up])
def test_who_died_or_moved_is_shown_as_the_roster_says(worker, wang, taken, make):
    towns.dead(wang)
    met = the_other_side(worker, make(taken, wang))
    assert (met.kind, met.choice) == ("not_living", "")
    assert "已故，2024-03-01" in met.theirs[0]


@pytest.mark.parametrize("make", [enrolment, follow_up])
def test_who_went_to_another_village_is_gone_and_nobody_says_where(worker, version, wang, taken, make):
    wang.village = factories.village(2)
    wang.save()
    met = the_other_side(worker, make(taken, wang))
    assert met.kind == "gone"
    assert "02村" not in "".join(met.theirs)
    missing = make(taken, wang) | {"resident": 999_999}
    assert the_other_side(worker, missing).kind == "gone"


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"consent": ""}, "同意"),
        ({"consent": "nobody"}, "同意"),
        ({"units": 3, "total_fen": 15000}, "最多2份"),
        ({"product": "Z"}, "险种|产品"),
        ({"payer": "nobody"}, "出钱|出资"),
        ({"units": 0}, "份"),
    ],
)
def test_the_rules_refuse_what_they_refuse_everywhere(worker, wang, taken, facts, says):
    with nothing_changes(), pytest.raises(AnkangError, match=says):
        arrive(worker, enrolment(taken, wang, **facts))


def test_a_follow_up_stands_at_the_instant_of_the_visit(worker, wang, taken):
    arrive(worker, follow_up(taken, wang, "again", again_on="2024-03-05", note=" 等儿子 "), BACK + timedelta(days=3))
    made = FollowUp.objects.get()
    assert (made.at, made.again_on, made.note, made.is_latest) == (NOTED, date(2024, 3, 5), "等儿子", True)


def test_a_later_contact_of_somebody_else_is_shown_and_one_may_be_chosen(worker, version, wang, taken):
    colleague = factories.user("village", worker.division)
    theirs = visit(colleague, wang, version, "away", now=NOTED + timedelta(minutes=1), note="在城里")
    draft = follow_up(taken, wang)
    met = the_other_side(worker, draft)
    assert met.theirs == [f"{colleague.full_name}03月04日 11:01记的是：外出（在城里）。"]
    arrive(worker, draft | {"accepted": [met.sign]})
    assert FollowUp.objects.get(is_latest=True).outcome == "refused"
    assert FollowUp.objects.filter(pk=theirs.pk, is_latest=False).exists()


def test_an_earlier_contact_of_somebody_else_is_simply_followed(worker, version, wang, taken):
    visit(factories.user("village", worker.division), wang, version, "away", now=NOTED)
    arrive(worker, follow_up(taken, wang))
    assert FollowUp.objects.get(is_latest=True).by == worker


def test_ones_own_older_visit_becomes_history(worker, wang, taken):
    later = follow_up(taken, wang, "away", collected_at=(NOTED + timedelta(hours=1)).isoformat())
    arrive(worker, later)
    old = arrive(worker, follow_up(taken, wang))
    assert old.follow_up.is_latest is False
    assert FollowUp.objects.get(is_latest=True).key == later["key"]


def test_a_list_belongs_to_its_worker_and_village(worker, wang, taken):
    for stranger in (factories.user("village"), factories.user("village", factories.village(2)), factories.user()):
        for draft in (enrolment(taken, wang), follow_up(taken, wang)):
            with nothing_changes(), pytest.raises(NotAllowed):
                arrive(stranger, draft)
    with nothing_changes(), pytest.raises(NotAllowed):
        arrive(worker, enrolment(OfflineList(pk="00000000-0000-0000-0000-000000000000"), wang))


def test_lists_are_taken_by_the_villages_own_and_not_without_end(worker, version):
    with pytest.raises(NotAllowed):
        take_list(by=factories.user(), version=version, people=1, now=TAKEN)
    for _ in range(LISTS_A_DAY):
        taken_list(worker, version)
    with pytest.raises(TooMany):
        taken_list(worker, version, BACK)
    assert taken_list(worker, version, TAKEN + timedelta(days=1)).people == 1
    assert AuditEntry.objects.filter(action="offline.take_list").count() == LISTS_A_DAY + 1


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": "payout"}, {"key": ""}, {"key": "k" * 65}, {"key": 7}, {"list": "x"}, {"resident": "1"},
        {"resident": True}, {"resident": -1}, {"resident": 2**31}, {"collected_at": "2024-03-04T11:00:00"},
        {"collected_at": None}, {"collected_at": "today"}, {"accepted": None}, {"note": "a\0b"}, {"note": "长" * 81},
        {"again_on": "三月"}, {"outcome": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_draft_that_is_not_whole_is_refused(worker, wang, taken, broken):
    with nothing_changes(), pytest.raises(InvalidInput):
        arrive(worker, follow_up(taken, wang) | broken)


@pytest.mark.parametrize("missing", ["kind", "key", "list", "resident", "collected_at", "accepted", "units", "consent"])
def test_a_draft_without_a_field_is_refused(worker, wang, taken, missing):
    draft = enrolment(taken, wang)
    del draft[missing]
    with nothing_changes(), pytest.raises(InvalidInput):
        arrive(worker, draft)


def test_an_entry_is_one_thing_and_never_received_before_it_was_noted(worker, wang, taken):
    from django.db import IntegrityError, transaction

    entry = arrive(worker, enrolment(taken, wang))
    for change in ({"enrolment": None}, {"received_at": NOTED - timedelta(seconds=1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            OfflineEntry.objects.filter(pk=entry.pk).update(**change)
