"""What a manager may set for the whole installation: the sample town's day, the two-factor policy, the phone to ask."""

import re
from datetime import date

from django.contrib.sessions.models import Session
from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.installation.models import Installation
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

_PHONE = re.compile(r"\d[\d -]{3,28}\d", re.ASCII)
FIRST_DEMO_DAY, LAST_DEMO_DAY = date(2023, 1, 1), date(2026, 12, 31)  # around the sample's two programmes


@transaction.atomic
def set_demo_day(*, by: User, day: date) -> Installation:
    """Move the sample town to a day.

    Errors: NotAllowed for who is not a town's manager; Conflict without sample data, which lives on the real day;
    InvalidInput outside the days that the sample has programmes for.
    """
    row = _locked_installation(by)
    if not row.is_sample:
        raise Conflict("这里是正式数据，日期就是今天，不能改。只有示例镇可以换日期。", field="day")
    if not FIRST_DEMO_DAY <= day <= LAST_DEMO_DAY:
        raise InvalidInput(f"示例日期请选{FIRST_DEMO_DAY:%Y-%m-%d}到{LAST_DEMO_DAY:%Y-%m-%d}之间的一天。", field="day")
    before, row.demo_today = row.demo_today, day
    row.save(update_fields=["demo_today"])
    record(
        by=by,
        action="installation.set_demo_day",
        subject=row,
        division_code=by.division_id,
        before=before.isoformat() if before else "",
        after=day.isoformat(),
    )
    return row


@transaction.atomic
def set_two_factor_policy(*, by: User, required: bool, keep_session: str = "") -> Installation:
    """Require the second step of everybody, or of those only who set it up.

    Requiring it ends every session but `keep_session`, so that all log in anew and set theirs up.
    Errors: NotAllowed for who is not a town's manager.
    """
    row = _locked_installation(by)
    before, row.require_two_factors = row.require_two_factors, required
    row.save(update_fields=["require_two_factors"])
    if required and not before:
        Session.objects.exclude(session_key=keep_session).delete()
    record(
        by=by,
        action="installation.set_two_factor_policy",
        subject=row,
        division_code=by.division_id,
        before=before,
        after=required,
    )
    return row


@transaction.atomic
def set_hotline(*, by: User, phone: str) -> Installation:
    """Set the office's phone that the public pages show to who cannot do it alone; empty shows none.

    Errors: NotAllowed for who is not a town's manager; InvalidInput for what nobody can dial.
    """
    row = _locked_installation(by)
    if phone and not _PHONE.fullmatch(phone):
        raise InvalidInput("电话只写数字、空格和短横线，例如 0515-88880000。", field="phone")
    row.hotline = phone
    row.save(update_fields=["hotline"])
    # Not the number: somebody may write his own in spite of the hint, and the audit keeps what it is told.
    record(by=by, action="installation.set_hotline", subject=row, division_code=by.division_id, shown=bool(phone))
    return row


def _locked_installation(by: User) -> Installation:
    if by.desk != Desk.TOWN or not by.is_manager:
        raise NotAllowed("只有镇民政办管账号的人可以改设置。")
    Installation.objects.get_or_create(pk=1)
    return Installation.objects.select_for_update().order_by("pk").get(pk=1)
