"""Input files made ready for the stream: CSV spooled to Parquet, Parquet sorted by person where it is not."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ankang.batch.cells import Texts, stripped
from ankang.batch.parquet import batches
from ankang.batch.schedule import Array
from ankang.batch.stream import SURPLUS
from ankang.batch.texts import hash_texts
from ankang.rules.errors import InvalidInput

MEMORY = "600MB"  # for sorting; what does not fit goes to disk
ROW = "row"  # the column of a spool: the number of the row in the file that it was made of


def spool(path: Path, columns: Sequence[str], rows: Iterable[tuple[int, dict[str, str]]], surplus: str) -> None:
    """Write numbered rows of text to a Parquet file. `surplus` is the key of what stood beyond the columns."""
    fields = [*((name, pa.string()) for name in (*columns, SURPLUS)), (ROW, pa.int64())]
    keys = (*columns, surplus)
    rows = iter(rows)
    try:
        _spool(path, pa.schema(fields), rows, keys)
    except OSError as error:  # the source has words of its own
        raise scratch_full(path.parent) from error


def _spool(path: Path, schema: pa.Schema, rows: Iterator[tuple[int, dict[str, str]]], keys: Sequence[str]) -> None:
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        while some := list(islice(rows, 50_000)):
            texts = [pa.array([cells[key] for _, cells in some], pa.string()) for key in keys]
            numbers = pa.array([number for number, _ in some], pa.int64())
            writer.write_table(pa.Table.from_arrays([*texts, numbers], schema=writer.schema))


def sort(source: Path, target: Path, keys: Sequence[str], scratch: Path) -> None:
    """Write the rows of a Parquet file in the order of their texts, in bounded memory."""
    order = ", ".join(f"CAST({key} AS VARCHAR)" for key in keys)
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY,
        "threads": 2,
        "temp_directory": str(scratch),
    }
    with closing(duckdb.connect(config=settings)) as database:
        database.execute("SET enable_progress_bar = false")  # it goes to the standard output
        rows = f"SELECT * FROM read_parquet({_quoted(source)}) ORDER BY {order}"
        try:
            database.execute(f"COPY ({rows}) TO {_quoted(target)} (FORMAT parquet, COMPRESSION lz4)")
        except duckdb.Error as error:
            if isinstance(error, duckdb.OutOfMemoryException) or "No space left" in str(error):
                raise scratch_full(scratch) from error
            raise InvalidInput(f"{source.name} 排不了序，可能是文件坏了。请重新导出，或重新复制一份。") from error


def scratch_full(scratch: Path) -> InvalidInput:
    """Return what to say where temporary files find no room."""
    return InvalidInput(
        f"放临时文件的 {scratch.parent} 满了。请腾出地方，或用环境变量 TMPDIR 指一个大的文件夹。", fix="换 TMPDIR"
    )


def persons_of(path: Path, ids: str, hashes: Array) -> set[str]:
    """Return the persons of the rows whose ids have one of these hashes (sorted)."""
    found: set[str] = set()
    for batch in batches(path, (ids, "person_id")):
        texts = Texts(stripped(batch[ids]))
        mixed = np.empty(len(batch), np.uint64)
        hash_texts(*texts.whole, mixed)
        place = np.minimum(np.searchsorted(hashes, mixed), len(hashes) - 1)
        rows = pa.array(hashes[place] == mixed)
        found.update(stripped(batch["person_id"]).filter(rows).to_pylist())
    return found


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
