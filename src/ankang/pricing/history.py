"""What a price is worked out from: who held what, and what happened to them, as columns without names or numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ankang.rules.adjudicate import Cover, Event, in_order
from ankang.rules.benefits import effective_grade
from ankang.rules.days import Birthday

Ints: TypeAlias = NDArray[np.int64]
NEVER = np.int64(-(2**31))  # the death day of who lives
EPOCH = date(1970, 1, 1).toordinal()


class Person(NamedTuple):
    """One insured person: no name, no number."""

    birth_date: date
    village: str
    covers: Sequence[Cover]
    events: Sequence[Event]


@dataclass(frozen=True, slots=True)
class Covers:
    """One row a cover, the rows of one person together."""

    person: Ints  # row of `History.birth`
    product: Ints  # place in `History.products`
    units: Ints
    start: Ints  # days since 1970-01-01
    end: Ints

    def of(self, kept: NDArray[Any]) -> "Covers":
        """Return some of the rows, chosen by a mask or by their places."""
        return Covers(*(getattr(self, name)[kept] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class Events:
    """One row an event, by person and within a person in the order in which they are decided. Money is fen."""

    person: Ints
    day: Ints  # days since 1970-01-01
    accident: Ints  # 1 accident, 0 illness
    medical: Ints
    reimbursed: Ints
    fracture: Ints
    hospital_days: Ints
    grade: Ints  # the disability grade that counts; 0 for none
    death: Ints  # days since 1970-01-01, NEVER for who lives

    def of(self, kept: NDArray[Any]) -> "Events":
        """Return some of the rows, chosen by a mask or by their places."""
        return Events(*(getattr(self, name)[kept] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class History:
    """Insured people with their covers and events. `event_ids` names the events' rows where a file gave them names."""

    products: tuple[str, ...]
    villages: tuple[str, ...]
    birth: Ints  # one a person, days since 1970-01-01
    village: Ints  # one a person, place in `villages`
    covers: Covers
    events: Events
    event_ids: tuple[str, ...] = ()

    def without(self, rows: Iterable[int]) -> "History":
        """Return the history without some events."""
        kept = np.ones(len(self.events.day), dtype=bool)
        kept[list(rows)] = False
        names = tuple(name for name, stays in zip(self.event_ids, kept, strict=False) if stays)
        return replace(self, events=self.events.of(kept), event_ids=names)

    def without_people(self, gone: NDArray[np.bool_]) -> "History":
        """Return the history without what some people held and what happened to them. Rows lose their names."""
        covers, events = self.covers.of(~gone[self.covers.person]), self.events.of(~gone[self.events.person])
        return replace(self, covers=covers, events=events, event_ids=())


def history_of(people: Iterable[Person], products: Sequence[str]) -> History:
    """Return the columns of these people. Several disabilities of one event become the one that counts.

    Errors: ValueError for a cover of a product that is not in `products`.
    """
    villages: dict[str, int] = {}
    who: list[tuple[int, int]] = []
    covers: list[tuple[int, ...]] = []
    events: list[tuple[int, ...]] = []
    names: list[str] = []
    for at, person in enumerate(people):
        who.append((_day(person.birth_date), villages.setdefault(person.village, len(villages))))
        covers += [
            (at, products.index(one.product), one.units, _day(one.start), _day(one.end)) for one in person.covers
        ]
        for event in in_order(person.events):
            events.append(_event_row(at, event))
            names.append(event.event_id)
    birth, village = _columns(who, 2)
    return History(
        tuple(products),
        tuple(villages),
        birth,
        village,
        Covers(*_columns(covers, 5)),
        Events(*_columns(events, 9)),
        tuple(names),
    )


def ages(birth: Ints, day: Ints, birthday: Birthday) -> Ints:
    """Return the whole years completed: `rules.days.age_on` over columns of days since 1970-01-01."""
    born_year, born_month, born_day = _calendar(birth)
    year, month, on = _calendar(day)
    due = born_day + 1 if birthday is Birthday.DAY_AFTER else born_day
    if birthday is Birthday.ON_BIRTHDAY:  # READING K17
        is_leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
        due = np.where((born_month == 2) & (born_day == 29) & ~is_leap, 28, due)
    before = (month < born_month) | ((month == born_month) & (on < due))
    years: Ints = year - born_year - before
    return years


def _calendar(days: Ints) -> tuple[Ints, Ints, Ints]:
    """Return year, month and day of month."""
    day = days.astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    months = month.astype(np.int64)
    return months // 12 + 1970, months % 12 + 1, (day - month).astype(np.int64) + 1


def _event_row(at: int, event: Event) -> tuple[int, ...]:
    return (
        at,
        _day(event.event_date),
        int(event.cause == "accident"),
        event.medical_fen,
        event.reimbursed_fen,
        event.fracture_fen,
        event.hospital_days,
        effective_grade(event.grades),
        int(NEVER) if event.death_date is None else _day(event.death_date),
    )


def _columns(rows: Sequence[tuple[int, ...]], width: int) -> list[Ints]:
    table = np.array(rows, dtype=np.int64).reshape(-1, width)
    return [np.ascontiguousarray(table[:, at]) for at in range(width)]


def _day(day: date) -> int:
    return day.toordinal() - EPOCH
