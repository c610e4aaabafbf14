"""A village at work: two workers, a plan, and what is done with one line in tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.outreach import actions
from ankang.outreach.models import Assignment, FollowUp, Measure, VillageLead
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
TOMORROW = TODAY + timedelta(days=1)
_keys = count(1)


def follow_up(
    by: User, resident: Resident, version: ProgrammeVersion, outcome: str = "refused", **facts: Any
) -> FollowUp:
    """Record a contact on the demo day; 再联系 is tomorrow unless a day is named."""
    given = {"key": f"key-{next(_keys)}", "today": TODAY, "now": NOW} | facts
    if outcome == "again":
        given.setdefault("again_on", TOMORROW)
    return actions.record_follow_up(
        by=by, resident_id=resident.pk, programme=version.programme, outcome=outcome, **given
    )


def household(village: Any, number: str, people: int) -> list[Resident]:
    return [factories.resident(village, household=number, name=f"{number}之{at}") for at in range(people)]


def rows() -> dict[str, list[dict[str, Any]]]:
    models = (FollowUp, Assignment, Measure, VillageLead, AuditEntry)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Assert that what happens inside leaves every row of outreach and audit as it was."""
    before = rows()
    yield
    assert rows() == before
