"""Columns of Arrow, of text or typed, as the kernel takes them, and which cells it could not take."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ankang.batch.columns import NO_DEATH
from ankang.batch.schedule import Array
from ankang.batch.texts import has_edges, read_days, read_money, read_whole
from ankang.rules.errors import InvalidInput

_EARLIEST, _LATEST = -62_091, 84_005  # 1800-01-01 and 2199-12-31
_MOST_WHOLE = 999_999
_MOST_YUAN = 10**12


class Texts:
    """A column of text as offsets and bytes."""

    def __init__(self, column: pa.Array) -> None:
        self.array = text_of(column)
        _, offsets, data = self.array.buffers()
        count, skipped = len(self.array), self.array.offset
        self.offsets = np.frombuffer(offsets, np.int32)[skipped : skipped + count + 1] if offsets else _ONE_ZERO
        self.data = np.frombuffer(data, np.uint8) if data and data.size else _NO_BYTES
        for part in (self.offsets, self.data):
            part.flags.writeable = False
        self.whole: tuple[Array, Array] = (self.offsets, self.data)

    @property
    def empty(self) -> Array:
        return np.asarray(self.offsets[1:] == self.offsets[:-1])


_ONE_ZERO, _NO_BYTES = np.zeros(1, np.int32), np.zeros(0, np.uint8)


def text_of(column: pa.Array) -> pa.StringArray:
    """Return a column as a CSV file would write it; an empty cell is an empty text. Errors: InvalidInput for floats."""
    if pa.types.is_floating(column.type):
        raise InvalidInput("Parquet 里有浮点数的列，金额会差分毫。", fix="存成 DECIMAL(14,2)、整数或文字")
    if not pa.types.is_string(column.type):
        column = column.cast(pa.string())
    return column.fill_null("") if column.null_count else column


def stripped(column: pa.Array) -> pa.StringArray:
    """Return names without white space around them."""
    texts = Texts(column)
    if not has_edges(*texts.whole):
        return texts.array
    return pa.array([text.strip() for text in texts.array.to_pylist()], pa.string())


def days(column: pa.Array, bad: Array, *, may_be_empty: bool = False) -> Array:
    """Return days since 1970-01-01; NO_DEATH for an empty cell that may be empty."""
    if not pa.types.is_date32(column.type):
        found = np.empty(len(column), np.int32)
        read_days(*Texts(column).whole, found, bad, may_be_empty)
        return found
    empty = _empty(column)
    found = _numbers(column.view(pa.int32()), NO_DEATH)
    bad |= ((found < _EARLIEST) | (found > _LATEST)) & ~empty
    if not may_be_empty:
        bad |= empty
    return found


def money(column: pa.Array, bad: Array) -> Array:
    """Return fen of yuan."""
    kind = column.type
    if pa.types.is_decimal128(kind) and kind.scale == 2 and kind.precision <= 18:
        bad |= _empty(column)
        pairs = np.frombuffer(column.buffers()[1], np.int64)  # the low half of each holds all of it
        found = np.ascontiguousarray(pairs[2 * column.offset : 2 * (column.offset + len(column)) : 2])
        return _within(found, 100 * _MOST_YUAN - 1, bad)
    if pa.types.is_integer(kind):
        return 100 * _within(_numbers(column.cast(pa.int64()), -1), _MOST_YUAN - 1, bad)
    found = np.zeros(len(column), np.int64)
    read_money(*Texts(column).whole, found, bad)
    return found


def whole(column: pa.Array, bad: Array) -> Array:
    """Return whole numbers of at most six digits."""
    if pa.types.is_integer(column.type):
        found = _numbers(column if pa.types.is_signed_integer(column.type) else column.cast(pa.int64()), -1)
        return _within(found, _MOST_WHOLE, bad).astype(np.int32, copy=False)
    found = np.zeros(len(column), np.int32)
    read_whole(*Texts(column).whole, found, bad)
    return found


def code(column: pa.Array, codes: list[str], kind: type, bad: Array) -> Array:
    """Return the place of each text in `codes`."""
    if pa.types.is_dictionary(column.type):
        of_word = pc.index_in(text_of(column.dictionary), pa.array(codes, pa.string()))
        found = of_word.take(column.indices)
    else:
        found = pc.index_in(text_of(column), pa.array(codes, pa.string()))
    bad |= _empty(found)
    return np.asarray(_numbers(found, 0).astype(kind))


def _within(found: Array, most: int, bad: Array) -> Array:
    """Return the numbers; those that are negative or more than `most` as 0, and marked."""
    wrong = (found < 0) | (found > most)
    if not wrong.any():
        return found
    bad |= wrong
    return np.where(wrong, 0, found)


def _empty(column: Any) -> Array:
    if not column.null_count:
        return np.zeros(len(column), bool)
    return np.asarray(column.is_null().to_numpy(zero_copy_only=False))


def _numbers(column: Any, empty: int) -> Array:
    column = column.fill_null(pa.scalar(int(empty), column.type)) if column.null_count else column
    return np.asarray(column.to_numpy(zero_copy_only=False))
