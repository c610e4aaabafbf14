"""Files larger than the memory, laid under two plans: whole persons of sorted batches become pieces of a history."""

from collections.abc import Callable, Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ankang.batch.cells import text_of
from ankang.batch.stream import Outcome, Read, Reader, whole_persons
from ankang.pricing.history import Covers, Events, History, Ints
from ankang.pricing.whatif import Comparison

VILLAGE = "village"  # a column that the covers may have


def lay_batches(
    comparison: Comparison,
    covers: Iterable[pa.RecordBatch],
    events: Iterable[pa.RecordBatch],
    outcome: Outcome,
    *,
    excluded: set[str],
    say: Callable[[int], None],
) -> None:
    """Add everybody who is plainly right to a comparison; the others are noted in `outcome.suspects`.

    Covers stand by person, events by (person, day, id). `say` is told how many events are done. Errors: NotSorted.
    """
    reader = Reader(list(comparison.groups.products), outcome, excluded)
    for some_covers, some_events in whole_persons(covers, events):
        read = reader.read(some_covers, some_events)
        alone = ~np.isin(read.events.person, read.covers.person)  # whose covers nobody wrote down
        suspect = reader.suspects(read, read.bad_events | alone)
        if suspect[read.covers.person].all():  # nobody is left
            continue
        history, rows = _history(read, suspect, some_covers, comparison.groups.products)
        refused = [rows[one.row] for one in comparison.add(history, hold_back=True)]
        outcome.suspects.update(read.persons.array.take(pa.array(refused, pa.int64())).to_pylist())
        outcome.events += len(rows)
        say(outcome.events)


def _history(
    read: Read, suspect: "np.ndarray[tuple[int], np.dtype[np.bool_]]", batch: pa.RecordBatch, products: tuple[str, ...]
) -> tuple[History, Ints]:
    """Return who is no suspect, and for each event its row in the batch."""
    held, kept = read.covers, ~suspect[read.covers.person]
    rows = np.flatnonzero(~suspect[read.events.person])
    covers = Covers(*(_wide(getattr(held, name)[kept]) for name in Covers.__slots__))
    birth, village = np.zeros(len(suspect), np.int64), np.zeros(len(suspect), np.int64)
    birth[covers.person] = held.birth[kept]
    names, places = _villages(batch.filter(pa.array(kept)))
    village[covers.person[::-1]] = places[::-1]  # the first cover's counts
    happened = read.events
    events = Events(
        *(_wide(column[rows]) for column in (happened.person, happened.day, happened.cause == 0)),
        *(_wide(getattr(happened, name)[rows]) for name in Events.__slots__[3:]),
    )
    return History(products, names, birth, village, covers, events), rows


def _villages(batch: pa.RecordBatch) -> tuple[tuple[str, ...], Ints]:
    if VILLAGE not in batch.schema.names:
        return ("",), np.zeros(len(batch), np.int64)
    coded = pc.dictionary_encode(text_of(batch[VILLAGE]))
    return tuple(name.strip() for name in coded.dictionary.to_pylist()), _wide(np.asarray(coded.indices))


def _wide(column: "np.ndarray[tuple[int], np.dtype[np.generic]]") -> Ints:
    return column.astype(np.int64)
