"""The villages' table: what each row shows, how it is sorted, and the same as an Excel sheet."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ankang.desks.sheets import Cell, Sheet
from ankang.enrolment.coverage import Coverage, TownCoverage
from ankang.rules.money import percent_truncated
from ankang.rules.pace import COURSE_NAMES, Course, tenths_down, tenths_up

SORTS = {"coverage": "按覆盖率", "gap": "按还差人数", "serial": "按序号"}
TONES = {
    Course.REACHED: "ok",
    Course.ON_COURSE: "ok",
    Course.SLOW: "warn",
    Course.BEHIND: "bad",
    Course.MISSED: "bad",
    Course.UNKNOWN: "mute",
}
BAR_TONES = TONES | {Course.UNKNOWN: ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One village's row. `rank` is by coverage whatever the order shown."""

    rank: int
    village: Coverage
    address: str = ""  # of the place's own page, empty where there is none

    @property
    def percent(self) -> str:
        return percent_truncated(self.village.insured, self.village.population)

    @property
    def course(self) -> str:
        return COURSE_NAMES[self.village.pace.course]

    @property
    def tone(self) -> str:
        return TONES[self.village.pace.course]

    @property
    def bar_tone(self) -> str:
        return BAR_TONES[self.village.pace.course]

    @property
    def average(self) -> str:
        average = self.village.pace.average
        return "—" if average is None else tenths_down(average)

    @property
    def required(self) -> str:
        required = self.village.pace.required
        return "—" if required is None else tenths_up(required)


def ranking(town: TownCoverage, sort: str, link: Callable[[str], str] = lambda _code: "") -> list[Row]:
    """Return the villages ranked by coverage, in the order of `sort`: coverage, gap (largest first) or serial.

    `link` gives the address of a village's page by its code.
    """
    rows = [Row(at, village, link(village.code)) for at, village in enumerate(town.ranked, start=1)]
    if sort == "gap":
        rows.sort(key=lambda row: (-row.village.pace.gap, row.rank))
    elif sort == "serial":
        rows.sort(key=lambda row: (row.village.serial, row.village.code))
    return rows


def total_row(town: TownCoverage) -> Row:
    return Row(0, town.total)


def counts_by_tone(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """Return (tone, words) such as `("bad", "6 个落后")`, leaving out what nobody is."""
    found = Counter(row.village.pace.course for row in rows)
    good = found[Course.REACHED] + found[Course.ON_COURSE]
    counts = [
        ("ok", good, "个已达标或能完成" if found[Course.ON_COURSE] else "个已达标"),
        ("warn", found[Course.SLOW], "个偏慢"),
        ("bad", found[Course.BEHIND], "个落后"),
        ("bad", found[Course.MISSED], "个未达标"),
    ]
    return [(tone, f"{count} {words}") for tone, count, words in counts if count]


def ranking_sheet(town: TownCoverage, rows: Sequence[Row], says: str) -> Sheet:
    """Return the table as a sheet, with the two flags that the screen has no room for."""
    percent = town.total.target.percent
    head = [
        "名次", "序号", "镇（街）" if town.part_word == "镇" else "村（居）", "覆盖率%", "还差（人）", "状态", "已参保",
        "60周岁以上（公布）", "在册（现有）", "下达目标", "完成下达目标", f"{percent}%线", f"达到{percent}%",
        "近7天日均", "每天需", "政府购买对象", "其中已参保", "必保未保",
    ]  # fmt: skip
    cells = [_cells(row) for row in rows]
    return Sheet(f"各{town.part_word}进度", head, cells, says=says, totals=[[None, None, *_cells(total_row(town))[2:]]])


def _cells(row: Row) -> list[Cell]:
    village = row.village
    average, required = village.pace.average, village.pace.required
    return [
        row.rank,
        village.serial,
        village.name,
        Decimal(row.percent) if village.population else None,
        village.pace.gap,
        row.course,
        village.insured,
        village.population,
        village.roster,
        village.target.published if village.is_published else None,
        _yes(village.met_published),
        village.target.line,
        _yes(village.reached_goal),
        None if average is None else _number(tenths_down(average)),
        None if required is None else _number(tenths_up(required)),
        village.subjects,
        village.subjects_insured,
        village.subjects_missing,
    ]


def _number(shown: str) -> Decimal:
    """Return what the screen shows as a number that Excel can sort and chart."""
    return Decimal(shown.replace(",", ""))


def _yes(flag: bool) -> str:
    return "是" if flag else "否"
