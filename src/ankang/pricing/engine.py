"""The one place where a price asks for decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from ankang.pricing.history import EPOCH, NEVER, History, Ints
from ankang.rules.adjudicate import Adjudicator, Cover, Decision, Event
from ankang.rules.errors import AnkangError
from ankang.rules.programme import BenefitKind, Programme

Slot = tuple[str, BenefitKind]  # one benefit of one product


@dataclass(frozen=True, slots=True)
class Refused:
    """An event that a plan has no figure for."""

    row: int
    reason: str
    fix: str


def slots_of(programme: Programme) -> tuple[Slot, ...]:
    return tuple((product.code, benefit.kind) for product, benefit in programme.benefits())


def payments(programme: Programme, history: History) -> tuple[Ints, list[Refused]]:
    """Return what is paid, one row an event and one column a slot of the programme, and the events that were refused.

    Covers of products that the programme does not have are left out. Units: fen.
    """
    slots = {slot: at for at, slot in enumerate(slots_of(programme))}
    paid = np.zeros((len(history.events.day), len(slots)), dtype=np.int64)
    refused: list[Refused] = []
    adjudicator = Adjudicator(programme)
    known = {at for at, code in enumerate(history.products) if any(one.code == code for one in programme.products)}
    for person, first, end in _people(history.events.person):
        covers = _covers(history, person, known)
        rows = list(range(first, end))
        while rows:
            try:
                decisions = adjudicator.decide(
                    _date(history.birth[person]), covers, [_event(history, row) for row in rows], trace=False
                )
            except AnkangError as error:
                row = int(str(error.fields["event_id"]))
                rows.remove(row)
                refused.append(
                    Refused(row, str(error.fields.get("problem", error.message)), str(error.fields.get("fix", "")))
                )
                continue
            _fill(paid, decisions, slots)
            break
    return paid, refused


def _fill(paid: Ints, decisions: Sequence[Decision], slots: dict[Slot, int]) -> None:
    for decision in decisions:
        for line in decision.lines:
            if line.amount_fen:
                paid[int(decision.event_id), slots[line.product, BenefitKind(line.benefit)]] = line.amount_fen


def _people(person: Ints) -> list[tuple[int, int, int]]:
    """Return (person, first row, row after the last) of everybody with an event."""
    if not len(person):
        return []
    starts = np.flatnonzero(np.r_[True, person[1:] != person[:-1]])
    ends = np.r_[starts[1:], len(person)]
    return [(int(person[start]), int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _covers(history: History, person: int, known: set[int]) -> list[Cover]:
    covers = history.covers
    first, end = np.searchsorted(covers.person, [person, person + 1])
    return [
        Cover(
            history.products[covers.product[at]],
            int(covers.units[at]),
            _date(covers.start[at]),
            _date(covers.end[at]),
        )
        for at in range(first, end)
        if int(covers.product[at]) in known
    ]


def _event(history: History, row: int) -> Event:
    """The event by its row: eight digits, so that the rows stay in their order as texts."""
    events = history.events
    return Event(
        event_id=f"{row:08d}",
        event_date=_date(events.day[row]),
        cause="accident" if events.accident[row] else "illness",
        medical_fen=int(events.medical[row]),
        reimbursed_fen=int(events.reimbursed[row]),
        fracture_fen=int(events.fracture[row]),
        hospital_days=int(events.hospital_days[row]),
        grades=(int(events.grade[row]),) if events.grade[row] else (),
        death_date=None if events.death[row] == NEVER else _date(events.death[row]),
    )


def _date(day: np.int64) -> date:
    return date.fromordinal(int(day) + EPOCH)
