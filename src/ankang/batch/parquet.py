"""Parquet files in and out, a batch at a time."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.csv import WriteOptions, write_csv

from ankang.batch.cells import text_of
from ankang.batch.stream import AMOUNT, PAYOUTS, coded
from ankang.rules.errors import InvalidInput, file_trouble

BATCH = 122_880  # DuckDB's row group: no batch is put together of two
_CODED = ("product", "cause", "benefit", "reason")  # few words many times


def open_parquet(path: Path, columns: Sequence[str]) -> pq.ParquetFile:
    """Open a file that has these columns. Errors: InvalidInput."""
    try:
        schema = pq.read_schema(path)
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{file_trouble(error)}。请查对路径。") from error
    except pa.ArrowInvalid as error:
        raise InvalidInput(
            f"{path.name} 不是合格的 Parquet 文件。请重新导出；其实是 CSV 的，文件名不要以 .parquet 结尾。"
        ) from error
    names = schema.names
    missing = [column for column in columns if column not in names]
    if missing:
        raise InvalidInput(f"{path.name} 缺列：{'、'.join(missing)}。应当有 {','.join(columns)}。")
    for name in columns:
        _check_kind(path.name, name, schema.field(name).type)
    return pq.ParquetFile(path, read_dictionary=[name for name in columns if name in _CODED], pre_buffer=False)


def batches(path: Path, columns: Sequence[str], size: int = BATCH) -> Iterator[pa.RecordBatch]:
    """Yield batches with these columns; at least one, empty where the file is. Errors: InvalidInput."""
    with open_parquet(path, columns) as file:
        rows, found = 0, file.iter_batches(size, columns=list(columns))
        while (batch := _next(found, path, rows)) is not None:
            rows += len(batch)
            yield batch
        if not rows:
            yield _empty(file, columns)


def _next(found: Iterator[pa.RecordBatch], path: Path, rows: int) -> pa.RecordBatch | None:
    try:
        return next(found, None)
    except (OSError, pa.ArrowException) as error:  # it opens by its last bytes: what is before them may be damaged
        raise InvalidInput(f"{path.name} 第{rows + 2}行以后读不出来，文件坏了。请重新导出，或重新复制一份。") from error


def _check_kind(file: str, column: str, kind: pa.DataType) -> None:
    """Errors: InvalidInput for a column that cannot be read to the last digit, or not at all."""
    if pa.types.is_floating(kind):
        raise InvalidInput(
            f"{file} 的 {column} 一列是浮点数，会差分毫。请改成 DECIMAL(14,2)、整数或文字，再导出。",
            field=column,
            fix="存成 DECIMAL(14,2)、整数或文字",
        )
    if pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        raise InvalidInput(f"{file} 的 {column} 一列是 {kind}，读不了。请改成文字、数或日期，再导出。", field=column)


def _empty(file: pq.ParquetFile, columns: Sequence[str]) -> pa.RecordBatch:
    fields = [file.schema_arrow.field(name) for name in columns]
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in fields], schema=pa.schema(fields))


def as_text(batch: pa.RecordBatch) -> list[pa.Array]:
    """Return the columns as a CSV file would write them."""
    return [text_of(column) for column in batch.columns]


class TextWriter:
    """Writes rows of text; `amount` becomes a decimal with two places."""

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.schema = pa.schema([(name, AMOUNT if name == "amount" else pa.string()) for name in columns])
        self.writer = pq.ParquetWriter(path, self.schema)

    def __enter__(self) -> "TextWriter":
        return self

    def __exit__(self, *failure: object) -> None:
        self.writer.close()

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        columns = [
            pa.array(map(Decimal, column) if field.type == AMOUNT else column, field.type)
            for field, column in zip(self.schema, zip(*rows, strict=True), strict=True)
        ]
        self.writer.write_table(pa.Table.from_arrays(columns, schema=self.schema))


# Each id and each word is stored once a row group; amounts hardly repeat. Nobody looks for a range in a file by person.
# Without Arrow's own note on types every reader sees the same: text, and DECIMAL(18,2).
_PLAIN_PARQUET: dict[str, Any] = {
    "use_dictionary": [name for name in PAYOUTS.names if name != "amount"],
    "write_statistics": False,
    "store_schema": False,
    "store_decimal_as_integer": True,
}


class PayoutsWriter:
    """Writes tables of PAYOUTS to Parquet or CSV; what `begin` finds written is forgotten."""

    def __init__(self, path: Path, *, parquet: bool) -> None:
        self.path, self.parquet = path, parquet
        self.writer: pq.ParquetWriter | BinaryIO | None = None

    def begin(self) -> None:
        self.close()
        if self.parquet:
            self.writer = pq.ParquetWriter(self.path, PAYOUTS, **_PLAIN_PARQUET)
        else:
            self.writer = self.path.open("wb")
            self.writer.write((",".join(PAYOUTS.names) + "\n").encode())

    def write(self, table: pa.Table) -> None:
        if isinstance(self.writer, pq.ParquetWriter):
            self.writer.write_table(table)
        elif self.writer is not None:
            self.writer.write(_csv(table))

    def write_rows(self, rows: Iterable[Sequence[str]]) -> None:
        """Write rows of text, few of them."""
        columns = list(zip(*rows, strict=True)) or [()] * len(PAYOUTS)
        arrays = [
            pa.array(map(Decimal, column), field.type)
            if field.name == "amount"
            else coded(pa.array(column, pa.string()), field.type)
            for field, column in zip(PAYOUTS, columns, strict=True)
        ]
        self.write(pa.Table.from_arrays(arrays, schema=PAYOUTS))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.writer = None

    def __enter__(self) -> "PayoutsWriter":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()


def _csv(table: pa.Table) -> bytes:
    """Return the rows as CSV: as Python writes it where a text needs quotes, else by Arrow, which is faster."""
    columns = [text_of(column.combine_chunks()) for column in table.columns]
    sink = pa.BufferOutputStream()
    options = WriteOptions(include_header=False, quoting_style="none")
    try:
        write_csv(pa.Table.from_arrays(columns, names=table.schema.names), sink, options)
    except pa.ArrowInvalid:
        text = StringIO(newline="")
        rows = zip(*(column.to_pylist() for column in columns), strict=True)
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue().encode()
    return bytes(sink.getvalue())
