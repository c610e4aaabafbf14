"""Covers and events as columns. Money is integer fen, a day is the days since 1970-01-01, a person any integer."""

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ankang.batch.schedule import Array
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Programme

NO_DEATH = np.iinfo(np.int32).min
CAUSES = ("accident", "illness")


class Covers(NamedTuple):
    """Sorted by (person, product, start)."""

    person: Array  # int64
    birth: Array  # int32
    product: Array  # int16: the place in `Programme.products`
    units: Array  # int32
    start: Array  # int32
    end: Array  # int32: the last day of cover


class Events(NamedTuple):
    """Sorted by (person, day, event id)."""

    person: Array  # int64
    day: Array  # int32
    cause: Array  # int8: the place in CAUSES
    medical: Array  # int64 fen
    reimbursed: Array  # int64 fen
    fracture: Array  # int64 fen
    hospital_days: Array  # int32
    grade: Array  # int8: the grade that counts (rules.benefits.effective_grade), 0 for none
    death: Array  # int32, NO_DEATH where alive


_COVERS = (np.int64, np.int32, np.int16, np.int32, np.int32, np.int32)
_EVENTS = (np.int64, np.int32, np.int8, np.int64, np.int64, np.int64, np.int32, np.int8, np.int32)


def covers_of(programme: Programme, columns: Mapping[str, Any] | pa.Table | pa.RecordBatch) -> Covers:
    """Return covers from columns named as in `Covers`: NumPy, Arrow or lists; days also as dates, products as codes.

    Rows in any order. Errors: InvalidInput for an empty cell, a number that does not fit, an unknown product.
    """
    found = _taken(columns, Covers._fields, _COVERS, {"product": [product.code for product in programme.products]})
    return in_order_of_decision(Covers(*found))


def events_of(columns: Mapping[str, Any] | pa.Table | pa.RecordBatch) -> Events:
    """Return events from columns named as in `Events`, sorted by (person, day); those of a day stay as they come.

    So give them in the order of their ids. An empty `death` is no death. Errors: InvalidInput as for `covers_of`.
    """
    return in_order_of_decision(Events(*_taken(columns, Events._fields, _EVENTS, {"cause": list(CAUSES)})))


T = TypeVar("T", Covers, Events)


def in_order_of_decision(columns: T) -> T:
    """Return the rows sorted as `Covers` and `Events` want them; rows that are equal in this stay as they come."""
    keys = ("start", "product", "person") if isinstance(columns, Covers) else ("day", "person")
    arrays = [getattr(columns, key) for key in keys]
    ahead = np.zeros(max(0, len(columns.person) - 1), bool)
    for column in arrays:  # the least key first
        ahead = (column[:-1] > column[1:]) | ((column[:-1] == column[1:]) & ahead)
    if not ahead.any():
        return columns
    order = np.lexsort(arrays)
    return type(columns)(*(column[order] for column in columns))


def read_only(columns: T) -> T:
    """Return views that cannot be written: to the compiler those are another type, and one is enough."""
    views = [np.ascontiguousarray(column).view() for column in columns]
    for view in views:
        view.flags.writeable = False
    return type(columns)(*views)


def _taken(columns: Any, names: tuple[str, ...], kinds: tuple[type, ...], codes: dict[str, list[str]]) -> list[Array]:
    found = [_taken_one(columns[name], name, kind, codes.get(name)) for name, kind in zip(names, kinds, strict=True)]
    if len({len(column) for column in found}) != 1:
        raise InvalidInput("各列的行数不一样。", fix="每一列给一样多的行")
    return found


def _taken_one(column: Any, name: str, kind: type, codes: list[str] | None) -> Array:
    if isinstance(column, np.ndarray) and column.dtype == kind:
        return np.ascontiguousarray(column)
    try:
        values = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column)
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        if not len(values):
            return np.empty(0, kind)
        if values.null_count and name != "death":  # an empty expense would pay the whole limit, or nothing
            raise _invalid(name, "有空的格")
        if codes is not None and not pa.types.is_integer(values.type):
            values = _coded(values, name, codes)
        elif pa.types.is_temporal(values.type):
            values = values.cast(pa.date32()).cast(pa.int32())
        if values.null_count:
            values = values.cast(pa.int32()).fill_null(int(NO_DEATH))
        wanted = pa.from_numpy_dtype(kind)
        return np.ascontiguousarray(values.cast(wanted).to_numpy(zero_copy_only=False))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise _invalid(name, "有读不懂或放不下的数") from error


def _coded(values: pa.Array, name: str, codes: list[str]) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.dictionary_decode()
    found = pc.index_in(values, pa.array(codes))
    if found.null_count:
        raise _invalid(name, f"只能是 {'、'.join(codes)}")
    return found


def _invalid(name: str, problem: str) -> InvalidInput:
    return InvalidInput(f"{name} 这一列{problem}，请查对数据。", field=name, fix="查对数据")
