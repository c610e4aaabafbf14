"""名册与公布人口: the difference is explained to the person, and adds up in every village."""

import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from python_calamine import load_workbook
from tests import factories, towns
from tests.logins import logged_in
from tests.roster.transfer_acts import NOW, TODAY, ask

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.enrolment.coverage import town_coverage
from ankang.enrolment.population import Comparison, comparisons
from ankang.installation.models import Installation
from ankang.outreach.transfers import accept_transfer
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db
SINCE = date(2024, 2, 1)
BEFORE, AFTER = datetime(2024, 1, 31, 15, 59, tzinfo=UTC), datetime(2024, 1, 31, 16, tzinfo=UTC)  # midnight in Shanghai


@pytest.fixture
def version() -> ProgrammeVersion:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return towns.campaign()


@pytest.fixture
def town(version: ProgrammeVersion) -> User:
    return factories.user(Desk.TOWN)


def resident(serial: int = 1, listed: datetime = BEFORE, **facts: Any) -> Resident:
    made = factories.resident(factories.village(serial), **facts)
    Resident.objects.filter(pk=made.pk).update(created_at=listed)
    made.refresh_from_db()
    return made


def compared(by: User, version: ProgrammeVersion) -> list[Comparison]:
    villages, total = comparisons(by, version, town_coverage(by, version, TODAY), SINCE)
    for one in [*villages, total]:
        assert one.published is not None
        assert one.difference == one.moves.change + (one.unlike or 0)
        assert one.coverage.roster == one.published + one.moves.change + (one.unlike or 0)
    return [*villages, total]


def test_who_came_died_and_left_since(town: User, version: ProgrammeVersion) -> None:
    for _ in range(8):
        resident()
    resident(listed=AFTER)
    resident(listed=AFTER, birth_date=date(1964, 3, 22))  # too young to join
    resident(status="dead", died_on=SINCE)
    resident(status="dead", died_on=SINCE - timedelta(days=1))
    resident(listed=AFTER, status="dead", died_on=TODAY)  # came and went
    resident(status="moved", moved_on=SINCE)
    one, two, total = compared(town, version)
    assert (one.published, one.coverage.roster, one.difference) == (10, 9, -1)
    assert (one.moves.came, one.moves.died, one.moves.left) == (1, 1, 1)
    assert (one.before, one.unlike) == (10, 0)
    assert (two.difference, two.unlike) == (-20, -20)
    assert (total.published, total.coverage.roster, total.unlike) == (30, 9, -20)


def test_a_transfer_counts_on_both_sides_and_the_insured_stay(town: User, version: ProgrammeVersion) -> None:
    moved = resident()
    towns.insure(moved, version)
    holder = factories.user(Desk.VILLAGE, factories.village(1))
    asker = factories.user(Desk.VILLAGE, factories.village(2))
    accept_transfer(by=holder, transfer_id=ask(asker, moved).pk, today=TODAY, now=NOW)
    one, two, total = compared(town, version)
    assert [(row.moves.taken, row.moves.given) for row in (one, two, total)] == [(0, 1), (1, 0), (1, 1)]
    assert [(row.coverage.insured, row.insured_away, row.insured_elsewhere) for row in (one, two, total)] == [
        (1, 1, 0),
        (0, 0, 1),
        (1, 1, 1),
    ]
    mine = compared(holder, version)[0]
    assert (mine.moves.given, mine.moves.taken, mine.insured_away, mine.insured_elsewhere) == (1, 0, 1, 0)


def test_all_in_one_query_beside_the_coverage(
    town: User, version: ProgrammeVersion, django_assert_num_queries: Any
) -> None:
    resident()
    coverage = town_coverage(town, version, TODAY)
    with django_assert_num_queries(1):
        comparisons(town, version, coverage, SINCE)


def test_the_page_and_the_workbook_say_the_same(town: User, version: ProgrammeVersion) -> None:
    resident()
    resident(listed=AFTER)
    client = logged_in(town)
    page = client.get("/town/roster/population/").content.decode()
    assert "名册 2 人，公布人口 30 人" in page
    assert "2024年2月1日以来" in page
    assert 'href="/town/roster/population/"' in client.get("/town/").content.decode()
    later = client.get("/town/roster/population/?since=2024-03-01").content.decode()
    assert "2024年3月1日以来" in later
    assert "这不是一个日期" in client.get("/town/roster/population/?since=soon").content.decode()
    content = client.get("/town/roster/population/export/?since=2024-02-01").content
    rows = load_workbook(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert rows[2][:5] == ["01村", 10, 2, -8, 1]
    assert rows[4][:5] == ["合计", 30, 2, -28, 1]


@pytest.mark.parametrize(
    ("listed", "since"),
    [
        (None, "2024年2月1日"),
        (BEFORE, "2024年2月1日"),
        (AFTER, "2024年2月2日"),
        (datetime(2024, 3, 3, 4, tzinfo=UTC), "2024年3月4日"),
        (datetime(2024, 3, 4, 4, tzinfo=UTC), "2024年3月4日"),  # begun today
    ],
)
def test_a_register_that_came_in_late_is_not_growth(
    town: User, version: ProgrammeVersion, listed: datetime | None, since: str
) -> None:
    if listed:
        resident(listed=listed)
    assert f"{since}以来" in logged_in(town).get("/town/roster/population/").content.decode()


def test_a_village_sees_itself(version: ProgrammeVersion) -> None:
    resident(2)
    place: Division = factories.village(1)
    page = logged_in(factories.user(Desk.VILLAGE, place)).get("/village/roster/population/").content.decode()
    assert "名册 0 人，公布人口 10 人" in page
    assert "02村" not in page


def test_without_a_plan_it_says_so() -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    client = logged_in(factories.user(Desk.VILLAGE))
    assert "还没有今年的方案" in client.get("/village/roster/population/").content.decode()
    assert client.get("/village/roster/population/export/").status_code == 302
