"""Coverage by village: how many are insured, how fast, and who of the government-purchase subjects is not.

Three queries whatever the size: the villages with their published targets, people by village and day, the roster and
the subjects by village. Each counts one table's rows, joined at most to a row that is unique to it, so nobody counts
twice.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Count, F, OuterRef, QuerySet, Subquery, Value

from ankang.accounts.models import User
from ankang.divisions.models import Division, prefix_of
from ankang.enrolment.models import Enrolment, Participation
from ankang.enrolment.subjects import eligible_residents, subjects, with_participation
from ankang.programmes.models import Programme, ProgrammeVersion, Target
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.pace import DayCount, Pace, Window, pace_of
from ankang.rules.programme import Programme as Plan
from ankang.rules.programme import TargetRow
from ankang.rules.targets import TargetLine, target_table

_BULK = (Enrolment.Channel.BATCH, Enrolment.Channel.IMPORT)


@dataclass(frozen=True, slots=True)
class Coverage:
    """One village, or all that a person may see taken as one population. Everything in people."""

    code: str
    name: str
    serial: int
    target: TargetLine  # population: the published one, frozen, or the live roster (reading K13)
    is_published: bool  # the target and the population stand in 附件1
    roster: int  # living and old enough, today
    subjects: int
    subjects_insured: int
    days: tuple[DayCount, ...]
    pace: Pace

    @property
    def insured(self) -> int:
        return self.pace.insured

    @property
    def population(self) -> int:
        return self.target.population

    @property
    def subjects_missing(self) -> int:
        return self.subjects - self.subjects_insured

    @property
    def met_published(self) -> bool:
        """Whether the published target is met: another question than `reached_goal`."""
        return self.is_published and self.target.met_published(self.insured)

    @property
    def reached_goal(self) -> bool:
        return self.population > 0 and self.target.reached_goal(self.insured)


@dataclass(frozen=True, slots=True)
class TownCoverage:
    """The villages in the order of 附件1, and their sum. A village worker sees the own village alone."""

    plan: Plan
    today: date
    window: Window
    villages: tuple[Coverage, ...]
    total: Coverage
    village_need: int  # people that it takes for every village to reach the goal by itself

    @property
    def short_villages(self) -> tuple[Coverage, ...]:
        """Villages whose published target, fully met, stays below the goal."""
        return tuple(village for village in self.villages if village.is_published and village.target.short_of_line)


class _Place(NamedTuple):
    code: str
    name: str
    serial: int
    population: int | None
    target: int | None


class _Heads(NamedTuple):
    roster: int = 0
    subjects: int = 0
    subjects_insured: int = 0


def town_coverage(user: User, version: ProgrammeVersion, today: date) -> TownCoverage:
    """Return the coverage of every village under the programme's division that this person may see (three queries).

    READING K13: distinct living people with a unit in force or paid for, over the published population; the live roster
    stands beside it. Cancelled enrolments and the dead do not count. People who enrolled through a government batch or
    an import are told apart by day (`DayCount.bulk`).
    """
    plan = plan_of(version)
    programme = version.programme
    places = _places(user, programme)
    codes = [place.code for place in places]
    days = _days(user, programme, codes)
    heads = _heads(user, programme, plan, codes, today)
    window = Window(plan.window_from, plan.window_to)
    lines = _lines(plan, places, heads)
    villages = tuple(
        _coverage(place, heads[place.code], days[place.code], line, _pace(days[place.code], line, window, today))
        for place, line in zip(places, lines, strict=True)
    )
    total = _total(programme.division_id, villages, plan, window, today)
    return TownCoverage(plan, today, window, villages, total, sum(village.target.line for village in villages))


def _places(user: User, programme: Programme) -> list[_Place]:
    published = Target.objects.filter(programme=programme, village=OuterRef("pk")).order_by()
    villages = (
        Division.objects.filter(level=Division.Level.VILLAGE, code__startswith=user.scope)
        .filter(code__startswith=prefix_of(programme.division_id))
        .annotate(
            population=Subquery(published.values("population")[:1]), goal=Subquery(published.values("target")[:1])
        )
        .order_by("serial", "code")
    )
    return [_Place(*row) for row in villages.values_list("code", "name", "serial", "population", "goal")]


def _days(user: User, programme: Programme, codes: Sequence[str]) -> dict[str, tuple[DayCount, ...]]:
    """Return each village's counts by the day on which people were first insured (one query)."""
    counts: dict[tuple[str, date], dict[str, int]] = defaultdict(dict)
    for kind, village, day, people in _people(user, programme, codes):
        counts[village, day][kind] = people
    found: dict[str, list[DayCount]] = defaultdict(list)
    for (village, day), kinds in sorted(counts.items()):
        bulk = kinds.get("bulk", 0)
        people = kinds.get("insured", 0) - kinds.get("dead", 0)
        if people:
            found[village].append(DayCount(day, single=people - bulk, bulk=bulk))
    return defaultdict(tuple, {village: tuple(days) for village, days in found.items()})


def _people(user: User, programme: Programme, codes: Sequence[str]) -> "QuerySet[Any, Any]":
    """Return (kind, village, day, people). All the insured come from an index alone; the few dead are taken off."""
    insured = Participation.objects.visible_to(user).filter(
        programme=programme, village__in=codes, first_enrolled_on__isnull=False
    )
    dead = insured.filter(resident__status=Resident.Status.DEAD)
    bulk = (
        Enrolment.objects.filter(village__in=codes, channel__in=_BULK, cancelled_at__isnull=True)
        .filter(withdrawn_on__isnull=True)
        .filter(participation__programme=programme, participation__first_enrolled_on=F("enrolled_on"))
        .filter(participation__village__code__startswith=user.scope)
        .exclude(participation__resident__status=Resident.Status.DEAD)
        .annotate(kind=Value("bulk"))
        .values("kind", "participation__village_id", "enrolled_on")
        .annotate(people=Count("participation_id", distinct=True))
        .values_list("kind", "participation__village_id", "enrolled_on", "people")
    )
    return _by_day(insured, "insured").union(_by_day(dead, "dead"), bulk, all=True)


def _by_day(rows: QuerySet[Participation], kind: str) -> "QuerySet[Any, Any]":
    return (
        rows.annotate(kind=Value(kind))
        .values("kind", "village_id", "first_enrolled_on")
        .annotate(people=Count("pk"))
        .values_list("kind", "village_id", "first_enrolled_on", "people")
    )


def _heads(
    user: User, programme: Programme, plan: Plan, codes: Sequence[str], today: date
) -> "defaultdict[str, _Heads]":
    """Return each village's live roster and subjects (one query)."""
    roster = eligible_residents(user, plan).filter(village__in=codes)
    required = with_participation(subjects(user, plan, today).filter(village__in=codes), programme)
    rows = _by_village(roster, "roster", Value(0)).union(
        _by_village(required, "subjects", Count("taking_part__first_enrolled_on")), all=True
    )
    found: defaultdict[str, _Heads] = defaultdict(_Heads)
    for kind, village, people, insured in rows:
        now = found[village]
        found[village] = (
            now._replace(roster=people) if kind == "roster" else now._replace(subjects=people, subjects_insured=insured)
        )
    return found


def _by_village(rows: QuerySet[Resident], kind: str, insured: Any) -> "QuerySet[Any, Any]":
    return (
        rows.order_by()
        .annotate(kind=Value(kind))
        .values("kind", "village_id")
        .annotate(people=Count("pk"), insured=insured)
        .values_list("kind", "village_id", "people", "insured")
    )


def _lines(plan: Plan, places: Sequence[_Place], heads: "defaultdict[str, _Heads]") -> tuple[TargetLine, ...]:
    """Return each village's target line; where 附件1 has no row, the roster stands in and nothing is published."""
    # READING K13
    live = plan.terms.coverage_basis == "live"
    rows = [
        TargetRow(
            serial=place.serial,
            village=place.name,
            population=heads[place.code].roster if live or place.population is None else place.population,
            target=place.target or 0,
        )
        for place in places
    ]
    return target_table(rows, plan.goals.coverage_percent).villages


def _coverage(place: _Place, heads: _Heads, days: tuple[DayCount, ...], line: TargetLine, pace: Pace) -> Coverage:
    return Coverage(
        code=place.code,
        name=place.name,
        serial=place.serial,
        target=line,
        is_published=place.target is not None,
        roster=heads.roster,
        subjects=heads.subjects,
        subjects_insured=heads.subjects_insured,
        days=days,
        pace=pace,
    )


def _pace(days: Sequence[DayCount], line: TargetLine, window: Window, today: date) -> Pace:
    return pace_of(
        days,
        insured=sum(count.people for count in days),
        population=line.population,
        percent=line.percent,
        window=window,
        today=today,
    )


def _total(code: str, villages: Sequence[Coverage], plan: Plan, window: Window, today: date) -> Coverage:
    """Return the villages as one population: sums of theirs, and the goal line and pace of the whole."""
    by_day: dict[date, DayCount] = {}
    for count in (count for village in villages for count in village.days):
        before = by_day.get(count.day, DayCount(count.day))
        by_day[count.day] = replace(before, single=before.single + count.single, bulk=before.bulk + count.bulk)
    line = TargetLine(
        population=sum(village.population for village in villages),
        published=sum(village.target.published for village in villages),
        computed=sum(village.target.computed for village in villages),
        percent=plan.goals.coverage_percent,
    )
    days = tuple(by_day[day] for day in sorted(by_day))
    return Coverage(
        code=code,
        name="合计",
        serial=0,
        target=line,
        is_published=bool(villages) and all(village.is_published for village in villages),
        roster=sum(village.roster for village in villages),
        subjects=sum(village.subjects for village in villages),
        subjects_insured=sum(village.subjects_insured for village in villages),
        days=days,
        pace=_pace(days, line, window, today),
    )
