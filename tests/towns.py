"""A small town in its campaign: a plan with few villages, and people insured on a day, as rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from tests import factories

from ankang.enrolment.models import Enrolment, Holding, Participation
from ankang.programmes.actions import publish_version
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import GroupMembership, Resident
from ankang.rules.load import load_programme
from ankang.rules.programme import TargetRow

PLAN = Path(__file__).resolve().parents[1] / "programmes" / "2024-yandu"
TODAY = date(2024, 3, 4)


def campaign(
    targets: Sequence[tuple[int, int]] = ((10, 8), (20, 17)), town_code: str = factories.TOWN, **facts: Any
) -> ProgrammeVersion:
    """Return the published plan of a town with as many villages as (population, target) pairs."""
    rows = tuple(TargetRow(at, f"{at:02d}村", people, goal) for at, (people, goal) in enumerate(targets, start=1))
    plan = replace(load_programme(PLAN), division_code=town_code, targets=rows, **facts)
    if town_code != factories.TOWN:
        plan = replace(plan, id=f"{plan.id}-{town_code}")
    town = factories.town(town_code, villages=len(rows))
    return publish_version(plan=plan, division=town, by=None, at=datetime(2024, 1, 15, 9, tzinfo=UTC))


def insure(
    resident: Resident,
    version: ProgrammeVersion,
    on: date = date(2024, 2, 20),
    channel: str = "single",
    **facts: Any,
) -> Enrolment:
    """Return one more enrolment of a resident as rows: the participation with it, one unit of B."""
    joined, _ = Participation.objects.get_or_create(
        resident=resident, programme=version.programme, defaults={"village": resident.village, "unit_cap": 2}
    )
    if not facts.get("cancelled_at"):
        joined.units += 1
        joined.first_enrolled_on = min(joined.first_enrolled_on or on, on)
        joined.save()
    clerk = factories.user("village", resident.village)
    made = Enrolment.objects.create(
        key=f"test-{clerk.pk}",
        participation=joined,
        village=resident.village,
        version=version,
        channel=channel,
        enrolled_on=on,
        enrolled_at=datetime(on.year, on.month, on.day, 9, tzinfo=UTC),
        by=clerk,
        consent="resident" if channel == "single" else "not_needed",
        **({"cancelled_by": clerk} if facts.get("cancelled_at") else {}),
        **facts,
    )
    Holding.objects.create(
        enrolment=made,
        product="B",
        units=1,
        unit_price_fen=5000,
        cover_from=version.programme.cover_from,
        cover_to=version.programme.cover_to,
    )
    return made


def listed(resident: Resident, group: str, from_on: date = date(2023, 1, 1), **facts: Any) -> GroupMembership:
    """Put a resident on a list."""
    return GroupMembership.objects.create(
        resident=resident, village=resident.village, group=group, from_on=from_on, **facts
    )


def dead(resident: Resident, on: date = date(2024, 3, 1)) -> Resident:
    """Let a resident have died."""
    resident.status = Resident.Status.DEAD
    resident.died_on = on
    resident.save()
    return resident
