"""Importing a roster: good rows go in, bad ones come back with reason and fix, again changes nothing."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests import factories
from tests.races import race
from tests.roster import files
from tests.roster.files import HEADER, number, row

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.actions import import_roster
from ankang.roster.models import GroupMembership, ImportRow, ImportRun, Resident
from ankang.roster.queries import earlier_run, listed_groups
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)


@pytest.fixture
def town(db: None) -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.user(Desk.TOWN)


@pytest.fixture
def village(town: User) -> User:
    return factories.user(Desk.VILLAGE)


def run_import(by: User, content: bytes, *, today: date = TODAY) -> ImportRun:
    return import_roster(by=by, division=by.division, file_name="名册.xlsx", content=content, today=today, now=NOW)


def counts(run: ImportRun) -> tuple[int, ...]:
    run.refresh_from_db()
    return (run.row_count, run.added, run.updated, run.unchanged, run.rejected, run.warned)


def problems(run: ImportRun) -> list[tuple[int, str, str, str]]:
    return list(run.rows.values_list("row_number", "outcome", "column", "reason"))


def test_good_rows_go_in_and_bad_ones_say_why(town: User) -> None:
    run = run_import(
        town,
        files.xlsx(
            row("单秀兰", number(2), 户号="H1", 类别="低保、三无", 地址="3组", 手机="138 1234 5678", 子女电话="无"),
            row("李国强", number(3)[:17] + "?"),
            row("", "3.2E+17", "21村"),
            row("赵玉", number(5), "2", 手机="12"),
        ),
    )
    assert counts(run) == (4, 2, 0, 0, 2, 1)
    assert problems(run) == [
        (3, "rejected", "身份证号", "有数字和末位X以外的字符"),
        (4, "rejected", "村居", "找不到这个村居，或有重名"),
        (4, "rejected", "姓名", "没有填姓名"),
        (4, "rejected", "身份证号", "Excel把号码存成了数字，后几位已经丢失，无法还原"),
        (5, "warned", "手机", "不像电话号码，没有录入"),
    ]
    first, second = Resident.objects.order_by("village_id")
    assert first.number is not None
    assert first.phone is not None
    assert (first.name, first.initials, first.number.reveal(), first.number_tail) == (
        "单秀兰",
        "sxl",
        number(2),
        number(2)[-4:],
    )
    assert (first.birth_date, first.sex, first.household, first.address) == (date(1950, 5, 6), "2", "H1", "3组")
    assert (first.phone.reveal(), first.phone_tail, first.child_phone) == ("13812345678", "5678", None)
    assert listed_groups(first, TODAY) == {"dibao", "sanwu"}
    assert (second.name, second.village.name, second.phone) == ("赵玉", "02村", None)


def test_nothing_personal_stands_plain(town: User) -> None:
    old = "329900500506002"
    run = run_import(town, files.xlsx(row("单秀兰", old), row("李国强1", number(3)), row("赵玉", number(5))))
    plain = "".join(str(list(model.objects.values())) for model in (ImportRow, ImportRun, AuditEntry))
    for text in (old, "3299001950", number(3), number(5), "单秀兰", "李国强", "赵玉"):
        assert text not in plain
    masks = {row.column: row.value_masked for row in run.rows.all()}
    assert masks == {"身份证号": "*" * 11 + "6002", "姓名": "李**1"}
    sealed = run.rows.get(column="姓名").cells
    assert sealed is not None
    assert json.loads(sealed.reveal())[2:4] == ["李国强1", number(3)]


def test_the_audit_row_tells_figures(town: User) -> None:
    run = run_import(town, files.xlsx(row("单秀兰", number(2)), row("李", "1")))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor, entry.division_code) == ("roster.import", town, town.division_id)
    assert (entry.subject_type, entry.subject_id) == ("roster.ImportRun", str(run.pk))
    assert entry.detail == {
        "row_count": 2,
        "added": 1,
        "updated": 0,
        "unchanged": 0,
        "rejected": 1,
        "warned": 0,
        "ended": 0,
    }


def test_the_same_file_again_changes_nothing(town: User) -> None:
    content = files.xlsx(row("单秀兰", number(2), 类别="低保", 手机="13812345678"), row("赵玉", number(5), "02村"))
    first = run_import(town, content)
    before = list(Resident.objects.values()), list(GroupMembership.objects.values())
    again = run_import(town, content, today=date(2024, 3, 5))
    assert counts(again) == (2, 0, 0, 2, 0, 0)
    assert (list(Resident.objects.values()), list(GroupMembership.objects.values())) == before
    assert (earlier_run(again), earlier_run(first)) == (first, None)


def test_changed_facts_are_updated_and_blanks_keep(town: User) -> None:
    run_import(town, files.xlsx(row("单秀兰", number(2), 户号="H1", 地址="3组", 手机="13812345678", 类别="低保")))
    run = run_import(town, files.xlsx(row("单秀蘭", number(2), 地址="4组", 子女电话="13900000000")))
    assert counts(run) == (1, 0, 1, 0, 0, 1)
    assert problems(run) == [(2, "warned", "姓名", "与名册上的姓名不同，已按本表改名")]
    now = Resident.objects.get()
    assert now.phone is not None
    assert now.child_phone is not None
    assert (now.name, now.household, now.address, now.phone.reveal(), now.child_phone.reveal()) == (
        "单秀蘭",
        "H1",
        "4组",
        "13812345678",
        "13900000000",
    )
    assert listed_groups(now, TODAY) == {"dibao"}


def test_a_new_phone_with_the_same_tail_is_a_change(town: User) -> None:
    run_import(town, files.xlsx(row("单秀兰", number(2), 手机="13812345678")))
    run = run_import(town, files.xlsx(row("单秀兰", number(2), 手机="13912345678")))
    assert counts(run) == (1, 0, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("cell", "groups", "updated"),
    [
        ("", {"dibao"}, 0),
        ("低保", {"dibao"}, 0),
        ("80周岁以上，低保户", {"dibao"}, 0),
        ("五保", {"wubao"}, 1),
        ("低保/三无", {"dibao", "sanwu"}, 1),
        ("无", set(), 1),
    ],
)
@pytest.mark.parametrize("next_day", [TODAY, date(2024, 3, 5)])
def test_a_cell_that_names_lists_names_all_of_them(
    town: User, cell: str, groups: set[str], updated: int, next_day: date
) -> None:
    run_import(town, files.xlsx(row("单秀兰", number(2), 类别="低保")))
    run = run_import(town, files.xlsx(row("单秀兰", number(2), 类别=cell)), today=next_day)
    resident = Resident.objects.get()
    assert counts(run)[2] == updated
    assert listed_groups(resident, next_day) == groups
    if next_day > TODAY:
        assert listed_groups(resident, TODAY) == {"dibao"}


def test_an_unknown_list_is_an_error(town: User) -> None:
    run = run_import(town, files.xlsx(row("单秀兰", number(2), 类别="低保、孤寡")))
    assert problems(run) == [(2, "rejected", "类别", "不认识的类别“孤寡”")]
    assert Resident.objects.count() == 0


def test_a_village_imports_its_own_people_only(village: User) -> None:
    run = run_import(
        village, files.xlsx(row("单秀兰", number(2), ""), row("李强", number(3)), row("赵玉", number(5), "02村"))
    )
    assert counts(run) == (3, 2, 0, 0, 1, 0)
    assert problems(run) == [(4, "rejected", "村居", "不是本村的人，本村账号只能导入本村")]
    assert set(Resident.objects.values_list("village__name", flat=True)) == {"01村"}


def test_a_village_cannot_import_elsewhere(village: User) -> None:
    with pytest.raises(NotAllowed):
        import_roster(
            by=village,
            division=factories.village(2),
            file_name="",
            content=files.xlsx(row("单秀兰", number(2))),
            today=TODAY,
            now=NOW,
        )
    assert (ImportRun.objects.count(), Resident.objects.count()) == (0, 0)


def test_a_number_in_another_village_is_refused_and_named_only_to_who_may_see_it(village: User) -> None:
    factories.resident(factories.village(2), number=number(2))
    content = files.xlsx(row("单秀兰", number(2), "01村"))
    hidden = run_import(village, content)
    shown = run_import(factories.user(Desk.TOWN), content)
    assert problems(hidden) == [(2, "rejected", "身份证号", "这个身份证号已在其他村居的名册里")]
    assert problems(shown) == [(2, "rejected", "身份证号", "这个身份证号已在“02村”的名册里")]
    assert Resident.objects.get().name == "王秀兰"


def test_the_dead_are_not_brought_back(town: User) -> None:
    factories.resident(number=number(2), status="dead", died_on=date(2024, 1, 1))
    run = run_import(town, files.xlsx(row("单秀兰", number(2))))
    assert problems(run) == [(2, "rejected", "身份证号", "名册上这个人已登记为“已故”")]


def test_twice_in_one_file(town: User) -> None:
    run = run_import(town, files.xlsx(row("单秀兰", number(2)), row("赵玉", number(2), "02村")))
    assert problems(run) == [(3, "rejected", "身份证号", "与第2行的身份证号相同，只导入了第2行")]
    assert Resident.objects.get().name == "单秀兰"


@pytest.mark.parametrize(
    ("birth", "is_taken"), [(date(1965, 3, 4), True), (date(1965, 3, 5), False), (date(1964, 3, 4), True)]
)
def test_who_is_too_young_for_the_roster(town: User, birth: date, is_taken: bool) -> None:
    run = run_import(town, files.xlsx(row("单秀兰", number(2, birth))))
    assert counts(run)[1] == is_taken


def test_an_area_that_never_was_is_a_warning_outside_sample_data(town: User) -> None:
    content = files.xlsx(row("单秀兰", number(2)))
    assert counts(run_import(town, content))[5] == 0
    Resident.objects.all().delete()
    Installation.objects.update(is_sample=False, demo_today=None)
    run = run_import(town, content)
    assert counts(run) == (1, 1, 0, 0, 0, 1)
    assert problems(run) == [(2, "warned", "身份证号", "前6位329900不是正式的行政区划代码")]


@pytest.mark.parametrize(
    ("birth", "sex", "reasons"),
    [
        (date(1950, 5, 6), "女", []),
        ("1950年5月6日", "", []),
        ("1950/05/06", "", []),
        ("19500506", "", []),
        (19500506.0, "", []),
        (18389, "", []),  # Excel's own number of the day
        ("1950-5-7", "女", ["出生日期与身份证号不一致，按身份证号录入"]),
        ("五月初六", "", ["出生日期与身份证号不一致，按身份证号录入"]),
        ("", "男", ["性别与身份证号不一致，按身份证号录入"]),
    ],
)
def test_what_the_number_says_is_checked(town: User, birth: Any, sex: str, reasons: list[str]) -> None:
    content = files.xlsx(
        ["1", "单秀兰", number(2), birth, sex], header=["村居", "姓名", "身份证号", "出生日期", "性别"]
    )
    run = run_import(town, content)
    assert [row.reason for row in run.rows.all()] == reasons
    assert counts(run)[1] == 1


@pytest.mark.parametrize(
    "header",
    [
        ("村（居）", "老人姓名", "身份证号码（18位）"),
        ("*村 居", " 姓 名 ", "证件号码"),
        ("行政村", "姓名（必填）", "公民身份号码*"),
        ("村居代码", "姓名", "身份证"),
        ("所在村", "低保对象姓名", "低保对象身份证号"),
        ("村", "死者姓名", "死者身份证号码"),
        ("村名", "五保老人姓名", "公民身份证号"),
    ],
)
@pytest.mark.parametrize("place", ["01村", "1", "01", "320903101201", "１村"])
def test_columns_and_villages_by_many_names(town: User, header: Sequence[str], place: str) -> None:
    above = [["盐都区老年人名册"], [], ["填表日期：2024年3月"]]
    run = run_import(town, files.xlsx([place, "单秀兰", number(2)], [], header, header=header, above=above))
    assert counts(run) == (1, 1, 0, 0, 0, 0)
    assert Resident.objects.get().village.name == "01村"


def test_rows_that_are_no_people_are_passed_over(town: User) -> None:
    run = run_import(
        town, files.xlsx([], row("示例（请删除）", "1"), row("单秀兰", number(2)), list(HEADER), ["合计", 1], ["  "])
    )
    assert counts(run) == (1, 1, 0, 0, 0, 0)


def test_a_number_kept_as_a_number(town: User) -> None:
    run = run_import(
        town,
        files.xlsx(
            ["1", "单秀兰", int(number(2)[:17] + "0")], ["1", "李强", 329900500506002], header=HEADER[:1] + HEADER[2:4]
        ),
    )
    assert [row.reason for row in run.rows.all()] == [
        "Excel把号码存成了数字，后几位已经丢失，无法还原",
        "是15位旧号码",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-8", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_csv_as_excel_and_registers_write_it(town: User, encoding: str, delimiter: str) -> None:
    rows = (row("单秀兰", f'="{number(2)}"'), row("赵玉𠮷" if encoding != "gb18030" else "赵玉", number(5)))
    run = run_import(town, files.csv(*rows, encoding=encoding, delimiter=delimiter))
    assert counts(run) == (2, 2, 0, 0, 0, 0)


def test_queries_do_not_grow_with_the_rows(town: User, django_assert_num_queries: Any) -> None:
    def content(size: int, start: int) -> bytes:
        rows = [row("单秀兰", number(index), 类别="低保") for index in range(start, start + size)]
        return files.xlsx(*rows, row("李强", "1"), row("李强", "2"))

    with django_assert_num_queries(12):
        run_import(town, content(1, 0))
    with django_assert_num_queries(12):
        run_import(town, content(45, 10))
    with django_assert_num_queries(10):
        run_import(town, content(45, 10))


def test_more_rows_than_a_chunk(town: User) -> None:
    rows = [row("单秀兰", number(index % 1000, date(1950, 1, 1 + index // 1000))) for index in range(1900)]
    assert counts(run_import(town, files.xlsx(*rows)))[:3] == (1900, 1900, 0)
    assert counts(run_import(town, files.xlsx(*rows)))[:4] == (1900, 0, 0, 1900)


def test_a_failure_while_writing_leaves_nothing(town: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_facts: object) -> None:
        raise RuntimeError("disk full")

    monkeypatch.setattr("ankang.roster.imports.storing.record", fail)
    with pytest.raises(RuntimeError):
        run_import(town, files.xlsx(row("单秀兰", number(2), 类别="低保"), row("李", "1")))
    for model in (ImportRun, ImportRow, Resident, GroupMembership, AuditEntry):
        assert model.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_two_at_once_import_everybody_once(town: User) -> None:
    content = files.xlsx(*(row("单秀兰", number(index)) for index in range(50)))
    outcomes = race(lambda: run_import(town, content), lambda: run_import(town, content))
    runs = [outcome for outcome in outcomes if isinstance(outcome, ImportRun)]
    assert all(isinstance(outcome, ImportRun | Conflict) for outcome in outcomes)
    assert Resident.objects.count() == 50
    assert sum(run.added for run in runs) == 50
    assert AuditEntry.objects.count() == len(runs) == ImportRun.objects.count()


def test_an_empty_roster_is_refused(town: User) -> None:
    with pytest.raises(InvalidInput, match="没有一行内容"):
        run_import(town, files.xlsx())
    assert ImportRun.objects.count() == 0


def test_a_town_has_to_say_the_village(town: User) -> None:
    with pytest.raises(InvalidInput, match="没有找到“村居”一列"):
        run_import(town, files.xlsx(["单秀兰", number(2)], header=["姓名", "身份证号"]))
    assert Resident.objects.count() == 0
