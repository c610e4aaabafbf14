"""Confirming a reading of a published plan: who, when, on what paper. What is read, does not change by that."""

from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.programmes.actions import publish_version
from ankang.programmes.drafts import require_office
from ankang.programmes.locks import programme_for_update
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
from ankang.programmes.sources import files_of
from ankang.rules.dump import toml_text
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.programme import Confirmation, Reading, Status


@transaction.atomic
def confirm_reading(
    *,
    by: User,
    version: ProgrammeVersion,
    reading_id: str,
    confirmation: Confirmation,
    now: datetime,
) -> ProgrammeVersion:
    """Confirm how a passage is read, and return the new version; decisions made before keep theirs.

    Errors: NotAllowed (not the office's manager), Conflict (a newer version, confirmed already), InvalidInput (a day
    to come, no paper; `field` by, on or paper), KeyError.
    """
    require_office(by, version.programme.division_id)
    if not by.is_manager:
        raise NotAllowed("口径由本单位管账号的人（负责人）确认。")
    programme_for_update(version.programme.slug)
    _require_newest(version)
    plan = plan_of(version)
    reading = plan.reading(reading_id)
    _require_open(reading)
    _require_told(confirmation, now.date())
    confirmed = tuple(replace(one, confirmation=confirmation) if one is reading else one for one in plan.readings)
    made = publish_version(
        plan=replace(plan, readings=confirmed),
        division=version.programme.division,
        by=by,
        at=now,
        why=f"确认口径 {reading_id}：{confirmation.paper}"[:200],
        source=_source(version, reading_id, confirmation),
    )
    record(
        by=by,
        action="programme.confirm_reading",
        subject=made,
        division_code=version.programme.division_id,
        reading=reading_id,
        choice=reading.choice,
        number=made.number,
    )
    return made


def _source(version: ProgrammeVersion, reading_id: str, confirmation: Confirmation) -> str:
    """The file of the version with the confirmation written into it."""
    tables = files_of(version).tables
    told = {"by": confirmation.by, "on": confirmation.on, "paper": confirmation.paper}
    tables["readings"][reading_id] |= {"status": str(Status.CONFIRMED)} | told
    return toml_text(tables)


def _require_newest(version: ProgrammeVersion) -> None:
    newest = current_version(version.programme)
    if newest.pk != version.pk:
        raise Conflict(
            f"方案刚发布了第 {newest.number} 版，还没有保存您的确认。请刷新页面，看一眼再确认。", newest=newest.number
        )


def _require_open(reading: Reading) -> None:
    told = reading.confirmation
    if told:
        raise Conflict(f"口径 {reading.id} 已经由{told.by}确认过（{told.paper}）。要改选，请起草修订。")


def _require_told(confirmation: Confirmation, today: date) -> None:
    for field, words, text in (("by", "谁确认的", confirmation.by), ("paper", "凭哪份文件", confirmation.paper)):
        if not text.strip():
            raise InvalidInput(f"请写明{words}。", field=field)
    if confirmation.on > today:
        raise InvalidInput("确认日期不能晚于今天。请照文件上的日期填。", field="on", value=str(confirmation.on))
