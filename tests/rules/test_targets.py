"""Targets against the published table of 2024 (附件1; domain 2 and 6)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.programme import TargetRow
from ankang.rules.targets import (
    Rounding,
    computed_target,
    computed_targets,
    goal_line,
    reaches,
    share_out,
    target_table,
)

PUBLISHED = [
    (525, 446), (743, 631), (680, 578), (522, 443), (1065, 905), (635, 540), (691, 587), (1160, 986), (669, 569),
    (921, 783), (786, 668), (798, 678), (992, 843), (708, 602), (1001, 851), (812, 690), (815, 693), (962, 818),
    (789, 671), (767, 652),
]  # fmt: skip
ROWS = [TargetRow(at + 1, f"{at + 1:02d}村", people, target) for at, (people, target) in enumerate(PUBLISHED)]
POPULATIONS = [people for people, _ in PUBLISHED]


@pytest.fixture
def table():
    return target_table(ROWS, 85)


def test_town_of_2024(table):
    assert (table.town.population, table.town.published) == (16041, 13634)
    assert table.town.line == 13635
    assert table.town.short_of_line == 1
    assert table.village_need == 13643


def test_nine_villages_are_published_below_their_own_line(table):
    short = [row.population for row in table.villages if row.short_of_line]
    assert short == [525, 743, 522, 1065, 691, 786, 798, 992, 812]
    assert table.short_villages == 9
    assert {row.short_of_line for row in table.villages} == {0, 1}


def test_eighteen_targets_are_half_up_and_two_are_rounded_down(table):
    other = [(row.population, row.published, row.computed) for row in table.villages if row.published != row.computed]
    assert other == [(743, 631, 632), (522, 443, 444)]
    assert [computed_target(people, 85, Rounding.DOWNWARD) for people in (743, 522)] == [631, 443]


@pytest.mark.parametrize(
    ("population", "half_up", "upward", "downward"),
    [
        (690, 587, 587, 586),  # 586.50: half goes up
        (525, 446, 447, 446),  # 446.25
        (743, 632, 632, 631),  # 631.55
        (680, 578, 578, 578),  # exactly
        (0, 0, 0, 0),
    ],
)
def test_rules_of_one_village(population, half_up, upward, downward):
    assert computed_target(population, 85, Rounding.HALF_UP) == half_up
    assert computed_target(population, 85, Rounding.UPWARD) == upward == goal_line(population, 85)
    assert computed_target(population, 85, Rounding.DOWNWARD) == downward


def test_largest_remainder_adds_up_to_the_line_of_the_town():
    targets = computed_targets(POPULATIONS, 85, Rounding.LARGEST_REMAINDER)
    assert sum(targets) == 13635
    assert sum(computed_targets(POPULATIONS, 85, Rounding.LARGEST_REMAINDER, total=13634)) == 13634
    assert sum(computed_targets(POPULATIONS, 85, Rounding.HALF_UP)) == 13636
    assert sum(computed_targets(POPULATIONS, 85, Rounding.UPWARD)) == 13643


def test_equal_remainders_are_served_in_order():
    assert share_out(2, [1, 1, 1]) == (1, 1, 0)
    assert share_out(5, [0, 0]) == (0, 0)


def test_largest_remainder_needs_the_town():
    with pytest.raises(ValueError, match="computed_targets"):
        computed_target(690, 85, Rounding.LARGEST_REMAINDER)
    with pytest.raises(ValueError, match="nearest"):
        computed_target(690, 85, "nearest")


@pytest.mark.parametrize(("insured", "met", "reached"), [(445, False, False), (446, True, False), (447, True, True)])
def test_published_and_goal_are_two_flags(table, insured, met, reached):
    village = table.villages[0]
    assert village.met_published(insured) is met
    assert village.reached_goal(insured) is reached
    assert village.gap(insured) == 447 - insured


def test_subjects_reach_only_with_everybody():
    assert not reaches(2812, 2813, 100)
    assert reaches(2813, 2813, 100)
    assert goal_line(2813, 100) == 2813


@given(population=st.integers(0, 10**7), percent=st.integers(0, 100))
def test_goal_line_is_the_smallest_that_reaches(population, percent):
    line = goal_line(population, percent)
    assert reaches(line, population, percent)
    assert line == 0 or not reaches(line - 1, population, percent)
    assert computed_target(population, percent, "downward") <= computed_target(population, percent, "half-up") <= line


@given(total=st.integers(0, 10**6), weights=st.lists(st.integers(0, 10**5), min_size=1, max_size=40))
def test_shares_add_up_and_stay_within_one_of_the_quota(total, weights):
    parts = share_out(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    assert all(abs(part * whole - weight * total) < whole for part, weight in zip(parts, weights, strict=True) if whole)


TOWNS = st.lists(st.integers(1, 5000), min_size=1, max_size=40)


@given(populations=TOWNS, percent=st.integers(1, 100))
def test_each_rule_beside_the_lines_of_a_town(populations, percent):
    """Upward reaches every village's line; half-up stays within half a person; downward within one, each village."""
    lines = [goal_line(people, percent) for people in populations]
    upward, half_up, downward, largest = (
        computed_targets(populations, percent, rule)
        for rule in (Rounding.UPWARD, Rounding.HALF_UP, Rounding.DOWNWARD, Rounding.LARGEST_REMAINDER)
    )
    assert list(upward) == lines
    town = goal_line(sum(populations), percent)
    assert sum(downward) <= town == sum(largest) <= sum(upward)
    for people, up, half, down, share in zip(populations, upward, half_up, downward, largest, strict=True):
        assert down <= half <= up <= down + 1
        assert abs(2 * half * 100 - 2 * people * percent) <= 100
        assert 0 <= share <= people
        assert up == half or not reaches(half, people, percent)


@given(populations=TOWNS, total=st.integers(0, 100_000))
def test_largest_remainder_adds_up_to_any_total(populations, total):
    targets = computed_targets(populations, 85, Rounding.LARGEST_REMAINDER, total)
    assert sum(targets) == total
    exact = [people * total for people in populations]
    assert all(
        abs(target * sum(populations) - share) < sum(populations) for target, share in zip(targets, exact, strict=True)
    )
