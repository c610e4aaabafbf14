"""Checks of the roster and the enrolments against each other: what cannot be right, or wants a look."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, Q, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.coverage import Coverage, TownCoverage
from ankang.enrolment.models import Participation, ParticipationQuerySet
from ankang.enrolment.subjects import joinable
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident

SHOWN = 20  # people that a page lists by name for each check


@dataclass(frozen=True, slots=True)
class People:
    """How many people a check found, and the first of them."""

    count: int
    first: list[Participation]


@dataclass(frozen=True, slots=True)
class DataChecks:
    enrolled_after_death: People  # insured for the first time after the day of death
    died_insured: People  # died later: no longer counted, and perhaps a claim that nobody reported
    outside_age: People  # insured though no product takes them at their age (reading K12)
    without_number: int  # living residents whose identity number is missing
    roster_above: list[Coverage]  # villages with more people on the roster than published
    roster_below: list[Coverage]


def data_checks(user: User, version: ProgrammeVersion, town: TownCoverage, today: date) -> DataChecks:
    """Return what this person's roster and enrolments show (at most five queries; `town` is theirs, of today)."""
    insured = Participation.objects.visible_to(user).filter(programme=version.programme).insured()
    after_death = Q(resident__status=Resident.Status.DEAD, resident__died_on__lt=F("first_enrolled_on"))
    died = Q(resident__status=Resident.Status.DEAD, resident__died_on__gte=F("first_enrolled_on"))
    outside = ~joinable(plan_of(version), "resident__")
    counts = insured.aggregate(
        after_death=Count("pk", filter=after_death), died=Count("pk", filter=died), outside=Count("pk", filter=outside)
    )
    without_number = Resident.objects.visible_to(user).filter(status=Resident.Status.LIVING, number_index=None).count()
    published = [village for village in town.villages if village.is_published]
    return DataChecks(
        enrolled_after_death=_people(counts["after_death"], insured, after_death),
        died_insured=_people(counts["died"], insured, died),
        outside_age=_people(counts["outside"], insured, outside),
        without_number=without_number,
        roster_above=[village for village in published if village.roster > village.target.population],
        roster_below=[village for village in published if village.roster < village.target.population],
    )


def _people(count: int, insured: ParticipationQuerySet, condition: Q) -> People:
    """Return a check's people; no query when it found nobody."""
    if not count:
        return People(0, [])
    found: QuerySet[Participation] = insured.filter(condition).select_related("resident", "village")
    return People(count, list(found.order_by("village__serial", "pk")[:SHOWN]))
