"""Who is insured and who is not: by group, age band, sex and payer. Three queries, in the words of `coverage`.

Two ways of counting stand side by side. `insured` counts as coverage does (reading K13: distinct living people with a
unit, by the village where they enrolled), so its sum is the figure on every other page. `roster` and `missing` count
who may join today; somebody who enrolled and moved away is insured and on no roster.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Count, IntegerField, QuerySet, Sum, Value, When

from ankang.accounts.models import User
from ankang.enrolment.counts import of_villages
from ankang.enrolment.coverage import TownCoverage
from ankang.enrolment.models import Funding, Participation
from ankang.enrolment.subjects import born_by, eligible_residents, subjects, with_participation
from ankang.installation.rows import planned_anew
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.rules.programme import Programme as Plan


@dataclass(frozen=True, slots=True)
class Part:
    """One line of a table. Everything in people; `insured` None where coverage's way of counting says nothing."""

    name: str
    roster: int
    missing: int  # on the roster without a unit
    insured: int | None

    @property
    def joined(self) -> int:
        """People on the roster with a unit."""
        return self.roster - self.missing


@dataclass(frozen=True, slots=True)
class Paid:
    """What one kind of payer paid. A person with several payers counts at each; fen."""

    name: str
    people: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Breakdown:
    groups: tuple[Part, ...]
    ages: tuple[Part, ...]
    sexes: tuple[Part, ...]
    payers: tuple[Paid, ...]
    total: Part


def breakdown(user: User, version: ProgrammeVersion, town: TownCoverage) -> Breakdown:
    """Return the tables of the villages of `town`, which this person sees (three queries).

    Ages are those on the day that decides who may join (reading K12); the bands are the plan's own.
    """
    codes = [village.code for village in town.villages]
    cells = _cells(user, version, codes)
    bands = age_bands(plan_of(version))
    total = _part("合计", cells)
    return Breakdown(
        groups=_groups(user, version, town, codes, total),
        ages=tuple(_part(name, (cell for cell in cells if cell[1] == age)) for age, name in bands),
        sexes=tuple(_part(sex.label, (cell for cell in cells if cell[2] == sex)) for sex in Resident.Sex),
        payers=_payers(user, version, codes),
        total=total,
    )


Cell = tuple[str, int, str, int, int]  # kind, first age of the band, sex, people, of them with a unit


def _cells(user: User, version: ProgrammeVersion, codes: Sequence[str]) -> list[Cell]:
    plan = plan_of(version)
    roster = with_participation(eligible_residents(user, plan).filter(of_villages(codes)), version.programme)
    insured = (
        Participation.objects.visible_to(user)
        .filter(of_villages(codes), programme=version.programme, first_enrolled_on__isnull=False)
        .exclude(resident__status=Resident.Status.DEAD)
    )
    both = _counted(roster, plan, "roster", "", "taking_part__first_enrolled_on").union(
        _counted(insured, plan, "insured", "resident__", "first_enrolled_on"), all=True
    )
    with planned_anew():
        return list(both)


def _counted(rows: "QuerySet[Any, Any]", plan: Plan, kind: str, prefix: str, unit: str) -> "QuerySet[Any, Any]":
    found: QuerySet[Any, Any] = (
        rows.order_by()
        .annotate(kind=Value(kind), band=_band(plan, prefix))
        .values("kind", "band", f"{prefix}sex")
        .annotate(people=Count("pk"), joined=Count(unit))
        .values_list("kind", "band", f"{prefix}sex", "people", "joined")
    )
    return found


def age_bands(plan: Plan) -> list[tuple[int, str]]:
    """Return (first age, words) of every age band that some amount of the plan tells apart."""
    first = sorted({band.from_age for _, benefit in plan.benefits() for band in benefit.bands})
    ends = [later - 1 for later in first[1:]]
    named = [(age, f"{age}至{end}周岁") for age, end in zip(first, ends, strict=False)]
    return [(0, f"不到{first[0]}周岁"), *named, (first[-1], f"{first[-1]}周岁以上")]


def _band(plan: Plan, prefix: str) -> Case:
    whens = [
        When(**{f"{prefix}birth_date__lte": born_by(plan, age)}, then=Value(age))
        for age, _ in reversed(age_bands(plan))
        if age
    ]
    return Case(*whens, default=Value(0), output_field=IntegerField())


def _part(name: str, cells: Iterable[Cell]) -> Part:
    roster = joined = insured = 0
    for kind, _, _, people, with_unit in cells:
        if kind == "roster":
            roster, joined = roster + people, joined + with_unit
        else:
            insured += people
    return Part(name, roster, roster - joined, insured)


def _groups(
    user: User, version: ProgrammeVersion, town: TownCoverage, codes: Sequence[str], total: Part
) -> tuple[Part, ...]:
    """Return the plan's groups (one query; a person on two lists counts in both), all subjects, everybody else."""
    plan, day = plan_of(version), town.today
    parts = [
        with_participation(subjects(user, plan, day, group.code).filter(of_villages(codes)), version.programme)
        .order_by()
        .annotate(code=Value(group.code))
        .values("code")
        .annotate(people=Count("pk"), joined=Count("taking_part__first_enrolled_on"))
        .values_list("code", "people", "joined")
        for group in plan.groups
    ]
    rows = parts[0].union(*parts[1:], all=True) if parts else ()
    with planned_anew():
        found = {code: (people, joined) for code, people, joined in rows}
    named = [(group.name, *found.get(group.code, (0, 0))) for group in plan.groups]
    required, joined = town.total.subjects, town.total.subjects_insured
    named.append(("政府购买对象（不重复）", required, joined))
    named.append(("社会拓展", total.roster - required, total.joined - joined))
    return tuple(Part(name, people, people - with_unit, None) for name, people, with_unit in named)


def _payers(user: User, version: ProgrammeVersion, codes: Sequence[str]) -> tuple[Paid, ...]:
    """Return who paid for the enrolments that stand, also for people who have died since (one query)."""
    rows = (
        Funding.objects.filter(
            of_villages(codes, through="holding__enrolment__participation__village"),
            holding__enrolment__participation__programme=version.programme,
            holding__enrolment__participation__village__code__startswith=user.scope,
            holding__enrolment__cancelled_at__isnull=True,
            holding__enrolment__withdrawn_on__isnull=True,
        )
        .values("payer")
        .annotate(people=Count("holding__enrolment__participation", distinct=True), fen=Sum("amount_fen"))
        .values_list("payer", "people", "fen")
    )
    found = {payer: (people, fen) for payer, people, fen in rows}
    return tuple(Paid(payer.label, *found[payer]) for payer in Funding.Payer if payer in found)
