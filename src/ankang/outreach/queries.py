"""What the work from house to house is asked: whom to visit next, who looks after whom, how far everybody is."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, Count, F, FilteredRelation, Max, Q, QuerySet, Value, When, Window
from django.db.models.functions import Cast, Concat

from ankang.accounts.models import Desk, User
from ankang.enrolment.subjects import eligible_residents, waiting_residents, with_participation
from ankang.outreach.models import FollowUp, Measure
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident

UNDO_WITHIN = timedelta(minutes=10)
ALL, MINE, UNASSIGNED = "all", "mine", "none"
NEW, DUE = "new", "due"
_OUTCOMES = ("paid", "refused", "away", "dead", "government", "again")


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of people. The outcomes are the last ones, of those who are not insured."""

    people: int = 0
    insured: int = 0
    visited: int = 0  # insured, or with a follow-up
    paid: int = 0
    refused: int = 0
    away: int = 0
    dead: int = 0
    government: int = 0
    again: int = 0
    due: int = 0

    @property
    def waiting(self) -> int:
        return self.people - self.insured

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to. `who`: mine, all, none or a worker's key; `state`: new, due or an outcome."""

    who: str = ALL
    state: str = ""


def with_care(residents: QuerySet[Resident], programme: Programme) -> QuerySet[Any]:
    """Join each resident's worker as `care` and the last follow-up as `last`: at most one row each, so none multiplies.

    A worker of a village that the resident has left does not count.
    """
    last = FilteredRelation("follow_ups", condition=Q(follow_ups__programme=programme, follow_ups__is_latest=True))
    care = FilteredRelation("assignment", condition=Q(assignment__village=F("village")))
    joined: QuerySet[Any] = residents.annotate(last=last, care=care)
    return joined


def waiting_houses(user: User, version: ProgrammeVersion, today: date, wanted: Wanted) -> QuerySet[Any]:
    """Return who is not insured, household by household: those to contact by today first, then those with subjects.

    Each with `worker_name`, `outcome`, `again_on`, `note`, `last_at`, `last_by`, `is_due`;
    lists come along (two queries).
    """
    found = with_care(waiting_residents(user, version, today), version.programme)
    found = _of_worker(found, user, wanted.who).annotate(
        is_due=Case(When(_due(today), then=Value(1)), default=Value(0)),
        house=Case(
            When(household="", then=Concat(Value("#"), Cast("pk", CharField()))),
            default=F("household"),
            output_field=CharField(),
        ),
        worker_name=F("care__worker__full_name"),
        outcome=F("last__outcome"),
        again_on=F("last__again_on"),
        note=F("last__note"),
        last_at=F("last__at"),
        last_by=F("last__by__full_name"),
    )
    home: list[Any] = [F("village"), F("house")]
    return _in_state(found, wanted.state, today).order_by(
        Window(Max("is_due"), partition_by=home).desc(),
        Window(Max("is_subject"), partition_by=home).desc(),
        "village__serial",
        "house",
        "pk",
    )


def worker_tallies(user: User, version: ProgrammeVersion, today: date, village: str = "") -> dict[int | None, Tally]:
    """Return the counts by worker's key, None for residents in nobody's care (one query); of one village if named."""
    return _tallies(user, version, today, "care__worker", village)


def village_tallies(user: User, version: ProgrammeVersion, today: date) -> dict[str, Tally]:
    """Return the counts by village code (one query)."""
    return _tallies(user, version, today, "village")


def assigned_counts(user: User, version: ProgrammeVersion) -> dict[str, int]:
    """Return by village code how many residents are in somebody's care (one query)."""
    found = with_care(eligible_residents(user, plan_of(version)), version.programme)
    return dict(found.values_list("village").annotate(Count("care")).order_by())


def workers_of(village_code: str) -> list[User]:
    """Return the active accounts of a village's desk, oldest first (one query)."""
    return list(User.objects.filter(desk=Desk.VILLAGE, division=village_code, is_active=True).order_by("pk"))


def just_recorded(user: User, programme: Programme, now: datetime) -> list[FollowUp]:
    """Return what this person recorded and may still take back, newest first, three at most (one query)."""
    rows = FollowUp.objects.filter(by=user, programme=programme, is_latest=True, at__gt=now - UNDO_WITHIN)
    return list(rows.select_related("resident").order_by("-pk")[:3])


def reported_dead(user: User, version: ProgrammeVersion) -> QuerySet[Any]:
    """Return the last follow-ups that say a resident has died whom the roster still has as living, with both."""
    rows = FollowUp.objects.visible_to(user).filter(
        programme=version.programme, is_latest=True, outcome="dead", resident__status=Resident.Status.LIVING
    )
    return rows.select_related("resident", "village", "by").order_by("-at")


def measures(user: User, programme: Programme) -> QuerySet[Any]:
    """Return the measures of the villages that this person sees, open ones first, by their day."""
    rows = Measure.objects.visible_to(user).filter(programme=programme).select_related("done_by", "village")
    return rows.order_by(F("done_at").asc(nulls_first=True), "due_on", "pk")


def residents_to_assign(user: User, version: ProgrammeVersion, who: str) -> QuerySet[Any]:
    """Return the living residents who may join, household by household, with `worker_name` and `joined_on`."""
    joined = with_participation(eligible_residents(user, plan_of(version)), version.programme)
    found: QuerySet[Any] = _of_worker(with_care(joined, version.programme), user, who).annotate(
        worker_name=F("care__worker__full_name"), joined_on=F("taking_part__first_enrolled_on")
    )
    return found.order_by("household", "pk")


def _of_worker(residents: QuerySet[Any], user: User, who: str) -> QuerySet[Any]:
    if who == MINE:
        return residents.filter(care__worker=user)
    if who == UNASSIGNED:
        return residents.filter(care__isnull=True)
    found: QuerySet[Any] = residents.filter(care__worker=int(who)) if _is_key(who) else residents
    return found


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18


def _in_state(residents: QuerySet[Any], state: str, today: date) -> QuerySet[Any]:
    if state == NEW:
        return residents.filter(last__isnull=True)
    if state == DUE:
        return residents.filter(_due(today))
    return residents.filter(last__outcome=state) if state in _OUTCOMES else residents


def _due(today: date) -> Q:
    return Q(last__outcome="again", last__again_on__lte=today)


def _tallies(user: User, version: ProgrammeVersion, today: date, by: str, village: str = "") -> dict[Any, Tally]:
    seen = eligible_residents(user, plan_of(version))
    joined = with_participation(seen.filter(village=village) if village else seen, version.programme)
    insured = Q(taking_part__first_enrolled_on__isnull=False)
    outcomes = {name: Count("pk", filter=~insured & Q(last__outcome=name)) for name in _OUTCOMES}
    rows = with_care(joined, version.programme).values_list(by).order_by()
    counted = rows.annotate(
        c_people=Count("pk"),
        c_insured=Count("pk", filter=insured),
        c_visited=Count("pk", filter=insured | Q(last__isnull=False)),
        **{f"c_{name}": count for name, count in outcomes.items()},
        c_due=Count("pk", filter=~insured & _due(today)),
    )
    return {key: Tally(*counts) for key, *counts in counted}
