"""A csv file to rows of text, whatever Excel, WPS or a register wrote: UTF-8, UTF-16, GB18030; , ; or tab."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from ankang.rules.errors import InvalidInput

_MAX_COLUMNS = 104
_HEAD = 5000  # characters that tell the delimiter
_BLOCK = 1024 * 1024
_SAVE_AS = "请用Excel或WPS打开，另存为“Excel工作簿(*.xlsx)”后再上传。"
Opens = Callable[[], BinaryIO]


@dataclass(frozen=True, slots=True)
class CsvText:
    """A csv file that was looked at from end to end: it can be decoded, and it is no web page."""

    opens: Opens
    encoding: str
    delimiter: str

    def rows(self) -> Iterator[list[str]]:
        """Yield the rows, cells stripped; `="320..."`, by which text is kept text, is unwrapped.

        Errors: InvalidInput for a quote without its other half, or too many columns.
        """
        with closing(_text(self.opens, self.encoding)) as text:
            reader = csv.reader(text, delimiter=self.delimiter)
            try:
                for row in reader:
                    if len(row) > _MAX_COLUMNS:
                        raise _refused("表格超过104列。请删去用不到的列后再上传。")
                    yield [_plain(cell) for cell in row]
            except csv.Error as error:
                raise _refused(
                    f"csv文件第{reader.line_num}行附近读不下去（引号不成对，或有过长的内容）。{_SAVE_AS}"
                ) from error


def look_at(opens: Opens) -> CsvText:
    """Return how a file is to be read, after one pass over its bytes.

    Errors: InvalidInput for a file that is no table of text.
    """
    encoding = _encoding(opens)
    with closing(_text(opens, encoding)) as text:
        head = text.read(_HEAD)
    if head.lstrip()[:500].lower().startswith(("<html", "<!doctype", "<table", "<?xml", "%pdf", "{\\rtf")):
        raise _refused(f"这是网页、PDF或别的格式，只是名字像表格。{_SAVE_AS}")
    return CsvText(opens, encoding, max((",", "\t", ";"), key=head.count))


def read_rows(content: bytes, max_rows: int) -> list[list[str]]:
    """Return all rows of a small file. Errors: InvalidInput for a file that is no table of text, or one too large."""
    rows = list(islice(look_at(lambda: io.BytesIO(content)).rows(), max_rows + 1))
    if len(rows) > max_rows:
        raise _refused(f"表格超过{max_rows}行。请按村拆成几份后再上传。")
    return rows


def _encoding(opens: Opens) -> str:
    with opens() as file:
        marked = file.read(2) in (b"\xff\xfe", b"\xfe\xff")
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        if _decodes(opens, encoding):
            return encoding
    raise _refused(f"这不是Excel或csv表格。{_SAVE_AS}")


def _decodes(opens: Opens, encoding: str) -> bool:
    """Whether every block is text in this encoding, without a null."""
    with closing(_text(opens, encoding)) as text:
        try:
            while block := text.read(_BLOCK):
                if "\0" in block:
                    return False
        except UnicodeError:
            return False
    return True


def _text(opens: Opens, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(opens(), encoding, newline="")


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")
