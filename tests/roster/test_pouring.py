"""A register part by part: the rows of a plain import, one after another; stopped anywhere it goes on to the same."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories
from tests.roster import files
from tests.roster.files import number, row
from tests.roster.messy import clear, messy, refused, roster, written
from tests.roster.reference import import_slowly

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.imports import pouring
from ankang.roster.imports.pouring import pour, stopped_run
from ankang.roster.imports.tables import open_table
from ankang.roster.imports.undoing import undo_import
from ankang.roster.models import ImportRun, Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 2, tzinfo=UTC)
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture(autouse=True)
def parts_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pouring, "PART", 3)


@pytest.fixture
def town(db: None) -> User:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.user(Desk.TOWN)


BIRTHS = [date(1950, 5, 6), date(1964, 3, 4), date(1965, 3, 5), date(1930, 2, 28)]
NUMBERS = st.one_of(
    st.builds(number, st.integers(2, 6), st.sampled_from(BIRTHS)),
    st.builds(lambda text: text[:17] + "?", st.builds(number, st.integers(2, 4))),
    st.builds(lambda text: f" {text.lower()}", st.builds(number, st.integers(2, 9))),
    st.builds(lambda text: text[:6] + " " + text[6:], st.builds(number, st.integers(2, 9))),
    st.sampled_from(["", "3.2E+17", "329900500506002", "１２", "*" * 18]),
)
ROWS = st.tuples(
    st.sampled_from(["01村", "2", "02 村", "09村", "", "合计"]),
    st.sampled_from(["", "H1", "9" * 40]),
    st.sampled_from(["单秀兰", "欧阳 明", "阿里・木", "9", "", "示例", "王一", "a b"]),
    NUMBERS,
    st.sampled_from(["", "低保", "低保、三无", "无", "80岁以上", "孤寡", "五保 特困"]),
    st.sampled_from(["", "3组", "路" * 130, r"3组\N\1号", "3组\t1号", "3组\n1号", "'3组', \"1号\""]),
    st.sampled_from(["", "无", "13812345678", "138-1234-5678", "12", "+86 13812345678"]),
    st.sampled_from(["", "0515-88881234", "x"]),
)


@given(rows=st.lists(ROWS, min_size=1, max_size=14))
@settings(max_examples=25, suppress_health_check=list(HealthCheck))  # each example clears what it made
def test_the_rows_of_a_reference_that_takes_one_after_another(
    rows: list[tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory, town: User
) -> None:
    """The same residents to the last column, the same cells refused, in the same rows."""
    folder = tmp_path_factory.mktemp("rows")
    table = open_table(written(folder, files.csv(row("李国强", number(998)), *rows)))
    expected = sorted(import_slowly(town, table, TODAY, NOW)), roster()
    clear()
    run = pour(by=town, division=town.division, table=table, now=NOW)
    errors = [(line, column) for line, outcome, column, *_ in refused() if outcome == "rejected"]
    assert (sorted(errors), roster()) == expected
    assert run.added == Resident.objects.count()
    assert run.rejected == len({line for line, _ in errors})
    clear()


def test_each_part_has_its_audit_row_and_the_whole_its_own(town: User, tmp_path: Path) -> None:
    heard: list[int] = []
    table = open_table(written(tmp_path, messy()))
    run = pour(by=town, division=town.division, table=table, now=NOW, told=lambda part: heard.append(part.reached))
    assert (run.row_count, run.added, run.rejected, run.warned, run.last_row) == (9, 6, 3, 1, 10)
    assert heard == [4, 7, 10]
    assert [reason for *_, reason, _ in refused()] == [
        "有数字和末位X以外的字符",
        "与第2行的身份证号相同，只导入了第2行",
        "不像电话号码，没有录入",
        "与第4行的身份证号相同，只导入了第4行",
    ]
    entries = AuditEntry.objects.order_by("id")
    assert [entry.action for entry in entries] == ["roster.import_part"] * 3 + ["roster.import"]
    assert [entry.detail.get("reached") for entry in entries] == [4, 7, 10, None]
    assert (run.finished_at, run.is_stopped) == (NOW, False)


@pytest.mark.parametrize("stop_after", [1, 2, 3])
def test_what_was_stopped_goes_on_to_the_same_rows(town: User, tmp_path: Path, stop_after: int) -> None:
    def there_already() -> None:
        factories.resident(name="李国强", number=number(5), birth_date=date(1950, 5, 6), address="1组")

    there_already()
    table = open_table(written(tmp_path, messy()))
    whole = pour(by=town, division=town.division, table=table, now=NOW)
    expected = roster(), refused(), whole.row_count, whole.added, whole.updated
    clear()
    there_already()
    parts = iter(range(1, 9))

    def stop(_run: ImportRun) -> None:
        if next(parts) == stop_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pour(by=town, division=town.division, table=table, now=NOW, told=stop)
    stopped = stopped_run(town.division, table.digest)
    assert stopped is not None
    assert (stopped.reached, stopped.is_stopped) == (1 + 3 * stop_after, True)
    other = factories.user(Desk.TOWN)
    run = pour(by=other, division=town.division, table=table, now=TOMORROW)
    assert run.pk == stopped.pk
    assert (roster(), refused(), run.row_count, run.added, run.updated) == expected
    assert (run.by, run.finished_at, AuditEntry.objects.latest("id").actor) == (town, TOMORROW, other)
    undo_import(by=town, run_id=run.pk, now=TOMORROW)
    assert [(one.name, one.address) for one in Resident.objects.all()] == [("李国强", "1组")]


def test_a_stopped_one_is_undone_and_does_not_go_on(town: User, tmp_path: Path) -> None:
    table = open_table(written(tmp_path, messy()))

    def undo(run: ImportRun) -> None:
        if run.reached == 7:
            undo_import(by=town, run_id=run.pk, now=NOW)

    with pytest.raises(Conflict, match="已有人撤回"):
        pour(by=town, division=town.division, table=table, now=NOW, told=undo)
    assert (Resident.objects.count(), stopped_run(town.division, table.digest)) == (0, None)


def test_two_processes_on_one_stopped_import_write_once(town: User, tmp_path: Path) -> None:
    table = open_table(written(tmp_path, messy()))

    def overtake(run: ImportRun) -> None:
        if run.reached == 4:
            pour(by=town, division=town.division, table=table, now=NOW)

    with pytest.raises(Conflict, match="另一个程序正在导入同一份文件"):
        pour(by=town, division=town.division, table=table, now=NOW, told=overtake)
    run = ImportRun.objects.get()
    assert (run.row_count, run.added, run.is_stopped) == (9, 6, False)


def test_outside_the_division_or_without_rows_nothing_is_written(town: User, tmp_path: Path) -> None:
    village = factories.user(Desk.VILLAGE)
    with pytest.raises(NotAllowed):
        pour(by=village, division=town.division, table=open_table(written(tmp_path, messy())), now=NOW)
    with pytest.raises(InvalidInput, match="没有一行内容"):
        pour(by=town, division=town.division, table=open_table(written(tmp_path, files.csv())), now=NOW)
    assert (ImportRun.objects.count(), AuditEntry.objects.count()) == (0, 0)


BAD = {
    "empty": (b"", "文件是空的"),
    "picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)), "这不是Excel或csv表格"),
    "bad at its end": (messy() + b"\r\n" + "李".encode("gb18030") + b"\xff\xfe\xff", "这不是Excel或csv表格"),
    "a quote without end": (messy() + b'\r\n"' + b"x" * 200_000, "引号不成对"),
    "too wide at its end": (messy() + b"\r\n" + b"," * 200, "超过104列"),
    "no number": ("姓名,村居\n单秀兰,1".encode(), "没有找到“身份证号”的表头"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_file_is_looked_through_before_anything_is_written(kind: str, tmp_path: Path) -> None:
    content, words = BAD[kind]
    with pytest.raises(InvalidInput, match=words):
        open_table(written(tmp_path, content))
    with pytest.raises(InvalidInput, match="没有这个文件"):
        open_table(tmp_path / "none.csv")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_no_number_that_stands_twice_escapes(encoding: str, tmp_path: Path) -> None:
    rows = [row("单秀兰", number(serial)) for serial in (2, 3, 4, 5)]
    twice = [row("赵玉", f" {number(3).lower()} "), row("赵玉", f"{number(5)[:6]} {number(5)[6:]}")]
    table = open_table(written(tmp_path, files.csv(*rows, *twice, encoding=encoding)))
    assert table.suspects == {number(3), number(5)}
    assert (table.last_row, table.kind) == (7, "roster")


def test_a_workbook_goes_in_too(town: User, tmp_path: Path) -> None:
    path = written(tmp_path, files.xlsx(row("单秀兰", number(2)), row("赵玉", number(4))), "名册.xlsx")
    assert pour(by=town, division=town.division, table=open_table(path), now=NOW).added == 2
