"""Files as villages send them, made in memory."""

import io
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import xlsxwriter
from tests import factories

HEADER = ("村居", "户号", "姓名", "身份证号", "类别", "地址", "手机", "子女电话")


def number(sequence: int, birth: date = date(1950, 5, 6)) -> str:
    return factories.identity_number(birth, sequence)


def row(name: str, number: str, village: str = "01村", **facts: str) -> list[Any]:
    values = {"村居": village, "姓名": name, "身份证号": number} | facts
    return [values.get(title, "") for title in HEADER]


def xlsx(*rows: Sequence[Any], header: Sequence[Any] = HEADER, above: Sequence[Sequence[Any]] = ()) -> bytes:
    """Return a workbook: rows above, header, rows. Days are written as days, the rest as they are.

    The same rows are the same bytes, whichever second it is.
    """
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer)
    book.set_properties({"created": datetime(2024, 2, 1)})
    sheet = book.add_worksheet("名册")
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for index, cells in enumerate([*above, header, *rows]):
        for column, cell in enumerate(cells):
            if isinstance(cell, date):
                sheet.write_datetime(index, column, cell, day)
            elif isinstance(cell, str) and cell.startswith("="):
                sheet.write_formula(index, column, cell, None, "1")
            elif cell != "":
                sheet.write(index, column, cell)
    book.close()
    return buffer.getvalue()


def csv(*rows: Sequence[str], encoding: str = "utf-8-sig", delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(cells) for cells in (HEADER, *rows)).encode(encoding)
