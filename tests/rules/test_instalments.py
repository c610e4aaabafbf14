"""Agreed parts: what is due by a day follows from what has still to come."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.errors import InvalidInput
from ankang.rules.instalments import Due, Part, due, require_parts

FIRST, SECOND, THIRD = date(2024, 5, 1), date(2024, 6, 1), date(2024, 7, 1)
PARTS = (Part(FIRST, 100), Part(SECOND, 100), Part(THIRD, 50))


@pytest.mark.parametrize(
    ("left", "today", "expected"),
    [
        (250, FIRST - timedelta(days=1), Due(FIRST, 100, 0)),
        (250, FIRST, Due(FIRST, 100, 100)),
        (190, FIRST, Due(FIRST, 40, 40)),
        (150, FIRST, Due(SECOND, 100, 0)),
        (149, FIRST, Due(SECOND, 99, 0)),
        (151, SECOND, Due(FIRST, 1, 101)),
        (50, THIRD - timedelta(days=1), Due(THIRD, 50, 0)),
        (1, THIRD, Due(THIRD, 1, 1)),
        (0, THIRD, None),
    ],
)
def test_the_part_that_is_next_and_what_should_be_here(left, today, expected):
    assert due(PARTS, left, today) == expected


def test_without_an_agreement_nothing_is_due():
    assert due((), 100, FIRST) is None


@given(
    amounts=st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
    came=st.integers(0, 10**7),
    day=st.integers(-1, 9),
)
def test_due_is_what_was_promised_by_the_day_less_what_came(amounts, came, day):
    parts = [Part(FIRST + timedelta(days=at), amount) for at, amount in enumerate(amounts)]
    total = sum(amounts)
    came = min(came, total)
    promised = sum(part.amount_fen for part in parts if part.due_on <= FIRST + timedelta(days=day))
    found = due(parts, total - came, FIRST + timedelta(days=day))
    assert (found.due_fen if found else 0) == max(0, promised - came)
    if found:
        before = sum(part.amount_fen for part in parts if part.due_on <= found.next_on)
        assert before - came == found.next_fen


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        ((), "至少写一期"),
        ((Part(FIRST, 100), Part(FIRST, 150)), "同一天"),
        ((Part(FIRST - timedelta(days=1), 250),), "已经过了"),
        ((Part(FIRST, 249),), "加起来要正好"),
        ((Part(FIRST, 251),), "加起来要正好"),
        ((Part(FIRST, 250), Part(SECOND, 0)), "大于0"),
    ],
)
def test_what_no_agreement_can_be(parts, says):
    with pytest.raises(InvalidInput, match=says):
        require_parts(parts, 250, FIRST)


def test_parts_are_kept_by_day():
    assert require_parts(PARTS[::-1], 250, FIRST) == PARTS
