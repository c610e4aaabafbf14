"""Subjects, check-up and terms: what the pages list, export and keep to their own town."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests import factories, towns

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def march() -> None:
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign([(40, 34), (20, 16)])


@pytest.fixture
def clerk(version: ProgrammeVersion, client_of: ClientOf) -> Client:
    return client_of(factories.user("town"))


@pytest.fixture
def three(version: ProgrammeVersion) -> None:
    """王低保 (01村, insured), 李五保 (02村, not), 张老 (02村, 84, not), and 赵普通, who is no subject."""
    poor = factories.resident(factories.village(1), name="王低保")
    towns.listed(poor, "dibao")
    towns.insure(poor, version, channel="batch")
    towns.listed(factories.resident(factories.village(2), name="李五保"), "wubao")
    factories.resident(factories.village(2), name="张老", birth_date=date(1940, 1, 1))
    factories.resident(factories.village(2), name="赵普通")


NAMES = ("王低保", "李五保", "张老", "赵普通")


@pytest.mark.parametrize(
    ("query", "shown", "headline"),
    [
        ("", {"王低保", "李五保", "张老"}, "3 人里有 2 人没参保"),
        ("insured=no", {"李五保", "张老"}, "3 人里有 2 人没参保"),
        ("insured=yes", {"王低保"}, "3 人里有 2 人没参保"),
        ("village=320903101201", {"王低保"}, "1 人全部参保"),
        ("group=wubao", {"李五保"}, "1 人里有 1 人没参保"),
        ("group=aged80&insured=no", {"张老"}, "1 人里有 1 人没参保"),
        ("group=nonsense&village=x&insured=perhaps", {"王低保", "李五保", "张老"}, "3 人里有 2 人没参保"),
        ("insured=yes&group=aged80", set(), "1 人里有 1 人没参保"),
    ],
)
def test_subjects_are_filtered_by_the_address(
    clerk: Client, three: None, query: str, shown: set[str], headline: str
) -> None:
    page = clerk.get(f"/town/subjects/?{query}").content.decode()
    assert {name for name in NAMES if name in page} == shown
    assert f"<h1>{headline}</h1>" in page


def test_subjects_page_holds_no_whole_number(clerk: Client, three: None) -> None:
    resident = Resident.objects.get(name="李五保")
    assert resident.number
    page = clerk.get("/town/subjects/").content.decode()
    assert resident.number_tail in page
    assert resident.number.reveal() not in page
    assert "84</td>" in page  # 张老 on the first day of cover


def test_subjects_page_asks_the_same_for_one_and_for_many(clerk: Client, version: ProgrammeVersion) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            clerk.get("/town/subjects/")
        return len(queries)

    towns.listed(factories.resident(), "dibao")
    asked()  # the first request of a session also keeps the session alive
    first = asked()
    for _ in range(9):
        resident = factories.resident()
        towns.listed(resident, "dibao")
        towns.insure(resident, version)
    assert asked() == first


def sheet(answer: HttpResponse, name: str) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_name(name).to_python()


def test_subjects_export_follows_the_filter(clerk: Client, three: None) -> None:
    rows = sheet(clerk.get("/town/subjects/export/?insured=no"), "政府购买对象")
    assert "共 2 人" in str(rows[0][0])
    assert [row[1] for row in rows[2:]] == ["李五保", "张老"]
    assert rows[2][6:] == ["五保", 0]
    assert rows[3][4:7] == [date(1940, 1, 1), 84, "80周岁以上"]
    assert AuditEntry.objects.get(action="roster.export").detail == {"rows": 2, "part": "subjects"}


def test_subjects_of_nobody_say_what_to_do(clerk: Client) -> None:
    assert "名册里没有符合条件的政府购买对象" in clerk.get("/town/subjects/").content.decode()


def test_checkup_shows_what_the_plan_and_the_data_say(clerk: Client, version: ProgrammeVersion) -> None:
    clean = clerk.get("/town/checkup/").content.decode()
    assert "要改正" not in clean
    assert "疑为统一替换年份时误改" in clean  # 2024 yuan in the year 2024
    assert "贵的赔得少" in clean
    late = factories.resident(name="周晚登")
    towns.insure(towns.dead(late, date(2024, 2, 19)), version, on=date(2024, 2, 20))
    later = factories.resident(name="吴已故")
    towns.insure(towns.dead(later, date(2024, 2, 20)), version, on=date(2024, 2, 20))
    young = factories.resident(name="郑年轻", birth_date=date(1964, 3, 22))
    towns.insure(young, version)
    page = clerk.get("/town/checkup/").content.decode()
    assert page.count("要改正") == 2
    for code, name in {"after-death": "周晚登", "died-insured": "吴已故", "outside-age": "郑年轻"}.items():
        assert f'href="/town/checkup/lists/{code}/"' in page
        assert name in clerk.get(f"/town/checkup/lists/{code}/").content.decode()


def test_checkup_exports_the_findings(clerk: Client) -> None:
    rows = sheet(clerk.get("/town/checkup/export/"), "方案核查")
    assert rows[1] == ["程度", "条款", "问题", "怎么办"]
    assert any("76—79 周岁" in str(row[2]) for row in rows)


@pytest.mark.parametrize("desk", ["town", "insurer"])
def test_terms_show_the_tables_and_the_readings(client_of: ClientOf, version: ProgrammeVersion, desk: str) -> None:
    page = client_of(factories.user(desk)).get(f"/{desk}/terms/").content.decode()
    assert "17 条口径里有 17 条等确认" in page
    assert '76 周岁以上 <b class="num">2,000.00 元</b>' in page
    assert "免赔额每次事故 200.00 元" in page
    assert '<b class="num">2,024.00 元</b> <a class="tag warn" href="#K03">存疑 K03</a>' in page
    assert 'id="K17"' in page
    assert "附件2（2）第1行" in page


def test_terms_of_an_unknown_or_foreign_programme_are_not_there(client_of: ClientOf, clerk: Client) -> None:
    assert clerk.get("/town/terms/?programme=nonsense").status_code == 404
    foreign = towns.campaign([(10, 8)], town_code="320903102000")
    assert clerk.get(f"/town/terms/?programme={foreign.programme.slug}").status_code == 404
    district = factories.user("insurer", factories.town("320903102000").parent)
    assert client_of(district).get(f"/insurer/terms/?programme={foreign.programme.slug}").status_code == 200


def test_terms_without_a_programme(client_of: ClientOf) -> None:
    assert "还没有方案" in client_of(factories.user("insurer")).get("/insurer/terms/").content.decode()
