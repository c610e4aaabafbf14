"""What the dashboard's chart draws, as plain data: people a day against the pace needed, the sum and its forecast."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from ankang.desks.sheets import Cell, Sheet
from ankang.enrolment.coverage import TownCoverage
from ankang.rules.days import short_day_words
from ankang.rules.pace import DayCount, filled

_ZOOM_DAYS = 8  # full days that the cumulative part shows before the forecast begins


@dataclass(frozen=True, slots=True)
class DayRow:
    """One line of the table under the chart."""

    day: date
    single: int
    bulk: int
    people: int  # insured at the end of the day


@dataclass(frozen=True, slots=True)
class Chart:
    rows: list[DayRow]
    data: dict[str, Any]
    words: str  # what the picture shows, for who cannot see it
    as_of: date | None  # the last full day shown


def chart(town: TownCoverage) -> Chart:
    """Return the chart of a town's days; without a full day of the window there is nothing to draw yet."""
    full = filled(town.total.days, town.window, town.today)
    rows = _rows(full, town)
    as_of = rows[-1].day if rows else None
    return Chart(rows=rows, data=_data(town, rows), words=_words(town, rows), as_of=as_of)


def _rows(full: tuple[DayCount, ...], town: TownCoverage) -> list[DayRow]:
    people = sum(count.people for count in town.total.days if count.day < town.window.opens)
    rows = []
    for count in full:
        people += count.people
        rows.append(DayRow(count.day, count.single, count.bulk, people))
    return rows


def _data(town: TownCoverage, rows: list[DayRow]) -> dict[str, Any]:
    pace, window = town.total.pace, town.window
    days = [window.opens + timedelta(days=at) for at in range(window.length)]
    zoom = max(0, len(rows) - _ZOOM_DAYS)
    highest = max([pace.line, *(row.people for row in rows), pace.forecast.high if pace.forecast else 0])
    lowest = rows[zoom].people if rows else 0
    floor, ceiling, step = nice_axis(lowest, highest)
    return {
        "labels": [f"{day.month}/{day.day}" for day in days],
        "single": [row.single for row in rows],
        "bulk": [row.bulk for row in rows],
        "people": [row.people for row in rows],
        "zoom": zoom,
        "line": pace.line,
        "percent": pace.percent,
        "average": _number(pace.average),
        "required": _number(pace.required, up=True),
        "off": [at for at, day in enumerate(days) if day in window.holidays],
        "forecast": _ahead(town) if rows else None,
        "axis": {"floor": floor, "ceiling": ceiling, "step": step},
    }


def _ahead(town: TownCoverage) -> dict[str, list[int]] | None:
    """Return the forecast day by day, from the last full day to the last day of the window; holidays bring nobody."""
    pace, window = town.total.pace, town.window
    ahead, closed = pace.forecast, pace.closed
    if ahead is None or not pace.days_left:
        return None
    first = window.closes - timedelta(days=pace.days_left - 1)
    days = [first + timedelta(days=at) for at in range(pace.days_left)]
    gone = [0, *itertools.accumulate(day not in window.holidays for day in days)]

    def way(end: int) -> list[int]:
        return [closed + (end - closed) * at // max(1, gone[-1]) for at in gone]

    return {"people": way(ahead.people), "low": way(ahead.low), "high": way(ahead.high), "need": way(pace.line)}


def days_sheet(town: TownCoverage) -> Sheet:
    """Return the table under the chart as a sheet."""
    rows: list[list[Cell]] = [[row.day, row.single + row.bulk, row.bulk, row.people] for row in chart(town).rows]
    return Sheet("每日进度", ["日期", "当天新增", "其中批量", "累计参保"], rows)


def nice_axis(lowest: int, highest: int) -> tuple[int, int, int]:
    """Return (floor, ceiling, step) of an axis of whole, round numbers that takes both values, in at most 7 steps."""
    step = 1
    span = max(1, highest - lowest)
    while span > 5 * step:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return lowest // step * step, -(-(highest + 1) // step) * step, step


def _words(town: TownCoverage, rows: list[DayRow]) -> str:
    if not rows:
        return ""
    last, pace = rows[-1], town.total.pace
    said = f"到{short_day_words(last.day)}累计参保{last.people:,}人，{pace.percent}%线为{pace.line:,}人。"
    if pace.forecast and pace.days_left:
        closes = town.window.closes
        said += (
            f"按近7天速度推算{short_day_words(closes)}为{pace.forecast.people:,}人，"
            f"区间{pace.forecast.low:,}到{pace.forecast.high:,}人。"
        )
    return said


def _number(people: Any, *, up: bool = False) -> int | None:
    if people is None:
        return None
    return int(-(-people.numerator // people.denominator) if up else people.numerator // people.denominator)
