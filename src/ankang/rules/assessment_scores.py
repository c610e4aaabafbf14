"""Scores by a scheme: where every point comes from (每一分从哪来), and the ranks.

Exact throughout: figures are fractions, points are rounded once an indicator, to hundredths or coarser.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from ankang.rules.assessment import (
    KINDS,
    UNIT_WORDS,
    Formula,
    FormulaKind,
    Indicator,
    Rounding,
    Scheme,
    Source,
    Unit,
    Veto,
    VillageFacts,
    better_by,
    bound_words,
    count_words,
    points_shown,
)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One step of a village's trace. Points in hundredths; what a cap or a veto takes off is negative."""

    code: str
    name: str
    figure: str
    words: str
    points: int
    weight: int
    clause: str


@dataclass(frozen=True, slots=True)
class Score:
    """One village's result: the lines add up to `points`."""

    village: str
    name: str
    serial: int
    lines: tuple[ScoreLine, ...]
    points: int
    vetoes: tuple[str, ...]  # names of the vetoes that struck
    rank: int = 0

    @property
    def is_vetoed(self) -> bool:
        return bool(self.vetoes)


def score_villages(scheme: Scheme, villages: Sequence[VillageFacts]) -> tuple[Score, ...]:
    """Return every village's score, the best first; equal ones in the order of their serial numbers.

    The order of `villages` changes nothing. Points in hundredths.
    Errors: KeyError when a count that the scheme needs is missing.
    """
    scored = [(score_of(scheme, facts), _tie_key(scheme, facts)) for facts in villages]
    scored.sort(key=lambda pair: (-pair[0].points, pair[1], pair[0].serial, pair[0].village))
    ranked: list[Score] = []
    rank, before = 0, None
    for place, (score, ties) in enumerate(scored, 1):
        standing = (score.points, ties)
        if standing != before:
            rank = place if scheme.skips_after_tie else rank + 1
        ranked.append(replace(score, rank=rank))
        before = standing
    return tuple(ranked)


def score_of(scheme: Scheme, facts: VillageFacts) -> Score:
    """Return one village's score with its trace, without a rank. Source: the scheme; READING K16."""
    lines = [_indicator_line(scheme, part, facts) for part in scheme.indicators]
    lines += _cap_lines(scheme, lines)
    total = sum(line.points for line in lines)
    if total > scheme.most:
        lines.append(_off("most", "总分封顶", f"总分最高 {points_shown(scheme.most)}", scheme.most - total, "总分"))
        total = scheme.most
    struck = [veto for veto in scheme.vetoes if not facts.meets(veto.source, veto.bound)]
    for veto in struck:
        lines.append(_veto_line(veto, facts, min(0, veto.most - total)))
        total = min(total, veto.most)
    return Score(
        village=facts.code,
        name=facts.name,
        serial=facts.serial,
        lines=tuple(lines),
        points=total,
        vetoes=tuple(veto.name for veto in struck),
    )


def points_of(formula: Formula, source: Source, weight: int, value: Fraction) -> Fraction:
    """Return the exact points, in hundredths, of a figure: never below 0 nor above the weight."""
    found = _FORMULAS[formula.kind](formula, source, weight, value)
    return max(Fraction(0), min(Fraction(weight), found))


def rounded(points: Fraction, decimals: int, rounding: Rounding) -> int:
    """Return hundredths of a point rounded to so many decimals, by the scheme's rule; `points` is not negative."""
    step: int = 10 ** (2 - decimals)
    half = Fraction(1, 2) if rounding is Rounding.HALF_UP else Fraction(0)
    return int(points / step + half) * step


def _share(formula: Formula, source: Source, weight: int, value: Fraction) -> Fraction:
    gone = value * 100 - formula.start
    return weight * gone / (formula.bound - formula.start)


def _line(formula: Formula, source: Source, weight: int, value: Fraction) -> Fraction:
    short = -better_by(source, value, formula.bound)
    if short <= 0:
        return Fraction(weight)
    return weight - formula.per * short if formula.per else Fraction(0)


def _tiers(formula: Formula, source: Source, weight: int, value: Fraction) -> Fraction:
    reached = (step.points for step in formula.steps if better_by(source, value, step.bound) >= 0)
    return Fraction(next(reached, 0))


def _count(formula: Formula, source: Source, weight: int, value: Fraction) -> Fraction:
    given = formula.per * value
    return weight - given if source.about.lower_is_better else given


_FORMULAS: dict[FormulaKind, Callable[[Formula, Source, int, Fraction], Fraction]] = {
    FormulaKind.SHARE: _share,
    FormulaKind.LINE: _line,
    FormulaKind.TIERS: _tiers,
    FormulaKind.COUNT: _count,
}


def _indicator_line(scheme: Scheme, part: Indicator, facts: VillageFacts) -> ScoreLine:
    value = facts.value(part.source)
    if value is None:
        points = part.weight if part.full_if_none else 0
        words = "没有可算的，按办法" + ("给满分" if part.full_if_none else "不给分")
    else:
        points = rounded(points_of(part.formula, part.source, part.weight, value), scheme.decimals, scheme.rounding)
        words = formula_words(part)
    return ScoreLine(
        code=part.code,
        name=part.name,
        figure=figure_words(part.source, facts),
        words=words,
        points=min(points, part.weight),  # rounding to whole points never passes the weight
        weight=part.weight,
        clause=part.clause,
    )


def figure_words(source: Source, facts: VillageFacts) -> str:
    """Return a figure with its counts: `参保 900 人 ÷ 下达目标 905 人 = 99.44%`; shares are cut, never rounded up."""
    about, value = source.about, facts.value(source)
    part = count_words(source.part, facts.counts[source.part])
    if not about.whole:
        return part
    whole = count_words(about.whole, facts.counts[about.whole])
    if value is None:
        return f"{part}，{whole}"
    return f"{part} ÷ {whole} = {points_shown(int(value * 100))}{UNIT_WORDS[about.unit]}"


def formula_words(part: Indicator) -> str:
    """Return how an indicator's figure becomes points, in words."""
    formula, source, weight = part.formula, part.source, points_shown(part.weight)
    unit = "个百分点" if source.about.unit is Unit.PERCENT else "天"
    match formula.kind:
        case FormulaKind.SHARE:
            start = f"，{points_shown(formula.start)}% 以下不得分" if formula.start else ""
            return f"到 {points_shown(formula.bound)}% 得满分 {weight}，不到的按比例{start}"
        case FormulaKind.LINE:
            short = f"每差1{unit}扣 {points_shown(formula.per)} 分" if formula.per else "没到不得分"
            return f"{bound_words(source, formula.bound)} 得 {weight} 分，{short}"
        case FormulaKind.TIERS:
            steps = [f"{bound_words(source, step.bound)} 得 {points_shown(step.points)} 分" for step in formula.steps]
            return "；".join(steps) + "；再差不得分"
        case FormulaKind.COUNT:
            if source.about.lower_is_better:
                return f"{weight} 分，每有1个扣 {points_shown(formula.per)} 分，扣完为止"
            return f"每个 {points_shown(formula.per)} 分，最多 {weight} 分"


def _cap_lines(scheme: Scheme, lines: Sequence[ScoreLine]) -> list[ScoreLine]:
    found = []
    for cap in scheme.caps:
        codes = {part.code for part in scheme.indicators if part.kind == cap.kind}
        got = sum(line.points for line in lines if line.code in codes)
        if got > cap.most:
            words = f"这一类最多 {points_shown(cap.most)} 分，原来 {points_shown(got)} 分"
            found.append(_off(f"cap-{cap.kind}", f"{KINDS[cap.kind]}封顶", words, cap.most - got, cap.clause))
    return found


def _veto_line(veto: Veto, facts: VillageFacts, points: int) -> ScoreLine:
    words = f"应当{bound_words(veto.source, veto.bound)}；总分最高 {points_shown(veto.most)}，不参加评先"
    return replace(
        _off(f"veto-{veto.code}", f"一票否决：{veto.name}", words, points, veto.clause),
        figure=figure_words(veto.source, facts),
    )


def _off(code: str, name: str, words: str, points: int, clause: str) -> ScoreLine:
    return ScoreLine(code=code, name=name, figure="", words=words, points=points, weight=0, clause=clause)


def _tie_key(scheme: Scheme, facts: VillageFacts) -> tuple[Fraction, ...]:
    """Return what decides between equal points, the better first. Nothing to count stands as 0."""
    found = []
    for source in scheme.ties:
        value = facts.value(source) or Fraction(0)
        found.append(value if source.about.lower_is_better else -value)
    return tuple(found)
