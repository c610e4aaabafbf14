"""Transfers in one line: a neighbour village asks for a resident."""

from datetime import date, datetime
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.roster.models import Resident
from ankang.roster.transfer_models import Transfer
from ankang.roster.transfers import request_transfer

TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
_keys = count(1)


def ask(by: User, resident: Resident, to_village: Division | None = None, **facts: Any) -> Transfer:
    """Let a person ask for a resident, by default for their own village."""
    given = {"reason": "living", "evidence": "村里的居住证明", "moves_on": date(2024, 3, 1), "today": TODAY, "now": NOW}
    return request_transfer(
        by=by,
        index=resident.number_index or "",
        to_village=to_village or by.division,
        **(given | {"key": f"transfer-{next(_keys)}"} | facts),
    )


def transfer_of(resident: Resident, **facts: Any) -> Transfer:
    """Return a request for a resident by the second village of its own town."""
    neighbour = factories.village(2, f"{resident.village_id[:9]}000")
    return ask(factories.user(Desk.VILLAGE, neighbour), resident, **facts)
