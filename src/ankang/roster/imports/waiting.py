"""A list in two steps: uploaded and previewed, then confirmed and written at once, or left alone."""

from base64 import b64decode, b64encode
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.privacy.cipher import sm3
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.ages import youngest_age
from ankang.roster.imports.columns import Header, find_table
from ankang.roster.imports.listing import ListChanges, compare, last_day_before
from ankang.roster.imports.lists import Entries, Kind, read_entries, recognise
from ankang.roster.imports.merging import Changes, merge
from ankang.roster.imports.running import (
    context_of,
    new_run,
    require_rows,
    require_scope,
    stage_sheet,
)
from ankang.roster.imports.sheets import Cell, Sheet, read_sheets
from ankang.roster.imports.staging import Problem, Staged, StagedRow
from ankang.roster.imports.storing import figures, rejected_rows, tell, unlisted_rows, write
from ankang.roster.imports.trail import STATE, Note, note_time, snapshot
from ankang.roster.models import GroupMembership, ImportChange, ImportRow, ImportRun, Resident, StagedImport
from ankang.roster.numbers import SAMPLE_AREAS
from ankang.roster.residents import new_resident
from ankang.rules.days import Birthday
from ankang.rules.errors import Conflict, InvalidInput

KEPT = timedelta(days=1)  # a list that nobody confirms is removed with the next one of its division
NONE, ALL, SOME = "none", "all", "some"  # which of the missing are ended
_What = ImportChange.What
_FIRST = 20


@dataclass(frozen=True, slots=True)
class Preview:
    """What a waiting list would do now: counts, the first of each, and who is missing from it."""

    added: int
    updated: int
    unchanged: int
    ended: int
    rejected: int
    first: Sequence[tuple[str, Resident, date | None]]
    problems: Sequence[Problem]
    missing: Sequence[GroupMembership] = field(default=())
    unlisted: Sequence[Resident] = field(default=())  # aged 80, and not on a list of the 80-year-olds
    compared: Sequence[Division] = field(default=())  # the villages that such a list speaks of, and how many it leaves
    left_out: int = 0

    @property
    def seen(self) -> str:
        """The figures as the confirmation sends them back: it holds only while they are true."""
        absent = len(self.missing) + len(self.unlisted)
        counts = (self.added, self.updated, self.unchanged, self.ended, self.rejected, absent)
        return "-".join(map(str, counts))

    @property
    def is_idle(self) -> bool:
        return not (self.added or self.updated or self.ended or self.missing)


@transaction.atomic
def stage_import(
    *,
    by: User,
    division: Division,
    file_name: str,
    content: bytes,
    kind: str,
    day: date,
    evidence: str,
    today: date,
    now: datetime,
) -> StagedImport:
    """Keep a list, sealed, for its confirmation; nothing of the roster changes. `kind` "" lets the file tell.

    Errors: NotAllowed outside one's division; InvalidInput, one sentence, for a file that is no such list or a day to
    come.
    """
    require_scope(by, division)
    if day > today:
        raise InvalidInput("名单从哪天起：日期还没有到。", field="day")
    sheet, header = find_table(read_sheets(content), numberless=True)
    meant = Kind(kind) if kind else recognise(file_name, sheet, header)
    require_rows(_read(division, meant, sheet, header, today).row_count)
    StagedImport.objects.filter(division=division, run=None, at__lt=now - KEPT).delete()
    return StagedImport.objects.create(
        division=division,
        kind=meant,
        day=day,
        evidence=evidence.strip() or f"{meant.label}导入",
        file_name=file_name[-200:],
        content=b64encode(content).decode(),
        by=by,
        at=now,
    )


def preview(staged: StagedImport, by: User, today: date, now: datetime) -> Preview:
    """Return what confirming a waiting list would do. Reads only, and nobody waits for it."""
    _, _, read, changes = _plan(staged, by, today, now, lock=False)
    return _preview(read, changes, staged.kind)


def confirm_import(
    *,
    by: User,
    key: UUID,
    seen: str,
    ends: str = NONE,
    chosen: Collection[int] = (),
    today: date,
    now: datetime,
) -> ImportRun:
    """Write a waiting list at once and return its run; confirmed again, return the same run.

    `seen`: the preview's figures. `ends`: what becomes of who is missing from a group's list; `chosen`: keys of their
    times on it. Errors: NotAllowed; Conflict when the roster changed since the preview, or somebody imports the same
    people at this moment. Then nothing was written.
    """
    try:
        with transaction.atomic():
            staged = StagedImport.objects.select_for_update(of=("self",)).select_related("division").get(pk=key)
            require_scope(by, staged.division)
            if staged.run is not None:
                return staged.run
            return _confirmed(by, staged, seen=seen, ends=ends, chosen=chosen, today=today, now=now)
    except IntegrityError as error:
        raise Conflict("另一人正在导入同一批人员，本次没有写入。请稍后再试。", field="file") from error


def _confirmed(
    by: User, staged: StagedImport, *, seen: str, ends: str, chosen: Collection[int], today: date, now: datetime
) -> ImportRun:
    content, header, read, changes = _plan(staged, by, today, now)
    if _preview(read, changes, staged.kind).seen != seen:
        raise Conflict("名册在您核对的时候变了，没有写入。请照下面新的结果再核对一遍。", field="seen")
    digest = sm3(content)
    run = new_run(by=by, division=staged.division, file_name=staged.file_name, digest=digest, header=header, now=now)
    run.kind, run.finished_at = staged.kind, now
    if isinstance(changes, Changes) and isinstance(read, Staged):
        write(run, read, changes, today.isoformat())
        tell(run, by)
    elif isinstance(changes, ListChanges):
        run.row_count = read.row_count
        ending = [row for row in changes.missing if ends == ALL or (ends == SOME and row.pk in set(chosen))]
        _write_list(run, changes, ending, staged)
    staged.run, staged.content = run, None
    staged.save(update_fields=["run", "content"])
    return run


def _plan(
    staged: StagedImport, by: User, today: date, now: datetime, *, lock: bool = True
) -> tuple[bytes, Header, Staged | Entries, Changes | ListChanges]:
    if staged.content is None:
        raise Conflict("这份名单已经处理过了，请看最近导入。", field="file")
    content = b64decode(staged.content.reveal())
    sheet, header = find_table(read_sheets(content), numberless=True)
    kind = Kind(staged.kind)
    read = _read(staged.division, kind, sheet, header, today)
    if isinstance(read, Staged):
        return content, header, read, merge(by, read.rows, header.title("number"), today, now, lock=lock)
    version = campaign_on(today, staged.division_id)
    plan = plan_of(version) if version else None
    birthday = plan.terms.birthday if plan else Birthday.ON_BIRTHDAY
    changes = compare(staged.division, kind, read, staged.day, youngest_age(plan), birthday=birthday, lock=lock)
    return content, header, read, changes


def _read(division: Division, kind: Kind, sheet: Sheet, header: Header, today: date) -> Staged | Entries:
    if kind == Kind.ROSTER:
        return stage_sheet(sheet, context_of(division, header, today))
    areas = SAMPLE_AREAS if installation().is_sample else frozenset()
    return read_entries(sheet, header, kind, today, areas)


def _preview(read: Staged | Entries, changes: Changes | ListChanges, kind: str) -> Preview:
    if isinstance(changes, Changes):
        newcomers = [("新增", _unsaved(row), None) for row in changes.added[:_FIRST]]
        first = [*newcomers, *(("更新", row, None) for row in changes.updated[:_FIRST])]
        return Preview(
            added=len(changes.added),
            updated=len(changes.updated),
            unchanged=changes.unchanged,
            ended=len(changes.ended) + len(changes.withdrawn),
            rejected=len(read.refused) + len(changes.refused),
            first=first[:_FIRST],
            problems=_first_problems([*read.refused, *((row.cells, [problem]) for row, problem in changes.refused)]),
        )
    word = {Kind.DEATHS: "登记已故", Kind.MOVES: "登记迁出"}.get(Kind(kind), "")
    return Preview(
        added=len(changes.joined),
        updated=len(changes.turned),
        unchanged=changes.unchanged,
        ended=0,
        rejected=len(changes.refused),
        first=[*(("列入", *row) for row in changes.joined), *((word, *row) for row in changes.turned)][:_FIRST],
        problems=_first_problems(changes.refused),
        missing=changes.missing,
        unlisted=changes.unlisted,
        compared=changes.compared,
        left_out=changes.villages - len(changes.compared),
    )


def _unsaved(row: StagedRow) -> Resident:
    return new_resident(row.village_code, row.name, row.identity, row.phone, row.child_phone, index=row.index)


def _first_problems(refused: Sequence[tuple[Sequence[Cell], Sequence[Problem]]]) -> list[Problem]:
    return [problem for _, problems in refused[:_FIRST] for problem in problems if problem.is_error]


def _write_list(run: ImportRun, changes: ListChanges, ending: Sequence[GroupMembership], staged: StagedImport) -> None:
    """Store a list's run, what it changes, the refused rows and the audit row, inside the caller's transaction."""
    run.added, run.updated, run.unchanged = len(changes.joined), len(changes.turned), changes.unchanged
    run.rejected, run.ended = len(changes.refused), len(ending)
    run.save(force_insert=True)
    notes = [*_join(run, changes, staged), *_end(ending, staged.day), *_turn(run, changes, staged)]
    touched = {
        row.pk: row
        for row in (
            *(resident for resident, _ in (*changes.joined, *changes.turned)),
            *(time.resident for time in ending),
        )
    }
    for resident in touched.values():
        resident.updated_at = run.at
    Resident.objects.bulk_update(touched.values(), [*STATE, "updated_at"], batch_size=100)
    ImportChange.objects.bulk_create([note.of(run) for note in notes], batch_size=500)
    rows = [*rejected_rows(run, changes.refused), *unlisted_rows(run, changes.unlisted)]
    ImportRow.objects.bulk_create(rows, batch_size=500)
    said = figures(run) | {"kind": run.kind, "day": staged.day.isoformat()}
    if run.kind == Kind.AGED:
        said["unlisted"] = len(changes.unlisted)
    record(by=run.by, action="roster.import_list", subject=run, division_code=run.division_id, **said)


def _join(run: ImportRun, changes: ListChanges, staged: StagedImport) -> list[Note]:
    rows = [
        GroupMembership(
            resident=resident, village_id=resident.village_id, group=run.kind, from_on=day, evidence=staged.evidence
        )
        for resident, day in changes.joined
    ]
    notes = [note_time(row, _What.JOINED, row.resident) for row in rows]
    GroupMembership.objects.bulk_create(rows, batch_size=500)
    return notes


def _end(ending: Sequence[GroupMembership], day: date) -> list[Note]:
    notes = [note_time(row, _What.ENDED, row.resident) for row in ending]
    for row in ending:
        row.to_on = last_day_before(day)
    GroupMembership.objects.bulk_update(ending, ["to_on"], batch_size=300)
    return notes


def _turn(run: ImportRun, changes: ListChanges, staged: StagedImport) -> list[Note]:
    notes = [Note(resident.pk, _What.STATUS, snapshot(resident, STATE)) for resident, _ in changes.turned]
    is_death = run.kind == Kind.DEATHS
    for resident, day in changes.turned:
        resident.status = Resident.Status.DEAD if is_death else Resident.Status.MOVED
        resident.died_on, resident.moved_on = (day, None) if is_death else (None, day)
        resident.status_evidence = staged.evidence
    return notes
