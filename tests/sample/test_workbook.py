"""The roster as an Excel of the template's form."""

from datetime import datetime
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook
from tests.sample.acts import forget_money_and_policies

from ankang.accounts.models import User
from ankang.cli.main import main
from ankang.enrolment.models import Enrolment, Funding, GovernmentBatchRow, Holding, Participation, Withdrawal
from ankang.enrolment.slip_models import SlipLine
from ankang.outreach.models import FollowUp
from ankang.roster.actions import import_roster
from ankang.roster.imports.columns import TITLES
from ankang.roster.models import ImportRun, Resident
from ankang.sample.campaign import SHANGHAI
from ankang.sample.load import DEMO_DAY, build
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


@pytest.mark.django_db
def test_importing_it_into_the_sample_town_changes_nothing_and_into_an_empty_one_builds_the_same(
    tmp_path: Path,
) -> None:
    size = Size(villages=3, one_in=20, with_claims=False)
    build(size=size)
    file = tmp_path / "roster.xlsx"
    write_roster(file, size)
    facts = ("name", "number_tail", "number_index", "birth_date", "sex", "household", "address", "phone_tail")
    before = list(Resident.objects.filter(status="living").order_by("number_index").values(*facts))
    town = User.objects.get(username="town")

    def imported() -> ImportRun:
        return import_roster(
            by=town,
            division=town.division,
            file_name=file.name,
            content=file.read_bytes(),
            today=DEMO_DAY,
            now=datetime(2024, 3, 4, 10, tzinfo=SHANGHAI),
        )

    again = imported()
    assert (again.row_count, again.unchanged, again.warned, again.rejected) == (97, 97, 0, 0)

    forget_money_and_policies()
    insured = (SlipLine, Withdrawal, GovernmentBatchRow, Funding, Holding, Enrolment, Participation)
    for model in (FollowUp, *insured, Resident):
        model.objects.all().delete()
    first = imported()
    assert (first.row_count, first.added, first.warned, first.rejected) == (97, 97, 0, 0)
    assert list(Resident.objects.order_by("number_index").values(*facts)) == before
