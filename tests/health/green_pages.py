"""The pages of the green channels: which there are, and how to address one of each."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests import factories as make
from tests.claims.acts import at, key

from ankang.claims.death_models import DeathReport
from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.claims.payees import PayeeEntry, store_payee
from ankang.claims.settlement_models import SettlementFile

OF_ONE_CASE = ("case", "pay", "card", "stub", "take-back", "parts")
GREEN_DESKS = ("window", "funeral")
GREEN_PAGES = (*OF_ONE_CASE, "day", "day-close")
SETTLEMENT_PAGES = ("settlement-upload", "settlement-template", "settlements", "settlement-report")
ADVANCE_PAGES = ("advances", "advances-back")


def case_in(place: Any, desk: str) -> dict[str, Any]:
    """Return the number of a claim that the place's own window or funeral home reported."""
    return {"number": place.once(f"case {desk}", partial(_case, place, desk)).number}


def day_in(place: Any, desk: str = "window") -> dict[str, Any]:
    """Return the key of a list of advances of the place's own window or funeral home."""
    return {"pk": place.once(f"advances {desk}", partial(_day, place, desk)).pk}


def _case(place: Any, desk: str) -> Claim:
    claim = make.claim_to_review(place.village, f"LP2024-0530-{desk[0].upper()}{place.village.pk[6:]}")
    claim.reported_by = make.user(desk, place.village.parent)
    claim.save()
    if desk == "funeral":
        _death(claim)
    return claim


def _death(claim: Claim) -> None:
    by = claim.reported_by
    facts = {"resident": claim.resident, "claim": claim, "division": by.division, "cause": "illness"}
    DeathReport.objects.create(key=key(), reported_by=by, reported_at=at(), heirs_order=1, **facts)
    store_payee(claim, PayeeEntry("王大明", "child", "cash"), 1, by=by, now=at())


def _day(place: Any, desk: str) -> AdvanceDay:
    by = make.user(desk, place.village.parent)
    facts = {"desk": desk, "division": by.division, "on": at().date(), "total_fen": 100, "payments": 1}
    number = f"DF20240529-{desk}-{place.village.pk}"[:32]
    return AdvanceDay.objects.create(key=key(), number=number, closed_by=by, closed_at=at(), **facts)


def file_in(place: Any) -> dict[str, Any]:
    """Return the key of a file of settlements of the place's own window."""
    return {"pk": place.once("settlements", partial(_settlements, place)).pk}


def _settlements(place: Any) -> SettlementFile:
    by = make.user("window", place.village.parent)
    return SettlementFile.objects.create(division=by.division, by=by, made_at=at(), file_name="a.xlsx", file_digest="x")


GREEN_OBJECTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{
        f"{desk}:{page}": lambda place, desk=desk: case_in(place, desk)  # type: ignore[misc]
        for desk in GREEN_DESKS
        for page in OF_ONE_CASE
    },
    **{
        f"{desk}:day-file": lambda place, desk=desk: day_in(place, desk) | {"kind": "xlsx"}  # type: ignore[misc]
        for desk in GREEN_DESKS
    },
    "funeral:declaration": lambda place: case_in(place, "funeral"),
    "window:settlements": file_in,
    "window:settlement-report": file_in,
    "insurer:day-file": lambda place: day_in(place) | {"kind": "xlsx"},
    "insurer:advances-back": day_in,
}
