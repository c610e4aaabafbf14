"""The one place where a price asks for decisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

import numpy as np

from ankang.pricing.history import EPOCH, NEVER, History, Ints
from ankang.rules.adjudicate import Adjudicator, Cover, Decision, Event
from ankang.rules.errors import AnkangError
from ankang.rules.programme import BenefitKind, Programme

_SAME = ("person", "day", "medical", "reimbursed", "fracture", "hospital_days", "grade", "death")
FEW = 5_000  # events that the reference decides in a tenth of a second, before a compiler would be loaded
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

    By the compiled engine; a few events, and without the extra `batch` all, by the reference: the same to the fen.
    Covers of products that the programme does not have are left out. Units: fen.
    """
    if len(history.events.day) < FEW or find_spec("numba") is None or find_spec("pyarrow") is None:
        return by_reference(programme, history)
    return by_columns(programme, history)


def by_columns(programme: Programme, history: History) -> tuple[Ints, list[Refused]]:
    """As `payments`, by the compiled engine."""
    from ankang import batch  # noqa: PLC0415 - an extra

    places = {product.code: at for at, product in enumerate(programme.products)}
    place = np.array([places.get(code, -1) for code in history.products], dtype=np.int64)
    covers, events = history.covers, history.events
    kept = place[covers.product] >= 0
    person = covers.person[kept]
    found = batch.adjudicate(
        programme,
        {
            "person": person,
            "birth": history.birth[person],
            "product": place[covers.product[kept]],
            **{name: getattr(covers, name)[kept] for name in ("units", "start", "end")},
        },
        {name: getattr(events, name) for name in _SAME} | {"cause": 1 - events.accident},
        strict=False,
    )
    whole = np.zeros((len(events.day), len(found.lines)), dtype=np.int64)
    whole[found.event, found.line] = found.amount
    slots = [found.lines.index(slot) for slot in slots_of(programme)]
    good = (batch.Status.DECIDED, batch.Status.NO_COVER)
    return whole[:, slots], [_why(programme, history, int(row)) for row in np.flatnonzero(~np.isin(found.status, good))]


def _why(programme: Programme, history: History, row: int) -> Refused:
    """Return the reference's words for an event that the compiled engine refused."""
    person = int(history.events.person[row])
    try:
        event = _event(history, row)
        covers = _covers(history, person, _known(programme, history))
        Adjudicator(programme).decide(_date(history.birth[person]), covers, [event], trace=False)
    except AnkangError as error:
        return _refused(row, error)
    return Refused(row, "这个事故算不了", "查对这一行")


def _refused(row: int, error: AnkangError) -> Refused:
    return Refused(row, str(error.fields.get("problem", error.message)), str(error.fields.get("fix", "")))


def _known(programme: Programme, history: History) -> set[int]:
    """Return the places of the history's products that the programme has too."""
    codes = {product.code for product in programme.products}
    return {at for at, code in enumerate(history.products) if code in codes}


def by_reference(programme: Programme, history: History) -> tuple[Ints, list[Refused]]:
    """As `payments`, by the reference engine."""
    slots = {slot: at for at, slot in enumerate(slots_of(programme))}
    paid = np.zeros((len(history.events.day), len(slots)), dtype=np.int64)
    refused: list[Refused] = []
    adjudicator, known = Adjudicator(programme), _known(programme, history)
    for person, first, end in _people(history.events.person):
        covers = _covers(history, person, known)
        rows = list(range(first, end))
        while rows:
            events = [_event(history, row) for row in rows]
            try:
                _fill(paid, adjudicator.decide(_date(history.birth[person]), covers, events, trace=False), slots)
            except AnkangError as error:
                refused.append(_refused(int(str(error.fields["event_id"])), error))
                rows.remove(refused[-1].row)
            else:
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
