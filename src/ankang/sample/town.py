"""The sample town's frame: its divisions, this year's plan as published, and last year's derived from it."""

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from django.conf import settings

from ankang.divisions.models import Division
from ankang.rules.load import load_programme
from ankang.rules.programme import Confirmation, Programme, TargetRow

PLAN_FOLDER: Path = settings.ROOT / "programmes" / "2024-yandu"
PROVINCE, CITY, DISTRICT, TOWN = "320000000000", "320900000000", "320903000000", "320903199000"
_UPPER = (
    (PROVINCE, "江苏省", Division.Level.PROVINCE, None, False),
    (CITY, "盐城市", Division.Level.CITY, PROVINCE, False),
    (DISTRICT, "盐都区", Division.Level.DISTRICT, CITY, False),
    (TOWN, "XX镇（示例）", Division.Level.TOWN, DISTRICT, True),
)
_CONFIRMED = Confirmation(by="示例确认人", on=date(2023, 3, 10), paper="示例〔2023〕1号")


@dataclass(frozen=True, slots=True)
class Size:
    """How much of the town is built: the default is all of it; tests take a few villages and one in so many people."""

    villages: int = 20
    one_in: int = 1
    with_claims: bool = True


WHOLE_TOWN = Size()


def village_code(serial: int) -> str:
    """Return the placeholder code of a village: 200 and up are villagers' committees, none of them in a town 199."""
    return f"320903199{200 + serial}"


def this_years_plan(size: Size = WHOLE_TOWN) -> Programme:
    """Return the 2024 plan as its folder has it; for a smaller town with fewer and smaller targets.

    Errors: ProgrammeFileError.
    """
    plan = load_programme(PLAN_FOLDER)
    if size == WHOLE_TOWN:
        return plan
    return replace(plan, targets=tuple(_scaled(row, size.one_in) for row in plan.targets[: size.villages]))


def last_years_plan(plan: Programme) -> Programme:
    """Return the same terms a year earlier, with every reading confirmed: all of it sample."""
    return replace(
        plan,
        id=f"{plan.year - 1}-yandu-sample",
        year=plan.year - 1,
        name=plan.name.replace(str(plan.year), str(plan.year - 1)) + "（示例）",
        window_from=_year_before(plan.window_from),
        window_to=_year_before(plan.window_to),
        cover_from=_year_before(plan.cover_from),
        cover_to=_year_before(plan.cover_to),
        readings=tuple(replace(reading, confirmation=_CONFIRMED) for reading in plan.readings),
    )


def create_divisions(plan: Programme) -> dict[int, Division]:
    """Store province to village and return the villages by serial number."""
    for code, name, level, parent, is_placeholder in _UPPER:
        Division.objects.create(code=code, name=name, level=level, parent_id=parent, is_placeholder=is_placeholder)
    villages = [
        Division(
            code=village_code(row.serial),
            name=row.village,
            level=Division.Level.VILLAGE,
            parent_id=TOWN,
            serial=row.serial,
            is_placeholder=True,
        )
        for row in plan.targets
    ]
    return {village.serial: village for village in Division.objects.bulk_create(villages)}


def _scaled(row: TargetRow, one_in: int) -> TargetRow:
    return replace(row, population=row.population // one_in, target=row.target // one_in)


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1)
