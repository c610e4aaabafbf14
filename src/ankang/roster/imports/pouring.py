"""A large register, part by part: each part is one transaction, and what was stopped goes on where it stood."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import islice
from typing import TypeVar

from django.db import IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.roster.bulk import copy_line
from ankang.roster.imports.merging import merge
from ankang.roster.imports.running import context_of, data_rows, new_run, require_rows, require_scope, stage
from ankang.roster.imports.sheets import Cell
from ankang.roster.imports.staging import FirstRows, RowReader, Staged
from ankang.roster.imports.storing import own_cells, row_sealer, tell, write
from ankang.roster.imports.tables import Table
from ankang.roster.locks import run_for_update
from ankang.roster.models import ImportRun
from ankang.rules.errors import Conflict

T = TypeVar("T")
PART = 10_000  # rows a transaction: what a killed process can lose, and what it holds in memory
Told = Callable[[ImportRun], None]


def stopped_run(division: Division, digest: str) -> ImportRun | None:
    """Return the import of this very file into this division that was begun and neither finished nor undone."""
    runs = ImportRun.objects.filter(division=division, file_digest=digest, finished_at=None, undone_at=None)
    return runs.select_related("by", "division").order_by("-id").first()


def pour(*, by: User, division: Division, table: Table, now: datetime, told: Told = lambda run: None) -> ImportRun:
    """Bring a register in, part by part, and return its run; the same call goes on with one that was stopped.

    Good rows go in; every refused or doubtful row is kept with its reason and fix. Each part is all or nothing, with
    an audit row; `told` is called behind each. What was begun is finished as it was begun: in the name and on the day
    of who began it, so that the rows are those of an import that never stopped; the audit tells who went on.
    Errors: NotAllowed outside one's division; InvalidInput for a table without rows or villages; Conflict when another
    process goes on with it, it was undone, or somebody imports the same people at this moment: earlier parts stay.
    """
    require_scope(by, division)
    run = stopped_run(division, table.digest) or _begun(by, division, table, now)
    context = context_of(division, table.header, timezone.localtime(run.at).date())
    reader, firsts = RowReader(context), FirstRows(table.suspects)
    parts = _parts(data_rows(table.rows(), table.header), PART)
    begun_at, copied = run.reached, connection.vendor == "postgresql"
    made = ((_prepared(part, reader, firsts, begun_at, copied=copied), part[-1][0]) for part in parts)
    for staged, last_row in _ahead(made):
        if staged.row_count:
            run = _write_part(by, run, staged, last_row, table.header.title("number"))
            told(run)
    require_rows(run.row_count)
    return _finish(by, run, now)


def _prepared(
    part: Sequence[tuple[int, Sequence[Cell]]], reader: RowReader, firsts: FirstRows, after: int, *, copied: bool
) -> Staged:
    """Return a part checked and sealed, `copied` written out for COPY too: nearly everybody in it is new."""
    staged, seal = stage(part, reader, firsts, after=after), row_sealer()
    for row in staged.rows:
        row.seals = seal(row)
        if copied:
            row.line = copy_line(own_cells(row, row.seals))
    return staged


def _begun(by: User, division: Division, table: Table, now: datetime) -> ImportRun:
    run = new_run(
        by=by, division=division, file_name=table.file_name, digest=table.digest, header=table.header, now=now
    )
    run.last_row = table.last_row
    return run


def _write_part(by: User, run: ImportRun, staged: Staged, reached: int, title: str) -> ImportRun:
    try:
        with transaction.atomic():
            stored = _still_mine(run) if run.pk else run
            today = timezone.localtime(stored.at).date()
            changes = merge(stored.by, staged.rows, title, today, stored.at)
            stored.reached = reached
            write(stored, staged, changes, today.isoformat())
            tell(stored, by, "roster.import_part", reached=reached)
            return stored
    except (IntegrityError, OperationalError) as error:
        raise Conflict(
            f"另有人正在写同一批人员，第{run.reached + 1}行起的这一批没有写入，前面的都在。"
            "请稍后照原样再执行一次，会接着导。"
        ) from error


def _finish(by: User, run: ImportRun, now: datetime) -> ImportRun:
    with transaction.atomic():
        stored = _still_mine(run)
        stored.finished_at = now
        stored.save(update_fields=["finished_at"])
        tell(stored, by)
        return stored


def _still_mine(run: ImportRun) -> ImportRun:
    """Return the run, locked, where this process left it. Errors: Conflict when another one was there since."""
    stored = run_for_update(run.pk)
    if stored.undone_at is not None:
        raise Conflict("这次导入已有人撤回，没有再写。要重新导入，请再执行一次。")
    if stored.finished_at is not None or stored.reached != run.reached:
        raise Conflict("另一个程序正在导入同一份文件，这里停下，没有重复写入。请到“名册导入”页看结果。")
    return stored


def _parts(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    remaining = iter(rows)
    while part := list(islice(remaining, size)):
        yield part


def _ahead(made: Iterator[T]) -> Iterator[T]:
    """Yield what is made; beside a database server, a thread makes the next one while the server writes the last.

    SQLite writes in this process: a thread beside it would only take turns with it.
    """
    if connection.vendor == "sqlite":
        yield from made
        return
    with ThreadPoolExecutor(1) as worker:
        coming = worker.submit(next, made, None)
        while (one := coming.result()) is not None:
            coming = worker.submit(next, made, None)
            yield one
