"""Government-purchase subjects (政府购买对象): who they are on a day, as a query."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, FilteredRelation, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from ankang.accounts.models import User
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import GroupMembership, Resident
from ankang.rules.days import latest_birth
from ankang.rules.eligibility import age_day
from ankang.rules.programme import Programme as Plan


def born_by(plan: Plan, age: int) -> date:
    """Return the last date of birth with which `age` years are completed by the day that counts. READING K12, K17."""
    return latest_birth(age, age_day(plan), plan.terms.birthday)


def joinable(plan: Plan, prefix: str = "") -> Q:
    """Return the condition on dates of birth that some product takes: `is_eligible` for a whole roster.

    `prefix` leads to the resident, `resident__` from a participation.
    """
    condition = Q()
    for from_age, to_age in sorted({(product.join_from_age, product.join_to_age or 0) for product in plan.products}):
        old_enough = Q(**{f"{prefix}birth_date__lte": born_by(plan, from_age)})
        young_enough = Q(**{f"{prefix}birth_date__gt": born_by(plan, to_age + 1)}) if to_age else Q()
        condition |= old_enough & young_enough
    return condition


def aged_from(plan: Plan) -> int | None:
    """Return the age from which everybody is a subject (80 in 2024), or None where the plan has no such group."""
    return min((group.from_age for group in plan.groups if group.from_age is not None), default=None)


def listed_codes(plan: Plan) -> tuple[str, ...]:
    """Return the codes of the groups that come from lists."""
    return tuple(group.code for group in plan.groups if group.from_age is None)


def eligible_residents(user: User, plan: Plan) -> QuerySet[Resident]:
    """Return the living residents that this person may see and that some product takes at their age."""
    return Resident.objects.visible_to(user).filter(joinable(plan), status=Resident.Status.LIVING)


def subjects(user: User, plan: Plan, today: date, group: str = "") -> QuerySet[Resident]:
    """Return the subjects that this person may see, each once, however many lists they stand on.

    `group` narrows to one group's code; an unknown code finds nobody. Source: 三（2）; readings K12, K17.
    """
    return eligible_residents(user, plan).filter(_in_group(plan, today, group) if group else _in_any(plan, today))


def standing_in_groups(user: User, plan: Plan, today: date) -> QuerySet[Resident]:
    """Return everybody in a group today whom this person may see, also who is too young, dead or gone."""
    return Resident.objects.visible_to(user).filter(_in_any(plan, today))


def with_participation(residents: QuerySet[Resident], programme: Programme) -> "QuerySet[Any]":
    """Join each resident's own row of the programme as `taking_part`: at most one, so no row multiplies."""
    own = FilteredRelation("participations", condition=Q(participations__programme=programme))
    return residents.annotate(taking_part=own)


@dataclass(frozen=True, slots=True)
class SubjectFilter:
    """What a list of subjects is narrowed to. `insured`: yes, no or empty; `village` a code; `group` a group's code."""

    insured: str = ""
    village: str = ""
    group: str = ""


def listed_subjects(user: User, version: ProgrammeVersion, today: date, wanted: SubjectFilter) -> QuerySet[Resident]:
    """Return the subjects with `units` (all their units in the programme, 0 without), in the order of the villages.

    Villages and lists come along: two queries whatever the length.
    """
    found = _narrowed(user, version, today, wanted)
    if wanted.insured == "yes":
        found = found.filter(taking_part__first_enrolled_on__isnull=False)
    elif wanted.insured == "no":
        found = found.filter(taking_part__first_enrolled_on__isnull=True)
    rows: QuerySet[Resident] = (
        found.annotate(units=Coalesce("taking_part__units", 0))
        .select_related("village")
        .prefetch_related("memberships")
        .order_by("village__serial", "village", "household", "pk")
    )
    return rows


def subject_counts(user: User, version: ProgrammeVersion, today: date, wanted: SubjectFilter) -> tuple[int, int]:
    """Return (subjects, insured ones) of a village and group, whatever `wanted.insured` says (one query)."""
    counts = _narrowed(user, version, today, wanted).aggregate(
        subjects=Count("pk"), insured=Count("taking_part__first_enrolled_on")
    )
    return counts["subjects"], counts["insured"]


def waiting_residents(user: User, version: ProgrammeVersion, today: date) -> QuerySet[Resident]:
    """Return who may join and has not, with `is_subject`: subjects first, then by household. Lists come along."""
    plan = plan_of(version)
    joined = with_participation(eligible_residents(user, plan), version.programme)
    rows: QuerySet[Resident] = (
        joined.filter(taking_part__first_enrolled_on__isnull=True)
        .annotate(is_subject=Case(When(_in_any(plan, today), then=Value(1)), default=Value(0)))
        .select_related("village")
        .prefetch_related("memberships")
        .order_by("-is_subject", "village__serial", "household", "pk")
    )
    return rows


def _narrowed(user: User, version: ProgrammeVersion, today: date, wanted: SubjectFilter) -> "QuerySet[Any]":
    found = with_participation(subjects(user, plan_of(version), today, wanted.group), version.programme)
    return found.filter(village=wanted.village) if wanted.village else found


def _in_any(plan: Plan, today: date) -> Q:
    listed = Q(pk__in=_on_list(listed_codes(plan), today))
    age = aged_from(plan)
    return listed if age is None else listed | Q(birth_date__lte=born_by(plan, age))


def _in_group(plan: Plan, today: date, code: str) -> Q:
    group = next((group for group in plan.groups if group.code == code), None)
    if group is None:
        return Q(pk__in=())
    if group.from_age is not None:
        return Q(birth_date__lte=born_by(plan, group.from_age))
    return Q(pk__in=_on_list((code,), today))


def _on_list(codes: Collection[str], today: date) -> "QuerySet[GroupMembership, int]":
    """Return the ids of the residents on one of these lists today."""
    current = Q(to_on__isnull=True) | Q(to_on__gte=today)
    return GroupMembership.objects.filter(current, group__in=codes, from_on__lte=today).values_list(
        "resident_id", flat=True
    )
