"""An assessment scheme (考核办法) as data: indicators, caps, vetoes, ranks, commendation, subsidy.

The plan publishes no formula (五; READING K16): everything here comes from a scheme that the town enters and confirms.
Points are integers in hundredths of a point; bounds are integers in hundredths of a figure's unit (85 % is 8500).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from ankang.rules.days import day_words
from ankang.rules.money import yuan


class Unit(StrEnum):
    """What a figure is counted in."""

    PERCENT = "percent"
    DAYS = "days"  # an average
    COUNT = "count"


UNIT_WORDS = {Unit.PERCENT: "%", Unit.DAYS: "天", Unit.COUNT: ""}


@dataclass(frozen=True, slots=True)
class Count:
    """One number about a village, taken from its rows."""

    name: str
    unit: str


COUNTS: dict[str, Count] = {
    "insured": Count("参保", "人"),
    "target": Count("下达目标", "人"),
    "line": Count("参保率目标线", "人"),
    "population": Count("60周岁以上人口", "人"),
    "subjects": Count("政府购买对象", "人"),
    "subjects_insured": Count("对象已参保", "人"),
    "insured_by": Count("到期参保", "人"),
    "people": Count("名册上应保", "人"),
    "visited": Count("已参保或已上门", "人"),
    "contactable": Count("号码和电话都有", "人"),
    "unchecked": Count("报了已故还没核实", "人"),
    "enrolments": Count("参保登记", "笔"),
    "undone": Count("撤销或退保", "笔"),
    "claims": Count("已结赔案", "件"),
    "claim_days": Count("报案到结案合计", "天"),
    "measures": Count("工作措施", "条"),
    "measures_done": Count("已完成措施", "条"),
}


@dataclass(frozen=True, slots=True)
class Figure:
    """What an indicator looks at: one count, or one count of another."""

    name: str
    part: str
    whole: str = ""
    unit: Unit = Unit.PERCENT
    lower_is_better: bool = False
    needs_day: bool = False


FIGURES: dict[str, Figure] = {
    "target": Figure("完成下达目标", "insured", "target"),
    "line": Figure("达到参保率目标线", "insured", "line"),
    "coverage": Figure("参保率", "insured", "population"),
    "subjects": Figure("政府购买对象参保率", "subjects_insured", "subjects"),
    "by_day": Figure("到某日完成下达目标", "insured_by", "target", needs_day=True),
    "follow_up": Figure("上门跟进面", "visited", "people"),
    "contacts": Figure("号码和电话齐全", "contactable", "people"),
    "unchecked": Figure("报了已故还没核实", "unchecked", unit=Unit.COUNT, lower_is_better=True),
    "undone": Figure("登记后又撤销或退保", "undone", "enrolments", lower_is_better=True),
    "claim_days": Figure("报案到结案平均天数", "claim_days", "claims", Unit.DAYS, lower_is_better=True),
    "measures": Figure("工作方案完成", "measures_done", "measures"),
    "measures_done": Figure("完成措施条数", "measures_done", unit=Unit.COUNT),
}

KINDS = {
    "coverage": "参保",
    "subjects": "政府购买对象",
    "timeliness": "进度",
    "follow-up": "上门跟进",
    "data": "数据质量",
    "service": "理赔服务",
    "outreach": "宣传发动",
}


class FormulaKind(StrEnum):
    """How a figure becomes points."""

    SHARE = "share"  # in proportion, up to a bound
    LINE = "line"  # all points at the bound; short of it less, or none
    TIERS = "tiers"  # the points of the best step reached
    COUNT = "count"  # so many points each: added up to the weight, or taken off it


class Rounding(StrEnum):
    """How points are rounded, once an indicator."""

    HALF_UP = "half-up"
    DOWN = "down"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of tiers: from this bound on, so many points."""

    bound: int
    points: int


@dataclass(frozen=True, slots=True)
class Formula:
    kind: FormulaKind
    bound: int = 0  # share: all points from here; line: the line
    start: int = 0  # share: no points up to here
    per: int = 0  # line: points off for each unit short; count: points for each
    steps: tuple[Step, ...] = ()  # tiers: the best first


@dataclass(frozen=True, slots=True)
class Source:
    """A figure, with its day where it needs one."""

    figure: str
    on: date | None = None

    @property
    def about(self) -> Figure:
        return FIGURES[self.figure]

    @property
    def name(self) -> str:
        return f"{self.about.name}（{self.on:%Y-%m-%d}）" if self.on else self.about.name

    @property
    def part(self) -> str:
        """The code of the count on top; a count of a day carries the day: `insured_by@2024-02-29`."""
        return f"{self.about.part}@{self.on.isoformat()}" if self.on else self.about.part


@dataclass(frozen=True, slots=True)
class Indicator:
    code: str
    name: str
    kind: str
    source: Source
    weight: int
    formula: Formula
    clause: str
    full_if_none: bool = False  # nothing to count (no claim, no subject): all points, or none
    is_bonus: bool = False  # on top of the full points


@dataclass(frozen=True, slots=True)
class Cap:
    """The points of one kind of indicators count up to this."""

    kind: str
    most: int
    clause: str


@dataclass(frozen=True, slots=True)
class Veto:
    """一票否决: whoever misses the bound is not commended, and the total counts up to `most`."""

    code: str
    name: str
    source: Source
    bound: int
    most: int
    clause: str


@dataclass(frozen=True, slots=True)
class Award:
    """A tier of commended villages: up to this rank and with at least these points."""

    name: str
    to_rank: int
    least: int


@dataclass(frozen=True, slots=True)
class PersonRule:
    """Persons by recorded work: points for each enrolment that stands and each follow-up, with a quality check."""

    name: str
    most_people: int
    per_enrolment: int
    per_follow_up: int
    least_enrolments: int
    most_undone: int  # hundredths of a percent of the enrolments that were cancelled or withdrawn
    clause: str


@dataclass(frozen=True, slots=True)
class SubsidyTier:
    """From this completion on: an amount for each insured head, or a fixed one. Fen."""

    bound: int
    amount_fen: int
    per_head: bool


@dataclass(frozen=True, slots=True)
class SubsidyRule:
    source: Source
    tiers: tuple[SubsidyTier, ...]  # the best first
    budget_fen: int
    spends_all: bool  # the whole budget is shared out, not only where the tiers ask for more
    veto_excludes: bool
    clause: str


@dataclass(frozen=True, slots=True)
class Scheme:
    """One assessment scheme of one programme."""

    id: str
    name: str
    programme: str
    is_example: bool
    full: int
    most: int
    decimals: int
    rounding: Rounding
    indicators: tuple[Indicator, ...]
    caps: tuple[Cap, ...]
    vetoes: tuple[Veto, ...]
    ties: tuple[Source, ...]  # equal points: the better of these goes first
    skips_after_tie: bool  # 1 2 2 4, else 1 2 2 3
    publicity_days: int  # working days
    awards: tuple[Award, ...]
    persons: PersonRule | None
    subsidy: SubsidyRule | None

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every figure that this scheme looks at, each once, in the order of the scheme."""
        found = [part.source for part in self.indicators] + [veto.source for veto in self.vetoes] + list(self.ties)
        if self.subsidy:
            found.append(self.subsidy.source)
        return tuple(dict.fromkeys(found))

    @property
    def counts(self) -> tuple[str, ...]:
        """The codes of the counts that scores rest on, each once."""
        named = [code for source in self.sources for code in (source.part, source.about.whole) if code]
        return tuple(dict.fromkeys([*named, "insured"]))


@dataclass(frozen=True, slots=True)
class VillageFacts:
    """One village's counts: code -> number."""

    code: str
    name: str
    serial: int
    counts: Mapping[str, int]

    def value(self, source: Source) -> Fraction | None:
        """Return a figure in its unit, exact; None where there is nothing to count it of."""
        about, part = source.about, self.counts[source.part]
        if not about.whole:
            return Fraction(part)
        whole = self.counts[about.whole]
        if not whole:
            return None
        return Fraction(part * 100, whole) if about.unit is Unit.PERCENT else Fraction(part, whole)

    def meets(self, source: Source, bound: int) -> bool:
        """Whether a figure is at the bound or better; where there is nothing to count, nothing is missed."""
        value = self.value(source)
        return value is None or better_by(source, value, bound) >= 0


def better_by(source: Source, value: Fraction, bound: int) -> Fraction:
    """Return by how many units a figure is better than a bound: negative when it misses it."""
    distance = value - Fraction(bound, 100)
    return -distance if source.about.lower_is_better else distance


def points_shown(points: int) -> str:
    """Return hundredths of a point with two decimals: `28.50`."""
    return yuan(points)


def count_words(code: str, number: int) -> str:
    """Return a count in words: `参保 900 人`, `2024年2月29日到期参保 500 人`."""
    name, _, day = code.partition("@")
    told = f"{COUNTS[name].name} {number:,} {COUNTS[name].unit}"
    return f"{day_words(date.fromisoformat(day))}{told}" if day else told


def bound_words(source: Source, bound: int) -> str:
    """Return a bound as people read it: `不低于 85.00%`, `不超过 10.00天`."""
    side = "不超过" if source.about.lower_is_better else "不低于"
    return f"{side} {points_shown(bound)}{UNIT_WORDS[source.about.unit]}"
