"""Birthdays ahead: who turns old enough to join, and who becomes a subject by age, in the days to come."""

from datetime import date, timedelta
from typing import Any

from django.db.models import F, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.subjects import aged_from, born_by, with_participation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.days import latest_birth
from ankang.rules.programme import Programme as Plan


def birthday_ages(plan: Plan) -> tuple[int, ...]:
    """Return the ages that matter: from which one may join, and from which everybody is a subject (60 and 80)."""
    joining = min((product.join_from_age for product in plan.products), default=0)
    aged = aged_from(plan)
    return (joining,) if aged is None else (joining, aged)


def birthdays_ahead(
    user: User, version: ProgrammeVersion, today: date, *, age: int, days: int, villages: list[str]
) -> QuerySet[Any]:
    """Return the living residents who complete `age` years from today to `days` days on, in the order of their days.

    Each with `joined_on`, None without a unit; villages come along. READING K17: on the birthday itself.
    """
    rule = plan_of(version).terms.birthday
    before, upto = (
        latest_birth(age, today - timedelta(days=1), rule),
        latest_birth(age, today + timedelta(days=days), rule),
    )
    living = Resident.objects.visible_to(user).filter(
        status=Resident.Status.LIVING, birth_date__gt=before, birth_date__lte=upto, village__in=villages
    )
    rows: QuerySet[Any] = with_participation(living, version.programme).annotate(
        joined_on=F("taking_part__first_enrolled_on")
    )
    return rows.select_related("village").order_by("birth_date", "village__serial", "pk")


def counts_this_year(plan: Plan, birth: date, age: int) -> bool:
    """Whether who was born that day has completed `age` by the day that decides. READING K12."""
    return birth <= born_by(plan, age)
