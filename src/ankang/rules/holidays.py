"""Statutory holidays and the weekend days that are worked for them, year by year, from `holidays.toml`.

Source: the yearly notice of 国务院办公厅, named in the file beside its year. A year that is not in the file has no
holidays here: its weekends are all that is known.
"""

import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday, both days included."""

    name: str
    first: date
    last: date

    @property
    def days(self) -> frozenset[date]:
        return frozenset(self.first + timedelta(days=at) for at in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Calendar:
    """The holidays of one year, the weekend days worked for them, and the notice that says so."""

    year: int
    source: str
    holidays: tuple[Holiday, ...]
    worked: frozenset[date]


@cache
def calendars() -> tuple[Calendar, ...]:
    """Return the years that are known, in order."""
    content = tomllib.loads(files("ankang.rules").joinpath("holidays.toml").read_text(encoding="utf-8"))
    return tuple(
        Calendar(
            int(year),
            row["source"],
            tuple(Holiday(one["name"], one["from"], one["to"]) for one in row["holidays"]),
            frozenset(row["worked"]),
        )
        for year, row in sorted(content.items())
    )


@cache
def _off() -> frozenset[date]:
    return frozenset(day for calendar in calendars() for holiday in calendar.holidays for day in holiday.days)


@cache
def _worked() -> frozenset[date]:
    return frozenset(day for calendar in calendars() for day in calendar.worked)


def holidays_between(first: date, last: date) -> frozenset[date]:
    """Return the days off for a statutory holiday from `first` to `last`, both included; ordinary weekends are not."""
    return frozenset(day for day in _off() if first <= day <= last)


def is_working_day(day: date) -> bool:
    """Whether offices work: Monday to Friday and the swapped weekend days, but for statutory holidays."""
    if day in _off():
        return False
    return day.weekday() < 5 or day in _worked()
