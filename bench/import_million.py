"""A register of a million rows through `ankang import`'s own steps, against bare inserts of the same rows.

Each import runs in a process of its own on a database of its own, so that its peak memory is its own. Five rounds of
200,000 rows give the medians; one of 100,000 and one of 1,000,000 say whether memory grows and whether the last row is
as fast as the first. The bare inserts are COPY on PostgreSQL and executemany on SQLite, sealed already, in parts as
large: nothing is read, checked, compared, sealed or told.

The processor's time is this process's: on SQLite all there is, on PostgreSQL without the server's, which works beside.
"""

import csv
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import progress, report, throwaway_database

ROUNDS, ROUND_ROWS = 5, 200_000
SMALL, LARGE = 100_000, 1_000_000
ASKED = {"postgresql": 20_000, "sqlite": 12_000}  # rows a second
NOW = datetime(2024, 2, 1, 1, tzinfo=UTC)
HEADER = ("村居", "户号", "姓名", "身份证号", "类别", "地址", "手机", "子女电话")
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗单曾", "秀英桂兰玉珍凤梅红芳德福国强建军志明华永春海云林文"


def main() -> int:
    if len(sys.argv) == 3 and sys.argv[1] == "--one":
        return one(int(sys.argv[2]))
    if "--large-only" in sys.argv:
        found = {LARGE: [measured(LARGE)]}
    else:
        found = {ROUND_ROWS: [measured(ROUND_ROWS) for _ in range(ROUNDS)]}
        found |= {rows: [measured(rows)] for rows in (SMALL, LARGE)}
    figures: list[tuple[str, float | int | str, str]] = []
    for rows, turns in found.items():
        median = {name: statistics.median(turn[name] for turn in turns) for name in turns[0] if name != "vendor"}
        figures += [
            (f"{rows:,} rows: rows a second", rows / median["wall"], "/s"),
            (f"{rows:,} rows: rows a second of processor's time", rows / median["cpu"], "/s"),
            (f"{rows:,} rows: bare inserts, rows a second", rows / median["bare"], "/s"),
            (f"{rows:,} rows: import against bare inserts", median["bare"] / median["wall"], "of their speed"),
            (f"{rows:,} rows: peak memory", median["peak"] / 1024, "MB"),
            (f"{rows:,} rows: of which before the import", median["before"] / 1024, "MB"),
            (f"{rows:,} rows: load at its end", median["load"], ""),
        ]
    vendor = found[LARGE][0]["vendor"]
    report(f"Importing a large register on {vendor}, asked: {ASKED[vendor]:,} rows a second", figures)
    return 0


def measured(rows: int) -> dict[str, Any]:
    """Return what one import in a process of its own took."""
    progress(f"{rows:,} rows ...")
    done = subprocess.run([sys.executable, __file__, "--one", str(rows)], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def one(rows: int) -> int:
    with throwaway_database(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "register.csv"
        write_register(path, rows)
        print(json.dumps(import_once(path, rows)))
    return 0


def import_once(path: Path, rows: int) -> dict[str, Any]:
    from django.db import connection

    from ankang.roster.bulk import prepare_for_many
    from ankang.roster.imports.pouring import pour
    from ankang.roster.imports.tables import open_table
    from import_roster import found_town

    town, _ = found_town()
    prepare_for_many()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, cpu = time.perf_counter(), time.process_time()
    run = pour(by=town, division=town.division, table=open_table(path), now=NOW)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if (run.added, run.rejected) != (rows, 0):
        raise AssertionError(f"{run.added} added, {run.rejected} rejected")
    taken = {"wall": wall, "cpu": cpu, "peak": peak, "before": before, "bare": bare()}
    return taken | {"load": os.getloadavg()[0], "vendor": connection.vendor}


def bare() -> float:
    """Return the seconds that plain inserts of the same rows take, in the same parts, on an emptied table."""
    from django.db import connection, transaction

    from ankang.roster.bulk import insert_rows
    from ankang.roster.imports.pouring import PART
    from ankang.roster.models import Resident
    from import_roster import empty

    columns = [field.column for field in Resident._meta.concrete_fields if not field.primary_key]
    columns.remove("brought_by_id")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)} FROM roster_resident ORDER BY id")
        rows = cursor.fetchall()
    empty()
    begun = time.perf_counter()
    for start in range(0, len(rows), PART):
        with transaction.atomic():
            insert_rows(Resident, columns, rows[start : start + PART])
    return time.perf_counter() - begun


def write_register(path: Path, rows: int) -> None:
    """Write a register of sample people, the same each time: half with a phone of their own, a tenth on a list."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(people(rows))


def people(rows: int) -> Iterator[tuple[str, ...]]:
    from ankang.rules.identity import check_digit

    chance, first_day = random.Random(2024), date(1925, 1, 1)
    for place in range(rows):
        birth = first_day + timedelta(days=place // 999)
        body = f"329900{birth:%Y%m%d}{place % 999 + 1:03d}"
        name = chance.choice(SURNAMES) + chance.choice(GIVEN) + chance.choice(GIVEN)
        phones = [f"154{chance.randrange(10**8):08d}" if chance.random() < share else "" for share in (0.5, 0.4)]
        group = chance.choice(["低保", "五保", *[""] * 18])
        home = f"{place % 17 + 1}组{place % 97 + 1}号"
        yield f"{place % 20 + 1:02d}村", f"H{place // 2:07d}", name, body + check_digit(body), group, home, *phones


if __name__ == "__main__":
    sys.exit(main())
