"""Looks at what is otherwise masked: each is an action that notes who looked, at what, why (个人信息保护法 28-31)."""

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.roster.models import ImportRun, Incapacity, Resident
from ankang.roster.workbooks import import_report
from ankang.rules.errors import InvalidInput, NotAllowed

MIN_REASON = 4


@transaction.atomic
def look_at_number(*, by: User, resident: Resident) -> str:
    """Return the whole identity number of one resident. Errors: NotAllowed outside one's division."""
    if not resident.village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，不能看号码。")
    record(by=by, action="roster.look_at_number", subject=resident, division_code=resident.village_id)
    return resident.number.reveal() if resident.number else ""


@transaction.atomic
def look_at_report(*, by: User, incapacity: Incapacity) -> str:
    """Return what a village saw of a resident whom it reported. Errors: NotAllowed for all but the resident's town."""
    village = incapacity.resident.village_id
    if by.desk != "town" or not village.startswith(by.scope):
        raise NotAllowed("村居上报的情况只有本镇民政办能看。")
    record(by=by, action="roster.look_at_incapacity", subject=incapacity.resident, division_code=village)
    return incapacity.seen.reveal() if incapacity.seen else ""


@transaction.atomic
def open_report(*, by: User, run: ImportRun) -> bytes:
    """Return an import's report, which holds the refused rows as they were, whole numbers included.

    Errors: NotAllowed outside one's division.
    """
    if not run.division_id.startswith(by.scope):
        raise NotAllowed("这次导入不在您的管辖范围内，不能下载它的报告。")
    record(by=by, action="roster.open_report", subject=run, division_code=run.division_id, rows=run.rejected)
    return import_report(run)


@transaction.atomic
def note_export(*, by: User, rows: int, part: str = "all") -> None:
    """Note that a masked list left the house; `part`: which list it was."""
    record(by=by, action="roster.export", division_code=by.division_id, rows=rows, part=part)


@transaction.atomic
def allow_full_export(*, by: User, rows: int, reason: str) -> None:
    """Note a list with whole numbers before it is written. For managers of the town's desk, with a reason.

    Errors: NotAllowed for anybody else; InvalidInput without a reason of four characters.
    """
    if by.desk != "town" or not by.is_manager:
        raise NotAllowed("只有镇民政办管账号的人能导出完整号码。请用不带完整号码的导出，或请负责人办理。")
    if len(reason.strip()) < MIN_REASON:
        raise InvalidInput("请写明导出完整号码的用途，至少4个字，例如：报县局核对低保名单。", field="reason")
    record(by=by, action="roster.export_full", division_code=by.division_id, rows=rows, reason=reason.strip()[:100])
