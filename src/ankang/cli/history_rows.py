"""Covers and events as the rows of the files that `ankang adjudicate` and `ankang whatif` read."""

from collections.abc import Iterable, Iterator
from datetime import date

from ankang.pricing.history import Person
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
