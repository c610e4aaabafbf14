"""The figures that travel upwards: counts by village, sums of them, and not one fact about a person."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from typing import Self

from ankang.rules.money import percent_truncated
from ankang.rules.targets import goal_line


@dataclass(frozen=True, slots=True)
class People:
    """Counts of people. `target` is the published one, 0 where none is published."""

    population: int = 0
    target: int = 0
    roster: int = 0
    insured: int = 0
    subjects: int = 0
    subjects_insured: int = 0

    def __add__(self, other: Self) -> "People":
        return People(*(a + b for a, b in zip(self.counts(), other.counts(), strict=True)))

    def counts(self) -> tuple[int, ...]:
        """Return the counts in the order of the fields."""
        return tuple(getattr(self, name) for name in COUNTS)

    @property
    def percent(self) -> str:
        """The coverage as it is shown: cut, never rounded up."""
        return percent_truncated(self.insured, self.population)

    @property
    def subjects_missing(self) -> int:
        return self.subjects - self.subjects_insured

    def missing_to(self, percent: int) -> int:
        """Return the people still missing to the goal of this population as one."""
        return max(0, goal_line(self.population, percent) - self.insured)


COUNTS = tuple(one.name for one in fields(People))


@dataclass(frozen=True, slots=True)
class Village:
    code: str
    name: str
    people: People


@dataclass(frozen=True, slots=True)
class Campaign:
    """One programme of the sender, with its villages. `digest` pins the version of the plan."""

    slug: str
    name: str
    year: int
    division: str
    digest: str
    window_from: date
    window_to: date
    goal_percent: int
    villages: tuple[Village, ...]
    approved_claims: int = 0
    approved_fen: int = 0
    premium_fen: dict[str, int] = field(default_factory=dict)  # by payer


@dataclass(frozen=True, slots=True)
class Contents:
    """What one installation tells at one instant. `number` counts its bundles from 1."""

    sender: str
    name: str
    number: int
    as_of: datetime
    is_sample: bool
    campaigns: tuple[Campaign, ...]

    def people(self, year: int) -> People:
        """Return the sum over all villages of a year's campaigns."""
        return total(village.people for campaign in self.campaigns_of(year) for village in campaign.villages)

    def campaigns_of(self, year: int) -> tuple[Campaign, ...]:
        return tuple(campaign for campaign in self.campaigns if campaign.year == year)


def total(parts: Iterable[People]) -> People:
    """Return the sum of counts."""
    columns = list(zip(*(part.counts() for part in parts), strict=True))
    return People(*map(sum, columns)) if columns else People()
