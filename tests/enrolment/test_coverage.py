"""Coverage in three queries, on both databases: nobody counts twice, nobody counts who should not."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests import factories, towns
from tests.enrolment.acts import NOW, slip_of
from tests.towns import TODAY

from ankang.accounts.models import User
from ankang.enrolment import counts
from ankang.enrolment.coverage import TownCoverage, town_coverage, town_need
from ankang.enrolment.slips import go_on
from ankang.enrolment.subjects import born_by, subjects
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.pace import Course, DayCount

pytestmark = pytest.mark.django_db
OTHER_TOWN = "320903102000"


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign([(10, 8), (20, 17)])


@pytest.fixture
def clerk(version: ProgrammeVersion) -> User:
    return factories.user("town")


def seen(user: User, version: ProgrammeVersion, today: date = TODAY) -> TownCoverage:
    return town_coverage(User.objects.select_related("division").get(pk=user.pk), version, today)


def people(count: int, serial: int = 1, **facts: Any) -> list[Any]:
    return [factories.resident(factories.village(serial), **facts) for _ in range(count)]


def test_three_queries_whatever_the_size(
    clerk: User, version: ProgrammeVersion, django_assert_num_queries: Any
) -> None:
    for resident in people(4):
        towns.insure(resident, version)
    clerk.division  # noqa: B018 - the person's scope comes with the log-in
    with django_assert_num_queries(3):
        town_coverage(clerk, version, TODAY)


def test_villages_add_up_to_the_town(clerk: User, version: ProgrammeVersion) -> None:
    for resident in people(9):
        towns.insure(resident, version)
    for resident in people(3, serial=2):
        towns.insure(resident, version, on=date(2024, 3, 4))
    people(2, serial=2)
    town = seen(clerk, version)
    assert [(village.name, village.insured, village.population, village.roster) for village in town.villages] == [
        ("01村", 9, 10, 9),
        ("02村", 3, 20, 5),
    ]
    total = town.total
    assert (total.insured, total.population, total.roster, total.target.published) == (12, 30, 14, 25)
    assert (total.target.line, town.village_need) == (26, 26)
    assert total.days == (DayCount(date(2024, 2, 20), 9), DayCount(date(2024, 3, 4), 3))
    assert [village.pace.course for village in town.villages] == [Course.REACHED, Course.BEHIND]


def test_many_villages_are_counted_by_what_their_codes_share(
    clerk: User, version: ProgrammeVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for resident in (*people(3), *people(2, serial=2)):
        towns.insure(resident, version)
    gone = people(1)[0]
    towns.insure(gone, version)
    Resident.objects.filter(pk=gone.pk).update(status="dead", died_on=TODAY)
    one_by_one, insured = seen(clerk, version), town_need(version, TODAY).line - town_need(version, TODAY).missing
    monkeypatch.setattr(counts, "_NAMED", 1)
    assert seen(clerk, version) == one_by_one
    assert one_by_one.total.insured == insured == 5


def test_several_enrolments_and_lists_are_one_person(clerk: User, version: ProgrammeVersion) -> None:
    resident = people(1)[0]
    for group in ("dibao", "wubao", "sanwu"):
        towns.listed(resident, group)
    towns.insure(resident, version, on=date(2024, 2, 20), channel="batch")
    towns.insure(resident, version, on=date(2024, 2, 20), channel="batch")
    towns.insure(resident, version, on=date(2024, 2, 25))
    village = seen(clerk, version).villages[0]
    assert (village.insured, village.roster, village.subjects, village.subjects_insured) == (1, 1, 1, 1)
    assert village.days == (DayCount(date(2024, 2, 20), single=0, bulk=1),)


def test_bulk_is_told_apart_by_the_day_of_the_first_enrolment(clerk: User, version: ProgrammeVersion) -> None:
    first, second, third = people(3)
    towns.insure(first, version, on=date(2024, 2, 22), channel="batch")
    towns.insure(second, version, on=date(2024, 2, 22), channel="batch")
    towns.insure(third, version, on=date(2024, 2, 21))
    towns.insure(third, version, on=date(2024, 2, 22), channel="batch")
    assert seen(clerk, version).total.days == (DayCount(date(2024, 2, 21), 1), DayCount(date(2024, 2, 22), 0, 2))


@pytest.mark.parametrize(("size", "single", "bulk"), [(9, 9, 0), (10, 0, 10)])
def test_a_slip_over_many_people_is_bulk_whoever_made_it(
    clerk: User, version: ProgrammeVersion, size: int, single: int, bulk: int
) -> None:
    worker = factories.user("village")
    slip = slip_of(worker, version, people(size))
    go_on(by=worker, slip=slip, today=TODAY, now=NOW)
    assert seen(clerk, version).total.days == (DayCount(TODAY, single, bulk),)


def test_cancelled_enrolments_and_the_dead_do_not_count(clerk: User, version: ProgrammeVersion) -> None:
    living, gone, batch_gone, cancelled, moved = people(5, birth_date=date(1940, 1, 1))
    towns.insure(living, version)
    towns.insure(towns.dead(gone), version)
    towns.insure(towns.dead(batch_gone), version, channel="batch")
    towns.insure(cancelled, version, cancelled_at=datetime(2024, 2, 20, 10, tzinfo=UTC))
    towns.insure(moved, version)
    moved.status = "moved"
    moved.save()
    total = seen(clerk, version).total
    assert total.days == (DayCount(date(2024, 2, 20), 2),)  # who moved away lives and is insured
    assert (total.roster, total.subjects, total.subjects_insured) == (2, 2, 1)


def test_a_cancelled_batch_is_no_bulk(clerk: User, version: ProgrammeVersion) -> None:
    resident = people(1)[0]
    at = datetime(2024, 2, 20, 10, tzinfo=UTC)
    towns.insure(resident, version, channel="batch", cancelled_at=at)
    towns.insure(resident, version)
    assert seen(clerk, version).total.days == (DayCount(date(2024, 2, 20), single=1, bulk=0),)


def test_another_programme_does_not_count(clerk: User, version: ProgrammeVersion) -> None:
    old = towns.campaign([(10, 8), (20, 17)], id="2023-yandu", year=2023)
    resident = people(1, birth_date=date(1940, 1, 1))[0]
    towns.insure(resident, old, on=date(2024, 2, 20), channel="batch")
    total = seen(clerk, version).total
    assert (total.insured, total.days, total.subjects, total.subjects_insured) == (0, (), 1, 0)


@pytest.mark.parametrize(("birth", "subject"), [(21, 1), (22, 0)])
def test_eighty_by_the_first_day_of_cover(clerk: User, version: ProgrammeVersion, birth: int, subject: int) -> None:
    people(1, birth_date=date(1944, 3, birth))
    assert seen(clerk, version).total.subjects == subject


@pytest.mark.parametrize(("birth", "on_roster"), [(21, 1), (22, 0)])
def test_younger_people_on_a_list_are_outside(
    clerk: User, version: ProgrammeVersion, birth: int, on_roster: int
) -> None:
    towns.listed(people(1, birth_date=date(1964, 3, birth))[0], "dibao")
    total = seen(clerk, version).total
    assert (total.roster, total.subjects) == (on_roster, on_roster)


@pytest.mark.parametrize(
    ("from_on", "to_on", "subject"),
    [
        (date(2024, 3, 4), None, 1),
        (date(2024, 3, 5), None, 0),
        (date(2023, 1, 1), date(2024, 3, 4), 1),
        (date(2023, 1, 1), date(2024, 3, 3), 0),
    ],
)
def test_lists_count_on_their_days(
    clerk: User, version: ProgrammeVersion, from_on: date, to_on: date | None, subject: int
) -> None:
    towns.listed(people(1)[0], "dibao", from_on, to_on=to_on)
    assert seen(clerk, version).total.subjects == subject


def test_a_list_that_the_plan_does_not_name_makes_no_subject(clerk: User, version: ProgrammeVersion) -> None:
    towns.listed(people(1)[0], "veteran")
    assert seen(clerk, version).total.subjects == 0


def test_live_basis_and_a_village_without_a_published_row() -> None:
    live, clerk = towns.campaign([(10, 8)]), factories.user("town")
    people(4)
    people(3, serial=2)
    town = seen(clerk, live)
    assert [(village.population, village.is_published) for village in town.villages] == [(10, True), (3, False)]
    basis = replace(plan_of(live).terms, coverage_basis="live")
    other = towns.campaign([(10, 8), (20, 17)], id="2025-live", year=2025, terms=basis)
    assert [village.population for village in seen(clerk, other).villages] == [4, 3]


def test_each_person_sees_the_own_scope(clerk: User, version: ProgrammeVersion) -> None:
    for resident in people(2) + people(3, serial=2):
        towns.insure(resident, version)
    village = seen(factories.user("village", factories.village(2)), version)
    assert [(row.name, row.insured) for row in village.villages] == [("02村", 3)]
    assert village.total.insured == 3
    foreign = seen(factories.user("town", factories.town(OTHER_TOWN)), version)
    assert foreign.villages == ()
    assert (foreign.total.insured, foreign.total.roster, foreign.total.population) == (0, 0, 0)
    assert seen(clerk, version).total.insured == 5


def test_short_villages_are_those_whose_target_stays_below_the_line() -> None:
    version, clerk = towns.campaign([(525, 446), (680, 578)]), factories.user("town")
    town = seen(clerk, version)
    assert [village.name for village in town.short_villages] == ["01村"]
    for resident in people(1):
        towns.insure(resident, version)
    first = seen(clerk, version).villages[0]
    assert (first.met_published, first.reached_goal) == (False, False)


def test_subjects_by_group(clerk: User, version: ProgrammeVersion) -> None:
    old, poor, both, _nobody = (
        *people(1, birth_date=date(1940, 1, 1)),
        *people(2),
        *people(1),
    )
    both.birth_date = date(1941, 5, 5)
    both.save()
    towns.listed(poor, "dibao")
    towns.listed(both, "dibao")
    plan = plan_of(version)

    def found(group: str = "") -> set[int]:
        return set(subjects(clerk, plan, TODAY, group).values_list("pk", flat=True))

    assert found() == {old.pk, poor.pk, both.pk}
    assert found("dibao") == {poor.pk, both.pk}
    assert found("aged80") == {old.pk, both.pk}
    assert found("wubao") == found("nonsense") == set()
    assert born_by(plan, 80) == date(1944, 3, 21)
