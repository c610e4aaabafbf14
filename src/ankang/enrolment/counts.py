"""The counts that coverage is made of: places with their targets, people by village and day, roster and subjects.

One query each, for any number of programmes: their parts are joined by UNION ALL, every row marked with its programme.
Each counts one table's rows, joined at most to a row that is unique to it, so nobody counts twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import takewhile
from typing import Any, NamedTuple

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from ankang.accounts.models import User
from ankang.divisions.models import Division, prefix_of
from ankang.enrolment.models import Enrolment, Participation
from ankang.enrolment.slip_models import SlipLine
from ankang.enrolment.subjects import eligible_residents, subjects, with_participation
from ankang.installation.rows import planned_anew
from ankang.programmes.models import Programme, ProgrammeVersion, Target
from ankang.programmes.queries import plan_of
from ankang.programmes.target_models import IssuedTarget
from ankang.programmes.targets import issue_on
from ankang.roster.models import Resident
from ankang.rules.pace import DayCount

_NAMED = 100  # villages that a query names one by one
BULK_FROM = 10  # people on one slip: more than a worker enrols by calling on them one by one


class Place(NamedTuple):
    """A village with its published figures, None where nothing was published for it."""

    code: str
    name: str
    serial: int
    population: int | None
    target: int | None


class Heads(NamedTuple):
    """A village's live roster (who may join at their age), its subjects, and those of them who are insured."""

    roster: int = 0
    subjects: int = 0
    subjects_insured: int = 0


Places = Mapping[int, Sequence[Place]]  # by the programme's key


def places_of(
    user: User, versions: Sequence[ProgrammeVersion], today: date, within: str = ""
) -> dict[int, list[Place]]:
    """Return by programme its villages that this person may see, in the order of 附件1 (one query).

    The published figures are those in force on the day. `within` narrows to the codes that begin with it.
    """
    parts = [_villages(user, version.programme, today, within) for version in versions]
    found: dict[int, list[Place]] = {version.programme_id: [] for version in versions}
    for programme, *row in _union(parts):
        found[programme].append(Place(*row))
    for places in found.values():
        places.sort(key=lambda place: (place.serial, place.code))
    return found


def _villages(user: User, programme: Programme, today: date, within: str) -> "QuerySet[Any, Any]":
    own = Target.objects.filter(programme=programme, village=OuterRef("pk")).order_by()
    newest = issue_on(programme, today).values("pk")[:1]
    issued = IssuedTarget.objects.filter(issue=Subquery(newest), village=OuterRef("pk")).order_by()
    return (
        Division.objects.filter(level=Division.Level.VILLAGE, code__startswith=user.scope)
        .filter(code__startswith=prefix_of(programme.division_id))
        .filter(code__startswith=within)
        .annotate(
            of=_key(programme),
            population=Coalesce(Subquery(issued.values("population")[:1]), Subquery(own.values("population")[:1])),
            goal=Coalesce(Subquery(issued.values("target")[:1]), Subquery(own.values("target")[:1])),
        )
        .order_by()
        .values_list("of", "code", "name", "serial", "population", "goal")
    )


def days_of(
    user: User, versions: Sequence[ProgrammeVersion], places: Places
) -> dict[int, "defaultdict[str, tuple[DayCount, ...]]"]:
    """Return by programme and village the people by the day on which they were first insured (one query)."""
    counts: dict[tuple[int, str, date], dict[str, int]] = defaultdict(dict)
    parts = [
        part for version in versions for part in _people(user, version.programme, _codes(places, version.programme_id))
    ]
    for programme, kind, village, day, people in _union(parts):
        counts[programme, village, day][kind] = people
    found: dict[int, dict[str, list[DayCount]]] = {version.programme_id: defaultdict(list) for version in versions}
    for (programme, village, day), kinds in sorted(counts.items()):
        bulk = kinds.get("bulk", 0)
        people = kinds.get("insured", 0) - kinds.get("dead", 0)
        if people:
            found[programme][village].append(DayCount(day, single=people - bulk, bulk=bulk))
    return {
        programme: defaultdict(tuple, {village: tuple(days) for village, days in villages.items()})
        for programme, villages in found.items()
    }


def insured_in(user: User, version: ProgrammeVersion, places: Places) -> int:
    """Return the people of the programme's places whom coverage counts as insured, of all days together (one query)."""
    insured = Participation.objects.visible_to(user).filter(
        of_villages(_codes(places, version.programme_id)),
        programme=version.programme,
        first_enrolled_on__isnull=False,
    )
    dead = insured.filter(resident__status=Resident.Status.DEAD).order_by().values("programme")
    off = Coalesce(Subquery(dead.annotate(people=Count("pk")).values("people")), 0)
    people: int = insured.aggregate(people=Count("pk") - off)["people"]
    return people


def of_villages(codes: Sequence[str], *, through: str = "village") -> Q:
    """Return the condition for rows of these villages, which are all that begin with some code (`places_of`).

    Many are named by the beginning that they share: in a prepared statement the database would look through a long
    list for every row.
    """
    if len(codes) > _NAMED:
        shared = takewhile(lambda pair: pair[0] == pair[1], zip(min(codes), max(codes), strict=True))
        return Q(**{f"{through}__code__startswith": "".join(digit for digit, _ in shared)})
    return Q(**{f"{through}__in": codes})


def _people(user: User, programme: Programme, codes: Sequence[str]) -> "list[QuerySet[Any, Any]]":
    """Return rows of people a day. All the insured come from an index alone; the few dead are taken off."""
    insured = Participation.objects.visible_to(user).filter(
        of_villages(codes), programme=programme, first_enrolled_on__isnull=False
    )
    dead = insured.filter(resident__status=Resident.Status.DEAD)
    bulk: QuerySet[Any, Any] = (
        Enrolment.objects.filter(_in_bulk(programme), of_villages(codes), cancelled_at__isnull=True)
        .filter(withdrawn_on__isnull=True)
        .filter(participation__programme=programme, participation__first_enrolled_on=F("enrolled_on"))
        .filter(participation__village__code__startswith=user.scope)
        .exclude(participation__resident__status=Resident.Status.DEAD)
        .annotate(of=_key(programme), kind=Value("bulk"))
        .values("of", "kind", "participation__village_id", "enrolled_on")
        .annotate(people=Count("participation_id", distinct=True))
        .values_list("of", "kind", "participation__village_id", "enrolled_on", "people")
    )
    return [_by_day(insured, programme, "insured"), _by_day(dead, programme, "dead"), bulk]


def _in_bulk(programme: Programme) -> Q:
    """What says nothing about the pace of house calls: government's batches, and slips over many people at once."""
    lines = SlipLine.objects.filter(outcome=SlipLine.Outcome.DONE, slip__version__programme=programme).order_by()
    large = lines.values("slip").annotate(people=Count("pk")).filter(people__gte=BULK_FROM).values("slip")
    slips = (Enrolment.Channel.LIST, Enrolment.Channel.IMPORT)
    on_large = Q(channel__in=slips, pk__in=lines.filter(slip__in=large).values("enrolment"))
    return Q(channel=Enrolment.Channel.BATCH) | on_large


def _by_day(rows: QuerySet[Participation], programme: Programme, kind: str) -> "QuerySet[Any, Any]":
    return (
        rows.annotate(of=_key(programme), kind=Value(kind))
        .values("of", "kind", "village_id", "first_enrolled_on")
        .annotate(people=Count("pk"))
        .values_list("of", "kind", "village_id", "first_enrolled_on", "people")
    )


def heads_of(
    user: User, versions: Sequence[ProgrammeVersion], places: Places, today: date
) -> dict[int, "defaultdict[str, Heads]"]:
    """Return by programme and village the live roster and the subjects (one query)."""
    parts = [
        part for version in versions for part in _rosters(user, version, _codes(places, version.programme_id), today)
    ]
    found: dict[int, defaultdict[str, Heads]] = {version.programme_id: defaultdict(Heads) for version in versions}
    for programme, kind, village, people, insured in _union(parts):
        now = found[programme][village]
        found[programme][village] = (
            now._replace(roster=people) if kind == "roster" else now._replace(subjects=people, subjects_insured=insured)
        )
    return found


def _rosters(
    user: User, version: ProgrammeVersion, codes: Sequence[str], today: date
) -> "tuple[QuerySet[Any, Any], QuerySet[Any, Any]]":
    plan, programme = plan_of(version), version.programme
    roster = eligible_residents(user, plan).filter(of_villages(codes))
    required = with_participation(subjects(user, plan, today).filter(of_villages(codes)), programme)
    return (
        _by_village(roster, programme, "roster", Value(0)),
        _by_village(required, programme, "subjects", Count("taking_part__first_enrolled_on")),
    )


def _by_village(rows: QuerySet[Resident], programme: Programme, kind: str, insured: Any) -> "QuerySet[Any, Any]":
    return (
        rows.order_by()
        .annotate(of=_key(programme), kind=Value(kind))
        .values("of", "kind", "village_id")
        .annotate(people=Count("pk"), insured=insured)
        .values_list("of", "kind", "village_id", "people", "insured")
    )


def _key(programme: Programme) -> Value:
    return Value(programme.pk, output_field=IntegerField())


def _codes(places: Places, programme: int) -> list[str]:
    return [place.code for place in places[programme]]


def _union(parts: "Sequence[QuerySet[Any, Any]]") -> Iterable[Any]:
    """Return the rows of all parts in one query; a part that can find nothing is left out by Django itself."""
    first, *rest = parts
    with planned_anew():
        return list(first.union(*rest, all=True) if rest else first)
