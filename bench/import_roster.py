"""The sample town's 16,041 rows through the import, against its parts alone in the same run.

The parts are what no import can do without: reading the xlsx, sealing and indexing the numbers and phones, and writing
the same rows by executemany in one transaction. They check nothing, compare nothing, tell no audit.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from timing import progress, report, throwaway_database

ROUNDS = 5
AT_LEAST = 0.2  # of the speed of the parts alone
TODAY = date(2024, 2, 1)
NOW = datetime(2024, 2, 1, 1, tzinfo=UTC)
COLUMNS = (
    "village_id, name, initials, number, number_index, number_tail, birth_date, sex, household, address, phone,"
    " phone_tail, child_phone, child_phone_tail, status, is_sample, created_at, updated_at"
)
EMPTY = "status_evidence, correction_reason, has_incapacity, area_unknown"
INSERT_RESIDENT = (
    f"INSERT INTO roster_resident ({COLUMNS}, {EMPTY}) VALUES ({', '.join(['%s'] * 18)}, '', '', FALSE, FALSE)"
)
INSERT_MEMBERSHIP = (
    'INSERT INTO roster_groupmembership (resident_id, village_id, "group", from_on, evidence)'
    " VALUES (%s, %s, %s, %s, %s)"
)


def main() -> int:
    with throwaway_database(), tempfile.TemporaryDirectory() as folder:
        from ankang.sample.workbook import write_roster

        path = Path(folder) / "roster.xlsx"
        progress("writing the sample town's roster as an xlsx ...")
        rows = write_roster(path)
        return measure(path.read_bytes(), rows)


def measure(content: bytes, rows: int) -> int:
    town, villages = found_town()
    taken: dict[str, list[float]] = {"first": [], "again": [], "parts": [], "read": [], "seal": [], "write": []}
    for turn in range(ROUNDS):
        progress(f"round {turn + 1} of {ROUNDS} ...")
        empty()
        taken["first"].append(seconds(lambda: run_import(town, content, rows)))
        taken["again"].append(seconds(lambda: run_import(town, content, rows)))
        empty()
        cells: list[Any] = []
        sealed: list[Any] = []
        taken["read"].append(seconds(lambda into=cells: into.extend(read(content))))
        taken["seal"].append(seconds(lambda into=sealed, of=cells: into.extend(seal_all(of, villages))))
        taken["write"].append(seconds(lambda of=sealed: write(of)))
        taken["parts"].append(sum(taken[part][-1] for part in ("read", "seal", "write")))
    median = {name: statistics.median(found) for name, found in taken.items()}
    share = median["parts"] / median["first"]
    report(
        f"Importing {rows:,} rows",
        [
            ("import into an empty roster", median["first"], "s"),
            ("the same file again", median["again"], "s"),
            ("the parts alone", median["parts"], "s"),
            ("  reading", median["read"], "s"),
            ("  sealing and indexing", median["seal"], "s"),
            ("  executemany", median["write"], "s"),
            ("rows a second, import", rows / median["first"], "/s"),
            ("rows a second, parts alone", rows / median["parts"], "/s"),
            ("import against parts", share, f"of their speed, at least {AT_LEAST}"),
        ],
    )
    return 0 if share >= AT_LEAST else 1


def seconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def found_town() -> tuple[Any, dict[str, str]]:
    """Return who imports, and the villages' codes by name."""
    from ankang.installation.models import Installation
    from ankang.sample.accounts import create_accounts
    from ankang.sample.town import create_divisions, this_years_plan

    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    villages = create_divisions(this_years_plan())
    users = create_accounts(len(villages))
    town = next(user for user in users if user.desk == "town")
    return town, {village.name: village.pk for village in villages.values()}


def empty() -> None:
    """Empty the roster. PostgreSQL truncates: a deleted row would be looked for in every table that may point to it."""
    from django.core.management.color import no_style
    from django.db import connection

    from ankang.roster.models import GroupMembership, ImportRow, ImportRun, Resident

    if connection.vendor == "postgresql":
        statements = connection.ops.sql_flush(no_style(), [Resident._meta.db_table], allow_cascade=True)
        connection.ops.execute_sql_flush(statements)
    for model in (ImportRow, GroupMembership, Resident, ImportRun):
        model._base_manager.all()._raw_delete("default")


def run_import(town: Any, content: bytes, rows: int) -> None:
    from ankang.roster.actions import import_roster

    run = import_roster(by=town, division=town.division, file_name="roster.xlsx", content=content, today=TODAY, now=NOW)
    if (run.added + run.unchanged, run.rejected) != (rows, 0):
        raise AssertionError(f"{run.added} added, {run.unchanged} unchanged, {run.rejected} rejected")


def read(content: bytes) -> Sequence[Sequence[Any]]:
    from python_calamine import load_workbook

    return load_workbook(BytesIO(content)).get_sheet_by_index(0).to_python()[1:]


def seal_all(cells: Sequence[Sequence[Any]], villages: dict[str, str]) -> list[tuple[tuple[Any, ...], str]]:
    """Return the values of each resident, sealed and indexed, each with the words of its lists."""
    from ankang.privacy.cipher import blind_index, seal
    from ankang.roster.imports.columns import TITLES

    column = {name: index for index, name in enumerate(TITLES)}
    sealed = []
    for row in cells:
        number, phone, child_phone = row[column["number"]], row[column["phone"]], row[column["child_phone"]]
        values = (
            villages[row[column["village"]]],
            row[column["name"]],
            "",
            seal(number, "roster.resident.number"),
            blind_index(number, "roster.resident.number"),
            number[-4:],
            f"{number[6:10]}-{number[10:12]}-{number[12:14]}",
            "1" if int(number[16]) % 2 else "2",
            row[column["household"]],
            row[column["address"]],
            seal(phone, "roster.resident.phone") if phone else None,
            phone[-4:],
            seal(child_phone, "roster.resident.child_phone") if child_phone else None,
            child_phone[-4:],
            "living",
            False,
            NOW.isoformat(),
            NOW.isoformat(),
        )
        sealed.append((values, row[column["groups"]]))
    return sealed


def write(sealed: Sequence[tuple[tuple[Any, ...], str]]) -> None:
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(INSERT_RESIDENT, [values for values, _ in sealed])
        cursor.execute("SELECT number_index, id FROM roster_resident")
        ids = dict(cursor.fetchall())
        members = [
            (ids[values[4]], values[0], group, TODAY.isoformat(), "")
            for values, groups in sealed
            for group in groups.split("、")
            if group
        ]
        cursor.executemany(INSERT_MEMBERSHIP, members)


if __name__ == "__main__":
    sys.exit(main())
