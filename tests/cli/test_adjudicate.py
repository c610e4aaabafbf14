"""`ankang adjudicate`: a bad row goes to the rejects with its reason, the good rows are still decided."""

import csv
import json
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS

from ankang.cli.main import main
from ankang.rules.money import yuan
from ankang.rules.steps import Formula, Step, evaluate

COVERS = "cover_id,person_id,birth_date,product,units,start_date,end_date"
EVENTS = (
    "event_id,person_id,event_date,cause,medical_expense,reimbursed,fracture_expense,hospital_days,"
    "disability_grade,death_date"
)
GOOD_COVER = "C1,P1,1959-01-01,A,1,2024-03-21,2025-03-20"
GOOD_EVENT = "E1,P1,2024-05-01,accident,1000,0,0,0,0,"


class Desk:
    """A folder with the command's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, covers: list[str], events: list[str], *more: str, header: str = EVENTS) -> int:
        (self.folder / "c.csv").write_text("\n".join([COVERS, *covers]))
        (self.folder / "e.csv").write_text("\ufeff" + "\n".join([header, *events]))
        words = ["adjudicate", "--programme", str(FOLDERS[0] / "2024-yandu")]
        for name in ("covers", "events", "payouts", "rejects"):
            words += [f"--{name}", str(self.folder / f"{name[0]}.csv")]
        return main([*words, *more])

    def words(self, payouts: str, *more: str) -> list[str]:
        """The command on the files as they lie here."""
        asked = ["adjudicate", "--programme", str(FOLDERS[0] / "2024-yandu")]
        for name, file in (("covers", "c.csv"), ("events", "e.csv"), ("payouts", payouts)):
            asked += [f"--{name}", str(self.folder / file)]
        return [*asked, *more]

    def rows(self, name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((self.folder / name).read_text().splitlines()))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_row_for_every_benefit_that_each_product_has(desk: Desk) -> None:
    covers = [GOOD_COVER, "C2,P1,1959-01-01,B,1,2024-03-21,2025-03-20"]
    assert desk.run(covers, [GOOD_EVENT]) == 0
    rows = [(row["product"], row["benefit"], row["amount"], row["reason"]) for row in desk.rows("p.csv")]
    assert rows == [
        ("A", "accident", "0.00", "no_death_or_disability"),
        ("A", "medical", "800.00", ""),
        ("A", "life", "0.00", "alive"),
        ("A", "fracture", "0.00", "no_fracture"),
        ("A", "allowance", "0.00", "no_hospital_stay"),
        ("B", "accident", "0.00", "no_death_or_disability"),
        ("B", "medical", "200.00", ""),
        ("B", "life", "0.00", "alive"),
    ]
    assert desk.rows("r.csv") == []


BAD_EVENTS = {
    "unknown person": ("E2,P9,2024-05-01,accident,1000,0,0,0,0,", "person_id", "P9"),
    "duplicate id": (GOOD_EVENT, "event_id", "E1"),
    "empty id": (",P1,2024-05-01,accident,1000,0,0,0,0,", "event_id", ""),
    "impossible date": ("E2,P1,2024-02-30,accident,1000,0,0,0,0,", "event_date", "2024-02-30"),
    "other date form": ("E2,P1,20240501,accident,1000,0,0,0,0,", "event_date", "20240501"),
    "week date": ("E2,P1,2024-W18-3,accident,1000,0,0,0,0,", "event_date", "2024-W18-3"),
    "before birth": ("E2,P1,1958-05-01,accident,1000,0,0,0,0,", "event_date", "1958-05-01"),
    "unknown cause": ("E2,P1,2024-05-01,fall,1000,0,0,0,0,", "cause", "fall"),
    "empty expense": ("E2,P1,2024-05-01,accident,,0,0,0,0,", "medical_expense", ""),
    "negative money": ("E2,P1,2024-05-01,accident,-1,0,0,0,0,", "medical_expense", "-1"),
    "three decimals": ("E2,P1,2024-05-01,accident,1.234,0,0,0,0,", "medical_expense", "1.234"),
    "scientific money": ("E2,P1,2024-05-01,accident,1E3,0,0,0,0,", "medical_expense", "1E3"),
    "not a number": ("E2,P1,2024-05-01,accident,1000,nan,0,0,0,", "reimbursed", "nan"),
    "fracture above": ("E2,P1,2024-05-01,accident,10,0,10.01,0,0,", "fracture_expense", "10.01"),
    "negative days": ("E2,P1,2024-05-01,accident,0,0,0,-1,0,", "hospital_days", "-1"),
    "half a day": ("E2,P1,2024-05-01,accident,0,0,0,1.5,0,", "hospital_days", "1.5"),
    "grade 11": ("E2,P1,2024-05-01,accident,0,0,0,0,11,", "disability_grade", "11"),
    "death first": ("E2,P1,2024-05-01,accident,0,0,0,0,0,2024-04-30", "death_date", "2024-04-30"),
    "short row": ("E2,P1,2024-05-01", "cause", ""),
}


@pytest.mark.parametrize("mistake", BAD_EVENTS)
def test_a_bad_event_is_refused_and_the_good_one_decided(desk: Desk, mistake: str) -> None:
    row, column, value = BAD_EVENTS[mistake]
    assert desk.run([GOOD_COVER], [GOOD_EVENT, row]) == 3
    (reject,) = desk.rows("r.csv")
    assert (reject["file"], reject["row"], reject["column"], reject["value"]) == ("e.csv", "3", column, value)
    assert reject["reason"]
    assert reject["fix"]
    assert {row["event_id"] for row in desk.rows("p.csv")} == {"E1"}
    assert sum(float(row["amount"]) for row in desk.rows("p.csv")) == 800


def test_an_age_that_the_plan_has_no_figure_for(desk: Desk) -> None:
    covers = [GOOD_COVER, "C2,P2,1964-06-10,A,1,2024-03-21,2025-03-20"]  # 59, and 60 from June
    young = "E2,P2,2024-05-01,accident,1000,0,0,0,0,"
    assert desk.run(covers, [GOOD_EVENT, young, young.replace("E2", "E3").replace("2024-05", "2024-07")]) == 3
    (reject,) = desk.rows("r.csv")
    assert (reject["row"], reject["column"]) == ("3", "event_date")
    assert "59 周岁" in reject["reason"]
    assert {row["event_id"] for row in desk.rows("p.csv")} == {"E1", "E3"}


BAD_COVERS = {
    "unknown product": ("C2,P2,1959-01-01,C,1,2024-03-21,2025-03-20", "product"),
    "no units": ("C2,P2,1959-01-01,A,0,2024-03-21,2025-03-20", "units"),
    "ends first": ("C2,P2,1959-01-01,A,1,2024-03-21,2024-03-20", "end_date"),
    "born later": ("C2,P2,2024-03-22,A,1,2024-03-21,2025-03-20", "birth_date"),
    "born twice": ("C2,P1,1959-01-02,A,1,2024-03-21,2025-03-20", "birth_date"),
    "duplicate id": ("C1,P2,1959-01-01,A,1,2024-03-21,2025-03-20", "cover_id"),
}


@pytest.mark.parametrize("mistake", BAD_COVERS)
def test_a_bad_cover_is_refused(desk: Desk, mistake: str) -> None:
    row, column = BAD_COVERS[mistake]
    assert desk.run([GOOD_COVER, row], [GOOD_EVENT]) == 3
    (reject,) = desk.rows("r.csv")
    assert (reject["file"], reject["row"], reject["column"]) == ("c.csv", "3", column)
    assert len(desk.rows("p.csv")) == 5


@pytest.mark.parametrize(
    "event",
    [
        "E2,P1,2024-05-01,accident,1,200.00,0,0,0,0,2024-06-01",
        "E2,P1,2024-05-01,accident,1000,0,0,0,0,,note",
    ],
)
def test_a_comma_too_many_is_refused_and_not_read_one_column_off(desk: Desk, event: str) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT, event]) == 3
    assert {row["event_id"] for row in desk.rows("p.csv")} == {"E1"}
    (refused,) = desk.rows("r.csv")
    assert (refused["row"], refused["column"]) == ("3", "")
    assert "多出几格" in refused["reason"]


def test_commas_behind_the_last_column_say_nothing(desk: Desk) -> None:
    assert desk.run([GOOD_COVER + ",,"], [GOOD_EVENT + ",,"], header=EVENTS + ",,") == 0


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-2+3", "'-2+3"), ("-5.00", "-5.00"), ("abc", "abc")],
)
def test_no_reject_runs_as_a_formula(desk: Desk, typed: str, kept: str) -> None:
    assert desk.run([GOOD_COVER], [f"E1,P1,2024-05-01,accident,{typed},0,0,0,0,"]) == 3
    assert desk.rows("r.csv")[0]["value"] == kept


def test_nobody_has_an_accident_after_death_or_dies_twice(desk: Desk) -> None:
    events = [
        "E3,P1,2024-07-01,accident,1000,0,0,0,0,",
        "E2,P1,2024-05-02,accident,0,0,0,0,0,2024-06-02",
        "E1,P1,2024-05-01,accident,0,0,0,0,0,2024-06-01",
    ]
    assert desk.run([GOOD_COVER], events) == 3
    assert [(row["row"], row["column"]) for row in desk.rows("r.csv")] == [("2", "event_date"), ("3", "death_date")]
    assert {row["event_id"] for row in desk.rows("p.csv")} == {"E1"}


def test_the_trace_can_be_added_up_again(desk: Desk) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT], "--trace", str(desk.folder / "t.jsonl")) == 0
    (told,) = [json.loads(line) for line in (desk.folder / "t.jsonl").read_text().splitlines()]
    assert len(told["digest"]) == 64
    for line in told["lines"]:
        for step in line["steps"]:
            formula = Formula(step["op"], tuple((t["label"], t["unit"]) for t in step["terms"]), step["label"])
            assert evaluate(Step(formula, (*(t["value"] for t in step["terms"]), step["value"]))) == step["value"]
        if line["steps"]:
            assert line["steps"][-1]["value"] == line["amount_fen"]
    assert sum(line["amount_fen"] for line in told["lines"]) == told["total_fen"] == 80000
    assert yuan(told["total_fen"]) == "800.00"


def test_a_file_without_a_column_is_refused_whole(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT], header=EVENTS.replace("cause,", "reason,")) == 2
    assert "缺列：cause" in capsys.readouterr().err
    assert not (desk.folder / "p.csv").exists()


def test_rejects_without_a_file_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "c.csv").write_text(COVERS + "\n" + GOOD_COVER)
    (tmp_path / "e.csv").write_text(EVENTS + "\n" + GOOD_EVENT.replace("1000", "1000.999"))
    words = ["--covers", f"{tmp_path}/c.csv", "--events", f"{tmp_path}/e.csv", "--payouts", f"{tmp_path}/p.csv"]
    assert main(["adjudicate", "--programme", str(FOLDERS[0] / "2024-yandu"), *words]) == 3
    assert "e.csv 第2行 medical_expense" in capsys.readouterr().err


WINDOWS = {
    "as Excel saves it": lambda text: ("\ufeff" + text).replace("\n", "\r\n"),
    "empty columns at the end": lambda text: text.replace("\n", ",,\n"),
    "spaces around the cells": lambda text: text.replace(",", " , "),
    "blank rows": lambda text: text.replace("\n", "\n\n,,,\n"),
}


@pytest.mark.parametrize("form", WINDOWS)
def test_forms_of_a_file_that_are_no_mistake(desk: Desk, form: str) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT]) == 0
    plain = desk.rows("p.csv")
    for name in ("c.csv", "e.csv"):
        path = desk.folder / name
        path.write_text(WINDOWS[form](path.read_text().removeprefix("\ufeff") + "\n"), newline="")
    assert main(desk.words("p.csv")) == 0
    assert desk.rows("p.csv") == plain


BROKEN = {
    "another encoding": ("备注".encode("gb18030"), "不是 UTF-8 编码"),
    "a quote that never ends": (EVENTS.encode() + b'\nE1,"P1,2024-05-01\nE2,P1\n', "引号没有配对"),
    "a field without end": (EVENTS.encode() + b"\n" + b"x" * 200_000, "行附近不是合格的 CSV"),
    "nothing": (b"", "第1行缺列"),
    "a column twice": (EVENTS.encode() + b",cause\n", "重复的或空的列名"),
    "semicolons": (EVENTS.replace(",", ";").encode(), "用英文逗号隔开"),
}


@pytest.mark.parametrize("mistake", BROKEN)
def test_a_file_that_cannot_be_read_leaves_the_payouts_as_they_were(
    desk: Desk, mistake: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT]) == 0
    before = (desk.folder / "p.csv").read_text()
    content, words = BROKEN[mistake]
    (desk.folder / "e.csv").write_bytes(content)
    assert main(desk.words("p.csv")) == 2
    assert words in capsys.readouterr().err
    assert (desk.folder / "p.csv").read_text() == before


def test_the_outputs_are_written_together_or_not_at_all(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.run([GOOD_COVER], [GOOD_EVENT]) == 0
    covers, payouts = ((desk.folder / name).read_text() for name in ("c.csv", "p.csv"))
    refused = {
        "同一个文件": desk.words("p.csv", "--trace", str(desk.folder / "." / "p.csv")),
        "盖掉输入文件": desk.words("c.csv"),
        "没有文件夹": desk.words("p.csv", "--rejects", str(desk.folder / "none" / "r.csv")),
        "不是普通文件": desk.words("p.csv", "--trace", str(desk.folder)),
        "名字太长": desk.words("p.csv", "--trace", str(desk.folder / ("t" * 250))),
    }
    (desk.folder / "e.csv").write_text("\n".join([EVENTS, GOOD_EVENT.replace("1000", "2000")]))
    names = {path.name for path in desk.folder.iterdir()}
    for words, asked in refused.items():
        assert main(asked) == 2
        assert words in capsys.readouterr().err
    assert {path.name for path in desk.folder.iterdir()} == names
    assert ((desk.folder / "c.csv").read_text(), (desk.folder / "p.csv").read_text()) == (covers, payouts)
