"""Government's purchase in a test: everything has a default."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories
from tests.enrolment.acts import TODAY

from ankang.accounts.models import User
from ankang.enrolment.models import GovernmentBatch
from ankang.enrolment.purchase_list import PurchaseList, government_terms, purchase_list
from ankang.enrolment.purchases import prepare_batch, review_batch, run_batch
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
OLD = date(1940, 5, 6)  # 83 on the cover's first day


def old_people(count: int, serial: int = 1) -> list[Resident]:
    """Return subjects by age."""
    return [factories.resident(factories.village(serial), birth_date=OLD) for _ in range(count)]


def listed(by: User, version: ProgrammeVersion, villages: Sequence[str] = (), today: date = TODAY) -> PurchaseList:
    return purchase_list(government_terms(by, version, today, NOW), villages)


def prepare(by: User, version: ProgrammeVersion, **facts: Any) -> GovernmentBatch:
    villages = facts.pop("villages", ())
    shown = facts.pop("shown", None) or listed(by, version, villages).sign
    given = {"note": "", "key": str(uuid.uuid4()), "today": TODAY, "now": NOW} | facts
    return prepare_batch(by=by, version=version, villages=villages, shown=shown, **given)


def review(
    by: User, batch: GovernmentBatch, *, approve: bool = True, note: str = "", today: date = TODAY
) -> GovernmentBatch:
    return review_batch(by=by, batch=batch, approve=approve, note=note, today=today, now=NOW)


def run(by: User, batch: GovernmentBatch, today: date = TODAY) -> GovernmentBatch:
    return run_batch(by=by, batch=batch, today=today, now=NOW)


def outcomes(batch: GovernmentBatch) -> list[tuple[int, str, str]]:
    """Return (resident, outcome, reason) of every row in order."""
    return [(row.resident_id, row.outcome, row.reason) for row in batch.rows.order_by("pk")]
