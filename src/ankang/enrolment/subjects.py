"""Government-purchase subjects (政府购买对象): who they are on a day, as a query."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Participation
from ankang.programmes.models import Programme
from ankang.roster.models import GroupMembership, Resident
from ankang.rules.days import latest_birth
from ankang.rules.programme import Programme as Plan


def eligibility_day(plan: Plan) -> date:
    """Return the day on which ages for joining are taken."""
    # READING K12
    return plan.cover_from if plan.terms.eligible_by == "cover-start" else date(plan.year, 12, 31)


def born_by(plan: Plan, age: int) -> date:
    """Return the last date of birth with which `age` years are completed on the eligibility day. Reading K12, K17."""
    return latest_birth(age, eligibility_day(plan), plan.terms.birthday)


def youngest_age(plan: Plan) -> int:
    """Return the youngest age at which some product of the plan may be joined."""
    return min(product.join_from_age for product in plan.products)


def aged_from(plan: Plan) -> int | None:
    """Return the age from which everybody is a subject (80 in 2024), or None where the plan has no such group."""
    return min((group.from_age for group in plan.groups if group.from_age is not None), default=None)


def listed_codes(plan: Plan) -> tuple[str, ...]:
    """Return the codes of the groups that come from lists."""
    return tuple(group.code for group in plan.groups if group.from_age is None)


def eligible_residents(user: User, plan: Plan) -> QuerySet[Resident]:
    """Return the living residents that this person may see and that are old enough for the programme."""
    return Resident.objects.visible_to(user).filter(
        status=Resident.Status.LIVING, birth_date__lte=born_by(plan, youngest_age(plan))
    )


def subjects(user: User, plan: Plan, today: date, group: str = "") -> QuerySet[Resident]:
    """Return the subjects that this person may see, each once, however many lists they stand on.

    `group` narrows to one group's code; an unknown code finds nobody. Source: 三（2）; readings K12, K17.
    """
    return eligible_residents(user, plan).filter(_in_group(plan, today, group) if group else _in_any(plan, today))


def with_participation(residents: QuerySet[Resident], programme: Programme) -> QuerySet[Resident]:
    """Join each resident's own row of the programme as `taking_part`: at most one, so no row multiplies."""
    own = FilteredRelation("participations", condition=Q(participations__programme=programme))
    return residents.annotate(taking_part=own)


def is_insured(programme: Programme) -> Exists:
    """Return the condition that a resident holds at least one unit in the programme."""
    return Exists(Participation.objects.filter(resident=OuterRef("pk"), programme=programme).insured())


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
