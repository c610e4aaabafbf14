"""明年续保名单: who held what, whether they may join again, their age then and the lists they are on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Participation
from ankang.enrolment.queries import participation_summaries
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.eligibility import is_eligible, subject_groups

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Renewal:
    """One person of the list: what is held now as (product, units), and how it stands a year later."""

    resident: Resident
    held: tuple[tuple[str, int], ...]
    age_then: int
    groups: tuple[str, ...]
    problem: str  # empty: may join again

    @property
    def held_words(self) -> str:
        return "，".join(f"{name} × {units}份" for name, units in self.held)


def renewal_candidates(user: User, version: ProgrammeVersion, **wanted: str) -> QuerySet[Participation]:
    """Return who holds units of a programme in one's villages; `wanted`: `village` (code), `status` (living ...)."""
    rows = Participation.objects.filter(
        programme=version.programme_id, units__gt=0, resident__village__code__startswith=user.scope
    )
    if village := wanted.get("village"):
        rows = rows.filter(resident__village=village)
    if status := wanted.get("status"):
        rows = rows.filter(resident__status=status)
    rows = rows.select_related("resident__village").prefetch_related("resident__memberships")
    return rows.order_by("resident__village", "resident__household", "pk")


def next_cover_from(version: ProgrammeVersion) -> date:
    """Return the first day after this programme's cover: on which next year's begins without a gap. READING K08."""
    return plan_of(version).cover_to + _DAY


def renewals(version: ProgrammeVersion, rows: Sequence[Participation]) -> list[Renewal]:
    """Return these people as next year's list shows them (two queries). Ages and limits by this year's plan."""
    plan, day = plan_of(version), next_cover_from(version)
    summaries = participation_summaries([row.resident for row in rows], version.programme)
    names = {product.code: product.name for product in plan.products}
    found = []
    for row in rows:
        resident = row.resident
        units: dict[str, int] = {}
        for holding in summaries[resident.pk].holdings:
            units[holding.product] = units.get(holding.product, 0) + holding.units
        held = tuple((names[code], count) for code, count in sorted(units.items()))
        groups = subject_groups(plan, resident.birth_date, listed_groups(resident, version.programme.window_to), day)
        age = plan.age_on(resident.birth_date, day)
        problem = _problem(resident, is_eligible(plan, resident.birth_date, day))
        found.append(Renewal(resident, held, age, tuple(group.name for group in groups), problem))
    return found


def _problem(resident: Resident, eligible: bool) -> str:
    if resident.status != Resident.Status.LIVING:
        return resident.get_status_display()
    return "" if eligible else "到时年龄不在收的范围里"
