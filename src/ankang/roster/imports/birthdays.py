"""A day of birth as people write it, and Excel's own numbers of days."""

import re
import unicodedata
from datetime import date, datetime, timedelta

from ankang.roster.imports.sheets import Cell

_SEPARATED = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?: .*)?", re.ASCII)
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_EXCEL_EPOCH = date(1899, 12, 30)  # day 60 is Excel's 29 February 1900, which never was: right from March 1900 on


def parse_birthday(cell: Cell) -> date | None:
    """Return the day, or None when the cell is no whole day: 1948-03-04, 1948年3月4日, 19480304, 17596."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, float | int) and 61 <= cell < 100_000:
        return _EXCEL_EPOCH + timedelta(days=int(cell))
    text = str(int(cell)) if isinstance(cell, float) else str(cell)
    text = unicodedata.normalize("NFKC", text).strip()
    match = _SEPARATED.fullmatch(text) or _SOLID.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None
