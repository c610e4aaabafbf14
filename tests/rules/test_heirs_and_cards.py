"""Heirs' shares to the fen, and card numbers with their check digit."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.bankcard import card_number, passes_luhn
from ankang.rules.errors import InvalidInput
from ankang.rules.heirs import Heir, divided, order_of
from ankang.rules.same_day import hindrance


@pytest.mark.parametrize(
    ("amount", "heirs", "parts"),
    [
        (50_000, [Heir("spouse")], (50_000,)),
        (50_000, [Heir("spouse"), Heir("child")], (25_000, 25_000)),
        (50_000, [Heir("spouse"), Heir("child"), Heir("child")], (16_667, 16_667, 16_666)),
        (100, [Heir("child", 2), Heir("child", 1)], (67, 33)),
        (1, [Heir("child"), Heir("child")], (1, 0)),
        (0, [Heir("child"), Heir("child")], (0, 0)),
        (30_000, [Heir("sibling"), Heir("grandpar")], (15_000, 15_000)),
    ],
)
def test_shares_to_the_fen(amount: int, heirs: list[Heir], parts: tuple[int, ...]) -> None:
    assert divided(amount, heirs) == parts


@given(st.integers(0, 10**12), st.lists(st.integers(1, 1000), min_size=1, max_size=12))
def test_parts_add_up_and_are_within_a_fen_of_fair(amount: int, shares: list[int]) -> None:
    parts = divided(amount, [Heir("child", share) for share in shares])
    assert sum(parts) == amount
    whole = sum(shares)
    assert all(abs(part * whole - amount * share) < whole for part, share in zip(parts, shares, strict=True))


@pytest.mark.parametrize(
    ("heirs", "says"),
    [
        ([], "至少要有一位"),
        ([Heir("child"), Heir("sibling")], "兄弟姐妹和祖父母不继承"),
        ([Heir("spouse"), Heir("spouse")], "配偶只能有一位"),
    ],
)
def test_who_does_not_inherit(heirs: list[Heir], says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        order_of(heirs)


def test_nobody_else_is_an_heir() -> None:
    with pytest.raises(InvalidInput, match="1127"):
        Heir("agent")
    with pytest.raises(InvalidInput, match="份额"):
        Heir("child", 0)


def test_a_card_number_as_it_is_typed() -> None:
    assert card_number(" 6222 0200-0000 0000 018".replace("018", "01８")) == "6222020000000000018"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("6222020000000000019", "有一位抄错了"),
        ("62220200000", "现在是 11 位"),
        ("62220200000000000180", "现在是 20 位"),
        ("6222a2000000000001", "只写数字"),
        ("", "只写数字"),
    ],
)
def test_a_card_number_that_is_wrong(typed: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        card_number(typed)


@given(st.text("0123456789", min_size=11, max_size=18), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_found(body: str, place: int, by: int) -> None:
    good = next(body + check for check in "0123456789" if passes_luhn(body + check))
    at = place % len(good)
    wrong = good[:at] + str((int(good[at]) + by) % 10) + good[at + 1 :]
    assert not passes_luhn(wrong)


def test_same_day_payment_waits_for_assumed_readings() -> None:
    day, next_day = date(2024, 5, 29), date(2024, 5, 30)
    assert hindrance((), day, day) == ""
    assert "K02、K04" in hindrance(("K02", "K04"), day, day)
    assert hindrance(("K02",), day, next_day) == ""
