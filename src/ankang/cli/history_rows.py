"""Covers and events as the rows of the files that `ankang adjudicate` and `ankang whatif` read."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from ankang.pricing.history import EPOCH, NEVER, Events, Ints, Person
from ankang.pricing.population import Block
from ankang.rules.adjudicate import Cover, Event, in_order
from ankang.rules.benefits import effective_grade
from ankang.rules.money import yuan

VILLAGE = "village"  # the column beside those of a covers file


def cover_cells(cover_id: str, person_id: str, birth_date: date, cover: Cover) -> tuple[str, ...]:
    """Return a row of a covers file."""
    days = (cover.start.isoformat(), cover.end.isoformat())
    return cover_id, person_id, birth_date.isoformat(), cover.product, str(cover.units), *days


def event_cells(event_id: str, person_id: str, event: Event) -> tuple[str, ...]:
    """Return a row of an events file. It takes one disability: the grade that counts of several."""
    return (
        event_id,
        person_id,
        event.event_date.isoformat(),
        event.cause,
        *(yuan(fen) for fen in (event.medical_fen, event.reimbursed_fen, event.fracture_fen)),
        str(event.hospital_days),
        str(effective_grade(event.grades)),
        event.death_date.isoformat() if event.death_date else "",
    )


def history_covers(people: Iterable[Person]) -> Iterator[tuple[str, ...]]:
    """Yield the covers of people who are known by running numbers only, with their village."""
    for at, person in enumerate(people, start=1):
        for number, cover in enumerate(person.covers, start=1):
            yield *cover_cells(f"P{at:08d}-{number}", f"P{at:08d}", person.birth_date, cover), person.village


def history_events(people: Iterable[Person]) -> Iterator[tuple[str, ...]]:
    """Yield the events of the same people, numbered in the order in which they are decided."""
    number = 0
    for at, person in enumerate(people, start=1):
        for event in in_order(person.events) if person.events else ():
            number += 1
            yield event_cells(f"E{number:08d}", f"P{at:08d}", event)


def simulated_covers(block: Block) -> Iterator[tuple[str, ...]]:
    """Yield the covers of invented people; their ids begin with SIM."""
    people, covers = block.people, block.people.covers
    first = covers.person.searchsorted(covers.person)  # each one's first row
    columns = (
        covers.person + block.first,
        range(len(covers.person)) - first + 1,
        _days(people.birth[covers.person]),
        covers.product,
        covers.units,
        _days(covers.start),
        _days(covers.end),
        people.village[covers.person],
    )
    for person, number, birth, product, units, start, end, village in zip(
        *[_plain(column) for column in columns], strict=True
    ):
        who = f"SIM{person:09d}"
        yield f"{who}-{number}", who, birth, people.products[product], str(units), start, end, people.villages[village]


def simulated_events(block: Block, events: Events) -> Iterator[tuple[str, ...]]:
    """Yield the events of invented people, numbered in the order in which they are decided."""
    death = [day if lived != NEVER else "" for day, lived in zip(_days(events.death), events.death, strict=True)]
    money = [[yuan(fen) for fen in column.tolist()] for column in (events.medical, events.reimbursed, events.fracture)]
    columns = (events.person + block.first, _days(events.day), events.accident, events.hospital_days, events.grade)
    rows = zip(*[_plain(column) for column in columns], *money, death, strict=True)
    for at, (person, day, accident, stay, grade, medical, reimbursed, fracture, died) in enumerate(rows):
        cause = "accident" if accident else "illness"
        event_id = f"SIM{block.first:09d}-{at:06d}"
        yield event_id, f"SIM{person:09d}", day, cause, medical, reimbursed, fracture, str(stay), str(grade), died


def _plain(column: Any) -> list[Any]:
    return column if isinstance(column, list) else column.tolist()


def _days(days: Ints) -> list[str]:
    """Return days since 1970-01-01 as ISO texts; who lives has none."""
    words = {day: "" if day == NEVER else date.fromordinal(day + EPOCH).isoformat() for day in set(days.tolist())}
    return [words[day] for day in days.tolist()]
