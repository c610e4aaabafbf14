"""The town's dashboard: says the truth of its figures, in few queries, to whom it concerns."""

import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook
from tests import factories, towns

from ankang.accounts.models import User
from ankang.enrolment.coverage import town_coverage
from ankang.installation.models import Installation
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import ImportRun

pytestmark = pytest.mark.django_db
ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def march() -> None:
    Installation.objects.create(is_sample=True, demo_today=towns.TODAY)


@pytest.fixture
def version() -> ProgrammeVersion:
    return towns.campaign([(40, 34), (20, 16)])


def fill(version: ProgrammeVersion) -> None:
    """01村: one a day of the last 7 full days and 5 in bulk. 02村: 17 long ago, a subject uninsured."""
    first, second = factories.village(1), factories.village(2)
    for ago in range(1, 8):
        towns.insure(factories.resident(first), version, on=towns.TODAY - timedelta(days=ago))
    for _ in range(5):
        poor = factories.resident(first)
        towns.listed(poor, "dibao")
        towns.insure(poor, version, on=date(2024, 2, 22), channel="batch")
    for _ in range(17):
        towns.insure(factories.resident(second), version, on=date(2024, 2, 2))
    towns.listed(factories.resident(second, name="李无保"), "wubao")


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture
def shown(client_of: ClientOf, version: ProgrammeVersion) -> str:
    fill(version)
    return client_of(factories.user("town")).get("/town/").content.decode()


def test_headline_states_how_far_it_gets(shown: str) -> None:
    # 29 insured of 60; a week at one a day brings 17 more by 20 March: 46, where 85 % is 51.
    text = text_of(shown)
    assert "按现在的速度，3月20日只能到 76.66%，还差 5 人" in text
    assert "近7天平均每天 1 人；要到 85%，今天起每天要 2 人。落后 1 个村：01村。" in text


def test_tiles(shown: str) -> None:
    text = text_of(shown)
    assert "离截止还有 17 天（含今天）" in text.replace("17 天 （", "17 天（")
    assert "已过 32/49 天" in text
    assert "48.33 %" in text  # 29 of 60 is 48.333
    assert "29 / 60 人" in text
    assert "83.33 %" in text  # 5 of 6 subjects
    assert "5 / 6 人 离100%差 1" in text


def test_ranking_by_coverage_and_totals(shown: str) -> None:
    rows = re.findall(r"<tr><td class=\"n c-rank\">(\d+)</td>\s*<th scope=\"row\"><a [^>]*>(\d\d村)", shown)
    assert rows == [("1", "02村"), ("2", "01村")]
    total = text_of(shown[shown.index('<tfoot><tr><td class="c-rank">') :])
    assert re.search(r"全镇 48.33% 22 29 60 50 51 1.0 1.3 1 ", total), total[:200]


@pytest.mark.parametrize(("sort", "order"), [("gap", ["01村", "02村"]), ("serial", ["01村", "02村"])])
def test_sorting_is_in_the_address(client_of: ClientOf, version: ProgrammeVersion, sort: str, order: list[str]) -> None:
    fill(version)
    page = client_of(factories.user("town")).get(f"/town/?sort={sort}").content.decode()
    assert re.findall(r"<th scope=\"row\"><a [^>]*>(\d\d村)", page) == order
    assert f'<a href="?sort={sort}#head-ranking" aria-current="true">' in page


def test_chart_data_agree_with_the_table(shown: str) -> None:
    data = json.loads(re.search(r'<script id="chart-data" type="application/json">(.*?)</script>', shown)[1])  # type: ignore[index]
    assert (data["labels"][0], data["labels"][-1], len(data["labels"])) == ("2/1", "3/20", 49)
    assert len(data["single"]) == len(data["bulk"]) == len(data["people"]) == 32
    assert (data["bulk"][21], data["single"][1], data["people"][-1]) == (5, 17, 29)
    assert (data["line"], data["average"], data["required"]) == (51, 1, 2)
    assert data["forecast"]["people"][0] == 29
    assert data["forecast"]["people"][-1] == 46
    assert len(data["forecast"]["people"]) == 18
    assert '<th scope="row">2月22日</th><td class="n">0</td><td class="n">5</td><td class="n">22</td>' in shown


def test_tasks_come_from_facts(shown: str) -> None:
    text = text_of(shown)
    assert '<a href="/town/subjects/?insured=no">1 名政府购买对象没参保</a>' in shown
    assert "02村 1 人。" in text
    assert "下达目标全完成，离85%还差 1 人" in text
    assert "50 / 60 只有 83.33%，要 51 人才够；1 个村的目标低于本村85%线。" in text
    assert "处要请区里确认" in text
    assert "行有问题" not in text


def test_an_overdue_claim_is_late_by_its_plans_own_days(client_of: ClientOf) -> None:
    """The plan may set other days for a step than our five, so the task names none."""
    Installation.objects.update(demo_today=date(2024, 6, 20))
    factories.claim_to_review(factories.village(1), "LP2024-0529-001")
    page = text_of(client_of(factories.user("town")).get("/town/").content.decode())
    assert "1 件理赔超过每一步的时限没审" in page
    assert "5 个工作日" not in page


def test_problems_of_the_last_import_become_a_task(client_of: ClientOf, version: ProgrammeVersion) -> None:
    fill(version)
    clerk = factories.user("town")
    at = version.published_at
    ImportRun.objects.create(
        division=clerk.division, file_name="a.xlsx", file_digest="1", by=clerk, at=at, rejected=2, warned=1
    )
    assert "最近一次名册导入有 3 行有问题" in client_of(clerk).get("/town/").content.decode()
    ImportRun.objects.create(
        division=clerk.division, file_name="b.xlsx", file_digest="2", by=clerk, at=at + timedelta(days=1)
    )
    assert "行有问题" not in client_of(clerk).get("/town/").content.decode()


def last_year(version: ProgrammeVersion) -> ProgrammeVersion:
    """Return last year's programme, whose cover still runs."""
    return towns.campaign(
        [(40, 34), (20, 16)],
        id="2023-yandu",
        year=2023,
        window_from=date(2023, 2, 1),
        window_to=date(2023, 3, 20),
        cover_from=date(2023, 3, 21),
        cover_to=date(2024, 3, 20),
    )


@pytest.mark.django_db(transaction=True)
def test_twelve_queries_for_the_whole_page(client_of: ClientOf, version: ProgrammeVersion) -> None:
    fill(version)
    last_year(version)
    client = client_of(factories.user("town"))
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/town/").content.decode()
    assert "理赔（2023年度）" in page
    asked = [query["sql"] for query in queries if not query["sql"].startswith(("BEGIN", "COMMIT"))]
    # every page: session, person, second factor, installation, session kept alive
    # this one: programmes, places, people by day, roster and subjects, claims, last import, transfers
    assert len(asked) == 12, "\n".join(asked)


def test_export_holds_the_same_figures(client_of: ClientOf, version: ProgrammeVersion) -> None:
    fill(version)
    answer = client_of(factories.user("town")).get("/town/export/?sort=serial")
    book = CalamineWorkbook.from_filelike(BytesIO(answer.content))
    rows = book.get_sheet_by_name("各村进度").to_python()
    assert rows[0][0].startswith("2024年度“安康关爱行动” 各村进度，截至 2024-03-04")
    head = rows[1]
    totals = dict(zip(head, rows[-1], strict=True))
    assert [row[2] for row in rows[2:]] == ["01村", "02村", "合计"]
    assert (totals["已参保"], totals["85%线"], totals["下达目标"], totals["必保未保"]) == (29, 51, 50, 1)
    second = dict(zip(head, rows[3], strict=True))
    assert (second["完成下达目标"], second["达到85%"], second["覆盖率%"]) == ("是", "是", 85.0)
    days = book.get_sheet_by_name("每日进度").to_python()
    assert days[-1][1:] == [1, 0, 29]
    assert len(days) == 33


@pytest.mark.parametrize(
    ("today", "conclusion"),
    [
        (date(2024, 1, 20), "2月1日开始推进，还有 12 天"),
        (date(2024, 2, 3), "推进第 3 天，已参保 29 人，离 85% 还差 22 人"),
        (date(2024, 3, 20), "按现在的速度，3月20日只能到 48.33%，还差 22 人"),
        (date(2024, 3, 21), "推进期已结束，参保 48.33%，离 85% 差 22 人"),
    ],
)
def test_headline_before_and_after(
    client_of: ClientOf, version: ProgrammeVersion, today: date, conclusion: str
) -> None:
    fill(version)
    Installation.objects.update(demo_today=today)
    assert conclusion in client_of(factories.user("town")).get("/town/").content.decode()


def test_reached(client_of: ClientOf) -> None:
    version = towns.campaign([(20, 17)])
    for _ in range(17):
        towns.insure(factories.resident(), version, on=date(2024, 2, 2))
    page = client_of(factories.user("town")).get("/town/").content.decode()
    assert "已达到 85%：参保 17 人，85.00%" in page
    assert "已到85%" in page


def test_without_programme_or_roster_it_says_what_to_do(client_of: ClientOf) -> None:
    client = client_of(factories.user("town"))
    assert "还没有今年的方案" in client.get("/town/").content.decode()
    towns.campaign([(20, 17)])
    empty = client.get("/town/").content.decode()
    assert "名册还是空的" in empty
    assert "公布人口 20 人" in empty


def test_a_foreign_town_sees_nothing_of_it(client_of: ClientOf, version: ProgrammeVersion) -> None:
    fill(version)
    foreigner = factories.user("town", factories.town("320903102000"))
    for path in ("/town/", "/town/subjects/", "/town/checkup/", "/town/export/", "/town/subjects/export/"):
        page = client_of(foreigner).get(path).content.decode()
        assert "还没有今年的方案" in page
        assert "李无保" not in page
    coverage = town_coverage(User.objects.select_related("division").get(pk=foreigner.pk), version, towns.TODAY)
    assert coverage.villages == ()


@pytest.mark.parametrize("desk", ["village", "insurer", "window", "funeral", "district", "donor"])
def test_other_desks_are_refused(client_of: ClientOf, version: ProgrammeVersion, desk: str) -> None:
    assert client_of(factories.user(desk)).get("/town/").status_code == 403


def test_page_needs_a_log_in(client: Client, version: Any) -> None:
    assert client.get("/town/")["Location"] == "/login/?next=/town/"
