"""Targets: the 85 % line of a population, targets computed by a rounding rule, and the published ones beside them.

Everything compares integers: insured x 100 >= population x percent. A percentage on the screen decides nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ankang.rules.programme import TargetRow


class Rounding(StrEnum):
    """How a share of a population becomes a whole number of people."""

    HALF_UP = "half-up"
    UPWARD = "upward"
    DOWNWARD = "downward"
    LARGEST_REMAINDER = "largest-remainder"  # of a whole town: the villages' targets add up to the town's


ROUNDING_NAMES = {
    Rounding.HALF_UP: "四舍五入",
    Rounding.UPWARD: "只入不舍",
    Rounding.DOWNWARD: "只舍不入",
    Rounding.LARGEST_REMAINDER: "最大余数法（合计正好）",
}


def goal_line(population: int, percent: int) -> int:
    """Return the smallest number of people n with n x 100 >= population x percent.

    Units: people, whole percent. Source: 三（1）; domain 6.
    """
    return -(-population * percent // 100)


def reaches(people: int, population: int, percent: int) -> bool:
    """Whether this many people are at least `percent` of a population, compared on integers. Source: domain 6."""
    return people * 100 >= population * percent


def computed_target(population: int, percent: int, rule: str) -> int:
    """Return one village's target by a rule that looks at this village alone: half-up, upward or downward.

    Errors: ValueError for an unknown rule and for largest-remainder, which needs the whole town
    (`computed_targets`).
    """
    match Rounding(rule):
        case Rounding.HALF_UP:
            return (2 * population * percent + 100) // 200
        case Rounding.UPWARD:
            return goal_line(population, percent)
        case Rounding.DOWNWARD:
            return population * percent // 100
        case Rounding.LARGEST_REMAINDER:
            raise ValueError("largest-remainder needs the populations of the whole town: call computed_targets")


def computed_targets(populations: Sequence[int], percent: int, rule: str, total: int | None = None) -> tuple[int, ...]:
    """Return the targets of all villages, in order, by one rule.

    `total` matters to largest-remainder only: what the targets add up to, by default the town's own goal line.
    """
    if Rounding(rule) is not Rounding.LARGEST_REMAINDER:
        return tuple(computed_target(population, percent, rule) for population in populations)
    wanted = goal_line(sum(populations), percent) if total is None else total
    return share_out(wanted, populations)


def share_out(total: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Return `total` shared in proportion to the weights, in whole people, by the largest remainder.

    The parts add up to `total` exactly; equal remainders are served in the order given. No weight at all shares
    nothing.
    """
    whole = sum(weights)
    if whole == 0:
        return tuple(0 for _ in weights)
    parts = [weight * total // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda at: (-(weights[at] * total % whole), at))
    for at in by_remainder[: total - sum(parts)]:
        parts[at] += 1
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One population's published target beside the computed one and the goal line, all in people."""

    population: int
    published: int
    computed: int
    percent: int

    @property
    def line(self) -> int:
        """The people that reach the goal."""
        return goal_line(self.population, self.percent)

    @property
    def short_of_line(self) -> int:
        """How many people the published target, fully met, still lacks to the goal."""
        return max(0, self.line - self.published)

    def met_published(self, insured: int) -> bool:
        """Whether the published target is met: not the same as `reached_goal`."""
        return insured >= self.published

    def reached_goal(self, insured: int) -> bool:
        """Whether the goal (85 %) is reached."""
        return reaches(insured, self.population, self.percent)

    def gap(self, insured: int) -> int:
        """Return the people still missing to the goal."""
        return max(0, self.line - insured)


@dataclass(frozen=True, slots=True)
class TargetTable:
    """All villages in the order of 附件1, and the town as one population."""

    villages: tuple[TargetLine, ...]
    town: TargetLine

    @property
    def village_need(self) -> int:
        """The people needed for every village to reach the goal by itself: 13643 in the 2024 plan."""
        return sum(village.line for village in self.villages)

    @property
    def short_villages(self) -> int:
        """How many villages' published targets lie below their own goal line."""
        return sum(1 for village in self.villages if village.short_of_line)


def target_table(rows: Sequence[TargetRow], percent: int, rule: str = Rounding.HALF_UP) -> TargetTable:
    """Return published, computed and needed side by side for each village and the town.

    Source: 附件1, 三（1）; domain 6.
    """
    populations = [row.population for row in rows]
    computed = computed_targets(populations, percent, rule)
    villages = tuple(
        TargetLine(row.population, row.target, own, percent) for row, own in zip(rows, computed, strict=True)
    )
    town = TargetLine(sum(populations), sum(row.target for row in rows), sum(computed), percent)
    return TargetTable(villages, town)
