"""Coverage by village: how many are insured, how fast, and who of the government-purchase subjects is not.

Every page, workbook and bulletin takes its figures from here, so that they agree at any one instant. Three queries
whatever the size and the number of towns (`counts`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from functools import partial

from ankang.accounts.models import Desk, User
from ankang.enrolment.counts import Heads, Place, days_of, heads_of, insured_in, places_of
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.holidays import holidays_between
from ankang.rules.pace import DayCount, Pace, Window, pace_of
from ankang.rules.programme import Programme as Plan
from ankang.rules.programme import TargetRow
from ankang.rules.targets import TargetLine, goal_line, target_table


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
    def share(self) -> Fraction:
        """The insured of the population, 0 where nobody lives."""
        return Fraction(self.insured, self.population) if self.population else Fraction(0)

    @property
    def subjects_missing(self) -> int:
        return self.subjects - self.subjects_insured

    @property
    def last_moved_on(self) -> date | None:
        """The last day on which somebody was enrolled one by one: a batch is nobody's work in the village."""
        return max((count.day for count in self.days if count.single), default=None)

    @property
    def published_gap(self) -> int:
        """People still missing to the published target."""
        return max(0, self.target.published - self.insured)

    @property
    def met_published(self) -> bool:
        """Whether the published target is met: another question than `reached_goal`."""
        return self.is_published and self.target.met_published(self.insured)

    @property
    def reached_goal(self) -> bool:
        return self.population > 0 and self.target.reached_goal(self.insured)


@dataclass(frozen=True, slots=True)
class TownCoverage:
    """The villages in the order of 附件1, and their sum. A village worker sees the own village alone.

    Of a district the parts are its towns (`part_word`).
    """

    plan: Plan
    today: date
    window: Window
    villages: tuple[Coverage, ...]
    total: Coverage
    village_need: int  # people that it takes for every village to reach the goal by itself
    part_word: str = "村"

    @property
    def short_villages(self) -> tuple[Coverage, ...]:
        """Villages whose published target, fully met, stays below the goal."""
        return tuple(village for village in self.villages if village.is_published and village.target.short_of_line)

    @property
    def ranked(self) -> tuple[Coverage, ...]:
        """The villages by coverage, the highest first, equal ones in the order of 附件1."""
        return tuple(sorted(self.villages, key=lambda village: (-village.share, village.serial, village.code)))

    def still_days(self, place: Coverage) -> int | None:
        """Return the days since somebody was last enrolled there one by one, since the window opened if nobody was.

        Up to today or the window's last day; None before it opens.
        """
        last_day = min(self.today, self.window.closes)
        if last_day < self.window.opens:
            return None
        return max(0, (last_day - max(place.last_moved_on or self.window.opens, self.window.opens)).days)


@dataclass(frozen=True, slots=True)
class _Counted:
    """What the three queries found of one programme."""

    plan: Plan
    division_code: str
    places: list[Place]
    days: dict[str, tuple[DayCount, ...]]
    heads: dict[str, Heads]


def town_coverage(user: User, version: ProgrammeVersion, today: date, *, within: str = "") -> TownCoverage:
    """Return the coverage of every village under the programme's division that this person may see (three queries).

    `within`: of the villages whose code begins with it alone.

    READING K13: distinct living people with a unit in force or paid for, over the published population; the live roster
    stands beside it. Cancelled enrolments and the dead do not count. People who enrolled through a government batch or
    an import are told apart by day (`DayCount.bulk`). Statutory holidays are left out of the pace.
    """
    return town_coverages(user, [version], today, within=within)[0]


def town_coverages(
    user: User, versions: Sequence[ProgrammeVersion], today: date, *, within: str = ""
) -> list[TownCoverage]:
    """Return what `town_coverage` does for several towns' programmes, in their order (three queries for all)."""
    if not versions:
        return []
    places = places_of(user, versions, today, within)
    days = days_of(user, versions, places)
    heads = heads_of(user, versions, places, today)
    return [
        _town(_Counted(plan_of(one), one.programme.division_id, places[key], days[key], heads[key]), today)
        for one in versions
        for key in [one.programme_id]
    ]


@dataclass(frozen=True, slots=True)
class Need:
    """What a whole town takes to reach the goal, and how many are missing, in people."""

    line: int
    missing: int


def need_of(total: Coverage) -> Need:
    return Need(total.target.line, total.pace.gap)


def town_need(version: ProgrammeVersion, today: date) -> Need:
    """Return what the whole town needs, for who sees only a part of it: no village and nobody in it (two queries).

    What a town still needs is for every village to know; the notices to all of them say it. Where a population comes
    from the roster, the roster is counted too.
    """
    everybody = User(desk=Desk.TOWN, division=version.programme.division)
    plan, places = plan_of(version), places_of(everybody, [version], today)
    populations = [place.population for place in places[version.programme_id]]
    if plan.terms.coverage_basis == "live" or None in populations:  # READING K13
        return need_of(town_coverage(everybody, version, today).total)
    line = goal_line(sum(people or 0 for people in populations), plan.goals.coverage_percent)
    return Need(line, max(0, line - insured_in(everybody, version, places)))


def window_of(plan: Plan) -> Window:
    """Return the plan's window with the statutory holidays in it."""
    return Window(plan.window_from, plan.window_to, holidays_between(plan.window_from, plan.window_to))


def _town(counted: _Counted, today: date) -> TownCoverage:
    plan, window = counted.plan, window_of(counted.plan)
    villages = tuple(
        _coverage(
            place, counted.heads[place.code], counted.days[place.code], line, partial(_pace, window=window, today=today)
        )
        for place, line in zip(counted.places, _lines(counted), strict=True)
    )
    total = sum_of(
        counted.division_code, "合计", villages, percent=plan.goals.coverage_percent, window=window, today=today
    )
    return TownCoverage(plan, today, window, villages, total, sum(village.target.line for village in villages))


def _lines(counted: _Counted) -> tuple[TargetLine, ...]:
    """Return each village's target line; where 附件1 has no row, the roster stands in and nothing is published."""
    # READING K13
    live = counted.plan.terms.coverage_basis == "live"
    rows = [
        TargetRow(
            serial=place.serial,
            village=place.name,
            population=counted.heads[place.code].roster if live or place.population is None else place.population,
            target=place.target or 0,
        )
        for place in counted.places
    ]
    return target_table(rows, counted.plan.goals.coverage_percent).villages


def _coverage(
    place: Place, heads: Heads, days: tuple[DayCount, ...], line: TargetLine, pace: Callable[..., Pace]
) -> Coverage:
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
        pace=pace(days, line),
    )


def _pace(days: Sequence[DayCount], line: TargetLine, *, window: Window, today: date) -> Pace:
    return pace_of(
        days,
        insured=sum(count.people for count in days),
        population=line.population,
        percent=line.percent,
        window=window,
        today=today,
    )


def sum_of(code: str, name: str, parts: Sequence[Coverage], *, percent: int, window: Window, today: date) -> Coverage:
    """Return places as one population: sums of theirs, and the goal line and pace of the whole."""
    by_day: dict[date, DayCount] = {}
    for count in (count for part in parts for count in part.days):
        before = by_day.get(count.day, DayCount(count.day))
        by_day[count.day] = replace(before, single=before.single + count.single, bulk=before.bulk + count.bulk)
    line = TargetLine(
        population=sum(part.population for part in parts),
        published=sum(part.target.published for part in parts),
        computed=sum(part.target.computed for part in parts),
        percent=percent,
    )
    days = tuple(by_day[day] for day in sorted(by_day))
    return Coverage(
        code=code,
        name=name,
        serial=0,
        target=line,
        is_published=bool(parts) and all(part.is_published for part in parts),
        roster=sum(part.roster for part in parts),
        subjects=sum(part.subjects for part in parts),
        subjects_insured=sum(part.subjects_insured for part in parts),
        days=days,
        pace=_pace(days, line, window=window, today=today),
    )
