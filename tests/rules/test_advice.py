"""What to tell a person: the benefits at the age, the dearer product that pays less, the birthday inside the cover."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.cases import programme, with_choice

from ankang.rules.advice import benefits_at, notes

PLAN = programme("2024-yandu")
FIRST, LAST = PLAN.cover_from, PLAN.cover_to


def said(birth, plan=PLAN):
    return {note.code: note for note in notes(plan, birth, FIRST, LAST)}


def born(age):
    """Who is this old on the first day of cover, with the next birthday on its last day but one."""
    return date(FIRST.year - age, LAST.month, LAST.day - 1)


@pytest.mark.parametrize(("age", "less"), [(75, False), (76, True), (79, True), (80, False)])
def test_the_dearer_product_pays_less_from_76_to_79(age, less):
    assert ("dearer-pays-less" in said(born(age))) is less


def test_the_warning_names_both_amounts_and_what_the_dearer_has_more():
    assert said(born(77))["dearer-pays-less"].message == (
        "77周岁：100元/份的意外伤害是2,000元，50元/份是5,000元，贵的反而赔得少；"
        "但100元/份多了骨折费用和住院津贴。请跟老人讲清楚。"
    )


def test_the_warning_comes_from_the_plans_figures():
    a, b = PLAN.products
    dear = replace(a, price_fen=b.price_fen)
    assert "dearer-pays-less" not in said(born(77), replace(PLAN, products=(dear, b)))


def test_the_birthday_on_which_an_amount_falls():
    note = said(date(1948, 7, 15))["birthday"]
    assert (note.on, note.age) == (date(2024, 7, 15), 76)
    assert note.message == (
        "老人2024年7月15日满76周岁。从那天起，100元/份的意外伤害由5,000元降到2,000元；"
        "50元/份的意外伤害仍是5,000元。请跟老人讲清楚。"
    )


def test_at_seventy_the_other_benefits_fall_too():
    message = said(date(1954, 5, 1))["birthday"].message
    assert "100元/份的意外医疗、定期寿险、骨折费用也降低" in message
    assert "50元/份的意外医疗、定期寿险也降低" in message


@pytest.mark.parametrize(
    ("birthday", "noted"),
    [
        (FIRST, False),  # the age on the first day already has it
        (FIRST + timedelta(1), True),
        (LAST, True),
        (LAST + timedelta(1), False),
    ],
)
def test_only_a_birthday_inside_the_cover_is_noted(birthday, noted):
    assert ("birthday" in said(birthday.replace(year=birthday.year - 76))) is noted


@pytest.mark.parametrize("age", [60, 65, 72, 77, 85])
def test_a_birthday_that_changes_nothing_is_not_noted(age):
    assert "birthday" not in said(born(age))


def test_k01_otherwise_birthdays_change_nothing():
    assert "birthday" not in said(date(1948, 7, 15), with_choice(PLAN, "K01", "cover-start"))


def test_who_joins_before_the_first_band_is_told_nothing_untrue():
    plan = with_choice(PLAN, "K12", "year-end")
    assert said(date(1964, 6, 1), plan) == {}


@pytest.mark.parametrize(("age", "amounts"), [
    (69, ["10,000元", "3,000元", "500元", "2,024元", "每天50元"]),
    (70, ["5,000元", "1,500元", "300元", "1,000元", "每天50元"]),
    (76, ["2,000元", "1,500元", "300元", "1,000元", "每天50元"]),
])  # fmt: skip
def test_the_card_of_a(age, amounts):
    lines = benefits_at(PLAN, PLAN.product("A"), age)
    assert [line.words for line in lines] == amounts
    assert [line.condition for line in lines] == ["最高", "减200元后，最高", "", "最高", ""]
    doubts = [line.doubt.id for line in lines if line.doubt]
    assert doubts == (["K03"] if age < 70 else [])


def test_the_card_of_b_says_what_it_has_not():
    lines = benefits_at(PLAN, PLAN.product("B"), 79)
    assert [line.words for line in lines] == ["5,000元", "1,000元", "300元", "没有", "没有"]


@given(st.dates(date(1924, 1, 1), date(1964, 3, 21)))
def test_a_note_is_a_fact_of_the_plan(birth):
    for note in notes(PLAN, birth, FIRST, LAST):
        a, b = (product.benefit("accident") for product in PLAN.products)
        if note.code == "dearer-pays-less":
            assert a.amount_at(note.age) < b.amount_at(note.age)
        else:
            assert FIRST < note.on <= LAST
            assert PLAN.age_on(birth, note.on) == note.age == PLAN.age_on(birth, note.on - timedelta(1)) + 1
            assert any(line.amount_at(note.age) < line.amount_at(note.age - 1) for _, line in PLAN.benefits())
