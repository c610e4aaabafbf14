"""A list of the 80-year-olds: set beside the roster, kept as a report, and nothing of the roster changes."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests import factories
from tests.roster import files
from tests.roster.files import number
from tests.roster.test_lists import LATER, NOW, TODAY, confirmed, staged, table
from tests.roster.test_pages import sheet_of

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.imports.undoing import undo_import
from ankang.roster.imports.waiting import confirm_import, preview
from ankang.roster.linkage.cases import find_cases, numberless_rows
from ankang.roster.models import GroupMembership, ImportChange, ImportRow, ImportRun, Resident
from ankang.rules.errors import Conflict

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
OLD = date(1944, 3, 4)  # 80 on the demo day
YOUNG = OLD + DAY
NONE_LISTED = "名册上满80周岁、这份名单上没有"


@pytest.fixture
def town() -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.user(Desk.TOWN)


def resident(name: str, birth: date = OLD, serial: int = 2, **facts: Any) -> Resident:
    return factories.resident(name=name, birth_date=birth, number=number(serial, birth), **facts)


def aged(by: User, *rows: Sequence[Any], **facts: Any) -> Any:
    return staged(by, table(*rows), "aged", **facts)


def state() -> list[tuple[Any, ...]]:
    people = Resident.objects.order_by("pk").values_list("pk", "status", "died_on", "moved_on", "updated_at")
    return [*people, *GroupMembership.objects.order_by("pk").values_list()]


def reasons(by: User, *rows: Sequence[Any]) -> list[str]:
    return [problem.reason for problem in preview(aged(by, *rows), by, TODAY, NOW).problems]


@pytest.mark.parametrize(
    ("above", "titles", "file_name", "kind"),
    [
        ("", (), "80周岁以上老人.xlsx", "aged"),
        ("", (), "80岁.xlsx", "aged"),
        ("青龙镇高龄老人花名册", (), "表.xlsx", "aged"),
        ("八十周岁以上", (), "表.xlsx", "aged"),
        ("", ("是否80周岁以上",), "表.xlsx", "roster"),  # a column of a register
        ("80周岁以上", ("类别",), "80周岁以上.xlsx", "roster"),
        ("60-80周岁老人", (), "表.xlsx", "roster"),
        ("", (), "180岁.xlsx", "roster"),
        ("", (), "高龄低保.xlsx", "dibao"),
        ("80周岁以上", ("死亡日期",), "表.xlsx", "deaths"),
    ],
)
def test_the_kind_is_recognised(town: User, above: str, titles: Sequence[str], file_name: str, kind: str) -> None:
    header = ("姓名", "身份证号", "村居", *titles)
    row = ["单秀兰", number(2), "01村", "2024-03-01" if kind == "deaths" else "80周岁以上"]
    content = files.xlsx(row[: len(header)], header=header, above=[[above]] if above else [])
    assert staged(town, content, file_name=file_name).kind == kind


def test_each_row_that_does_not_agree_says_why(town: User) -> None:
    resident("单秀兰")
    resident("赵玉英", serial=4)
    resident("李国强", YOUNG, serial=3)
    resident("王明", serial=5, status="dead", died_on=TODAY - DAY)
    resident("孙德福", serial=7, status="moved", moved_on=TODAY - DAY)
    rows = [
        ["单秀兰", number(2, OLD)],
        ["赵玉兰", number(4, OLD)],
        ["李国强", number(3, YOUNG)],
        ["王明", number(5, OLD)],
        ["孙德福", number(7, OLD)],
        ["周长贵", number(9, OLD)],
        ["吴桂英", number(6, YOUNG)],
        ["单秀兰", number(2, OLD)],
        ["郑凤英", "无"],
    ]
    waiting = aged(town, *rows)
    shown = preview(waiting, town, TODAY, NOW)
    assert {
        problem.row_number: (problem.reason, problem.fix) for problem in shown.problems if problem.row_number < 9
    } == {
        3: ("姓名与名册上这个身份证号的姓名不同", "请对照身份证核对姓名和号码"),
        4: ("到2024-03-04不满80周岁，2024-03-05才满", "请核对号码；号码没错的，请来表单位从名单上去掉"),
        5: ("名册上这个人已登记为“已故”", "登记有误的，请先恢复在册；没有错的，请来表单位从名单上去掉"),
        6: ("名册上这个人已登记为“迁出”", "登记有误的，请先恢复在册；没有错的，请来表单位从名单上去掉"),
        7: ("名册里没有这个身份证号", "请核对号码；确是本地老人，请先录入名册"),
        8: ("到2024-03-04不满80周岁，2024-03-05才满", "请核对号码；号码没错的，请来表单位从名单上去掉"),
    }
    assert (shown.unchanged, shown.rejected, shown.added, shown.updated, len(shown.unlisted)) == (1, 8, 0, 0, 0)
    before = state()
    run = confirmed(town, waiting)
    assert (run.unchanged, run.rejected, run.row_count, run.added, run.updated, run.ended) == (1, 8, 9, 0, 0, 0)
    assert state() == before
    assert not ImportChange.objects.exists()


@pytest.mark.parametrize(("on", "agrees"), [(TODAY - DAY, False), (TODAY, True)])
def test_the_age_counts_on_the_day_of_the_list_alone(town: User, on: date, agrees: bool) -> None:
    resident("单秀兰")
    content = table(["单秀兰", number(2, OLD), "2030-01-01"], day="享受日期")  # a day of the row says nothing here
    shown = preview(staged(town, content, "aged", day=on), town, TODAY, NOW)
    assert (shown.unchanged, shown.rejected) == ((1, 0) if agrees else (0, 1))


def test_who_is_not_on_the_list_is_told_and_nothing_ends(town: User) -> None:
    listed, absent = resident("单秀兰"), resident("赵玉英", serial=4)
    other_name = resident("李国强", serial=3)
    resident("周长贵", YOUNG, serial=5)
    resident("王明", serial=7, status="dead", died_on=TODAY)
    resident("孙德福", serial=9, status="moved")
    GroupMembership.objects.create(resident=absent, village=absent.village, group="dibao", from_on=OLD)
    waiting = aged(town, ["单秀兰", number(2, OLD)], ["李国兰", number(3, OLD)])
    assert [one.pk for one in preview(waiting, town, TODAY, NOW).unlisted] == [absent.pk]
    before = state()
    run = confirmed(town, waiting)
    told = ImportRow.objects.get(run=run, outcome="unlisted")
    assert (told.resident, told.reason) == (absent, NONE_LISTED)
    assert state() == before
    assert {listed.pk, other_name.pk, absent.pk} <= set(
        Resident.objects.filter(status="living").values_list("pk", flat=True)
    )
    detail = AuditEntry.objects.filter(action="roster.import_list").get().detail
    assert (detail["kind"], detail["unlisted"], detail["rejected"]) == ("aged", 1, 1)


def test_somebody_new_since_the_preview_is_looked_at_again(town: User) -> None:
    resident("单秀兰")
    waiting = aged(town, ["单秀兰", number(2, OLD)])
    seen = preview(waiting, town, TODAY, NOW).seen
    resident("赵玉英", serial=4)
    with pytest.raises(Conflict, match="名册在您核对的时候变了"):
        confirm_import(by=town, key=waiting.pk, seen=seen, today=TODAY, now=NOW)
    assert not ImportRun.objects.exists()


def test_a_village_looks_at_its_own(town: User) -> None:
    resident("单秀兰", village_=factories.village(2))
    own = resident("赵玉英", serial=4)
    by = factories.user(Desk.VILLAGE)
    shown = preview(aged(by, ["单秀兰", number(2, OLD)]), by, TODAY, NOW)
    assert [problem.code for problem in shown.problems] == [ImportRow.Code.ELSEWHERE]
    assert [one.pk for one in shown.unlisted] == [own.pk]


def unlisted_of(by: User, content: bytes) -> tuple[list[str], list[str], int]:
    shown = preview(staged(by, content, "aged"), by, TODAY, NOW)
    return [one.name for one in shown.unlisted], [one.name for one in shown.compared], shown.left_out


def test_a_list_of_one_village_says_nothing_of_the_others(town: User) -> None:
    factories.town(villages=3)
    resident("单秀兰")
    resident("赵玉英", serial=4)
    resident("李国强", serial=3, village_=factories.village(2))
    named = ("姓名", "身份证号", "村居")
    assert unlisted_of(town, table(["单秀兰", number(2, OLD)])) == (["赵玉英"], ["01村"], 2)
    everywhere = table(["单秀兰", number(2, OLD)], ["李国强", number(3, OLD)])
    assert unlisted_of(town, everywhere) == (["赵玉英"], ["01村", "02村"], 1)
    strayed = files.xlsx(["单秀兰", number(2, OLD), "2"], header=named)  # the row's own word goes before the roster's
    assert unlisted_of(town, strayed) == (["李国强"], ["02村"], 2)
    assert unlisted_of(town, table(["周长贵", number(9, OLD)])) == ([], [], 3)


def test_the_page_says_which_villages_were_compared(town: User, client_of: Any) -> None:
    factories.town(villages=3)
    resident("单秀兰")
    client: Client = client_of(town)
    for row, says in (
        (["单秀兰", number(2, OLD)], "只看名单写到的 1 个村居：01村。另外 2 个村居名单没有写到，不算漏报"),
        (["周长贵", number(9, OLD)], "看不出名单是哪些村居的"),
    ):
        waiting = aged(town, row)
        assert says in client.get(f"/town/import/waiting/{waiting.pk}/").content.decode()


def test_taken_back_it_leaves_the_roster_as_it_is(town: User) -> None:
    resident("单秀兰")
    resident("赵玉英", serial=4)
    run = confirmed(town, aged(town, ["单秀兰", number(2, OLD)]))
    before = state()
    undo_import(by=town, run_id=run.pk, now=LATER)
    assert state() == before


def test_rows_without_a_number_are_not_linked(town: User) -> None:
    resident("单秀兰")
    content = files.xlsx(["单秀兰", OLD], header=("姓名", "出生日期"))
    run = confirmed(town, staged(town, content, "aged"))
    assert (run.rejected, numberless_rows(run)) == (1, 0)
    with pytest.raises(Conflict, match="只作核对，不按姓名认定"):
        find_cases(by=town, run_id=run.pk, today=TODAY)


def test_a_row_of_who_is_not_listed_names_a_resident(town: User) -> None:
    run, one = factories.import_run(kind="aged"), resident("单秀兰")
    facts = {"run": run, "row_number": 0, "column": "", "reason": "x", "fix": "x"}
    for outcome, who in (("unlisted", None), ("rejected", one)):
        with pytest.raises(IntegrityError), transaction.atomic():
            ImportRow.objects.create(**facts, outcome=outcome, resident=who)


def test_the_pages_say_compared_and_not_imported(town: User, client_of: Any) -> None:
    resident("单秀兰")
    absent = resident("赵玉英", serial=4)
    resident("李国强", YOUNG, serial=3)
    client: Client = client_of(town)
    waiting = aged(town, ["单秀兰", number(2, OLD)], ["李国强", number(3, YOUNG)])
    address = f"/town/import/waiting/{waiting.pk}/"
    seen = client.get(address)
    text = seen.content.decode()
    assert "和名册核对：只看对不对得上，不改名册" in text
    assert "记下这次核对" in text
    assert f'<a href="/town/roster/{absent.pk}/">赵玉英</a>' in text
    assert not [word for word in ("写入", "不能导入", "要结束吗") if word in text]
    done = client.post(address, {"seen": seen.context["preview"].seen}, follow=True)
    text = done.content.decode()
    assert "已记下这次核对，名册没有改动。" in text
    assert "80周岁以上名单已核对：1 行对不上，1 人名单上没有" in text
    assert f'<a href="/town/roster/{absent.pk}/">赵玉英</a>' in text
    assert not [word for word in ("没导入", "导入结果", "撤回这次") if word in text]
    report = client.get(f"{done.wsgi_request.path}report/")
    assert sheet_of(report)[1][-2:] == [
        "身份证号：到2024-03-04不满80周岁，2024-03-05才满",
        "请核对号码；号码没错的，请来表单位从名单上去掉",
    ]
    assert sheet_of(report, 1)[1][:5] == ["01村", "赵玉英", "女", "1944-03-04", number(4, OLD)[-4:]]


@pytest.mark.parametrize("size", [3, 40])
def test_queries_of_its_pages_do_not_grow(
    town: User, client_of: Any, size: int, django_assert_num_queries: Any
) -> None:
    for serial in range(2, 2 + size):
        resident("单秀兰", serial=serial)
    waiting = aged(town, ["单秀兰", number(2, OLD)])
    client = client_of(town)
    client.get("/town/import/")
    with django_assert_num_queries(10):
        # session, person, device, installation twice, list, campaign, residents, villages, absent
        client.get(f"/town/import/waiting/{waiting.pk}/")
    run = confirmed(town, waiting)
    with django_assert_num_queries(9):
        # session, person, device, installation, run, the same file before, how many are absent, rows twice
        client.get(f"/town/import/{run.pk}/")
