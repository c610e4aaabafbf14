"""`ankang whatif`: a table, files that agree with it, and rows that are refused with their reason."""

import csv
import json
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS

from ankang.cli.main import main
from ankang.pricing.documents import report_of

COVERS = "cover_id,person_id,birth_date,product,units,start_date,end_date,village"
EVENTS = (
    "event_id,person_id,event_date,cause,medical_expense,reimbursed,fracture_expense,hospital_days,"
    "disability_grade,death_date"
)
YEAR = "2024-03-21,2025-03-20"
PEOPLE = [
    f"C1,P1,1959-01-01,A,1,{YEAR},01村",
    f"C2,P2,1947-01-01,A,1,{YEAR},=02村",
    f"C3,P3,2000-01-01,B,2,{YEAR},=02村",
]
HAPPENED = [
    "E1,P1,2024-05-01,accident,6000,0,6000,3,0,",
    "E2,P2,2024-05-01,accident,0,0,0,0,0,2024-05-02",
    "E3,P3,2024-07-01,accident,800,0,0,0,0,",
]


def asked(folder: Path, events: list[str], *more: str) -> list[str]:
    (folder / "c.csv").write_text("\n".join([COVERS, *PEOPLE]))
    (folder / "e.csv").write_text("\n".join([EVENTS, *events]))
    plans = [word for name, plan in (("programme", "2024-yandu"), ("against", "2024-yandu-mended"))
             for word in (f"--{name}", str(FOLDERS[0] / plan))]  # fmt: skip
    return ["whatif", *plans, "--covers", str(folder / "c.csv"), "--events", str(folder / "e.csv"), *more]


def test_table_csv_and_json_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = asked(tmp_path, HAPPENED[:2], "--csv", str(tmp_path / "w.csv"), "--json", str(tmp_path / "w.json"))
    assert main(words) == 0
    told = capsys.readouterr()
    assert "3 人参保，2 人出险，2 个事故" in told.err
    assert [line.split() for line in told.out.splitlines() if line.startswith("骨折费用")] == [
        ["骨折费用", "2,024.00", "2,000.00", "-24.00", "674.66", "666.66", "0", "0.00", "1", "24.00"]
    ]
    rows = {
        (row["dimension"], row["key"]): row for row in csv.DictReader((tmp_path / "w.csv").read_text().splitlines())
    }
    assert rows["total", ""]["difference"] == "2976.00"
    assert rows["benefit", "fracture"]["premium_before"] == ""
    assert rows["age", "3"]["name"] == "76—79周岁"
    assert rows["village", "'=02村"]["paid_after"] == "5300.00"  # a spreadsheet runs nothing
    report = report_of(json.loads((tmp_path / "w.json").read_text()))
    assert (report.total.difference_fen, report.refused) == (297_600, 0)
    assert not any(mark in (tmp_path / "w.json").read_text() for mark in ("P1", "E1", "1959"))


def test_what_no_plan_has_a_figure_for_is_refused_with_its_row(tmp_path: Path) -> None:
    broken = "E4,P1,2024-05-01,accident,x,0,0,0,0,"
    rejects = tmp_path / "r.csv"
    assert main(asked(tmp_path, [*HAPPENED, broken], "--rejects", str(rejects))) == 3
    rows = list(csv.DictReader(rejects.read_text().splitlines()))
    assert [(row["row"], row["column"]) for row in rows] == [("4", "event_date"), ("5", "medical_expense")]
    assert "24 周岁" in rows[0]["reason"]


def test_nothing_is_written_over_an_input(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = asked(tmp_path, HAPPENED)
    before = (tmp_path / "c.csv").read_text()
    assert main([*words, "--csv", str(tmp_path / "c.csv")]) == 2
    assert "盖掉输入文件" in capsys.readouterr().err
    assert (tmp_path / "c.csv").read_text() == before
