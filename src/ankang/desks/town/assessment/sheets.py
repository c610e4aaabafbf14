"""Results as Excel: the ranking, every line of every trace, the counts underneath."""

from collections.abc import Sequence
from decimal import Decimal

from ankang.desks.sheets import Cell, Sheet
from ankang.rules.assessment import COUNTS, Scheme, VillageFacts, points_shown
from ankang.rules.assessment_scores import Score, ScoreLine

_TRACE = ("名次", "村（居）", "指标", "数", "怎么算", "得分", "分值", "依据")


def result_sheets(scheme: Scheme, scores: Sequence[Score], facts: Sequence[VillageFacts], says: str) -> list[Sheet]:
    """Return three sheets; points are numbers with two decimals."""
    return [_ranking(scheme, scores, says), _traces(scores, says), _counts(facts, says)]


def points_cell(points: int) -> Decimal:
    """Return hundredths of a point as a number with two decimals."""
    return Decimal(points_shown(points))


def _ranking(scheme: Scheme, scores: Sequence[Score], says: str) -> Sheet:
    head = ("名次", "村（居）", "总分", *(part.name for part in scheme.indicators), "封顶和否决", "一票否决")
    codes = [part.code for part in scheme.indicators]
    rows: list[list[Cell]] = []
    for score in scores:
        got = {line.code: line.points for line in score.lines}
        given = [got[code] for code in codes]
        rest = points_cell(score.points - sum(given))
        cells = [points_cell(points) for points in given]
        rows.append([score.rank, score.name, points_cell(score.points), *cells, rest, "、".join(score.vetoes)])
    return Sheet("成绩", head, rows, says=says)


def _traces(scores: Sequence[Score], says: str) -> Sheet:
    rows: list[list[Cell]] = [[score.rank, score.name, *_trace_cells(line)] for score in scores for line in score.lines]
    return Sheet("每一分从哪来", _TRACE, rows, says=says)


def _trace_cells(line: ScoreLine) -> list[Cell]:
    points, weight = points_cell(line.points), points_cell(line.weight)
    return [line.name, line.figure, line.words, points, weight, line.clause]


def _counts(facts: Sequence[VillageFacts], says: str) -> Sheet:
    ordered = sorted(facts, key=lambda one: (one.serial, one.code))
    codes = list(ordered[0].counts) if ordered else []
    rows: list[list[Cell]] = [[one.serial, one.name, *(one.counts[code] for code in codes)] for one in ordered]
    return Sheet("数据", ("序号", "村（居）", *(count_title(code) for code in codes)), rows, says=says)


def count_title(code: str) -> str:
    """Return a count's name and unit, with its day: `2024-02-29 到期参保（人）`."""
    name, _, day = code.partition("@")
    told = f"{COUNTS[name].name}（{COUNTS[name].unit}）"
    return f"{day} {told}" if day else told
