"""Clocks of claims: calendar and working days, pauses, the day before, on and after the last one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.clocks import Pause, as_if_since, clocks, days_left, due_on, read_clocks
from ankang.rules.errors import InvalidInput

DAY = date(2024, 4, 26)  # a Friday; 28 April and 11 May are worked, 1 to 5 May are off


@pytest.mark.parametrize(
    ("code", "pauses", "due"),
    [
        ("refusal_letter", (), date(2024, 4, 29)),
        ("payment", (), date(2024, 5, 6)),
        ("decision", (), date(2024, 5, 26)),
        ("step", (), date(2024, 5, 7)),  # 28, 29, 30 April, 6, 7 May
        ("decision", ((date(2024, 4, 28), date(2024, 5, 8)),), date(2024, 6, 5)),  # ten days stood still
        ("payment", ((date(2024, 4, 28), date(2024, 5, 8)),), date(2024, 5, 6)),  # this one does not pause
        ("step", ((date(2024, 4, 28), date(2024, 5, 6)),), date(2024, 5, 10)),
    ],
)
def test_the_last_day(code: str, pauses: tuple[Pause, ...], due: date) -> None:
    clock = clocks()[code]
    assert due_on(clock, DAY, pauses) == due
    assert days_left(clock, DAY, due - timedelta(days=1), pauses) >= 0
    assert days_left(clock, DAY, due, pauses) == 0
    later = next(day for at in range(1, 9) if days_left(clock, DAY, day := due + timedelta(days=at), pauses) < 0)
    assert later > due


def test_while_papers_are_missing_no_day_is_the_last() -> None:
    clock, waiting = clocks()["decision"], ((date(2024, 4, 28), None),)
    assert due_on(clock, DAY, waiting) is None
    assert days_left(clock, DAY, date(2025, 4, 26), waiting) == 28


@given(
    st.sampled_from(["step", "decision"]),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)),
    st.integers(0, 40),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_a_clock_that_paused_goes_on_as_one_that_began_later(
    code: str, since: date, begins: int, length: int, after: int
) -> None:
    clock = clocks()[code]
    came = since + timedelta(days=begins + length)
    pause = (since + timedelta(days=begins), came)
    later = as_if_since(clock, since, came, [pause])
    assert since <= later <= came
    day = came + timedelta(days=after)
    assert days_left(clock, later, day) == days_left(clock, since, day, [pause])


@given(st.dates(date(2024, 1, 1), date(2024, 12, 31)), st.integers(0, 60), st.integers(0, 30))
def test_a_pause_never_shortens(since: date, begins: int, length: int) -> None:
    clock = clocks()["decision"]
    pause = (since + timedelta(days=begins), since + timedelta(days=begins + length))
    plain, paused = due_on(clock, since), due_on(clock, since, (pause,))
    assert plain is not None
    assert paused is not None
    assert plain <= paused <= plain + timedelta(days=length)


@pytest.mark.parametrize(
    ("change", "says"),
    [("days = 0", "1 或更大"), ('kind = "custom"', "law 或 promise"), ("pause = true", "一项不多")],
)
def test_a_clock_that_cannot_be(change: str, says: str) -> None:
    rows = {"name": '"核定"', "clause": '"第23条"', "kind": '"law"', "days": "30", "working": "false", "pauses": "true"}
    key, _, value = change.partition(" = ")
    rows[key] = value
    with pytest.raises(InvalidInput, match=says):
        read_clocks("[decision]\n" + "\n".join(f"{name} = {text}" for name, text in rows.items()))
