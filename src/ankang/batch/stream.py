"""Files larger than the memory: sorted batches of covers and events in, payouts out, whole persons at a time.

A person with anything that is not plainly right (a cell that cannot be read, two dates of birth, an event after death,
an age without a figure) is a suspect: nothing is paid here on their events, and the caller gives them to the reference.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ankang.batch.cells import Texts, code, days, money, stripped, text_of, whole
from ankang.batch.columns import CAUSES, Covers, Events, in_order_of_decision, read_only
from ankang.batch.engine import Payouts, adjudicate
from ankang.batch.schedule import REASON_NAMES, Array, lines_of
from ankang.batch.texts import after_death, hash_texts, in_day_order, number_persons
from ankang.rules.programme import Programme

COVERS = ("cover_id", "person_id", "birth_date", "product", "units", "start_date", "end_date")
EVENTS = (
    *("event_id", "person_id", "event_date", "cause", "medical_expense", "reimbursed", "fracture_expense"),
    *("hospital_days", "disability_grade", "death_date"),
)
SURPLUS = "surplus"  # an optional column: not empty where a row had more cells than the header
AMOUNT = pa.decimal128(18, 2)  # as other programs take it
_TYPES = {
    "event_id": pa.dictionary(pa.int32(), pa.string()),
    "product": pa.dictionary(pa.int16(), pa.string()),
    "benefit": pa.dictionary(pa.int16(), pa.string()),
    "amount": pa.decimal64(18, 2),  # fen as they are
    "reason": pa.dictionary(pa.uint8(), pa.string()),
}
PAYOUTS = pa.schema([pa.field(name, kind, nullable=False) for name, kind in _TYPES.items()])


class NotSorted(Exception):
    """Covers want to stand by person_id, events by (person_id, event_date, event_id)."""


@dataclass
class Outcome:
    """What is known when all batches have gone through."""

    events: int = 0
    total_fen: int = 0
    suspects: set[str] = field(default_factory=set)  # person ids
    cover_hashes: list[Array] = field(default_factory=list)  # of the ids, to find the same id twice
    event_hashes: list[Array] = field(default_factory=list)


def decide_batches(
    programme: Programme,
    covers: Iterable[pa.RecordBatch],
    events: Iterable[pa.RecordBatch],
    outcome: Outcome,
    *,
    excluded: set[str] | None = None,
    threads: int = 1,
) -> Iterator[pa.Table]:
    """Yield payouts (schema PAYOUTS) for sorted batches with the columns COVERS and EVENTS. Errors: NotSorted.

    Persons in `excluded` are suspects from the start. Memory holds a few batches, and 8 bytes for every id.
    """
    decider = Decider(programme, outcome, excluded or set(), threads)
    yield from ahead(decider.decide(*both) for both in ahead(whole_persons(covers, events)))


T = TypeVar("T")


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items, the next one made by another thread meanwhile."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


class Read(NamedTuple):
    """Whole persons, read: `held` and `happened` give each row's person a number, which `covers` and `events` have too.

    Rows that are not plainly right are marked in `bad_covers` and `bad_events`.
    """

    covers: Covers
    events: Events
    holders: Texts  # the person_id of each cover
    persons: Texts  # the person_id of each event
    event_ids: Texts
    bad_covers: Array
    bad_events: Array


class Reader:
    """Reads batches that hold whole persons. `codes`: the products that a cover may have."""

    def __init__(self, codes: list[str], outcome: Outcome, excluded: set[str]) -> None:
        self.codes, self.outcome = codes, outcome
        self.excluded = pa.array(sorted(excluded), pa.string())

    def read(self, covers: pa.RecordBatch, events: pa.RecordBatch) -> Read:
        """Return the columns of persons whose covers and events are all in these two. Errors: NotSorted."""
        bad_covers, bad_events = np.zeros(len(covers), bool), np.zeros(len(events), bool)
        holders, persons = self._persons(covers, bad_covers), self._persons(events, bad_events)
        held, happened = np.empty(len(covers), np.int64), np.empty(len(events), np.int64)
        if not number_persons(*holders.whole, held, *persons.whole, happened):
            raise NotSorted
        good_covers = self._covers(covers, held, bad_covers)
        good_events = read_only(self._events(events, happened, bad_events))
        cover_ids, event_ids = Texts(covers["cover_id"]), Texts(events["event_id"])
        bad_covers |= cover_ids.empty
        bad_events |= event_ids.empty
        if not in_day_order(good_events.person, good_events.day, bad_events, *event_ids.whole):
            raise NotSorted
        after_death(good_events.person, good_events.day, good_events.death, bad_events)
        _collect(self.outcome.cover_hashes, cover_ids)
        _collect(self.outcome.event_hashes, event_ids)
        return Read(good_covers, good_events, holders, persons, event_ids, bad_covers, bad_events)

    def suspects(self, read: Read, bad_events: Array) -> Array:
        """Return a mask of the persons with anything bad, and note their names."""
        held, happened = read.covers.person, read.events.person
        suspect = np.zeros(max(held.max(initial=0), happened.max(initial=0)) + 1, bool)
        suspect[held[read.bad_covers]] = suspect[happened[bad_events]] = True
        if suspect.any():
            for names, numbers in ((read.holders, held), (read.persons, happened)):
                self.outcome.suspects.update(names.array.filter(pa.array(suspect[numbers])).unique().to_pylist())
        return suspect

    def _persons(self, batch: pa.RecordBatch, bad: Array) -> Texts:
        persons = Texts(batch["person_id"])
        bad |= persons.empty
        if len(self.excluded):
            bad |= np.asarray(pc.is_in(persons.array, self.excluded))
        return persons

    def _covers(self, batch: pa.RecordBatch, person: Array, bad: Array) -> Covers:
        birth = days(batch["birth_date"], bad)
        found = Covers(
            person,
            birth,
            code(batch["product"], self.codes, np.int16, bad),
            whole(batch["units"], bad),
            days(batch["start_date"], bad),
            days(batch["end_date"], bad),
        )
        bad |= (found.units < 1) | (found.end < found.start) | (found.start < birth)
        _mark_surplus(batch, bad)
        if len(person) > 1:
            bad[1:] |= (person[1:] == person[:-1]) & (birth[1:] != birth[:-1])
        return found

    def _events(self, batch: pa.RecordBatch, person: Array, bad: Array) -> Events:
        found = Events(
            person,
            days(batch["event_date"], bad),
            code(batch["cause"], list(CAUSES), np.int8, bad),
            money(batch["medical_expense"], bad),
            money(batch["reimbursed"], bad),
            money(batch["fracture_expense"], bad),
            whole(batch["hospital_days"], bad),
            np.minimum(whole(batch["disability_grade"], bad), 11).astype(np.int8),
            days(batch["death_date"], bad, may_be_empty=True),
        )
        _mark_surplus(batch, bad)
        return found


class Decider(Reader):
    """Decides batches that hold whole persons."""

    def __init__(self, programme: Programme, outcome: Outcome, excluded: set[str], threads: int) -> None:
        super().__init__([product.code for product in programme.products], outcome, excluded)
        self.programme, self.threads = programme, threads
        lines = lines_of(programme)
        self.line_words = tuple(_words([line[place] for line in lines]) for place in (0, 1))
        self.reasons = pa.array(REASON_NAMES, pa.string())

    def decide(self, covers: pa.RecordBatch, events: pa.RecordBatch) -> pa.Table:
        """Return the payouts of persons whose covers and events are all in these two. Errors: NotSorted."""
        read = self.read(covers, events)
        payouts = adjudicate(
            self.programme, in_order_of_decision(read.covers), read.events, strict=False, threads=self.threads
        )
        suspect = self.suspects(read, read.bad_events | (payouts.status != 0))
        return self._table(payouts, read.event_ids.array, suspect[read.events.person])

    def _table(self, payouts: Payouts, event_ids: pa.Array, suspect: Array) -> pa.Table:
        event, line, amount, reason = payouts.event, payouts.line, payouts.amount, payouts.reason
        if suspect.any():
            kept = ~suspect[event]
            event, line, amount, reason = event[kept], line[kept], amount[kept], reason[kept]
        self.outcome.events += len(event_ids) - int(suspect.sum())
        self.outcome.total_fen += int(amount.sum())
        columns = [
            pa.DictionaryArray.from_arrays(pa.array(event.astype(np.int32, copy=False)), event_ids),
            *(pa.DictionaryArray.from_arrays(pa.array(places.take(line)), words) for places, words in self.line_words),
            amounts_of(amount),
            pa.DictionaryArray.from_arrays(pa.array(reason), self.reasons),
        ]
        return pa.Table.from_arrays(columns, schema=PAYOUTS)


def amounts_of(fen: Array) -> pa.Array:
    """Return fen as yuan with two decimals."""
    return pa.Array.from_buffers(_TYPES["amount"], len(fen), [None, pa.py_buffer(np.ascontiguousarray(fen, np.int64))])


def coded(texts: pa.Array, kind: pa.DictionaryType) -> pa.DictionaryArray:
    """Return texts as the places of words, each word once."""
    found = texts.dictionary_encode()
    return pa.DictionaryArray.from_arrays(found.indices.cast(kind.index_type), found.dictionary)


def hashes_twice(parts: list[Array]) -> Array:
    """Return what stands more than once in these hashes, sorted."""
    everything = np.concatenate([np.empty(0, np.uint64), *parts])
    everything.sort()
    return np.unique(everything[1:][everything[1:] == everything[:-1]])


def _collect(parts: list[Array], ids: Texts) -> None:
    found = np.empty(len(ids.array), np.uint64)
    hash_texts(*ids.whole, found)
    parts.append(found)


def _words(of_lines: list[str]) -> tuple[Array, pa.Array]:
    """Return, for every line, the place of its word in the words."""
    words = list(dict.fromkeys(of_lines))
    return np.array([words.index(word) for word in of_lines], np.int16), pa.array(words, pa.string())


def _mark_surplus(batch: pa.RecordBatch, bad: Array) -> None:
    if SURPLUS in batch.schema.names:
        bad |= np.asarray(pc.not_equal(text_of(batch[SURPLUS]), ""))


class Sorted:
    """A stream of batches, its names stripped, with what has been read of it and not been taken."""

    def __init__(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.batches, self.ended, self.last_taken = iter(batches), False, ""
        self.rest: pa.RecordBatch | None = None
        self.read()

    def read(self) -> None:
        """Read one batch more. Errors: NotSorted, where waiting for whole persons would gather up the file."""
        batch = next(self.batches, None)
        if batch is None:
            self.ended = True
            return
        for place, name in enumerate(batch.schema.names):
            if name in ("person_id", "cover_id", "event_id"):
                batch = batch.set_column(place, name, stripped(batch.column(place)))
        if len(batch) and not self.last <= str(batch["person_id"][0]) <= str(batch["person_id"][-1]):
            raise NotSorted
        self.rest = batch if self.rest is None or not len(self.rest) else pa.concat_batches([self.rest, batch])

    @property
    def last(self) -> str:
        return str(self.rest["person_id"][-1]) if self.rest is not None and len(self.rest) else ""

    def take(self, before: str | None) -> pa.RecordBatch:
        """Take the rows of all persons before this one; of all persons with None. Errors: NotSorted."""
        assert self.rest is not None
        persons = self.rest["person_id"]
        count = len(persons) if before is None else bisect_left(persons, before, key=str)
        taken, self.rest = self.rest.slice(0, count), self.rest.slice(count)
        if count:
            if str(taken["person_id"][0]) < self.last_taken:
                raise NotSorted
            self.last_taken = str(taken["person_id"][-1])
        return taken


def whole_persons(
    covers: Iterable[pa.RecordBatch], events: Iterable[pa.RecordBatch]
) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield covers and events of the same persons, each person whole. Errors: NotSorted."""
    return together(Sorted(covers), Sorted(events))


def together(covers: Sorted, events: Sorted) -> Iterator[tuple[pa.RecordBatch, pa.RecordBatch]]:
    """Yield covers and events of the same persons, each person whole."""
    if covers.rest is None or events.rest is None:
        raise ValueError("give at least one batch, an empty one for a file without rows")
    while not (covers.ended and events.ended):
        waiting = [stream for stream in (covers, events) if not stream.ended]
        before = min(stream.last for stream in waiting)
        taken = covers.take(before), events.take(before)
        if len(taken[0]) or len(taken[1]):
            yield taken
        for stream in waiting:
            if stream.last == before or not stream.last:
                stream.read()
    yield covers.take(None), events.take(None)
