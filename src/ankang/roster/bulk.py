"""Many new rows at once, past the model objects: Django's bulk_create prepares each cell by five calls."""

import gc
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of database values inside the caller's transaction; their keys stay unknown, no default is filled in.

    COPY on PostgreSQL, which takes in one row while the next one is made; executemany elsewhere. Days are ISO texts,
    instants come from `database_instant`. Errors: TransactionManagementError outside a transaction; IntegrityError as
    from any insert.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("insert_rows outside a transaction")
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({places})", rows)  # type: ignore[arg-type]  # it iterates
            return
        with connection.wrap_database_errors, cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def copy_line(cells: Iterable[Any]) -> bytes:
    """Return cells as PostgreSQL's COPY takes them as text, without the line's end.

    Made beside the connection: a thread writes the lines of the next part while the server takes in the last one.
    """
    return "\t".join([_COPIED[type(cell)](cell) for cell in cells]).encode()


def insert_lines(model: type[models.Model], columns: Sequence[str], lines: Sequence[bytes], end: bytes) -> None:
    """Insert rows from what `copy_line` made of them, inside the caller's transaction, on PostgreSQL.

    `end`: the line of the columns in which all rows are alike, the last ones. Sent as one: row by row the writing
    thread would give its turn away, and wait for it, two hundred times a part. Errors: as `insert_rows`.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("insert_lines outside a transaction")
    quote = connection.ops.quote_name
    table, names = quote(model._meta.db_table), ", ".join(map(quote, columns))
    last = b"\t" + end + b"\n"
    with (
        connection.cursor() as cursor,
        connection.wrap_database_errors,
        cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy,
    ):
        copy.write(last.join(lines) + last)


def _copied_text(text: str) -> str:
    return text if text.isalnum() else text.translate(_ESCAPED)


_ESCAPED = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_COPIED: dict[type, Callable[[Any], str]] = {
    str: _copied_text,
    bytes: lambda cell: r"\\x" + cell.hex(),
    int: str,
    bool: lambda cell: "t" if cell else "f",
    datetime: datetime.isoformat,
    type(None): lambda _cell: r"\N",
}


def database_instant(instant: datetime) -> Any:
    """Return an instant as this database takes it."""
    return connection.ops.adapt_datetimefield_value(instant)


def prepare_for_many() -> None:
    """Prepare this process's connection for one long import; every commit still waits for the disk.

    SQLite: 64 MB of pages and a longer WAL, for a random key touches pages all over its index. PostgreSQL: each query
    is planned for the table as it is now; a plan kept from when it was empty reads it whole, for every part. Threads
    take turns ten times as often as usual, for the one that writes mostly waits for the server and needs the turn soon.
    The collector leaves alone what stands already, and comes once a hundred thousand new objects instead of 700: it was
    a quarter of a row's time, and finds nothing, for a row holds no cycle.
    """
    sys.setswitchinterval(0.0005)
    gc.freeze()
    gc.set_threshold(100_000)
    settings = {
        "sqlite": ("PRAGMA cache_size = -65536", "PRAGMA wal_autocheckpoint = 20000"),
        "postgresql": ("SET plan_cache_mode = force_custom_plan",),
    }
    with connection.cursor() as cursor:
        for setting in settings[connection.vendor]:
            cursor.execute(setting)


def count_anew() -> None:
    """Let PostgreSQL count its tables after many rows: a join planned for empty tables walks them whole, row by row.

    SQLite plans by its indexes and needs no counts.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
