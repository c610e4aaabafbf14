"""Batches made ahead by other threads: in their order, few of them, and nothing left running."""

import threading
from collections.abc import Iterator
from contextlib import closing

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.cases import FOLDERS

from ankang.batch.stream import COVERS, EVENTS, NotSorted, Outcome, ahead, decide_batches, whole_persons
from ankang.batch.texts import compare, hash_texts
from ankang.rules.load import load_programme


def test_one_is_made_ahead_in_another_thread() -> None:
    made: list[int] = []
    makers: set[int] = set()

    def making() -> Iterator[int]:
        for number in range(1, 6):
            made.append(number)
            makers.add(threading.get_ident())
            yield number

    taken = []
    for number in ahead(making()):
        taken.append(number)
        assert len(made) <= number + 1
    assert taken == [1, 2, 3, 4, 5]
    assert threading.get_ident() not in makers


def test_what_fails_ahead_fails_where_it_is_taken() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("second")

    items = ahead(failing())
    assert next(items) == 1
    with pytest.raises(ValueError, match="second"):
        next(items)


def test_nothing_runs_on_after_the_end() -> None:
    before = threading.active_count()
    with closing(ahead(iter(range(1, 9)))) as items:
        assert next(items) == 1
    assert threading.active_count() == before


PEOPLE = 40


def _one_by_one(rows: list[tuple[str, ...]], columns: tuple[str, ...], read: list[int]) -> Iterator[pa.RecordBatch]:
    for number, row in enumerate(rows):
        read.append(number)
        yield pa.RecordBatch.from_arrays([pa.array([cell]) for cell in row], names=list(columns))


def test_few_batches_are_held() -> None:
    persons = [f"P{number:03}" for number in range(PEOPLE)]
    covers = [(f"C{name}", name, "1950-01-01", "A", "1", "2024-03-21", "2025-03-20") for name in persons]
    events = [(f"E{name}", name, "2024-05-01", "accident", "1000", "0", "0", "0", "0", "") for name in persons]
    read: tuple[list[int], list[int]] = [], []
    outcome = Outcome()
    tables = decide_batches(
        load_programme(FOLDERS[0] / "2024-yandu"),
        _one_by_one(covers, COVERS, read[0]),
        _one_by_one(events, EVENTS, read[1]),
        outcome,
    )
    for taken, _ in enumerate(tables):
        assert max(map(len, read)) <= taken + 6  # two made ahead, of two batches each, and what is being read
    assert (outcome.events, outcome.total_fen) == (PEOPLE, PEOPLE * 80_000)


def test_a_file_that_stands_backwards_is_not_gathered_up() -> None:
    names = [f"P{number:03}" for number in range(PEOPLE, 0, -1)]
    covers = [(f"C{name}", name, "1950-01-01", "A", "1", "2024-03-21", "2025-03-20") for name in names]
    events = [(f"E{name}", name, "2024-05-01", "accident", "1000", "0", "0", "0", "0", "") for name in names]
    read: tuple[list[int], list[int]] = [], []
    with pytest.raises(NotSorted):
        list(whole_persons(_one_by_one(covers, COVERS, read[0]), _one_by_one(events, EVENTS, read[1])))
    assert max(map(len, read)) == 2


def _columns(texts: list[str]) -> tuple[np.ndarray, np.ndarray]:
    _, offsets, data = pa.array(["", *texts], pa.string()).buffers()
    return np.frombuffer(offsets, np.int32), np.frombuffer(data, np.uint8) if data else np.zeros(0, np.uint8)


ALIKE = st.text("ab\x7f中", max_size=20) | st.text("a", max_size=24)


@given(ALIKE, ALIKE)
def test_texts_stand_in_the_order_of_their_bytes(one: str, other: str) -> None:
    left, right = one.encode(), other.encode()
    found = compare(*_columns([one]), 1, *_columns([other]), 1)
    assert found == (left > right) - (left < right)


@given(st.lists(ALIKE, max_size=20))
def test_texts_have_the_same_hash_only_where_they_are_the_same(texts: list[str]) -> None:
    hashes = np.empty(len(texts) + 1, np.uint64)
    hash_texts(*_columns(texts), hashes)
    assert len(set(hashes[1:].tolist())) == len(set(texts))
