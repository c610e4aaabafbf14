"""Lists as Excel files: every list page exports what it shows. Text stays text, so no number loses digits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_PLACES = (1, 2)  # decimals that a Decimal may show

Cell = str | int | float | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: a line that says what it is, the head, the rows, and rows in bold below (totals).

    A text is written as text (an identity number keeps its digits, a `=` starts no formula); None is an empty cell.
    A Decimal is a number that shows the decimals it carries, thousands separated.
    """

    title: str
    head: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    says: str = ""
    totals: Sequence[Sequence[Cell]] = field(default=())


def workbook(sheets: Iterable[Sheet]) -> bytes:
    """Return an xlsx file of these sheets."""
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        looks = {
            "bold": book.add_format({"bold": True}),
            "head": book.add_format({"bold": True, "bg_color": "#EAEFF5", "bottom": 1}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        } | {
            (places, bold): book.add_format({"num_format": "#,##0." + "0" * places, "bold": bold})
            for places in _PLACES
            for bold in (False, True)
        }
        for sheet in sheets:
            _write(book.add_worksheet(sheet.title[:31]), sheet, looks)
    return out.getvalue()


def xlsx_response(name: str, sheets: Iterable[Sheet]) -> HttpResponse:
    """Return the file as a download called NAME.xlsx."""
    return download(workbook(sheets), f"{name}.xlsx")


def download(content: bytes, name: str, content_type: str = CONTENT_TYPE) -> HttpResponse:
    """Return a file to save, a workbook unless another type is named."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _write(page: Any, sheet: Sheet, looks: dict[Any, Any]) -> None:
    line = 0
    if sheet.says:
        page.write_string(0, 0, sheet.says)
        line = 1
    widths = [_width(title) for title in sheet.head]
    for at, title in enumerate(sheet.head):
        page.write_string(line, at, title, looks["head"])
    page.freeze_panes(line + 1, 0)
    for row in sheet.rows:
        line += 1
        _write_row(page, line, row, looks)
        widths = [max(width, _width(cell)) for width, cell in zip(widths, row, strict=True)]
    for row in sheet.totals:
        line += 1
        _write_row(page, line, row, looks, looks["bold"])
    for at, width in enumerate(widths):
        page.set_column(at, at, min(width, 60))


def _write_row(page: Any, line: int, row: Sequence[Cell], looks: dict[Any, Any], style: Any = None) -> None:
    for at, cell in enumerate(row):
        if isinstance(cell, str):
            page.write_string(line, at, cell, style)
        elif isinstance(cell, date):
            page.write_datetime(line, at, cell, looks["date"])
        elif isinstance(cell, Decimal):
            page.write_number(line, at, cell, looks[_places(cell), style is not None])
        elif cell is not None:
            page.write_number(line, at, cell, style)


def _places(cell: Decimal) -> int:
    exponent = cell.as_tuple().exponent
    return min(max(-exponent, 1), 2) if isinstance(exponent, int) else 2


def _width(cell: Cell) -> int:
    """Return the columns that a cell takes: a Chinese character takes two."""
    if isinstance(cell, date):
        return 12
    text = "" if cell is None else str(cell)
    return 2 + sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
