"""Last year's file as a proposal for the next: days a year later, nothing confirmed, no figure touched."""

import re
from copy import deepcopy
from datetime import date, timedelta
from typing import Any

Tables = dict[str, Any]
_DAY = timedelta(days=1)


def for_next_year(tables: Tables) -> Tables:
    """Return a copy for the year after: id, year and name of the new year, days a year later, readings unconfirmed.

    Amounts, targets and clauses stay as they were: replacing the year in all of the text is how a figure goes wrong.
    """
    changed = deepcopy(tables)
    year = int(changed["year"])
    changed["year"] = year + 1
    changed["name"] = str(changed["name"]).replace(str(year), str(year + 1))
    changed["id"] = _next_id(str(changed["id"]), year)
    _shift_days(changed["window"], changed["cover"])
    for reading in changed.get("readings", {}).values():
        reading["status"] = "assumed"
        for key in ("by", "on", "paper"):
            reading.pop(key, None)
    return changed


def _next_id(old: str, year: int) -> str:
    return re.sub(rf"(?<!\d){year}(?!\d)", str(year + 1), old) if str(year) in old else f"{old}-{year + 1}"


def _shift_days(window: Tables, cover: Tables) -> None:
    follows = cover["from"] == window["to"] + _DAY
    whole_year = cover["to"] == year_later(cover["from"]) - _DAY
    window["from"], window["to"] = year_later(window["from"]), year_later(window["to"])
    first = window["to"] + _DAY if follows else year_later(cover["from"])
    cover["to"] = year_later(first) - _DAY if whole_year else year_later(cover["to"])
    cover["from"] = first


def year_later(day: date) -> date:
    """Return the same day of the next year; 29 February becomes the 28th."""
    return date(day.year + 1, day.month, 28 if (day.month, day.day) == (2, 29) else day.day)
