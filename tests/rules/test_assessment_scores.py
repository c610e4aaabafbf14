"""Scores: boundaries by hand, and what must hold whatever the scheme and the villages are."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.assessment import (
    FIGURES,
    Cap,
    Formula,
    FormulaKind,
    Indicator,
    Rounding,
    Scheme,
    Source,
    Step,
    Veto,
    VillageFacts,
    points_shown,
)
from ankang.rules.assessment_load import read_scheme
from ankang.rules.assessment_scores import points_of, rounded, score_of, score_villages
from ankang.rules.canonical import read_document, to_document

EXAMPLE = Path(__file__).resolve().parents[2] / "programmes" / "2024-yandu" / "assessment-example.toml"
SHARE, LINE, TIERS, COUNT = FormulaKind.SHARE, FormulaKind.LINE, FormulaKind.TIERS, FormulaKind.COUNT


def example() -> Scheme:
    return read_scheme(EXAMPLE.read_text(encoding="utf-8"))


def facts(serial: int = 1, **counts: int) -> VillageFacts:
    """A village of 1,000 with everything done, but for what is named; `_0229` is the count by 29 February."""
    early = counts.pop("early", 600)
    full = dict.fromkeys(("insured", "target", "line", "people", "visited", "contactable"), 850)
    full |= {"population": 1000, "subjects": 100, "subjects_insured": 100, "unchecked": 0, "enrolments": 850}
    full |= {"undone": 0, "claims": 4, "claim_days": 40, "measures": 4, "measures_done": 4}
    full |= {"insured_by@2024-02-29": early, "insured_by@2024-03-10": 800}
    return VillageFacts(f"V{serial:02d}", f"{serial:02d}村", serial, full | counts)


def points(formula: Formula, figure: str, value: Fraction | int, weight: int = 1000) -> Fraction:
    return points_of(formula, Source(figure), weight, Fraction(value))


def test_a_share_runs_from_its_start_to_its_bound():
    plain = Formula(SHARE, bound=10_000)
    assert [points(plain, "target", at) for at in (0, 50, 100, 120)] == [0, 500, 1000, 1000]
    from_80 = Formula(SHARE, bound=10_000, start=8_000)
    assert [points(from_80, "subjects", at) for at in (79, 80, 90, 100)] == [0, 0, 500, 1000]


def test_a_line_gives_all_or_takes_off_for_each_unit_short():
    strict = Formula(LINE, bound=8_500)
    assert [points(strict, "coverage", at) for at in (Fraction(8499, 100), 85, 86)] == [0, 1000, 1000]
    mild = Formula(LINE, bound=8_500, per=200)
    assert [points(mild, "coverage", at) for at in (84, Fraction(169, 2), 80, 70)] == [800, 900, 0, 0]
    days = Formula(LINE, bound=1_000, per=100)
    assert [points(days, "claim_days", at) for at in (9, 10, 11, 30)] == [1000, 1000, 900, 0]


def test_tiers_give_the_best_step_reached():
    high = Formula(TIERS, steps=(Step(10_000, 900), Step(8_500, 500)))
    assert [points(high, "target", at) for at in (101, 100, Fraction(9999, 100), 85, 84)] == [900, 900, 500, 500, 0]
    low = Formula(TIERS, steps=(Step(1_000, 900), Step(2_000, 500)))
    assert [points(low, "claim_days", at) for at in (10, Fraction(101, 10), 20, 21)] == [900, 500, 500, 0]


def test_counts_add_up_or_are_taken_off():
    assert [points(Formula(COUNT, per=300), "measures_done", at) for at in (0, 3, 4)] == [0, 900, 1000]
    assert [points(Formula(COUNT, per=300), "unchecked", at) for at in (0, 3, 4)] == [1000, 100, 0]


@pytest.mark.parametrize(("decimals", "half_up", "down"), [(2, 1235, 1234), (1, 1230, 1230), (0, 1200, 1200)])
def test_points_are_rounded_once(decimals, half_up, down):
    exact = Fraction(12345, 10)
    assert rounded(exact, decimals, Rounding.HALF_UP) == half_up
    assert rounded(exact, decimals, Rounding.DOWN) == down


def test_the_example_by_hand():
    score = score_of(example(), facts())
    by_code = {line.code: line.points for line in score.lines}
    # 600/850 = 70.58 % and 800/850 = 94.11 % pass 60 % and 85 %; the outreach cap takes 1 of 5 + 2 off.
    assert (by_code["target"], by_code["line"]) == (3000, 2000)
    assert by_code["cap-outreach"] == -100
    assert by_code["most"] == -100
    assert score.points == 10_000
    half = score_of(example(), facts(insured=425, early=255))
    told = {line.code: (line.points, line.figure, line.words) for line in half.lines}
    assert told["target"] == (1500, "参保 425 人 ÷ 下达目标 850 人 = 50.00%", "到 100.00% 得满分 30.00，不到的按比例")
    assert told["line"][0] == 0  # 42.5 points short, 2 off for each
    assert told["by-february"] == (
        250,
        "2024年2月29日到期参保 255 人 ÷ 下达目标 850 人 = 30.00%",
        "到 60.00% 得满分 5.00，不到的按比例",
    )


def test_a_village_with_nothing_to_count_is_treated_as_the_scheme_says():
    none = score_of(example(), facts(claims=0, claim_days=0, subjects=0, subjects_insured=0, enrolments=0))
    by_code = {line.code: (line.points, line.words) for line in none.lines}
    assert by_code["claims"] == (500, "没有可算的，按办法给满分")
    assert by_code["undone"] == (0, "没有可算的，按办法不给分")
    assert not none.is_vetoed  # no subject is missing


def test_a_veto_caps_the_total_and_says_why():
    score = score_of(example(), facts(subjects_insured=99))
    last = score.lines[-1]
    assert score.vetoes == ("政府购买对象没有全部参保",)
    assert (score.points, last.figure) == (8000, "对象已参保 99 人 ÷ 政府购买对象 100 人 = 99.00%")
    assert "不参加评先" in last.words


def test_equal_points_are_parted_by_the_tie_rule_then_share_the_rank():
    scheme = replace(example(), indicators=example().indicators[:1], caps=())
    villages = [
        facts(1, insured=800),
        facts(2, insured=900, population=1050),
        facts(3, insured=900, population=1050),
        facts(4, insured=900, population=1000),
        facts(5, insured=700),
    ]
    ranks = [(score.serial, score.rank) for score in score_villages(scheme, villages)]
    assert ranks == [(4, 1), (2, 2), (3, 2), (1, 4), (5, 5)]
    dense = score_villages(replace(scheme, skips_after_tie=False), villages)
    assert [score.rank for score in dense] == [1, 2, 2, 3, 4]


def test_the_scheme_survives_its_document():
    scheme = example()
    assert read_document(to_document(scheme), Scheme) == scheme
    assert scheme.counts[-1] == "measures"
    assert "insured_by@2024-03-10" in scheme.counts


# --- whatever the scheme and the villages are


@st.composite
def formulas(draw: st.DrawFn, figure: str, weight: int) -> Formula:
    about = FIGURES[figure]
    kinds = [COUNT] if about.unit == "count" else [LINE, TIERS] if about.lower_is_better else [SHARE, LINE, TIERS]
    kind = draw(st.sampled_from(kinds))
    bound = draw(st.integers(1, 15_000))
    if kind is SHARE:
        return Formula(SHARE, bound=bound, start=draw(st.integers(0, bound - 1)))
    if kind is LINE:
        return Formula(LINE, bound=bound, per=draw(st.integers(0, 500)))
    if kind is COUNT:
        return Formula(COUNT, per=draw(st.integers(1, 500)))
    bounds = sorted(draw(st.sets(st.integers(1, 15_000), min_size=1, max_size=4)), reverse=not about.lower_is_better)
    given_points = sorted(draw(st.sets(st.integers(0, weight), min_size=1, max_size=4)), reverse=True)
    return Formula(TIERS, steps=tuple(Step(*pair) for pair in zip(bounds, given_points, strict=False)))


_FIGURES = sorted(code for code, about in FIGURES.items() if not about.needs_day)


@st.composite
def indicators(draw: st.DrawFn, at: int) -> Indicator:
    figure, weight = draw(st.sampled_from(_FIGURES)), draw(st.integers(1, 4_000))
    return Indicator(
        code=f"i{at}",
        name=f"第{at}项",
        kind=draw(st.sampled_from(("coverage", "data"))),
        source=Source(figure),
        weight=weight,
        formula=draw(formulas(figure, weight)),
        clause="一",
        full_if_none=draw(st.booleans()),
    )


@st.composite
def schemes(draw: st.DrawFn) -> Scheme:
    parts = tuple(draw(indicators(at)) for at in range(draw(st.integers(1, 6))))
    full = sum(part.weight for part in parts)
    return replace(
        example(),
        full=full,
        most=full,
        decimals=draw(st.integers(0, 2)),
        rounding=draw(st.sampled_from(tuple(Rounding))),
        indicators=parts,
        caps=draw(st.sampled_from([(), (Cap("data", 500, "二"),)])),
        vetoes=(Veto("v", "对象", Source("subjects"), 10_000, draw(st.integers(0, full)), "三"),),
        skips_after_tie=draw(st.booleans()),
    )


@st.composite
def villages(draw: st.DrawFn, at: int) -> VillageFacts:
    numbers = st.integers(0, 60)
    population = draw(numbers)
    counts = {code: draw(numbers) for code in ("insured", "target", "line", "unchecked", "claims", "claim_days")}
    counts["population"] = population
    for part, whole in (
        ("subjects_insured", "subjects"),
        ("visited", "people"),
        ("contactable", "people"),
        ("undone", "enrolments"),
        ("measures_done", "measures"),
    ):
        counts.setdefault(whole, draw(numbers))
        counts[part] = draw(st.integers(0, counts[whole]))
    return VillageFacts(f"V{at:02d}", f"{at:02d}村", at, counts)


@st.composite
def towns(draw: st.DrawFn) -> list[VillageFacts]:
    return [draw(villages(at)) for at in range(1, draw(st.integers(1, 6)) + 1)]


@given(schemes(), towns())
def test_points_stay_within_the_weight_and_the_trace_adds_up(scheme, town):
    codes = {part.code for part in scheme.indicators}
    for score in score_villages(scheme, town):
        for line in score.lines:
            assert 0 <= line.points <= line.weight if line.code in codes else line.points <= 0
        assert sum(line.points for line in score.lines) == score.points
        assert 0 <= score.points <= scheme.most


@given(schemes(), towns(), st.randoms(use_true_random=False))
def test_ranks_do_not_depend_on_the_order_of_the_villages(scheme, town, random):
    before = score_villages(scheme, town)
    shuffled = list(town)
    random.shuffle(shuffled)
    assert score_villages(scheme, shuffled) == before
    assert [score.points for score in before] == sorted((score.points for score in before), reverse=True)
    assert before[0].rank == 1


@given(schemes(), villages(1))
def test_a_veto_always_wins(scheme, village):
    score = score_of(scheme, village)
    counts = village.counts
    assert score.is_vetoed == (counts["subjects_insured"] < counts["subjects"])
    if score.is_vetoed:
        assert score.points <= scheme.vetoes[0].most


@given(st.sampled_from(_FIGURES).flatmap(lambda figure: st.tuples(st.just(figure), formulas(figure, 1000))), st.data())
def test_a_better_figure_never_loses_points(pair, data):
    figure, formula = pair
    numbers = st.fractions(0, 200, max_denominator=1000)
    worse, better = sorted((data.draw(numbers), data.draw(numbers)), reverse=FIGURES[figure].lower_is_better)
    assert points(formula, figure, worse) <= points(formula, figure, better)


def test_points_are_shown_with_two_decimals():
    assert [points_shown(at) for at in (0, 5, 2850, -100)] == ["0.00", "0.05", "28.50", "-1.00"]
    assert Source("by_day", date(2024, 2, 29)).name == "到某日完成下达目标（2024-02-29）"
