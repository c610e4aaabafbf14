"""A district's coverage: its towns side by side, each the sum of its villages (five queries, however many towns)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.coverage import Coverage, TownCoverage, sum_of, town_coverages
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import PREPARATION, codes_above, newest_versions
from ankang.rules.pace import Window


@dataclass(frozen=True, slots=True)
class DistrictCoverage:
    """The towns as parts of one population; `without_plan` have none yet; `is_mixed`: their windows differ."""

    district: TownCoverage
    without_plan: tuple[Division, ...]
    is_mixed: bool


def district_coverage(user: User, today: date) -> DistrictCoverage | None:
    """Return the coverage of the towns that this person sees, or None where no town has a plan.

    Where the windows of the towns differ, the district's runs from the first day of any to the last of any.
    """
    towns = list(
        Division.objects.filter(level=Division.Level.TOWN, code__startswith=user.scope).order_by("serial", "code")
    )
    versions = [one for one in newest_versions(user) if one.programme.window_from <= today + PREPARATION]
    running = {town.code: _running(town, versions) for town in towns}
    wanted = {one.pk: one for one in running.values() if one is not None}
    found = dict(zip(wanted, town_coverages(user, list(wanted.values()), today), strict=True))
    pairs = [(town, found[one.pk]) for town in towns for one in [running[town.code]] if one is not None]
    if not pairs:
        return None
    parts = tuple(replace(_of_town(town, its), serial=at) for at, (town, its) in enumerate(pairs, start=1))
    windows = {its.window for _, its in pairs}
    without = tuple(town for town in towns if running[town.code] is None)
    return DistrictCoverage(_district(user, parts, [its for _, its in pairs], today), without, len(windows) > 1)


def _running(town: Division, versions: Sequence[ProgrammeVersion]) -> ProgrammeVersion | None:
    """Return the newest campaign of this town, whoever above it issued it."""
    own = [one for one in versions if one.programme.division_id in codes_above(town.code)]
    return max(own, key=lambda one: (one.programme.window_from, one.pk), default=None)


def _of_town(town: Division, its: TownCoverage) -> Coverage:
    villages = [one for one in its.villages if town.contains(one.code)]
    return sum_of(town.code, town.name, villages, percent=its.total.target.percent, window=its.window, today=its.today)


def _district(user: User, parts: tuple[Coverage, ...], towns: Sequence[TownCoverage], today: date) -> TownCoverage:
    window = Window(
        min(one.window.opens for one in towns),
        max(one.window.closes for one in towns),
        frozenset().union(*(one.window.holidays for one in towns)),
    )
    percent = max(one.total.target.percent for one in towns)
    total = sum_of(user.division_id, "合计", parts, percent=percent, window=window, today=today)
    need = sum(part.target.line for part in parts)
    return TownCoverage(towns[0].plan, today, window, parts, total, need, part_word="镇")
