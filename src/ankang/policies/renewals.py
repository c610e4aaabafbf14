"""明年续保名单: who held what, what it costs by next year's programme, and whether they may join again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Participation
from ankang.enrolment.queries import participation_summaries
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of, version_after
from ankang.roster.models import Resident
from ankang.roster.queries import listed_groups
from ankang.rules.eligibility import NotEligible, is_eligible, require_joining, subject_groups
from ankang.rules.programme import Programme as Plan

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Renewal:
    """One person of the list: what is held now as (product, units), and how it stands a year later."""

    resident: Resident
    held: tuple[tuple[str, int], ...]
    age_then: int
    groups: tuple[str, ...]
    premium_fen: int  # of the same units by the terms of the list; 0 where there is a problem
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


@dataclass(frozen=True, slots=True)
class Terms:
    """By what next year's list is counted: `version` of next year's programme, or this year's while there is none."""

    version: ProgrammeVersion
    is_next: bool
    day: date  # the first day of next year's cover

    @property
    def plan(self) -> Plan:
        return plan_of(self.version)


def terms_after(version: ProgrammeVersion) -> Terms:
    """Return what counts after this programme (one query).

    Without a next programme: this one's figures, and the day after its cover. READING K08.
    """
    later = version_after(version.programme)
    if later is not None:
        return Terms(later, True, plan_of(later).cover_from)
    return Terms(version, False, plan_of(version).cover_to + _DAY)


def renewals(version: ProgrammeVersion, terms: Terms, rows: Sequence[Participation]) -> list[Renewal]:
    """Return these people as next year's list shows them (two queries)."""
    summaries = participation_summaries([row.resident for row in rows], version.programme)
    names = {product.code: product.name for product in plan_of(version).products}
    found = []
    for row in rows:
        resident = row.resident
        units: dict[str, int] = {}
        for holding in summaries[resident.pk].holdings:
            units[holding.product] = units.get(holding.product, 0) + holding.units
        held = tuple((names[code], count) for code, count in sorted(units.items()))
        listed = listed_groups(resident, terms.version.programme.window_to)
        groups = subject_groups(terms.plan, resident.birth_date, listed, terms.day)
        age = terms.plan.age_on(resident.birth_date, terms.day)
        problem = _problem(resident, terms, units)
        premium = 0 if problem else _premium_fen(terms.plan, units)
        found.append(Renewal(resident, held, age, tuple(group.name for group in groups), premium, problem))
    return found


def _problem(resident: Resident, terms: Terms, units: Mapping[str, int]) -> str:
    if resident.status != Resident.Status.LIVING:
        return resident.get_status_display()
    if not is_eligible(terms.plan, resident.birth_date, terms.day):
        return "到时年龄不在收的范围里"
    offered = {product.code: product for product in terms.plan.products}
    if units.keys() - offered.keys():
        return "明年没有这个险种"
    try:
        for code in units:
            require_joining(terms.plan, offered[code], resident.birth_date, terms.day)
    except NotEligible:
        return "到时年龄不在这个险种的范围里"
    return ""


def _premium_fen(plan: Plan, units: Mapping[str, int]) -> int:
    return sum(plan.product(code).price_fen * count for code, count in units.items())
