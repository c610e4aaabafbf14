"""名册与公布人口 (reading K13): the frozen population beside the live roster, and what became of people since a day.

The published population never follows the roster. This page says what lies between the two, village by village.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Min, QuerySet, Value

from ankang.accounts.models import User
from ankang.enrolment.coverage import Coverage, TownCoverage
from ankang.enrolment.models import Participation
from ankang.enrolment.subjects import joinable
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.transfer_models import Transfer

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Moves:
    """What happened since a day, in people old enough to join. Of who came and went again neither counts."""

    came: int = 0  # put on the roster since, and living on it
    died: int = 0  # noted as dead, on a day since; on the roster before
    left: int = 0  # moved out of the town since; on the roster before
    taken: int = 0  # transferred from another village; on a roster before
    given: int = 0  # transferred to another village; on a roster before

    @property
    def change(self) -> int:
        return self.came - self.died - self.left + self.taken - self.given

    def __add__(self, other: "Moves") -> "Moves":
        return Moves(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One village, or all. `roster` = `before` + the moves; `before` - the published population: unlike from the start.

    `insured_away`: counted here, on another roster now; `insured_elsewhere`: on this roster, counted elsewhere.
    """

    coverage: Coverage
    moves: Moves
    insured_away: int = 0
    insured_elsewhere: int = 0

    @property
    def published(self) -> int | None:
        return self.coverage.target.population if self.coverage.is_published else None

    @property
    def difference(self) -> int | None:
        return None if self.published is None else self.coverage.roster - self.published

    @property
    def before(self) -> int:
        """The roster as it was before the day, by what is known today."""
        return self.coverage.roster - self.moves.change

    @property
    def unlike(self) -> int | None:
        """What no move since explains: the roster was another number than the published one."""
        return None if self.published is None else self.before - self.published


def first_day_to_compare(user: User, version: ProgrammeVersion, today: date) -> date:
    """Return the campaign's first day, or the day after the roster was begun where that is later (one query).

    A register that came in during the campaign is not growth: counted from its own day, everybody would be new.
    """
    begun = Resident.objects.visible_to(user).aggregate(at=Min("created_at"))["at"]
    window_from: date = version.programme.window_from
    day_after: date = begun.astimezone(SHANGHAI).date() + timedelta(days=1) if begun else window_from
    return max(window_from, min(day_after, today))


def comparisons(
    user: User, version: ProgrammeVersion, town: TownCoverage, since: date
) -> tuple[list[Comparison], Comparison]:
    """Return every village of `town` compared, and their sum (one query). READING K13."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for kind, village, people in _moves(user, version, since):
        found[village][kind] = people
    villages = [_comparison(one, found[one.code]) for one in town.villages]
    total = Comparison(
        town.total,
        sum((one.moves for one in villages), Moves()),
        sum(one.insured_away for one in villages),
        sum(one.insured_elsewhere for one in villages),
    )
    return villages, total


def _comparison(coverage: Coverage, counts: dict[str, int]) -> Comparison:
    moves = Moves(*(counts.get(name, 0) for name in Moves.__slots__))
    return Comparison(coverage, moves, counts.get("away", 0), counts.get("elsewhere", 0))


def _moves(user: User, version: ProgrammeVersion, since: date) -> Any:
    begun = datetime.combine(since, time(), SHANGHAI)
    people = Resident.objects.visible_to(user).filter(joinable(plan_of(version)))
    known = people.filter(created_at__lt=begun)
    dead, moved = Resident.Status.DEAD, Resident.Status.MOVED
    parts = [
        _by(people.filter(status=Resident.Status.LIVING, created_at__gte=begun), "came", "village_id"),
        _by(known.filter(status=dead, died_on__gte=since), "died", "village_id"),
        _by(known.filter(status=moved, moved_on__gte=since), "left", "village_id"),
        *_transfers(user, version, begun),
        *_insured(user, version),
    ]
    return parts[0].union(*parts[1:], all=True)


def _transfers(user: User, version: ProgrammeVersion, begun: datetime) -> "list[QuerySet[Any, Any]]":
    old_enough = joinable(plan_of(version), "resident__")
    done = Transfer.objects.visible_to(user).filter(
        old_enough, state=Transfer.State.ACCEPTED, decided_at__gte=begun, resident__created_at__lt=begun
    )
    return [_by(done, "taken", "to_village_id"), _by(done, "given", "from_village_id")]


def _insured(user: User, version: ProgrammeVersion) -> "list[QuerySet[Any, Any]]":
    """Who is counted in one village and stands on the roster of another (ADR 0021)."""
    rows = Participation.objects.filter(programme=version.programme, first_enrolled_on__isnull=False)
    rows = rows.exclude(resident__status=Resident.Status.DEAD).exclude(resident__village=F("village"))
    return [
        _by(rows.filter(village__code__startswith=user.scope), "away", "village_id"),
        _by(rows.filter(resident__village__code__startswith=user.scope), "elsewhere", "resident__village_id"),
    ]


def _by(rows: "QuerySet[Any]", kind: str, village: str) -> "QuerySet[Any, Any]":
    grouped = rows.order_by().annotate(kind=Value(kind)).values("kind", village).annotate(found=Count("pk"))
    counted: QuerySet[Any, Any] = grouped.values_list("kind", village, "found")
    return counted
