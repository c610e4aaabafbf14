"""The table of targets as the page, the workbook and the paper show it: the same lines for all three."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankang.desks.sheets import Cell, Sheet
from ankang.papers import Paper, Table
from ankang.programmes.targets import InForce, VillageTarget
from ankang.rules.money import percent_truncated
from ankang.rules.targets import ROUNDING_NAMES, Rounding, TargetLine, computed_targets, goal_line

RULES = [(rule.value, ROUNDING_NAMES[rule]) for rule in Rounding]
ANNEX_HEAD = ["序号", "村（居）", "60周岁以上人口数", "考核目标（人）", "备注"]


@dataclass(frozen=True, slots=True)
class Line:
    """One village: what is published, what the rule gives, its own line."""

    village: VillageTarget
    figures: TargetLine

    @property
    def difference(self) -> int:
        """Published less computed."""
        return self.figures.published - self.figures.computed

    @property
    def percent(self) -> str:
        return percent_truncated(self.figures.published, self.figures.population)


@dataclass(frozen=True, slots=True)
class Compared:
    """All villages by one rule, and the town. `exceptions` are published otherwise than the rule gives."""

    rule: str
    lines: tuple[Line, ...]
    town: TargetLine
    village_need: int

    @property
    def exceptions(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.difference)

    @property
    def short(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.figures.short_of_line)

    @property
    def town_percent(self) -> str:
        """What the targets come to, all met, cut to two decimals like every share: 84.995 shows as 84.99."""
        return percent_truncated(self.town.published, self.town.population)

    @property
    def rule_name(self) -> str:
        return ROUNDING_NAMES[Rounding(self.rule)]


def compare(rows: Sequence[VillageTarget], percent: int, rule: str, total: int | None = None) -> Compared:
    """Return the rows beside what `rule` computes. `total`: what largest-remainder adds up to, else the town's line."""
    populations = [row.population for row in rows]
    computed = computed_targets(populations, percent, rule, total)
    lines = tuple(
        Line(row, TargetLine(row.population, row.target, own, percent)) for row, own in zip(rows, computed, strict=True)
    )
    town = TargetLine(sum(populations), sum(row.target for row in rows), sum(computed), percent)
    return Compared(rule, lines, town, sum(goal_line(population, percent) for population in populations))


def rule_of(asked: str) -> str:
    """Return the rule that an address asks for, half-up for what is none: the plan's own, but for two villages."""
    return asked if asked in dict(RULES) else Rounding.HALF_UP.value


def annex_title(name: str, programme: str) -> str:
    return f"{name}{programme}目标分配表"


def annex_sheet(compared: Compared, says: str) -> Sheet:
    """Return the table in the form of 附件1."""
    rows = [_annex_cells(line) for line in compared.lines]
    town = compared.town
    return Sheet("附件1", ANNEX_HEAD, rows, says=says, totals=[[None, "合计", town.population, town.published, None]])


def _annex_cells(line: Line) -> list[Cell]:
    return [line.village.serial, line.village.name, line.village.population, line.village.target, None]


def comparison_sheet(compared: Compared, says: str) -> Sheet:
    percent = compared.town.percent
    head = [
        "序号",
        "村（居）",
        "60周岁以上人口数",
        "下达目标",
        compared.rule_name,
        "下达比算的多",
        f"{percent}%线",
        "下达比线少",
    ]
    rows = [[line.village.serial, line.village.name, *_figures(line.figures)] for line in compared.lines]
    return Sheet("核对", head, rows, says=says, totals=[[None, "合计", *_figures(compared.town)]])


def _figures(line: TargetLine) -> list[Cell]:
    return [
        line.population,
        line.published,
        line.computed,
        line.published - line.computed,
        line.line,
        line.short_of_line,
    ]


def annex_paper(compared: Compared, in_force: InForce, title: str) -> Paper:
    """Return 附件1 as an official paper; the note says by which paper and from which day it counts."""
    rows = [[str(cell) if cell is not None else "" for cell in _annex_cells(line)] for line in compared.lines]
    town = compared.town
    rows.append(["合计", "", str(town.population), str(town.published), ""])
    issue = in_force.issue
    caption = "" if issue is None else f"{issue.paper_words}下达，从{issue.from_on:%Y-%m-%d}起算"
    return Paper(title, [Table(ANNEX_HEAD, rows, widths=[2, 4, 5, 4, 3], totals=1, caption=caption)])
