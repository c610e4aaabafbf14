"""A register's file on this machine, of any length: looked through once, then read part by part.

What grows with its rows is a bit map of 8 MB and the numbers that may stand in it twice.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from zlib import crc32

from ankang.privacy.cipher import sm3_of
from ankang.roster.imports.columns import Header, find_table
from ankang.roster.imports.csvtext import look_at
from ankang.roster.imports.lists import recognise
from ankang.roster.imports.sheets import MAX_BYTES, Cell, Sheet, is_workbook, read_sheets, text_of
from ankang.roster.models import ImportRun
from ankang.rules.errors import InvalidInput, file_trouble
from ankang.rules.identity import tidy

_HEAD_ROWS = 30
_BLOCK = 1024 * 1024
_BITS = 26
_MASK = (1 << _BITS) - 1


@dataclass(frozen=True, slots=True)
class Table:
    """A register: its header, how to read its rows anew, and the numbers of which it may hold two."""

    file_name: str
    digest: str
    header: Header
    kind: str
    rows: Callable[[], Iterable[Sequence[Cell]]]
    last_row: int
    suspects: frozenset[str]


def open_table(path: Path) -> Table:
    """Look through a csv of any length, or a workbook as the pages take it, from its first row to its last.

    Errors: InvalidInput, one sentence, for a file that cannot be read or is no register. Two passes over a csv's bytes.
    """
    try:
        with path.open("rb") as file:
            begin = file.read(8)
            file.seek(0)
            digest = sm3_of(iter(lambda: file.read(_BLOCK), b""))
        if not begin:
            raise InvalidInput("文件是空的。请选择填好的名册。", field="file")
        return _look_through(path, digest, _workbook(path) if is_workbook(begin) else _csv(path))
    except OSError as error:
        raise InvalidInput(f"打不开 {path}：{file_trouble(error)}。请查对路径。", field="file") from error


Opened = tuple[Sheet, Header, Callable[[], Iterable[Sequence[Cell]]]]


def _workbook(path: Path) -> Opened:
    if path.stat().st_size > MAX_BYTES:
        raise InvalidInput("工作簿超过20MB，一次读不下。请另存为csv后再导入，csv不限大小。", field="file")
    sheet, header = find_table(read_sheets(path.read_bytes()))
    return sheet, header, lambda: sheet.rows


def _csv(path: Path) -> Opened:
    text = look_at(lambda: path.open("rb"))
    sheet, header = find_table([Sheet("", list(islice(text.rows(), _HEAD_ROWS)))])
    return sheet, header, text.rows


def _look_through(path: Path, digest: str, opened: Opened) -> Table:
    sheet, header, rows = opened
    last_row, suspects = _survey(rows(), header.columns["number"])
    kind = recognise(path.name, sheet, header)
    return Table(path.name, digest, header, str(ImportRun.Kind(kind)), rows, last_row, suspects)


def _survey(rows: Iterable[Sequence[Cell]], number_at: int) -> tuple[int, frozenset[str]]:
    """Return the last row's number and every number that may stand twice: some stand once, none is missing.

    A bit for each checksum instead of the numbers themselves: 8 MB, however many rows there are.
    """
    seen, suspects, last_row = bytearray(1 << (_BITS - 3)), set(), 0
    for last_row, number in enumerate(_numbers(rows, number_at), 1):  # noqa: B007 - the last one is told
        place = crc32(number.encode("utf-8", "replace")) & _MASK
        bit = 1 << (place & 7)
        if seen[place >> 3] & bit:
            suspects.add(number)
        seen[place >> 3] |= bit
    return last_row, frozenset(suspects - {""})


def _numbers(rows: Iterable[Sequence[Cell]], number_at: int) -> Iterator[str]:
    for cells in rows:
        yield tidy(text_of(cells[number_at])) if number_at < len(cells) else ""
