"""Who may join, how many units, when they cover: boundary triples and every alternative of K08 to K14."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.cases import programme, with_choice

from ankang.rules.cover import cover_for
from ankang.rules.eligibility import (
    NotEligible,
    WindowClosed,
    admits,
    is_eligible,
    is_subject,
    joining_age,
    require_eligible,
    require_joining,
    require_window,
    subject_groups,
)
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.units import (
    GovernmentUnitsHeld,
    Held,
    MixedUnits,
    TopUpRefused,
    UnitCapReached,
    counted_units,
    require_units,
    units_left,
)

PLAN = programme("2024-yandu")
BY_YEAR_END = with_choice(PLAN, "K12", "year-end")
OWN_A, OWN_B = Held("A", 1, by_government=False), Held("B", 1, by_government=False)
BOUGHT = Held("B", 1, by_government=True)


def codes(plan, birth, listed=()):
    return [group.code for group in subject_groups(plan, birth, listed)]


@pytest.mark.parametrize(
    ("birth", "eligible"), [(date(1964, 3, 20), True), (date(1964, 3, 21), True), (date(1964, 3, 22), False)]
)
def test_k12_sixty_is_completed_by_the_first_day_of_cover(birth, eligible):
    assert is_eligible(PLAN, birth) is eligible
    assert is_eligible(PLAN, birth) == (joining_age(PLAN, birth) >= 60)


@pytest.mark.parametrize(
    ("birth", "eligible"), [(date(1964, 12, 30), True), (date(1964, 12, 31), True), (date(1965, 1, 1), False)]
)
def test_k12_otherwise_by_the_end_of_the_year(birth, eligible):
    assert is_eligible(BY_YEAR_END, birth) is eligible


@pytest.mark.parametrize(
    ("birth", "groups"), [(date(1944, 3, 20), ["aged80"]), (date(1944, 3, 21), ["aged80"]), (date(1944, 3, 22), [])]
)
def test_k12_eighty_is_completed_by_the_first_day_of_cover(birth, groups):
    assert codes(PLAN, birth) == groups
    assert is_subject(PLAN, birth, ()) is bool(groups)


@pytest.mark.parametrize(
    ("birth", "groups"), [(date(1944, 12, 30), ["aged80"]), (date(1944, 12, 31), ["aged80"]), (date(1945, 1, 1), [])]
)
def test_k12_otherwise_eighty_by_the_end_of_the_year(birth, groups):
    assert codes(BY_YEAR_END, birth) == groups


def test_groups_come_from_lists_and_age_in_the_plans_order():
    assert codes(PLAN, date(1940, 1, 1), ["sanwu", "dibao"]) == ["dibao", "sanwu", "aged80"]
    assert codes(PLAN, date(1955, 1, 1), ["wubao"]) == ["wubao"]
    assert codes(PLAN, date(1955, 1, 1), ["aged80", "unknown"]) == []  # the age is derived, never listed


def test_k12_who_is_younger_is_outside_on_a_list_or_not():
    assert codes(PLAN, date(1964, 3, 22), ["dibao"]) == []
    assert codes(PLAN, date(1964, 3, 21), ["dibao"]) == ["dibao"]
    assert codes(BY_YEAR_END, date(1964, 3, 22), ["dibao"]) == ["dibao"]


def test_ages_count_to_the_first_day_of_ones_own_cover():
    assert not is_eligible(PLAN, date(1964, 2, 20), date(2024, 2, 19))
    assert is_eligible(PLAN, date(1964, 2, 20), date(2024, 2, 20))


def test_a_product_may_have_an_upper_age():
    product = replace(PLAN.product("A"), join_to_age=79)
    assert [admits(product, age) for age in (59, 60, 79, 80)] == [False, True, True, False]
    with pytest.raises(NotEligible, match="只收60至79周岁"):
        require_joining(PLAN, product, date(1944, 3, 21))
    require_joining(PLAN, product, date(1944, 3, 22))


def test_a_refusal_names_age_limit_day_and_reading():
    with pytest.raises(NotEligible) as refused:
        require_eligible(PLAN, date(1964, 3, 22))
    assert "59周岁" in refused.value.message
    assert "口径 K12：算到2024年3月21日" in refused.value.message
    assert refused.value.fields["reading"] == "K12"
    with pytest.raises(NotEligible, match="算到2024年12月31日"):
        require_eligible(BY_YEAR_END, date(1965, 1, 1))


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2024, 1, 31), "还没开始"),
        (date(2024, 2, 1), ""),
        (date(2024, 3, 20), ""),
        (date(2024, 3, 21), "已经截止"),
    ],
)
def test_the_window_includes_both_ends(day, words):
    if not words:
        require_window(PLAN, day)
        return
    with pytest.raises(WindowClosed, match=words):
        require_window(PLAN, day)


def test_k08_cover_follows_the_window():
    assert cover_for(PLAN, date(2024, 2, 1)) == (date(2024, 3, 21), date(2025, 3, 20))


@pytest.mark.parametrize(
    ("enrolled", "first", "last"),
    [
        (date(2024, 2, 27), date(2024, 2, 28), date(2025, 2, 27)),
        (date(2024, 2, 28), date(2024, 2, 29), date(2025, 2, 28)),
        (date(2024, 2, 29), date(2024, 3, 1), date(2025, 2, 28)),
        (date(2023, 2, 28), date(2023, 3, 1), date(2024, 2, 29)),
        (date(2024, 12, 31), date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_k08_otherwise_a_year_from_the_day_after_payment(enrolled, first, last):
    assert cover_for(with_choice(PLAN, "K08", "day-after-payment"), enrolled) == (first, last)


@given(st.dates(date(2020, 1, 1), date(2040, 12, 31)))
def test_k08_otherwise_the_cover_is_a_whole_year(enrolled):
    first, last = cover_for(with_choice_k08, enrolled)
    assert (last - first).days in (364, 365)
    assert (first - enrolled).days == 1


with_choice_k08 = with_choice(PLAN, "K08", "day-after-payment")


@pytest.mark.parametrize(("held", "left"), [([], 2), ([OWN_A], 1), ([OWN_A, OWN_B], 0), ([BOUGHT, OWN_A], 1)])
def test_k10_counts_own_units_over_both_products(held, left):
    assert units_left(PLAN, held) == left


@pytest.mark.parametrize(("held", "left"), [([], 2), ([BOUGHT], 1), ([BOUGHT, OWN_A], 0), ([BOUGHT, OWN_A, OWN_B], 0)])
def test_k10_otherwise_counts_all_units(held, left):
    assert units_left(with_choice(PLAN, "K10", "all-units"), held) == left


@pytest.mark.parametrize(("added", "fits"), [(1, True), (2, True), (3, False)])
def test_two_units_fit_and_a_third_does_not(added, fits):
    wanted = Held("A", added, by_government=False)
    if fits:
        require_units(PLAN, [BOUGHT], wanted, is_subject=True)
        return
    with pytest.raises(UnitCapReached) as refused:
        require_units(PLAN, [BOUGHT], wanted, is_subject=True)
    assert refused.value.fields == {"cap": 2, "counted": 0, "added": 3, "reading": "K10"}
    assert "请改成2份以内" in refused.value.message


def test_a_full_cap_says_that_nothing_more_fits():
    with pytest.raises(UnitCapReached, match=r"已买2份.*不能再买了"):
        require_units(PLAN, [OWN_A, OWN_B], OWN_A, is_subject=False)


def test_k10_otherwise_governments_unit_takes_a_place():
    plan = with_choice(PLAN, "K10", "all-units")
    with pytest.raises(UnitCapReached):
        require_units(plan, [OWN_A, OWN_B], BOUGHT, is_subject=True)


def test_k11_a_subject_may_add_own_units_or_not():
    require_units(PLAN, [BOUGHT], OWN_A, is_subject=True)
    strict = with_choice(PLAN, "K11", "not-allowed")
    with pytest.raises(TopUpRefused, match="口径 K11"):
        require_units(strict, [BOUGHT], OWN_A, is_subject=True)
    require_units(strict, [], BOUGHT, is_subject=True)
    require_units(strict, [], OWN_A, is_subject=False)


def test_k14_the_two_units_may_differ_or_not():
    require_units(PLAN, [OWN_A], OWN_B, is_subject=False)
    strict = with_choice(PLAN, "K14", "same-product")
    with pytest.raises(MixedUnits, match=r"已买100元/份.*K14"):
        require_units(strict, [OWN_A], OWN_B, is_subject=False)
    require_units(strict, [OWN_A], OWN_A, is_subject=False)
    require_units(strict, [BOUGHT], OWN_A, is_subject=True)  # what government chose binds nobody


def test_k09_government_buys_once():
    with pytest.raises(GovernmentUnitsHeld, match="已经给这位老人买过1份"):
        require_units(PLAN, [BOUGHT], BOUGHT, is_subject=True)


def test_no_unit_is_no_enrolment():
    with pytest.raises(InvalidInput, match="至少是1份"):
        require_units(PLAN, [], Held("A", 0, by_government=False), is_subject=False)


@given(
    st.lists(st.tuples(st.sampled_from("AB"), st.integers(1, 3), st.booleans(), st.booleans()), max_size=12),
    st.booleans(),
)
def test_no_sequence_of_enrolling_and_cancelling_passes_the_cap(steps, counts_government):
    plan = with_all_units if counts_government else PLAN
    held: list[Held] = []
    for product, units, by_government, cancels in steps:
        if cancels and held:
            held.pop()
            continue
        added = Held(product, units, by_government=by_government)
        try:
            require_units(plan, held, added, is_subject=True)
        except Conflict:
            continue
        held.append(added)
        assert counted_units(plan, held) <= 2
        assert sum(part.units for part in held if not part.by_government) <= 2
        assert sum(part.by_government for part in held) <= 1


with_all_units = with_choice(PLAN, "K10", "all-units")
