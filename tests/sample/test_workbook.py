"""The roster as an Excel of the template's form."""

from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from ankang.cli.main import main
from ankang.roster.imports.columns import TITLES
from ankang.sample.people import people_of
from ankang.sample.town import Size, this_years_plan
from ankang.sample.workbook import write_roster

SMALL = Size(villages=3, one_in=20)


def test_it_has_the_templates_columns_and_one_row_a_resident_as_text(tmp_path: Path) -> None:
    file = tmp_path / "roster.xlsx"
    assert write_roster(file, SMALL) == 26 + 37 + 34
    header, *rows = CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).to_python()
    assert header == list(TITLES.values())
    assert len(rows) == 97
    assert all(isinstance(cell, str) for row in rows for cell in row)
    plan = this_years_plan(SMALL)
    first = people_of(1, 26, plan.cover_from, set())[0]
    told = dict(zip(TITLES, rows[0], strict=True))
    assert (told["village"], told["name"], told["number"]) == ("01村", first.name, first.number)
    assert {told for row in rows for told in row[list(TITLES).index("groups")].split("、")} <= {
        "",
        "低保",
        "五保",
        "三无",
    }


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    write_roster(tmp_path / "a.xlsx", SMALL)
    write_roster(tmp_path / "b.xlsx", SMALL)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_the_command_writes_the_file_and_says_what_is_wrong_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import ankang.cli.demo as command

    monkeypatch.setattr(command, "WHOLE_TOWN", SMALL)
    assert main(["demo", "--roster-file", str(tmp_path / "roster.xlsx")]) == 0
    assert (tmp_path / "roster.xlsx").exists()
    assert main(["demo", "--roster-file", str(tmp_path / "nowhere" / "roster.xlsx")]) == 2
    assert "请换一个位置" in capsys.readouterr().err
