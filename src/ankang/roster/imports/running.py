"""One import: read and check everything, then write the good rows, what was wrong and the audit row together."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.installation.clock import installation
from ankang.privacy.cipher import sm3
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.ages import youngest_age
from ankang.roster.imports.columns import Header, find_table, is_header
from ankang.roster.imports.groups import group_words
from ankang.roster.imports.merging import merge
from ankang.roster.imports.places import places_of
from ankang.roster.imports.sheets import Cell, Sheet, read_sheets, text_of
from ankang.roster.imports.staging import Context, FirstRows, Problem, RowReader, Staged
from ankang.roster.imports.storing import tell, write
from ankang.roster.models import ImportRun
from ankang.roster.numbers import SAMPLE_AREAS, masked
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

EXAMPLE = "示例"  # what the template's example row begins with
_TOTALS = frozenset({"合计", "总计", "小计", "共计"})


def import_roster(
    *, by: User, division: Division, file_name: str, content: bytes, today: date, now: datetime
) -> ImportRun:
    """Import a list of residents into a division and return the run with its counts, all in one transaction.

    Good rows go in; every refused or doubtful row is kept with its reason and fix. The same file again changes nothing.
    Errors: NotAllowed outside one's division; InvalidInput, one sentence, for a file that is no roster; Conflict when
    somebody imports the same people at this moment. Then nothing was written.
    """
    require_scope(by, division)
    sheet, header = find_table(read_sheets(content), numberless=True)
    staged = stage_sheet(sheet, context_of(division, header, today))
    require_rows(staged.row_count)
    run = new_run(by=by, division=division, file_name=file_name, digest=sm3(content), header=header, now=now)
    run.reached = run.last_row = len(sheet.rows)
    run.finished_at = now
    try:
        with transaction.atomic():
            write(run, staged, merge(by, staged.rows, header.title("number"), today, now), today.isoformat())
            tell(run, by)
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


def new_run(*, by: User, division: Division, file_name: str, digest: str, header: Header, now: datetime) -> ImportRun:
    """Return an unsaved run of a file."""
    return ImportRun(
        division=division,
        file_name=file_name[-200:],
        file_digest=digest,
        by=by,
        at=now,
        header=list(header.written),
    )


def stage_sheet(sheet: Sheet, context: Context) -> Staged:
    """Check every row of a sheet. No query."""
    return stage(data_rows(sheet.rows, context.header), RowReader(context), FirstRows())


def stage(rows: Iterable[tuple[int, Sequence[Cell]]], reader: RowReader, firsts: FirstRows, after: int = 0) -> Staged:
    """Check numbered rows. No query. Rows up to `after` are in already: only their numbers are noted."""
    staged = Staged()
    for row_number, cells in rows:
        row = reader.read(row_number, cells)
        first = firsts.of(row.identity.number, row_number) if row else row_number
        if row_number <= after:
            continue
        staged.row_count += 1
        if row is None:
            staged.refused.append((cells, reader.problems))
        elif first == row_number:
            staged.rows.append(row)
        else:
            problem = repeated(reader.context.header, row_number, row.identity.number, first)
            staged.refused.append((cells, [*row.problems, problem]))
    return staged


def data_rows(rows: Iterable[Sequence[Cell]], header: Header) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows below the header with their numbers, without totals, repeated headers and the example.

    `rows` are all rows of the sheet, from its first on.
    """
    name_at = header.columns["name"]
    for row_number, cells in enumerate(rows, 1):
        if row_number <= header.row + 1:
            continue
        first = next((text for cell in cells if (text := text_of(cell))), "")
        if not first or first in _TOTALS or is_header(cells, header):
            continue
        if name_at < len(cells) and text_of(cells[name_at]).startswith(EXAMPLE):
            continue
        yield row_number, cells


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
