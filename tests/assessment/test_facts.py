"""Counts from rows: the same as the dashboard's, each by hand, in nine queries."""

from datetime import date, datetime

import pytest
from tests import factories, towns
from tests.assessment.acts import NOW, OVER, confirmed, insured_town, town_of
from tests.outreach.acts import follow_up
from tests.rules.test_assessment_scores import EXAMPLE

from ankang.assessment.facts import village_facts, works
from ankang.assessment.queries import in_force, preview, schemes
from ankang.claims.models import Claim
from ankang.enrolment.coverage import town_coverage
from ankang.outreach.models import Measure
from ankang.rules.assessment_load import read_scheme

pytestmark = pytest.mark.django_db
SCHEME = read_scheme(EXAMPLE.read_text(encoding="utf-8"))


def claim(village, version, number, reported: date, closed: date | None) -> None:
    status = "refused" if closed else "recorded"
    Claim.objects.create(
        number=number,
        resident=factories.resident(village),
        village=village,
        programme=version.programme,
        event_on=reported,
        cause="accident",
        status=status,
        payable_fen=0 if closed else None,
        moved_at=NOW,
        reported_at=datetime(reported.year, reported.month, reported.day, 9, tzinfo=NOW.tzinfo),
        reported_by=factories.user("insurer", village.parent),
        closed_on=closed,
    )


def counts_of(version, serial=1):
    town = town_of(version)
    facts = {one.serial: one.counts for one in village_facts(town, version, SCHEME, OVER)}
    return facts[serial]


def test_coverage_is_the_dashboards(django_assert_num_queries):
    version = insured_town()
    town = town_of(version)
    with django_assert_num_queries(9):
        facts = village_facts(town, version, SCHEME, OVER)
    for one, seen in zip(facts, town_coverage(town, version, OVER).villages, strict=True):
        assert (one.code, one.counts["insured"], one.counts["population"]) == (seen.code, seen.insured, seen.population)
        assert (one.counts["target"], one.counts["line"]) == (seen.target.published, seen.target.line)
        assert one.counts["subjects_insured"] == seen.subjects_insured
    assert [one.counts["insured"] for one in facts] == [4, 1]
    assert set(SCHEME.counts) <= set(facts[0].counts)


def test_timeliness_counts_people_up_to_the_day():
    version = towns.campaign()
    for day in (date(2024, 2, 28), date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 11)):
        towns.insure(factories.resident(), version, on=day)
    counts = counts_of(version)
    assert counts["insured_by@2024-02-29"] == 2
    assert counts["insured_by@2024-03-10"] == 3


def test_undone_enrolments_follow_ups_contacts_and_open_checks():
    version, worker = towns.campaign(), factories.user("village")
    kept, cancelled, withdrawn = (factories.resident(phone="13900000001", phone_tail="0001") for _ in range(3))
    towns.insure(kept, version)
    towns.insure(cancelled, version, cancelled_at=NOW)
    towns.insure(withdrawn, version, withdrawn_on=OVER)
    factories.resident()  # no telephone
    child = factories.resident(child_phone="13900000002", child_phone_tail="0002")
    follow_up(worker, child, version, "dead")
    counts = counts_of(version)
    assert (counts["enrolments"], counts["undone"]) == (3, 2)
    assert (counts["people"], counts["visited"], counts["contactable"], counts["unchecked"]) == (5, 3, 4, 1)
    assert counts_of(version, 2)["people"] == 0


def test_claims_are_the_decided_ones_since_the_campaign_began():
    version, village = towns.campaign(), factories.village()
    claim(village, version, "LP1", date(2024, 1, 29), date(2024, 2, 1))  # 3 days
    claim(village, version, "LP2", date(2024, 3, 1), date(2024, 3, 12))  # 11 days
    claim(village, version, "LP3", date(2024, 1, 2), date(2024, 1, 31))  # decided before the campaign
    claim(village, version, "LP4", date(2024, 3, 1), None)
    counts = counts_of(version)
    assert (counts["claims"], counts["claim_days"]) == (2, 14)


def test_measures_of_the_villages_own_plan():
    version, worker = towns.campaign(), factories.user("village")
    facts = {"village": worker.division, "programme": version.programme, "responsible": "某", "due_on": OVER}
    facts |= {"created_at": NOW, "created_by": worker}
    Measure.objects.create(title="一", done_at=NOW, done_by=worker, **facts)
    Measure.objects.create(title="二", **facts)
    counts = counts_of(version)
    assert (counts["measures"], counts["measures_done"]) == (2, 1)


def test_the_work_of_persons_leaves_government_batches_out(django_assert_num_queries):
    version = towns.campaign()
    first = towns.insure(factories.resident(), version)
    towns.insure(factories.resident(), version, channel="batch")
    worker, resident = factories.user("village"), factories.resident()
    follow_up(worker, resident, version)
    town = town_of(version)
    with django_assert_num_queries(3):
        found = {one.person: one for one in works(town, version)}
    assert (found[first.by_id].enrolments, found[first.by_id].undone) == (1, 0)
    assert (found[worker.pk].enrolments, found[worker.pk].follow_ups) == (0, 1)
    assert len(found) == 2


def test_a_village_previews_itself_alone(django_assert_num_queries):
    version = insured_town()
    scheme = confirmed(town_of(version, is_manager=True), version)
    worker = factories.user("village")
    assert in_force(schemes(worker, version.programme)) == scheme
    with django_assert_num_queries(9):
        seen = preview(worker, version, scheme, OVER)
    assert [(one.serial, one.points) for one in seen.scores] == [(1, 4000)]  # 4 of 8, 80 points


def test_nobody_previews_the_scheme_of_another_town():
    version = insured_town()
    confirmed(town_of(version, is_manager=True), version)
    stranger = factories.user("town", factories.town("320903102000"))
    assert schemes(stranger, version.programme) == []
