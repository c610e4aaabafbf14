"""Tables of the command line, CSV or Parquet by the file's suffix."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

from ankang.cli.files import SURPLUS, csv_rows, not_text
from ankang.rules.errors import AnkangError, InvalidInput, file_trouble

ROWS_AT_A_TIME = 100_000


class MissingPart(AnkangError):
    """A part of the program that is installed on demand."""

    code = "missing_part"


def is_parquet(path: Path) -> bool:
    return path.suffix.lower() == ".parquet"


def table_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (row number, cells by column) as `csv_rows`; the first row of a Parquet file has number 2, as in CSV."""
    return parquet_rows(path, columns) if is_parquet(path) else csv_rows(path, columns)


def has_column(path: Path, column: str) -> bool:
    """Return whether a table has a column that need not be there. Errors: InvalidInput when it cannot be read."""
    if is_parquet(path):
        with parquet().open_parquet(path, ()) as file:
            return column in file.schema_arrow.names
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return column in [cell.strip() for cell in next(csv.reader(lines), [])]
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{file_trouble(error)}。请查对路径。") from error
    except UnicodeDecodeError as error:
        raise not_text(path) from error


def parquet_rows(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """As `table_rows`. Errors: InvalidInput when the file cannot be read or a column is missing."""
    number = 2
    for batch in parquet().batches(path, columns):
        texts = [column.to_pylist() for column in parquet().as_text(batch)]
        for cells in zip(*texts, strict=True):
            yield number, dict(zip(batch.schema.names, map(str.strip, cells), strict=True)) | {SURPLUS: ""}
            number += 1


def write_table(path: Path, like: Path, columns: tuple[str, ...], rows: Iterable[Sequence[str]]) -> None:
    """Write rows of text to `path`, in the form that the name `like` asks for. In Parquet, `amount` is a decimal."""
    if is_parquet(like):
        with parquet().TextWriter(path, columns) as writer:
            rows = iter(rows)
            while some := list(islice(rows, ROWS_AT_A_TIME)):
                writer.write(some)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(columns)
        table.writerows(rows)


def parquet() -> Any:
    """Return the module for Parquet. Errors: MissingPart where its libraries are not installed."""
    return part("ankang.batch.parquet")


def part(name: str, extra: str = "batch") -> ModuleType:
    """Import a module that needs an extra. Errors: MissingPart."""
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        raise MissingPart(
            f"没有安装 {error.name}。请安装 ankang[{extra}] 再运行。", missing=error.name, fix=f"安装 ankang[{extra}]"
        ) from error
