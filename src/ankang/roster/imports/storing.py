"""What an import writes, part by part: newcomers, changes, refused rows; each part with its audit row."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.privacy.cipher import indexer, sealer
from ankang.roster.bulk import copy_line, database_instant, insert_lines, insert_rows
from ankang.roster.imports.merging import EVIDENCE, Changes
from ankang.roster.imports.sheets import Cell, text_of
from ankang.roster.imports.staging import Problem, Seals, Staged, StagedRow
from ankang.roster.imports.trail import FACTS
from ankang.roster.locks import keys_by_index
from ankang.roster.models import GroupMembership, ImportChange, ImportRow, ImportRun, Resident
from ankang.roster.names import initials
from ankang.roster.numbers import PHONE

COUNTS = ("row_count", "added", "updated", "unchanged", "rejected", "warned", "ended")
_RESIDENT = (
    *("village_id", "name", "initials", "number", "number_index", "number_tail", "birth_date", "sex"),
    *("area_unknown", "household", "address", "phone", "phone_tail", "phone_index", "child_phone", "child_phone_tail"),
    *("status", "brought_by_id", "created_at", "updated_at"),
)
# What a register says nothing of takes the model's default, also in columns that come later.
_UNSAID = [
    field
    for field in Resident._meta.concrete_fields
    if not (field.attname in _RESIDENT or field.primary_key or field.null)
]
_MEMBERSHIP = ("resident_id", "village_id", "group", "from_on", "evidence")


def write(run: ImportRun, staged: Staged, changes: Changes, from_on: str) -> None:
    """Store a part of a register with its counts and refused rows, inside the caller's transaction.

    `run` is stored already, or is stored now. `from_on`: the ISO day from which newcomers stand on their lists.
    """
    refused = [*staged.refused, *((row.cells, [*row.problems, problem]) for row, problem in changes.refused)]
    out = {id(row) for row, _ in changes.refused}
    warned = [row.problems for row in staged.rows if row.problems and id(row) not in out]
    run.row_count += staged.row_count
    run.added += len(changes.added)
    run.updated += len(changes.updated)
    run.unchanged += changes.unchanged
    run.rejected += len(refused)
    run.warned += len(warned)
    run.ended += len(changes.ended) + len(changes.withdrawn)
    run.save()
    if changes.added:
        _insert_newcomers(run, changes.added)
        _join_newcomers(changes.added, from_on)
    _write_changes(run, changes)
    ImportRow.objects.bulk_create(
        [*rejected_rows(run, refused), *(_import_row(run, problem) for problems in warned for problem in problems)],
        batch_size=500,
    )


def tell(run: ImportRun, by: User, action: str = "roster.import", **more: Any) -> None:
    """Append the audit row of a run: its counts so far, and what else is to be told."""
    record(by=by, action=action, subject=run, division_code=run.division_id, **figures(run), **more)


def row_sealer() -> Callable[[StagedRow], Seals]:
    """Return what seals many rows: the keys are looked up once."""
    columns = [sealer(f"roster.resident.{name}") for name in ("number", "phone", "child_phone")]
    seal_number, seal_phone, seal_child_phone = columns
    index_phone = indexer(PHONE)

    def sealed(row: StagedRow) -> Seals:
        phone, child_phone = row.phone, row.child_phone
        return Seals(
            seal_number(row.identity.number),
            seal_phone(phone) if phone else None,
            index_phone(phone) if phone else None,
            seal_child_phone(child_phone) if child_phone else None,
        )

    return sealed


def own_cells(row: StagedRow, seals: Seals) -> tuple[Any, ...]:
    """Return what a newcomer's row says of them: the first columns of what `new_resident(...).save()` would store."""
    identity = row.identity
    return (
        *(row.village_code, row.name, initials(row.name)),
        *(seals.number, row.index, identity.tail, identity.birth_date.isoformat(), identity.sex),
        *(bool(identity.warnings), row.household, row.address),
        *(seals.phone, row.phone[-4:], seals.phone_index, seals.child_phone, row.child_phone[-4:]),
    )


def _insert_newcomers(run: ImportRun, newcomers: Sequence[StagedRow]) -> None:
    """Store newcomers, from the lines that were made ahead or one row after another."""
    columns, at, seal = [*_RESIDENT, *(field.attname for field in _UNSAID)], database_instant(run.at), row_sealer()
    alike = (Resident.Status.LIVING.value, run.pk, at, at, *(field.get_default() for field in _UNSAID))
    lines = [row.line for row in newcomers if row.line]
    if len(lines) == len(newcomers):
        insert_lines(Resident, columns, lines, copy_line(alike))
    else:
        rows = ((*own_cells(row, row.seals or seal(row)), *alike) for row in newcomers)
        insert_rows(Resident, columns, rows)


def _join_newcomers(newcomers: Sequence[StagedRow], from_on: str) -> None:
    """Put newcomers on the lists that their rows name, by the keys of the rows that have just been inserted."""
    listed = [row for row in newcomers if row.groups]
    if not listed:
        return
    keys = keys_by_index([row.index for row in listed])
    insert_rows(
        GroupMembership,
        _MEMBERSHIP,
        [
            (keys[row.index], row.village_code, group, from_on, EVIDENCE)
            for row in listed
            for group in sorted(row.groups or ())
        ],
    )


def _write_changes(run: ImportRun, changes: Changes) -> None:
    if changes.updated:
        Resident.objects.bulk_update(changes.updated, [*FACTS, "updated_at"], batch_size=50)
    if changes.ended:
        GroupMembership.objects.bulk_update(changes.ended, ["to_on"], batch_size=300)
    if changes.withdrawn:
        GroupMembership.objects.filter(pk__in=[row.pk for row in changes.withdrawn]).delete()
    GroupMembership.objects.bulk_create(changes.joined, batch_size=500)
    ImportChange.objects.bulk_create([note.of(run) for note in changes.notes], batch_size=500)


def rejected_rows(run: ImportRun, refused: Sequence[tuple[Sequence[Cell], list[Problem]]]) -> Iterator[ImportRow]:
    """Yield the rows of the report: one a problem, the original cells once."""
    for cells, problems in refused:
        errors = [problem for problem in problems if problem.is_error]
        for place, problem in enumerate(errors):
            row = _import_row(run, problem)
            if place == 0:  # the original cells stand once a row
                row.cells = json.dumps([text_of(cell) for cell in cells], ensure_ascii=False)
            yield row


def unlisted_rows(run: ImportRun, residents: Iterable[Resident]) -> Iterator[ImportRow]:
    """Yield whom a list of the 80-year-olds does not name: a resident each, and no row of the file."""
    fix = "问来表单位为什么没有；已去世或迁走的，在名册里登记"
    for resident in residents:
        reason = "名册上满80周岁、这份名单上没有"
        yield ImportRow(
            run=run, row_number=0, outcome=ImportRow.Outcome.UNLISTED, resident=resident, reason=reason, fix=fix
        )


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
    return {name: getattr(run, name) for name in COUNTS}
