"""One meaning, two engines: people with covers and events, given to the reference and, as columns, to the kernel."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ankang.batch import NO_DEATH, Payouts, Status, adjudicate
from ankang.rules import adjudicate as reference
from ankang.rules.adjudicate import Cover, Event
from ankang.rules.benefits import effective_grade
from ankang.rules.errors import AnkangError
from ankang.rules.programme import Programme

EPOCH = date(1970, 1, 1).toordinal()
Row = tuple[str, str, str, int, str]  # event, product, benefit, fen, reason


@dataclass(frozen=True)
class Person:
    born: date
    covers: Sequence[Cover]
    events: Sequence[Event]


def columns(programme: Programme, people: Sequence[Person]) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """Return covers, events (people backwards, each one's events in the order of their ids) and the events' names."""
    covers: dict[str, Any] = {name: [] for name in ("person", "birth", "product", "units", "start", "end")}
    names = ("person", "day", "cause", "medical", "reimbursed", "fracture", "hospital_days", "grade", "death")
    events: dict[str, Any] = {name: [] for name in names}
    ids = []
    for number, person in reversed(list(enumerate(people))):
        for cover in person.covers:
            _add(covers, number, person.born, cover.product, cover.units, cover.start, cover.end)
        for event in sorted(person.events, key=lambda event: event.event_id):
            money = (event.medical_fen, event.reimbursed_fen, event.fracture_fen)
            losses = (*money, event.hospital_days, effective_grade(event.grades), event.death_date)
            _add(events, number, event.event_date, event.cause, *losses)
            ids.append((number, event.event_date, event.event_id))
    return covers, events, [f"{number}:{event_id}" for number, _, event_id in sorted(ids)]


def _add(table: dict[str, list[Any]], *values: Any) -> None:
    for column, value in zip(table.values(), values, strict=True):
        column.append(value)


def by_reference(programme: Programme, people: Sequence[Person]) -> tuple[list[Row], dict[str, str]]:
    """Return the rows, and the refused events with what stood against them, as `ankang adjudicate` goes about it."""
    rows: list[Row] = []
    refused = {}
    for number, person in enumerate(people):
        events = list(person.events)
        while True:
            try:
                decisions = reference.adjudicate(programme, person.born, person.covers, events, trace=False)
                break
            except AnkangError as error:
                at = str(error.fields["event_id"])
                refused[f"{number}:{at}"] = f"{error.fields.get('clause', 'birth')} {error.fields.get('age', '')}"
                events = [event for event in events if event.event_id != at]
        for decision in decisions:
            name = f"{number}:{decision.event_id}"
            lines = [line for line in decision.lines if line.reason != "not_covered"]
            rows += [(name, line.product, line.benefit, line.amount_fen, line.reason) for line in lines]
    return rows, refused


def by_kernel(
    programme: Programme, people: Sequence[Person], threads: int = 1
) -> tuple[list[Row], dict[str, str], Payouts]:
    covers, events, names = columns(programme, people)
    payouts = adjudicate(programme, covers, events, strict=False, threads=threads)
    clauses = [benefit.clause for _, benefit in programme.benefits()]
    refused = {}
    for place, status in enumerate(payouts.status):
        if status == Status.BEFORE_BIRTH:
            refused[names[place]] = "birth "
        elif status:
            assert status == Status.NO_FIGURE
            refused[names[place]] = f"{clauses[payouts.gap_line[place]]} {payouts.gap_age[place]}"
    rows = [
        (names[event], *payouts.lines[line], int(amount), reason)
        for event, line, amount, reason in zip(
            payouts.event, payouts.line, payouts.amount, payouts.reason_names(), strict=True
        )
    ]
    return rows, refused, payouts


__all__ = ["EPOCH", "NO_DEATH", "Person", "by_kernel", "by_reference", "columns"]
