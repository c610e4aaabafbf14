"""`ankang adjudicate --engine batch`: the reference's payouts and rejects, from CSV and from Parquet."""

import csv
import random
from collections.abc import Callable
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cli.test_adjudicate import BAD_COVERS, BAD_EVENTS, COVERS, EVENTS, GOOD_COVER, GOOD_EVENT, WINDOWS
from tests.golden.cases import FOLDERS
from tests.killed import run_killed

from ankang.batch import parquet, prepare
from ankang.cli.main import main

PLAN = str(FOLDERS[0] / "2024-yandu")
YOUNG = "C2,P2,1964-06-10,A,1,2024-03-21,2025-03-20"


def adjudicate(
    folder: Path, engine: str, form: str = "csv", *more: str
) -> tuple[int, list[list[str]], list[list[str]]]:
    """Run the command; return its exit code, the payouts sorted and the rejects as they stand."""
    words = ["adjudicate", "--programme", PLAN, "--engine", engine, *more]
    for name in ("covers", "events", "payouts", "rejects"):
        words += [f"--{name}", str(folder / f"{name}.{form}")]
    code = main(words)
    rows = [_read(folder / f"{name}.{form}") for name in ("payouts", "rejects")]
    for name in ("payouts", "rejects"):
        (folder / f"{name}.{form}").unlink()
    return code, sorted(rows[0]), rows[1]


def _read(path: Path) -> list[list[str]]:
    if path.suffix == ".csv":
        return list(csv.reader(path.read_text().splitlines()))
    table = pq.read_table(path)
    return [table.schema.names, *([str(cell) for cell in row.values()] for row in table.to_pylist())]


def _write(folder: Path, covers: list[str], events: list[str]) -> None:
    (folder / "covers.csv").write_text("\n".join([COVERS, *covers]))
    (folder / "events.csv").write_text("\n".join([EVENTS, *events]))


def _same(folder: Path) -> tuple[int, list[list[str]], list[list[str]]]:
    found = adjudicate(folder, "reference")
    assert adjudicate(folder, "batch") == found
    return found


ALL_BAD_COVERS = [row for row, _ in BAD_COVERS.values()]
ALL_BAD_EVENTS = [row for row, _, _ in BAD_EVENTS.values()]
ODD_EVENTS = [
    "E50,P2,2024-05-01,accident,1000,0,0,0,0,",  # 59 years old
    "E51,P2,2024-07-01,accident,1000,0,0,0,0,",
    "E52,P3,2024-07-01,accident,+1000,0,0,0,0,",
    "E53,P3,2024-07-01,accident, 12.5 ,0,0,007,0,",
    "E54,P3,2024-06-30,illness,0,0,0,0,0,2024-08-01",
    "E55,P3,2024-08-02,accident,1000,0,0,0,0,",
    "E54,P1,2024-06-30,accident,900,0,0,0,0,",
    "E56,P4,1799-06-30,accident,900,0,0,0,0,",
    "E57, P4 ,2024-06-30,accident,900.5,0,0,3,10,",
    'E58,"P,4",2024-06-30,accident,900.5,0,0,3,10,',
    "E,P4,2024-06-30,accident,900.5,0,0,3,10,,surplus",
]
ODD_COVERS = [
    YOUNG,
    "C3,P3,1950-02-28,B,2,2024-03-21,2025-03-20",
    "C4,P4,1940-02-29,A,1,2024-03-21,2025-03-20",
    'C5,"P,4",1940-02-29,A,1,2024-03-21,2025-03-20',
    "C6,P3,1950-02-28,A,1,2024-06-30,2025-06-29",
    "C7,P5,1950-02-28,A,1,2024-06-30,2025-06-29",
    "C8,P5,1950-02-27,A,1,2024-06-30,2025-06-29",
    "C7,P6,1950-02-28,A,1,2024-06-30,2025-06-29",
]


def test_every_mistake_at_once(tmp_path: Path) -> None:
    _write(tmp_path, [GOOD_COVER, *ODD_COVERS, *ALL_BAD_COVERS], [GOOD_EVENT, *ODD_EVENTS, *ALL_BAD_EVENTS])
    code, payouts, rejects = _same(tmp_path)
    assert code == 3
    assert {row[0] for row in payouts} >= {"event_id", "E1", "E51", "E53", "E57", "E58"}
    assert len(rejects) == 1 + 32


@given(st.data())
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mix_of_good_and_bad_rows(tmp_path: Path, data: st.DataObject) -> None:
    covers = data.draw(st.lists(st.sampled_from([GOOD_COVER, *ODD_COVERS, *ALL_BAD_COVERS]), max_size=12))
    events = data.draw(st.lists(st.sampled_from([GOOD_EVENT, *ODD_EVENTS, *ALL_BAD_EVENTS]), max_size=14))
    _write(tmp_path, covers, events)
    _same(tmp_path)


@pytest.mark.parametrize("form", WINDOWS)
def test_forms_of_a_file_that_are_no_mistake(tmp_path: Path, form: str) -> None:
    _write(tmp_path, [GOOD_COVER, *ODD_COVERS], [GOOD_EVENT, *ODD_EVENTS])
    for name in ("covers.csv", "events.csv"):
        path = tmp_path / name
        path.write_text(WINDOWS[form](path.read_text() + "\n"), newline="")
    _same(tmp_path)


def town(folder: Path, people: int = 300) -> None:
    """People with one to three events each, rows in no order."""
    dice = random.Random(7)
    covers, events = [], []
    for number in range(people):
        born = f"19{dice.randrange(30, 64)}-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}"
        for product in dice.choice(["A", "B", "AB"]):
            covers.append(f"C{number}{product},P{number},{born},{product},{dice.randrange(1, 3)},2024-03-21,2025-03-20")
        for event in range(dice.randrange(4)):
            bill = dice.randrange(6000)
            losses = f"{bill},{bill // 3},{bill // 2},{dice.choice([0, 4, 20])},{dice.choice([0, 0, 0, 7])}"
            day = f"2024-{dice.randrange(3, 13):02}-{dice.randrange(1, 29):02}"
            events.append(f"E{number}-{event},P{number},{day},accident,{losses},{dice.choice(['', '', day])}")
    dice.shuffle(covers)
    dice.shuffle(events)
    _write(folder, covers, events)


def test_batches_cut_between_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town(tmp_path)
    monkeypatch.setattr(parquet, "BATCH", 7)
    code, payouts, rejects = _same(tmp_path)
    assert code == 3
    assert len(payouts) > 1000
    assert len(rejects) > 10


MONEY = pa.decimal128(14, 2)
TYPED: dict[str, pa.DataType] = {
    **{name: pa.date32() for name in ("birth_date", "start_date", "end_date", "event_date", "death_date")},
    **dict.fromkeys(("medical_expense", "reimbursed", "fracture_expense"), MONEY),
    "units": pa.int32(),
    "hospital_days": pa.int16(),
    "disability_grade": pa.int8(),
}


def _as_parquet(folder: Path, convert: Callable[[pa.Table], pa.Table]) -> None:
    for name in ("covers", "events"):
        rows = list(csv.DictReader((folder / f"{name}.csv").read_text().splitlines()))
        columns = {column: pa.array([row[column] or None for row in rows], pa.string()) for column in rows[0]}
        pq.write_table(convert(pa.table(columns)), folder / f"{name}.parquet", row_group_size=100)


def _typed(table: pa.Table) -> pa.Table:
    for place, name in enumerate(table.schema.names):
        if name in TYPED:
            table = table.set_column(place, name, table[name].cast(TYPED[name]))
    return table


def _whole_yuan(table: pa.Table) -> pa.Table:
    for place, name in enumerate(table.schema.names):
        if TYPED.get(name) == MONEY:
            table = table.set_column(place, name, table[name].cast(pa.int64()))
    return table


def _by_person(table: pa.Table) -> pa.Table:
    keys = [key for key in ("person_id", "event_date", "event_id") if key in table.schema.names]
    return _typed(table).sort_by([(key, "ascending") for key in keys])


@pytest.mark.parametrize("convert", [_typed, _whole_yuan, _by_person, lambda table: table])
def test_parquet_says_the_same(tmp_path: Path, convert: Callable[[pa.Table], pa.Table]) -> None:
    town(tmp_path)
    _as_parquet(tmp_path, convert)
    payouts = adjudicate(tmp_path, "reference")[1]
    found = adjudicate(tmp_path, "reference", "parquet")
    assert adjudicate(tmp_path, "batch", "parquet") == found
    assert found[1] == payouts


def test_any_reader_finds_the_payouts(tmp_path: Path) -> None:
    town(tmp_path)
    payouts = adjudicate(tmp_path, "reference")[1]
    out = tmp_path / "payouts.parquet"
    words = [word for name in ("covers", "events") for word in (f"--{name}", f"{tmp_path}/{name}.csv")]
    main(["adjudicate", "--programme", PLAN, "--engine", "batch", *words, "--payouts", str(out)])
    schema = pq.read_schema(out)
    assert dict(zip(schema.names, schema.types, strict=True)) == dict.fromkeys(payouts[-1], pa.string()) | {
        "amount": pa.decimal128(18, 2)
    }
    in_file = pq.ParquetFile(out)
    assert {column.max_definition_level for column in in_file.schema} == {0}  # no cell can be empty
    assert in_file.schema.column(3).physical_type == "INT64"
    as_rows = duckdb.sql(f"SELECT columns(*)::VARCHAR FROM '{out}'").fetchall()
    assert sorted(list(row) for row in as_rows) == payouts[:-1]
    assert sorted(pd.read_parquet(out).astype(str).to_numpy().tolist()) == payouts[:-1]


def test_sorted_parquet_is_not_sorted_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town(tmp_path)
    _as_parquet(tmp_path, _by_person)
    monkeypatch.setattr(prepare.duckdb, "connect", None)
    adjudicate(tmp_path, "batch", "parquet")


def test_names_with_spaces_are_sorted_as_they_are_read(tmp_path: Path) -> None:
    people = ["Pb", " Pa", "Pc ", "\u3000Pd"]
    covers = [f"C{place},{name},1950-01-01,A,1,2024-03-21,2025-03-20" for place, name in enumerate(people)]
    events = [f"E{place},{name.strip()},2024-05-01,accident,1000,0,0,0,0," for place, name in enumerate(people)]
    _write(tmp_path, covers, events)
    _as_parquet(tmp_path, lambda table: table)
    found = adjudicate(tmp_path, "reference", "parquet")
    assert adjudicate(tmp_path, "batch", "parquet") == found
    assert {row[3] for row in found[1][:-1] if row[2] == "medical"} == {"800.00"}


def _rot(path: Path) -> None:
    """Damage what is before the footer by which the file opens."""
    content = path.read_bytes()
    path.write_bytes(content[:4] + bytes([0xA5]) * 200 + content[204:])


REFUSED = {
    "缺列：cause": lambda folder: pq.write_table(
        pq.read_table(folder / "events.parquet").drop_columns("cause"), folder / "events.parquet"
    ),
    "第2行以后读不出来": lambda folder: _rot(folder / "events.parquet"),
    "events.parquet 的 cause 一列是 list<element: string>，读不了": lambda folder: pq.write_table(
        pq.read_table(folder / "events.parquet").set_column(3, "cause", pa.array([["accident"]])),
        folder / "events.parquet",
    ),
    "events.parquet 的 medical_expense 一列是浮点数": lambda folder: pq.write_table(
        _typed(pq.read_table(folder / "events.parquet")).set_column(4, "medical_expense", pa.array([1.5])),
        folder / "events.parquet",
    ),
    "不是合格的 Parquet": lambda folder: (folder / "events.parquet").write_text("event_id"),
    "打不开": lambda folder: (folder / "events.parquet").unlink(),
}


@pytest.mark.parametrize("engine", ["reference", "batch"])
@pytest.mark.parametrize("words", REFUSED)
def test_a_file_that_cannot_be_read_leaves_the_payouts(
    tmp_path: Path, words: str, engine: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, [GOOD_COVER], [GOOD_EVENT])
    _as_parquet(tmp_path, lambda table: table)
    REFUSED[words](tmp_path)
    (tmp_path / "payouts.parquet").write_text("as it was")
    asked = ["adjudicate", "--programme", PLAN, "--engine", engine]
    for name in ("covers", "events", "payouts"):
        asked += [f"--{name}", str(tmp_path / f"{name}.parquet")]
    assert main(asked) == 2
    assert words in capsys.readouterr().err
    assert (tmp_path / "payouts.parquet").read_text() == "as it was"
    assert not list(tmp_path.glob(".*"))


def test_no_room_for_temporary_files_is_told_as_such(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full:
        def execute(self, statement: str) -> None:
            if statement.startswith("COPY"):
                raise duckdb.IOException("No space left on device")

        def close(self) -> None:
            pass

    covers = [f"C{name},{name},1950-01-01,A,1,2024-03-21,2025-03-20" for name in ("P2", "P1")]
    _write(tmp_path, covers, [GOOD_EVENT])
    _as_parquet(tmp_path, lambda table: table)
    monkeypatch.setattr(prepare.duckdb, "connect", lambda **_: Full())
    asked = ["adjudicate", "--programme", PLAN, "--engine", "batch"]
    asked += [word for name in ("covers", "events", "payouts") for word in (f"--{name}", f"{tmp_path}/{name}.parquet")]
    assert main(asked) == 2
    assert "TMPDIR" in capsys.readouterr().err
    assert not (tmp_path / "payouts.parquet").exists()


def test_the_trace_is_the_references(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [word for name in ("covers", "events", "payouts") for word in (f"--{name}", str(tmp_path / name))]
    trace = ["--engine", "batch", "--trace", str(tmp_path / "t.jsonl")]
    assert main(["adjudicate", "--programme", PLAN, *files, *trace]) == 2
    assert "--trace" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_killed_run_leaves_no_half_written_payouts(tmp_path: Path) -> None:
    town(tmp_path, people=50)
    whole = adjudicate(tmp_path, "batch")
    payouts = tmp_path / "payouts.csv"
    payouts.write_text("as it was")
    words = ["adjudicate", "--programme", PLAN, "--engine", "batch", "--rejects", str(tmp_path / "rejects.csv")]
    words += [word for name in ("covers", "events", "payouts") for word in (f"--{name}", f"{tmp_path}/{name}.csv")]
    run_killed("ankang.cli.batch_run._with_suspects", 1, *words)
    assert payouts.read_text() == "as it was"
    assert not (tmp_path / "rejects.csv").exists()
    assert adjudicate(tmp_path, "batch") == whole
