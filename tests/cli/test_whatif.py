"""`ankang whatif`: a table, files that agree with it, and rows that are refused with their reason."""

import csv
import json
from pathlib import Path

import pytest
from tests.golden.cases import FOLDERS

from ankang.cli import whatif
from ankang.cli.main import main
from ankang.cli.tables import write_table
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


PLANS = [
    "whatif",
    *("--programme", str(FOLDERS[0] / "2024-yandu")),
    *("--against", str(FOLDERS[0] / "2024-yandu-mended")),
]


def asked(folder: Path, events: list[str], *more: str) -> list[str]:
    (folder / "c.csv").write_text("\n".join([COVERS, *PEOPLE]))
    (folder / "e.csv").write_text("\n".join([EVENTS, *events]))
    return [*PLANS, "--covers", str(folder / "c.csv"), "--events", str(folder / "e.csv"), *more]


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


BROKEN = [
    "E4,P1,2024-05-01,accident,x,0,0,0,0,",  # a cell that cannot be read
    "E5,P9,2024-05-01,accident,100,0,0,0,0,",  # nobody's
    "E6,P2,2024-06-01,accident,100,0,0,0,0,",  # after death
    "E1,P4,2024-06-01,accident,100,0,0,0,0,",  # an id twice
    "E7,P4,2024-06-02,accident,5000,0,4000,2,9,",
]


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_files_read_in_batches_say_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, shuffled: bool
) -> None:
    more = [
        f"C4,P4,1950-01-01,B,1,{YEAR},01村",
        f"C5,P4,1950-01-01,Z,1,{YEAR},01村",
        f"C6,P5,1961-02-01,A,2,{YEAR},03村",
    ]
    asked(tmp_path, [])
    covers, events = [*PEOPLE, *more], [*HAPPENED, *BROKEN]
    if shuffled:
        covers, events = covers[::-1], [*events[3:], *events[:3]]
    (tmp_path / "c.csv").write_text("\n".join([COVERS, *covers]))
    (tmp_path / "e.csv").write_text("\n".join([EVENTS, *events]))
    if suffix == "parquet":
        for name in "ce":
            head, *rows = csv.reader((tmp_path / f"{name}.csv").read_text().splitlines())
            write_table(tmp_path / f"{name}.parquet", Path("x.parquet"), tuple(head), rows)
    said = []
    for large in (10**9, 0):
        monkeypatch.setattr(whatif, "LARGE", large)
        files = ["--json", str(tmp_path / f"{large}.json"), "--rejects", str(tmp_path / f"{large}.csv")]
        words = [*PLANS, "--covers", str(tmp_path / f"c.{suffix}"), "--events", str(tmp_path / f"e.{suffix}"), *files]
        assert main(words) == 3
        document = json.loads((tmp_path / f"{large}.json").read_text())
        document["tables"]["village"].sort(key=lambda row: row["key"])
        said.append((document, (tmp_path / f"{large}.csv").read_text()))
    assert said[0] == said[1]
    assert said[0][0]["people"] == 5
    assert len(said[0][1].splitlines()) == 1 + 1 + 1 + 4  # the head, the cover of Z, the child, four broken events


def test_a_long_table_is_cut_at_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(whatif, "_SHOWN", 1)
    assert main(asked(tmp_path, HAPPENED[:2])) == 0
    told = capsys.readouterr().out
    assert "还有 4 行，加 --csv W.csv 全部写出来" in told  # benefits
    assert "=02村" not in told
