"""A csv file to rows of text, whatever Excel, WPS or a register wrote: UTF-8, UTF-16 or GB18030; comma or tab."""

import csv
import io
from itertools import islice

from ankang.rules.errors import InvalidInput

_MAX_COLUMNS = 104
_SAVE_AS = "请用Excel或WPS打开，另存为“Excel工作簿(*.xlsx)”后再上传。"


def read_rows(content: bytes, max_rows: int) -> list[list[str]]:
    """Return the rows. `="320..."`, by which text is kept text, is unwrapped.

    Errors: InvalidInput for a file that is no table of text, or one too large.
    """
    text = _decoded(content)
    start = text.lstrip()[:500].lower()
    if start.startswith(("<html", "<!doctype", "<table", "<?xml", "%pdf", "{\\rtf")):
        raise _refused(f"这是网页、PDF或别的格式，只是名字像表格。{_SAVE_AS}")
    try:
        lines = islice(csv.reader(io.StringIO(text, newline=""), _dialect(text)), max_rows + 1)
        rows = [[_plain(cell) for cell in row] for row in lines]
    except csv.Error as error:
        raise _refused(f"csv文件读不下去（引号不成对，或有过长的内容）。{_SAVE_AS}") from error
    if len(rows) > max_rows:
        raise _refused(f"表格超过{max_rows}行。请按村拆成几份后再上传。")
    if max(map(len, rows), default=0) > _MAX_COLUMNS:
        raise _refused("表格超过104列。请删去用不到的列后再上传。")
    return rows


def _decoded(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise _refused(f"这不是Excel或csv表格。{_SAVE_AS}")


def _dialect(text: str) -> type[csv.Dialect]:
    head = text[:5000]

    class Found(csv.excel):
        delimiter = max((",", "\t", ";"), key=head.count)

    return Found


def _plain(cell: str) -> str:
    cell = cell.strip()
    return cell[2:-1] if cell.startswith('="') and cell.endswith('"') else cell


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")
