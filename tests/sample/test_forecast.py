"""The forecast against what the sample's campaign came to: its figures stand in the guide, and cannot drift."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests.sample.test_campaign import candidates

from ankang.enrolment.coverage import window_of
from ankang.rules.pace import DayCount, Window, pace_of
from ankang.sample.campaign import PROGRESS, this_year
from ankang.sample.town import this_years_plan

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "guide" / "forecast.md"
PLAN = this_years_plan()
WINDOW = window_of(PLAN)


@pytest.fixture(scope="module")
def town() -> list[DayCount]:
    """Return the sample town's people by the day on which they were first insured, to the window's last day."""
    single: Counter[date] = Counter()
    bulk: Counter[date] = Counter()
    for row in PLAN.targets:
        first: dict[int, tuple[date, str]] = {}
        for act in this_year(PLAN, row.serial, candidates(PLAN, row.serial, row.population), PROGRESS[row.serial - 1]):
            first.setdefault(act.who, (act.day, act.channel))  # in order of time
        for day, channel in first.values():
            (bulk if channel == "batch" else single)[day] += 1
    days = (WINDOW.opens + timedelta(days=at) for at in range(WINDOW.length))
    return [DayCount(day, single[day], bulk[day]) for day in days]


def back_test(days: Sequence[DayCount], window: Window) -> list[tuple[date, int, bool]]:
    """Return for each morning with a forecast (day, forecast, whether the real end fell in its range).

    The end leaves out batches that came later: no forecast promises them.
    """
    people = sum(row.population for row in PLAN.targets)
    found = []
    for at in range(window.length):
        today = window.opens + timedelta(days=at)
        past = days[:at]
        pace = pace_of(
            past, insured=sum(day.people for day in past), population=people, percent=85, window=window, today=today
        )
        if pace.forecast is not None:
            end = sum(day.single for day in days) + sum(day.bulk for day in past)
            found.append((today, pace.forecast.people, pace.forecast.low <= end <= pace.forecast.high))
    return found


def test_the_guide_tells_how_the_forecast_did(town: list[DayCount]) -> None:
    found = back_test(town, WINDOW)
    right = [day for day, _, is_in in found if is_in]
    wrong = [day for day, _, is_in in found if not is_in]
    end = sum(day.people for day in town)
    demo = next(people for day, people, _ in found if day == date(2024, 3, 4))
    said = GUIDE.read_text(encoding="utf-8")
    assert f"{len(found)} 个早上里有 {len(right)} 个落在区间里" in said
    assert f"没落进去的 {len(wrong)} 个都在{_short(wrong[0])}到{_short(wrong[-1])}" in said
    assert wrong[-1] - wrong[0] == timedelta(days=len(wrong) - 1)
    assert f"3月4日推算 {demo:,} 人，最后实际 {end:,} 人，差 {abs(end - demo)} 人" in said


def test_leaving_holidays_out_is_what_helps(town: list[DayCount]) -> None:
    plain = back_test(town, Window(WINDOW.opens, WINDOW.closes))
    kept = back_test(town, WINDOW)
    hits = sum(is_in for *_, is_in in kept), sum(is_in for *_, is_in in plain)
    assert hits[0] > hits[1]
    assert f"不剔除春节的话只有 {hits[1]} 个" in GUIDE.read_text(encoding="utf-8")


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
