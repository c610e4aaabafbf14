"""The figures of one instant are the same on every page and in every workbook, and each desk sees its own places."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook
from tests import factories, towns

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.birthdays import birthdays_ahead
from ankang.enrolment.breakdown import breakdown
from ankang.enrolment.coverage import need_of, town_coverage, town_need
from ankang.enrolment.models import Funding, Holding
from ankang.installation.models import Installation
from ankang.outreach.movement import workers_moving
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, newest_versions, standing_on, version_covering, versions_on
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]
OTHER_TOWN = "320903102000"


@pytest.fixture(autouse=True)
def march() -> None:
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign([(40, 34), (20, 16)])


@pytest.fixture
def filled(version: ProgrammeVersion) -> ProgrammeVersion:
    """01村: one a day for a week and 5 in bulk, one of them dead since; 02村: 9 long ago, one subject uninsured."""
    first, second = factories.village(1), factories.village(2)
    for ago in range(1, 8):
        towns.insure(factories.resident(first), version, on=towns.TODAY - timedelta(days=ago))
    poor = [factories.resident(first) for _ in range(5)]
    for one in poor:
        towns.listed(one, "dibao")
        towns.insure(one, version, on=date(2024, 2, 22), channel="batch")
    towns.dead(poor[0])
    for _ in range(9):
        towns.insure(factories.resident(second), version, on=date(2024, 2, 20))
    towns.listed(factories.resident(second, name="李无保"), "wubao")
    return version


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def sheet(client: Client, path: str, name: str) -> list[list[Any]]:
    content = client.get(path).content
    return CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_name(name).to_python()


def district_user() -> User:
    factories.town()
    return factories.user("district", Division.objects.get(code="320903000000"))


def test_one_instant_has_one_figure_everywhere(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    town, village, district = (
        client_of(factories.user("town")),
        client_of(factories.user("village", factories.village(2))),
        client_of(district_user()),
    )
    shown = {
        path: text_of(client.get(path).content.decode())
        for client, path in (
            (town, "/town/"),
            (town, "/town/places/320903101202/"),
            (village, "/village/board/"),
            (district, "/district/"),
            (district, "/district/places/320903101000/"),
            (district, "/district/places/320903101202/"),
        )
    }
    for path in ("/town/", "/district/", "/district/places/320903101000/"):  # 20 of 60; 50 published, 51 for 85 %
        assert "20 / 60 人 离85%差 31" in shown[path], path
        assert "50 人，还差 30 人" in shown[path], path
        assert "51 人，还差 31 人" in shown[path], path
    for path in ("/town/places/320903101202/", "/village/board/", "/district/places/320903101202/"):
        assert "9 / 20 人 离85%差 8" in shown[path], path
        assert "16 人，还差 7 人" in shown[path], path  # published
        assert "17 人，还差 8 人" in shown[path], path  # its own line
        assert "51 人，还差 31 人" in shown[path], path  # what the town still needs, known to the village too
    for client, path, name in (
        (town, "/town/export/", "各村进度"),
        (district, "/district/places/320903101000/export/", "各村进度"),
        (district, "/district/export/", "各镇进度"),
    ):
        rows = sheet(client, path, name)
        total = dict(zip(rows[1], rows[-1], strict=True))
        assert (total["已参保"], total["还差（人）"], total["下达目标"], total["85%线"]) == (20, 31, 50, 51), path
    assert sheet(village, "/village/board/export/", "各村进度")[2][6] == 9
    assert sheet(town, "/town/days/export/", "每天参保")[-1][-1] == 20
    assert sheet(town, "/town/people/export/", "按年龄段")[-1][-1] == 20
    assert sheet(town, "/town/people/export/", "按性别")[-1][-1] == 20


def test_a_bulletin_says_what_the_dashboards_say(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    towns.insure(factories.resident(factories.village(2)), filled, on=date(2024, 3, 3), channel="batch")
    town = client_of(factories.user("town"))
    drafted = town.post("/town/bulletins/", {"key": str(uuid4()), "kind": "weekly"})["Location"]
    dashboard = sheet(town, "/town/export/", "各村进度")
    bulletin = sheet(town, f"{drafted}figures/", "通报数字")
    other_names = {"参保率%": "覆盖率%", "离85%线": "还差（人）", "应保未保": "必保未保"}
    for name in {*bulletin[1]} & {*dashboard[1], *other_names}:
        assert column(bulletin, name) == column(dashboard, other_names.get(name, name)), name
    assert len({*bulletin[1]} & {*dashboard[1]}) == 15
    assert column(bulletin, "已参保") == [10, 11, 21]
    still = sheet(town, "/town/movement/export/?days=3", "没动的村")
    assert (column(still, "村（居）"), column(still, "多少天没动")) == (
        ["02村"],
        [13],
    )  # the batch of 3 March is no move
    assert (
        dict(zip(column(bulletin, "村（居）"), column(bulletin, "连续没有逐人登记（天）"), strict=True))["02村"] == 13
    )
    said = text_of(town.get(drafted).content.decode())
    assert "1个村（居）连续3天以上没有逐人登记：02村（13天）。" in said
    assert "下达目标50人，还差29人；全镇85%目标线51人，还差30人；" in said


def column(rows: list[list[Any]], name: str) -> list[Any]:
    return [row[rows[1].index(name)] for row in rows[2:]]


@pytest.mark.parametrize("desk", ["town", "village", "district"])
def test_every_page_says_as_of_when(client_of: ClientOf, filled: ProgrammeVersion, desk: str) -> None:
    user = district_user() if desk == "district" else factories.user(desk)
    paths = {
        "town": ["", "days/", "people/", "movement/", "birthdays/"],
        "village": ["board/", "board/days/", "board/people/", "board/movement/", "board/birthdays/"],
        "district": ["", "places/320903101000/", "places/320903101000/days/", "places/320903101201/people/"],
    }[desk]
    for path in paths:
        assert "截至 2024-03-04 " in text_of(client_of(user).get(f"/{desk}/{path}").content.decode()), path


def test_the_district_sees_places_and_nobody(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    client = client_of(district_user())
    for path in ("", "places/320903101000/", "places/320903101202/", "places/320903101202/people/"):
        page = client.get(f"/district/{path}").content.decode()
        assert "/roster/" not in page
        assert "王秀兰" not in page
    assert client.get("/district/places/320903000000/").status_code == 404  # a district is no town
    assert client.get("/district/places/320904101000/").status_code == 404
    assert client.get("/town/places/320903101202/").status_code == 403


def test_two_towns_side_by_side(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    other = towns.campaign([(30, 26)], OTHER_TOWN)
    towns.insure(factories.resident(factories.village(1, OTHER_TOWN)), other)
    rows = sheet(client_of(district_user()), "/district/export/?sort=serial", "各镇进度")
    assert [(row[2], row[6], row[7]) for row in rows[2:]] == [("101镇", 20, 60), ("102镇", 1, 30), ("合计", 21, 90)]


def test_a_district_with_many_towns_asks_as_little(
    client_of: ClientOf, filled: ProgrammeVersion, django_assert_num_queries: Any
) -> None:
    for at in range(3, 7):
        towns.campaign([(30, 26)], f"32090310{at}000")
    factories.town("320903109000")
    client = client_of(district_user())
    client.get("/district/")
    with django_assert_num_queries(9):  # session, person, second factor, installation; towns, versions, coverage's 3
        page = client.get("/district/").content.decode()
    assert "109镇还没有发布方案" in text_of(page)


@pytest.mark.parametrize(
    ("path", "queries"),
    [
        ("/village/board/", 10),  # 4 of every page, campaign, coverage of the village 3, what the town needs 2
        ("/town/days/", 8),
        ("/town/people/", 11),
        ("/town/movement/", 12),
        ("/town/birthdays/", 10),
    ],
)
def test_what_the_pages_cost(
    client_of: ClientOf, filled: ProgrammeVersion, path: str, queries: int, django_assert_num_queries: Any
) -> None:
    client = client_of(factories.user(path.split("/")[1]))
    client.get(path)
    with django_assert_num_queries(queries):
        client.get(path)


def test_htmx_gets_the_panel_alone(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    client = client_of(factories.user("town"))
    assert 'hx-get="people/"' in client.get("/town/").content.decode()
    panel = client.get("/town/people/", headers={"HX-Request": "true"}).content.decode()
    assert "按年龄段" in panel
    assert "<html" not in panel


def test_heat_table_by_day(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    rows = sheet(client_of(factories.user("town")), "/town/days/export/", "每天参保")
    head = rows[1]
    by_place = {row[1]: dict(zip(head, row, strict=True)) for row in rows[2:]}
    assert (head[3], head[-2]) == ("2月1日", "3月4日")
    assert (by_place["01村"]["2月22日"], by_place["02村"]["2月20日"], by_place["合计"]["2月22日"]) == (4, 9, 4)
    page = client_of(factories.user("town")).get("/town/days/?all=1").content.decode()
    assert "2/10<small>休</small>" in page
    assert "4<small>批4</small>" in page
    assert "2/10" not in client_of(factories.user("town")).get("/town/days/").content.decode()


def test_breakdown_adds_up_to_coverage(filled: ProgrammeVersion) -> None:
    clerk = factories.user("town")
    moved = towns.insure(factories.resident(birth_date=date(1942, 1, 1)), filled).participation.resident
    moved.status = Resident.Status.MOVED
    moved.save()
    holding = Holding.objects.first()
    assert holding is not None
    Funding.objects.create(holding=holding, payer="self", amount_fen=3000)
    Funding.objects.create(holding=holding, payer="child", amount_fen=2000)
    town = town_coverage(clerk, filled, towns.TODAY)
    found = breakdown(clerk, filled, town)
    assert town.total.insured == 21
    for parts in (found.ages, found.sexes):
        assert sum(part.insured or 0 for part in parts) == town.total.insured
        assert sum(part.roster for part in parts) == town.total.roster
    # who moved away is insured as coverage counts, and on no roster
    assert (found.total.insured, found.total.joined, found.total.missing) == (21, 20, 1)
    groups = {part.name: (part.roster, part.missing) for part in found.groups}
    assert groups["低保"] == (4, 0)
    assert groups["五保"] == (1, 1)
    assert groups["政府购买对象（不重复）"] == (town.total.subjects, town.total.subjects_missing) == (5, 1)
    assert groups["社会拓展"] == (16, 0)
    assert [(paid.name, paid.people, paid.amount_fen) for paid in found.payers] == [
        ("本人", 1, 3000),
        ("子女", 1, 2000),
    ]


def test_places_that_do_not_move(client_of: ClientOf, filled: ProgrammeVersion) -> None:
    client = client_of(factories.user("town"))
    rows = sheet(client, "/town/movement/export/?days=3", "没动的村")
    assert [(row[1], row[3], row[5]) for row in rows[2:]] == [("02村", 13, 8)]  # 20 February to 4 March
    assert "1 个村 3 天以上没有逐人登记" in text_of(client.get("/town/movement/").content.decode())


def test_workers_and_their_last_day(filled: ProgrammeVersion) -> None:
    clerk = factories.user("town")
    workers = workers_moving(clerk, filled, towns.TODAY, ["320903101201"])
    assert {one.village for one in workers} == {"01村"}
    assert max(one.last_on for one in workers if one.last_on) == date(2024, 3, 3)


@pytest.mark.parametrize(
    ("birth", "listed"),
    [
        (date(1944, 3, 3), False),  # was eighty yesterday
        (date(1944, 3, 4), True),
        (date(1944, 4, 3), True),
        (date(1944, 4, 4), False),
    ],
)
def test_eightieth_birthdays_from_today_to_thirty_days_on(version: ProgrammeVersion, birth: date, listed: bool) -> None:
    one = factories.resident(birth_date=birth)
    found = birthdays_ahead(factories.user("town"), version, towns.TODAY, age=80, days=30, villages=[one.village_id])
    assert [row.pk for row in found] == ([one.pk] if listed else [])


def test_birthdays_say_whether_this_year_counts(client_of: ClientOf, version: ProgrammeVersion) -> None:
    factories.resident(birth_date=date(1944, 3, 21), name="赶上")
    factories.resident(birth_date=date(1944, 3, 22), name="没赶上")
    rows = sheet(client_of(factories.user("town")), "/town/birthdays/export/", "满80周岁")
    assert [(row[2], row[5]) for row in rows[2:]] == [("赶上", "是"), ("没赶上", "否")]


def test_a_village_sees_its_own_people_only(client_of: ClientOf, version: ProgrammeVersion) -> None:
    factories.resident(factories.village(2), birth_date=date(1944, 3, 21), name="别村人")
    client = client_of(factories.user("village", factories.village(1)))
    assert "别村人" not in client.get("/village/board/birthdays/").content.decode()
    assert [row.name for row in town_coverage(factories.user("village"), version, towns.TODAY).villages] == ["01村"]


@pytest.mark.parametrize("basis", ["frozen", "live"])
def test_what_the_town_needs_is_what_its_own_page_says(basis: str) -> None:
    terms = replace(factories.plan().terms, coverage_basis=basis)
    version = towns.campaign([(10, 8), (20, 16)], terms=terms)
    for _ in range(3):
        towns.insure(factories.resident(), version)
    towns.dead(towns.insure(factories.resident(factories.village(2)), version).participation.resident)
    town = town_coverage(factories.user("town"), version, towns.TODAY)
    assert town_need(version, towns.TODAY) == need_of(town.total)
    assert town.total.insured == 3
    factories.town(villages=3)  # a village without a published row: its roster stands in
    factories.resident(factories.village(3))
    town = town_coverage(factories.user("town"), version, towns.TODAY)
    assert town_need(version, towns.TODAY) == need_of(town.total)


@pytest.mark.parametrize("day", [date(2023, 1, 1), date(2024, 1, 20), date(2024, 3, 4), date(2024, 3, 21)])
def test_campaign_and_cover_in_one_query(version: ProgrammeVersion, day: date, django_assert_num_queries: Any) -> None:
    towns.campaign(
        id="2023-yandu",
        year=2023,
        window_from=date(2023, 2, 1),
        window_to=date(2023, 3, 20),
        cover_from=date(2023, 3, 21),
        cover_to=date(2024, 3, 20),
    )
    with django_assert_num_queries(1):
        found = versions_on(day, factories.TOWN)
    assert found == (campaign_on(day, factories.TOWN), version_covering(day, factories.TOWN))
    assert standing_on(day, newest_versions(factories.user("town")), factories.TOWN) == found


def test_without_a_plan_every_desk_is_told_what_to_do(client_of: ClientOf) -> None:
    assert "还没有一个镇发布方案" in client_of(district_user()).get("/district/").content.decode()
    assert "还没有今年的方案" in client_of(factories.user("village")).get("/village/board/").content.decode()
    assert "还没有今年的方案" in client_of(factories.user("town")).get("/town/people/").content.decode()
