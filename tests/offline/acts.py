"""A worker with the village's list on a telephone: what the telephone sends, and what a refusal must leave alone."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from tests.enrolment import acts as enrolling
from tests.outreach import acts as visiting

from ankang.accounts.models import User
from ankang.offline.actions import take_in, take_list
from ankang.offline.drafts import read_draft
from ankang.offline.models import OfflineEntry, OfflineList
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

TODAY, TAKEN = visiting.TODAY, visiting.NOW  # 2024-03-04 10:00
NOTED = TAKEN + timedelta(hours=1)
BACK = TAKEN + timedelta(hours=3)


def taken_list(by: User, version: ProgrammeVersion, at: datetime = TAKEN) -> OfflineList:
    return take_list(by=by, version=version, people=1, now=at)


def enrolment(taken: OfflineList, resident: Resident, **facts: Any) -> dict[str, Any]:
    """Return a draft as the telephone sends it: one unit of B that the resident pays, or as `facts` say."""
    return _common(taken, resident) | {
        "kind": "enrolment", "product": "B", "units": 1, "payer": "self", "consent": "resident", "total_fen": 5000,
    } | facts  # fmt: skip


def follow_up(taken: OfflineList, resident: Resident, outcome: str = "refused", **facts: Any) -> dict[str, Any]:
    return _common(taken, resident) | {"kind": "follow_up", "outcome": outcome, "again_on": None, "note": ""} | facts


def _common(taken: OfflineList, resident: Resident) -> dict[str, Any]:
    return {
        "key": uuid.uuid4().hex,
        "list": str(taken.pk),
        "resident": resident.pk,
        "collected_at": NOTED.isoformat(),
        "accepted": [],
    }


def arrive(by: User, draft: dict[str, Any], now: datetime = BACK) -> OfflineEntry:
    """Take a draft in when the telephone is back."""
    return take_in(by=by, draft=read_draft(draft), now=now)


def rows() -> list[Any]:
    return [list(OfflineEntry.objects.order_by("pk").values()), visiting.rows()]


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row of enrolment, follow-up, offline entry or audit appears, goes or changes."""
    before = rows()
    with enrolling.nothing_changes():
        yield
    assert rows() == before
