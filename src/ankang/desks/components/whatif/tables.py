"""A comparison as tables, charts and files."""

import csv
from dataclasses import dataclass
from decimal import Decimal
from io import StringIO
from typing import Any

from ankang.desks.sheets import Cell, Sheet
from ankang.pricing.groups import DIMENSIONS
from ankang.pricing.whatif import Report, Row
from ankang.rules.cells import plain_text
from ankang.rules.money import yuan, yuan_shown

_HEAD = (
    *("原方案保费", "改后保费", "原方案赔", "改后赔", "相差", "原赔付率%", "改后赔付率%"),
    *("多得的人", "多得", "少得的人", "少得"),
)

_DRAWN = 30  # bars that a chart has room for
_NOTES = {"benefit": "赔付率按全部保费算", "age": "事故当天的周岁；保费按保障开始那天"}


@dataclass(frozen=True, slots=True)
class Part:
    """One way to break the comparison down. `lines`: each row with its two payout ratios."""

    name: str
    title: str
    lines: list[tuple[Row, str, str]]
    chart: dict[str, Any]
    words: str  # what the picture shows, for who cannot see it
    note: str

    @property
    def id(self) -> str:
        """The id of the chart's figures on the page."""
        return f"pairs-{self.name}"


def parts_of(report: Report) -> list[Part]:
    return [_part(report, name, title) for name, title in DIMENSIONS.items()]


def headline(report: Report) -> str:
    """Return the conclusion in a sentence."""
    total = report.total
    if not (total.difference_fen or total.more or total.less):
        return "两个方案赔得一样多"
    more = f"多赔 {yuan_shown(total.difference_fen)} 元" if total.difference_fen >= 0 else ""
    moved = more or f"少赔 {yuan_shown(-total.difference_fen)} 元"
    return f"改后{moved}：{total.more:,} 人多得，{total.less:,} 人少得"


def sheets_of(report: Report, says: str) -> list[Sheet]:
    """Return one sheet for each way to break the comparison down."""
    totals = [["合计", *_cells(report, report.total)]]
    return [
        Sheet(title, (title, *_HEAD), [[row.name, *_cells(report, row)] for row in report.tables[name]], says, totals)
        for name, title in DIMENSIONS.items()
    ]


def csv_of(report: Report) -> bytes:
    """Return all tables as one CSV that a spreadsheet opens as UTF-8."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(("分类", "名称", *_HEAD))
    for name, title in DIMENSIONS.items():
        for row in report.tables[name]:
            writer.writerow((title, plain_text(row.name), *_cells(report, row)))
    writer.writerow(("合计", "", *_cells(report, report.total)))
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def ratios(report: Report, row: Row) -> tuple[str, str]:
    return report.ratio(row, "before") or "—", report.ratio(row, "after") or "—"


def _part(report: Report, name: str, title: str) -> Part:
    rows = report.tables[name]
    lines = [(row, *ratios(report, row)) for row in rows]
    drawn = _most_changed(rows)
    chart = {
        "names": [row.name for row in drawn],
        "before": [row.paid_before_fen for row in drawn],
        "after": [row.paid_after_fen for row in drawn],
    }
    told = (f"{row.name} {yuan_shown(row.paid_before_fen)} 元变 {yuan_shown(row.paid_after_fen)} 元" for row in drawn)
    note = f"图里只画相差最多的 {len(drawn)} 个，表里有全部" if len(drawn) < len(rows) else _NOTES.get(name, "")
    return Part(name, title, lines, chart, f"按{title}的赔付：{'，'.join(told)}。", note)


def _most_changed(rows: list[Row]) -> list[Row]:
    """Return what a chart has room for: the rows that differ most, in their order."""
    kept = sorted(rows, key=lambda row: (-abs(row.difference_fen), -row.paid_before_fen))[:_DRAWN]
    return [row for row in rows if row in kept]


def _cells(report: Report, row: Row) -> list[Cell]:
    premium = [row.premium_before_fen, row.premium_after_fen]
    paid = [row.paid_before_fen, row.paid_after_fen, row.difference_fen]
    shares = [report.ratio(row, side) for side in ("before", "after")]
    return [
        *(None if fen is None else Decimal(yuan(fen)) for fen in (*premium, *paid)),
        *(None if share is None else Decimal(share) for share in shares),
        *(row.more, Decimal(yuan(row.more_fen)), row.less, Decimal(yuan(row.less_fen))),
    ]
