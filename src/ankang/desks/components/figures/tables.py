"""The tables of the figures pages, as rows for the screen and as Excel sheets: the same rows for both."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ankang.desks.sheets import Cell, Sheet
from ankang.enrolment.breakdown import Breakdown, Paid, Part
from ankang.enrolment.coverage import Coverage, TownCoverage
from ankang.outreach.movement import Worker
from ankang.rules.days import short_day_words
from ankang.rules.money import percent_truncated, yuan_shown
from ankang.rules.pace import DayCount

SHORT = 14  # days of the village x day table that a screen shows at first
_LEVELS = 5


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One place on one day. `level` 0 to 5 colours it: its people one by one against the busiest of the table."""

    people: int
    bulk: int
    level: int


@dataclass(frozen=True, slots=True)
class HeatRow:
    place: Coverage
    cells: tuple[HeatCell, ...]
    before: int  # insured before the first day shown


@dataclass(frozen=True, slots=True)
class Heat:
    """Places x days, people first insured that day, today's included; the last row is the sum."""

    days: tuple[date, ...]
    rows: tuple[HeatRow, ...]
    total: HeatRow
    holidays: frozenset[date]


def heat(town: TownCoverage, shown: int | None = SHORT) -> Heat:
    """Return the last `shown` days of the window up to today, all of them by None. Before the window: no day."""
    window, last = town.window, min(town.today, town.window.closes)
    first = window.opens if shown is None else max(window.opens, last - timedelta(days=shown - 1))
    days = tuple(first + timedelta(days=at) for at in range((last - first).days + 1))
    counts = {one.code: {count.day: count for count in one.days} for one in town.villages}
    busiest = max((count.single for place in counts.values() for day, count in place.items() if day in days), default=0)
    rows = tuple(_heat_row(one, counts[one.code], days, busiest) for one in town.villages)
    sums = {count.day: count for count in town.total.days}
    total = _heat_row(town.total, sums, days, max((sums[day].single for day in days if day in sums), default=0))
    return Heat(days, rows, total, window.holidays)


def _heat_row(place: Coverage, counts: dict[date, DayCount], days: tuple[date, ...], busiest: int) -> HeatRow:
    found = [counts.get(day, DayCount(day)) for day in days]
    cells = tuple(HeatCell(count.people, count.bulk, _level(count.single, busiest)) for count in found)
    return HeatRow(place, cells, place.insured - sum(cell.people for cell in cells))


def _level(people: int, busiest: int) -> int:
    return 0 if not people else min(_LEVELS, people * _LEVELS // busiest + 1)


def days_sheet(town: TownCoverage, says: str) -> Sheet:
    """Return the whole table; what was first insured outside the window's days stands in the column before them."""
    whole = heat(town, None)
    head = ["序号", "村（居）", "以前", *(short_day_words(day) for day in whole.days), "已参保"]
    totals = [[None, "合计", *_heat_cells(whole.total)]]
    rows = [[row.place.serial, row.place.name, *_heat_cells(row)] for row in whole.rows]
    return Sheet("每天参保", head, rows, says=f"{says}每天首次参保人数，批量也在内。", totals=totals)


def _heat_cells(row: HeatRow) -> list[Cell]:
    return [row.before, *(cell.people for cell in row.cells), row.place.insured]


PART_HEAD = ["分类", "在册（现有）", "在册没参保", "在册参保率%", "已参保（覆盖率口径）"]


def share(part: Part) -> str:
    """Return the percentage of the roster with a unit, cut to two decimals."""
    return percent_truncated(part.joined, part.roster)


def people_sheets(found: Breakdown, says: str) -> list[Sheet]:
    """Return the tables by group, age band, sex and payer."""
    tables = [
        ("按类别", found.groups, ()),
        ("按年龄段", found.ages, (found.total,)),
        ("按性别", found.sexes, (found.total,)),
    ]
    sheets = [
        Sheet(name, PART_HEAD, [_part(part) for part in parts], says=says, totals=[_part(part) for part in totals])
        for name, parts, totals in tables
    ]
    head = ["谁出钱", "人数（可重复）", "金额（元）"]
    return [*sheets, Sheet("按出资", head, [_paid(paid) for paid in found.payers], says=says)]


def _part(part: Part) -> list[Cell]:
    percent = Decimal(share(part)) if part.roster else None
    return [part.name, part.roster, part.missing, percent, part.insured]


def _paid(paid: Paid) -> list[Cell]:
    return [paid.name, paid.people, Decimal(yuan_shown(paid.amount_fen).replace(",", ""))]


@dataclass(frozen=True, slots=True)
class Still:
    """A village and the days since somebody was last enrolled there one by one; since the window opened, if nobody."""

    place: Coverage
    last_on: date | None
    days: int


def still_places(town: TownCoverage, least: int) -> list[Still]:
    """Return the places that have not moved for at least so many days and have not reached the goal, longest first."""
    short = (one for one in town.villages if not one.reached_goal)
    found = [
        Still(one, one.last_moved_on, days)
        for one in short
        if (days := town.still_days(one)) is not None and days >= least
    ]
    return sorted(found, key=lambda one: (-one.days, one.place.serial))


def still_sheet(rows: Iterable[Still], says: str) -> Sheet:
    head = ["序号", "村（居）", "最近一次逐人登记", "多少天没动", "已参保", "还差（人）"]
    cells: list[list[Cell]] = [
        [one.place.serial, one.place.name, one.last_on, one.days, one.place.insured, one.place.pace.gap] for one in rows
    ]
    return Sheet("没动的村", head, cells, says=says)


def workers_sheet(workers: Iterable[Worker], today: date, says: str) -> Sheet:
    head = ["村（居）", "工作人员", "联系的老人", "其中已参保", "参保率%", "没参保", "最近一次登记或上门", "多少天没动"]
    rows: list[list[Cell]] = [
        [
            one.village,
            one.name,
            one.care.people,
            one.care.insured,
            Decimal(percent_truncated(one.care.insured, one.care.people)) if one.care.people else None,
            one.care.waiting,
            one.last_on,
            (today - one.last_on).days if one.last_on else None,
        ]
        for one in workers
    ]
    return Sheet("工作人员", head, rows, says=says)


@dataclass(frozen=True, slots=True)
class Birthday:
    """One resident who completes an age soon; `counts`: in time for this year's programme (reading K12)."""

    resident: Any
    day: date
    counts: bool


def birthday_sheet(age: int, rows: Iterable[Birthday], says: str) -> Sheet:
    head = ["生日", "村（居）", "姓名", "证件后四位", f"满{age}周岁的日子", "赶得上今年", "参保"]
    cells: list[list[Cell]] = [
        [
            row.resident.birth_date,
            row.resident.village.name,
            row.resident.name,
            row.resident.number_tail,
            row.day,
            "是" if row.counts else "否",
            "已参保" if row.resident.joined_on else "没参保",
        ]
        for row in rows
    ]
    return Sheet(f"满{age}周岁", head, cells, says=says)
