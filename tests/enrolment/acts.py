"""Enrolling in a test: everything has a default, and a refusal must leave every row as it was."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.divisions.models import Division
from ankang.enrolment import actions
from ankang.enrolment.models import (
    Enrolment,
    Funding,
    GovernmentBatch,
    GovernmentBatchRow,
    Holding,
    LateEntry,
    Participation,
    Withdrawal,
)
from ankang.enrolment.slip_checks import Wanted
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.enrolment.slips import line_of, person_key, prepare_slip
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.premium import quote

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
_TABLES = (
    Participation, Enrolment, Holding, Funding, LateEntry, Withdrawal, GovernmentBatch, GovernmentBatchRow, AuditEntry,
    EnrolmentSlip, SlipLine,
)  # fmt: skip


def enrol(by: User, resident: Resident, version: ProgrammeVersion, **facts: Any) -> Enrolment:
    """Enrol for one unit of B paid by the resident on the demo day, or as `facts` say; `payer` pays everything."""
    product, units, today = facts.pop("product", "B"), facts.pop("units", 1), facts.pop("today", TODAY)
    codes = {each.code: each.price_fen for each in plan_of(version).products}
    payer = facts.pop("payer", "self")
    fundings = facts.pop("fundings", None) or [(payer, codes.get(product, 5000) * units)]
    facts = {"consent": "resident", "key": uuid.uuid4().hex} | facts
    now = datetime(today.year, today.month, today.day, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
    return actions.enrol(
        by=by, resident=resident, version=version, product=product, units=units, fundings=fundings, today=today,
        now=now, **facts,
    )  # fmt: skip


def enrolment_in(village: Division, by: User) -> Enrolment:
    """Return an enrolment of a new resident of a village, under a plan that its town published."""
    town = village.parent
    assert town
    plan = replace(factories.plan(), id=f"plan-{town.code}", division_code=town.code, targets=())
    at = datetime(2024, 1, 15, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    version = publish_version(plan=plan, division=town, by=None, at=at)
    return enrol(by, factories.resident(village), version)


def slip_in(village: Division, by: User) -> EnrolmentSlip:
    """Return a slip that waits, over a new resident of a village, under a plan that its town published."""
    made = enrolment_in(village, by)
    return slip_of(by, made.version, [factories.resident(village)])


def slip_of(
    by: User, version: ProgrammeVersion, people: Sequence[Resident], *, payer: str = "self", key: str = "", **facts: Any
) -> EnrolmentSlip:
    """Return a slip of the kind `list` that waits: one unit of B for each, or as `facts` say (product, units)."""
    key = key or uuid.uuid4().hex
    quoted = quote(plan_of(version), facts.pop("product", "B"), facts.pop("units", 1), payer)
    wanted = [Wanted(resident=one, quote=quoted, **{"consent": "resident"} | facts) for one in people]
    lines = [line_of(None, place, one, person_key(key, one.resident)) for place, one in enumerate(wanted, 1)]
    return prepare_slip(by=by, key=key, kind="list", version=version, lines=lines, now=NOW)


def withdrawal_of(enrolment: Enrolment, by: User) -> Withdrawal:
    """Return a request for an enrolment that waits for the insurer."""
    return Withdrawal.objects.create(
        key=uuid.uuid4().hex,
        enrolment=enrolment,
        village=enrolment.village,
        reason="老人已迁到外地",
        requested_by=by,
        requested_at=enrolment.enrolled_at,
    )


def batch_of(enrolment: Enrolment, by: User) -> GovernmentBatch:
    """Return a batch of nobody yet, under an enrolment's version, that waits for its second person."""
    return GovernmentBatch.objects.create(
        key=uuid.uuid4().hex,
        version=enrolment.version,
        division=by.division,
        product="B",
        units=1,
        unit_price_fen=5000,
        bought_before=0,
        prepared_by=by,
        prepared_at=enrolment.enrolled_at,
    )


def reread(resident: Resident) -> Participation:
    return Participation.objects.get(resident=resident)


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row of enrolment or of the audit appears, goes or changes."""
    before = _rows()
    try:
        yield
    finally:
        assert _rows() == before


def _rows() -> list[list[tuple[Any, ...]]]:
    return [list(table.objects.order_by("pk").values_list()) for table in _TABLES]  # type: ignore[attr-defined]
