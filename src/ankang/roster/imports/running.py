"""One import: read and check everything, then write the good rows, what was wrong and the audit row together."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.privacy.cipher import sm3
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.ages import youngest_age
from ankang.roster.bulk import insert_many
from ankang.roster.imports.columns import Header, find_table, is_header
from ankang.roster.imports.groups import group_words
from ankang.roster.imports.merging import Changes, merge
from ankang.roster.imports.places import places_of
from ankang.roster.imports.sheets import Cell, Sheet, read_sheets, text_of
from ankang.roster.imports.staging import Context, Problem, RowReader, StagedRow
from ankang.roster.locks import keys_by_index
from ankang.roster.models import GroupMembership, ImportChange, ImportRow, ImportRun, Resident
from ankang.roster.numbers import SAMPLE_AREAS, masked
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

EXAMPLE = "示例"  # what the template's example row begins with
_TOTALS = frozenset({"合计", "总计", "小计", "共计"})
_FACTS = ["name", "initials", "household", "address", "phone", "phone_tail", "child_phone", "child_phone_tail"]


@dataclass(slots=True)
class Staged:
    """The outcome of checking a file: good rows, and problems each with the cells of its row."""

    row_count: int = 0
    rows: list[StagedRow] = field(default_factory=list)
    refused: list[tuple[Sequence[Cell], list[Problem]]] = field(default_factory=list)


def import_roster(
    *, by: User, division: Division, file_name: str, content: bytes, today: date, now: datetime
) -> ImportRun:
    """Import a list of residents into a division and return the run with its counts.

    Good rows go in; every refused or doubtful row is kept with its reason and fix. The same file again changes nothing.
    Errors: NotAllowed outside one's division; InvalidInput, one sentence, for a file that is no roster; Conflict when
    somebody imports the same people at this moment. Then nothing was written.
    """
    require_scope(by, division)
    sheet, header = find_table(read_sheets(content), numberless=True)
    staged = stage(sheet, context_of(division, header, today))
    require_rows(staged.row_count)
    run = new_run(by=by, division=division, file_name=file_name, content=content, header=header, now=now)
    run.row_count = staged.row_count
    try:
        with transaction.atomic():
            write(run, staged, merge(by, staged.rows, header.title("number"), today, now))
    except IntegrityError as error:  # another import put the same people in between
        raise Conflict("另一人正在导入同一批人员，本次没有写入。请稍后再上传一次。", field="file") from error
    return run


def require_scope(by: User, division: Division) -> None:
    """Let pass who may import into a division. Errors: NotAllowed."""
    if not division.code.startswith(by.scope):
        raise NotAllowed(f"{division.name}不在您的管辖范围内，不能导入它的名册。")


def require_rows(count: int) -> None:
    """Let pass a table that has rows. Errors: InvalidInput."""
    if not count:
        raise InvalidInput("表头下面没有一行内容。请填好名册后再上传。", field="file")


def new_run(
    *, by: User, division: Division, file_name: str, content: bytes, header: Header, now: datetime
) -> ImportRun:
    """Return an unsaved run of a file."""
    return ImportRun(
        division=division,
        file_name=file_name[-200:],
        file_digest=sm3(content),
        by=by,
        at=now,
        header=list(header.written),
    )


def stage(sheet: Sheet, context: Context) -> Staged:
    """Check every row of a sheet. No query."""
    staged = Staged()
    first_rows: dict[str, int] = {}
    for row_number, cells in data_rows(sheet, context.header):
        staged.row_count += 1
        reader = RowReader(context, row_number, cells)
        row = reader.read()
        if row is None:
            staged.refused.append((cells, reader.problems))
            continue
        first = first_rows.setdefault(row.identity.number, row_number)
        if first == row_number:
            staged.rows.append(row)
        else:
            staged.refused.append(
                (cells, [*row.problems, repeated(context.header, row_number, row.identity.number, first)])
            )
    return staged


def data_rows(sheet: Sheet, header: Header) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows below the header with their numbers, without totals, repeated headers and the example."""
    name_at = header.columns["name"]
    for index in range(header.row + 1, len(sheet.rows)):
        cells = sheet.rows[index]
        first = next((text for cell in cells if (text := text_of(cell))), "")
        if not first or first in _TOTALS or is_header(cells, header):
            continue
        if name_at < len(cells) and text_of(cells[name_at]).startswith(EXAMPLE):
            continue
        yield index + 1, cells


def repeated(header: Header, row_number: int, number: str, first: int) -> Problem:
    """Return what is wrong with a row whose number stands in an earlier one."""
    title, shown = header.title("number"), masked(number)
    reason = f"与第{first}行的身份证号相同，只导入了第{first}行"
    return Problem(row_number, title, shown, reason, "请核对两行哪个号码写错；重复的请删去一行")


def context_of(division: Division, header: Header, today: date) -> Context:
    """Return what a register's rows are checked against. Errors: InvalidInput when they cannot say their village."""
    villages = Division.objects.filter(code__startswith=division.prefix, level=Division.Level.VILLAGE)
    version = campaign_on(today, division.pk)
    plan = plan_of(version) if version else None
    context = Context(
        header,
        places_of(division, villages),
        group_words(plan),
        today,
        youngest_age(plan),
        SAMPLE_AREAS if installation().is_sample else frozenset(),
    )
    if context.places.home is None and "village" not in header.columns:
        raise InvalidInput(
            "没有找到“村居”一列。镇里导入请加一列“村居”，写村居的名称、序号或代码后再上传。", field="file"
        )
    return context


def write(run: ImportRun, staged: Staged, changes: Changes) -> None:
    """Store a register's run, residents, refused rows and audit row, inside the caller's transaction."""
    cells_of = {id(row): row.cells for row, _ in changes.refused}
    refused = [*staged.refused, *((cells_of[id(row)], [*row.problems, problem]) for row, problem in changes.refused)]
    out = {id(row) for row, _ in changes.refused}
    warned = [row.problems for row in staged.rows if row.problems and id(row) not in out]
    run.added, run.updated, run.unchanged = len(changes.added), len(changes.updated), changes.unchanged
    run.rejected, run.warned = len(refused), len(warned)
    run.ended = len(changes.ended) + len(changes.withdrawn)
    run.save(force_insert=True)
    for resident in changes.added:
        resident.brought_by = run
    _write_residents(changes)
    ImportChange.objects.bulk_create([note.of(run) for note in changes.notes], batch_size=500)
    ImportRow.objects.bulk_create(
        [*rejected_rows(run, refused), *(_import_row(run, problem) for problems in warned for problem in problems)]
    )
    record(by=run.by, action="roster.import", subject=run, division_code=run.division_id, **figures(run))


def _write_residents(changes: Changes) -> None:
    insert_many(changes.added)
    if changes.updated:
        Resident.objects.bulk_update(changes.updated, [*_FACTS, "updated_at"], batch_size=50)
    if changes.ended:
        GroupMembership.objects.bulk_update(changes.ended, ["to_on"], batch_size=300)
    if changes.withdrawn:
        GroupMembership.objects.filter(pk__in=[row.pk for row in changes.withdrawn]).delete()
    _know_keys(changes)
    insert_many(changes.joined)


def _know_keys(changes: Changes) -> None:
    """Give the memberships of new residents the keys of the rows that have just been inserted."""
    new = {row.resident.number_index or "" for row in changes.joined if row.resident_id is None}
    keys = keys_by_index(new)
    for row in changes.joined:
        if row.resident_id is None:
            row.resident_id = keys[row.resident.number_index or ""]


def rejected_rows(run: ImportRun, refused: Sequence[tuple[Sequence[Cell], list[Problem]]]) -> Iterator[ImportRow]:
    """Yield the rows of the report: one a problem, the original cells once."""
    for cells, problems in refused:
        errors = [problem for problem in problems if problem.is_error]
        for place, problem in enumerate(errors):
            row = _import_row(run, problem)
            if place == 0:  # the original cells stand once a row
                row.cells = json.dumps([text_of(cell) for cell in cells], ensure_ascii=False)
            yield row


def _import_row(run: ImportRun, problem: Problem) -> ImportRow:
    outcome = ImportRow.Outcome.REJECTED if problem.is_error else ImportRow.Outcome.WARNED
    return ImportRow(
        run=run,
        row_number=problem.row_number,
        outcome=outcome,
        code=problem.code,
        cells_index=problem.index or None,
        column=problem.column,
        value_masked=problem.value[:80],
        reason=problem.reason[:200],
        fix=problem.fix[:200],
    )


def figures(run: ImportRun) -> dict[str, int]:
    """Return the counts of a run, for its audit row."""
    names = ("row_count", "added", "updated", "unchanged", "rejected", "warned", "ended")
    return {name: getattr(run, name) for name in names}
