"""The engines from file to file: the command beside DuckDB's copy, the memory of a large run, Spark's clusters."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

import duckdb

from ankang.cli.main import main as ankang
from timing import median_seconds

PLAN = Path(__file__).parent.parent / "programmes" / "2024-yandu"
Action = Callable[[], Any]


def make_files(folder: Path, count: int, *, shuffled: bool = False) -> None:
    """Write covers.parquet and events.parquet of `count` people with an event each, sorted by person or in no order."""
    order = "hash(i, 11)" if shuffled else "i"
    parts = (
        f"""SELECT 'C' || lpad(i::VARCHAR, 9, '0') AS cover_id, 'P' || lpad(i::VARCHAR, 9, '0') AS person_id,
        (DATE '1924-01-01' + (hash(i) % 14600)::INT)::DATE AS birth_date,
        CASE hash(i, 1) % 2 WHEN 0 THEN 'A' ELSE 'B' END AS product,
        (1 + (hash(i, 2) % 4 = 0)::INT)::INT AS units, DATE '2024-03-21' AS start_date,
        DATE '2025-03-20' AS end_date FROM range({count}) AS t(i) ORDER BY {order}""",
        f"""SELECT 'E' || lpad(i::VARCHAR, 9, '0') AS event_id, 'P' || lpad(i::VARCHAR, 9, '0') AS person_id,
        (DATE '2024-03-21' + (hash(i, 3) % 365)::INT)::DATE AS event_date,
        CASE hash(i, 4) % 20 WHEN 0 THEN 'illness' ELSE 'accident' END AS cause,
        (100 + (hash(i, 5) % 1500000) / 100.0)::DECIMAL(14, 2) AS medical_expense,
        ((hash(i, 5) % 9000) / 100.0)::DECIMAL(14, 2) AS reimbursed,
        CASE WHEN hash(i, 6) % 10 < 3 THEN 50.5 ELSE 0 END::DECIMAL(14, 2) AS fracture_expense,
        CASE hash(i, 7) % 4 WHEN 0 THEN 5 WHEN 1 THEN 12 ELSE 0 END::INT AS hospital_days,
        CASE hash(i, 8) % 33 WHEN 0 THEN 1 + hash(i, 9) % 10 ELSE 0 END::INT AS disability_grade,
        CASE WHEN hash(i, 10) % 33 = 0 THEN DATE '2025-03-20' END AS death_date
        FROM range({count}) AS t(i) ORDER BY {order}""",
    )
    with duckdb.connect() as database:
        for name, rows in zip(("covers", "events"), parts, strict=True):
            database.execute(f"COPY ({rows}) TO '{folder}/{name}.parquet' (FORMAT parquet)")


def adjudicate_files(folder: Path, engine: str = "batch", *more: str) -> None:
    names = ("covers", "events", "payouts")
    words = [word for name in names for word in (f"--{name}", f"{folder}/{name}.parquet")]
    with Path(os.devnull).open("w") as silence, redirect_stderr(silence):
        assert ankang(["adjudicate", "--programme", str(PLAN), "--engine", engine, *words, *more]) == 0


def copy_files(folder: Path, *names: str) -> None:
    """DuckDB's own copy, on all cores."""
    with duckdb.connect() as database:
        for name in names:
            source, target = folder / f"{name}.parquet", folder / "copy.parquet"
            database.execute(f"COPY (SELECT * FROM '{source}') TO '{target}' (FORMAT parquet)")


def on_files(count: int, rounds: int) -> dict[str, float]:
    """Seconds of Parquet to Parquet, sorted input."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, count)
        adjudicate_files(folder)
        return median_seconds(
            {
                "batch": lambda: adjudicate_files(folder),
                "copy of the inputs": lambda: copy_files(folder, "covers", "events"),
                "copy of inputs and payouts": lambda: copy_files(folder, "covers", "events", "payouts"),
            },
            rounds,
        )


def peak_megabytes(count: int, *, shuffled: bool = False) -> tuple[float, float]:
    """Return the peak memory and the seconds of one run over `count` events, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        make_files(Path(name), count, shuffled=shuffled)
        script = (
            "import sys, time; sys.path.insert(0, sys.argv[1]); import performance_files; from pathlib import Path;"
            "begun = time.perf_counter(); performance_files.adjudicate_files(Path(sys.argv[2]));"
            "status = Path('/proc/self/status').read_text();"  # getrusage would count what the parent held
            "print(int(status.split('VmHWM:')[1].split()[0]) / 1024, time.perf_counter() - begun)"
        )
        words = [sys.executable, "-c", script, str(Path(__file__).parent), name]
        done = subprocess.run(words, check=True, capture_output=True, text=True)
    megabytes, seconds = done.stdout.split()
    return float(megabytes), float(seconds)


def on_spark(count: int, rounds: int) -> dict[str, float]:
    """Seconds of the command, start of Spark and all, on clusters of one and of two workers with one core each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_files(folder, count)

        def run(workers: int) -> Action:
            return lambda: adjudicate_files(folder, "spark", "--master", f"local-cluster[{workers},1,1024]")

        return median_seconds({"1 worker": run(1), "2 workers": run(2)}, rounds)
