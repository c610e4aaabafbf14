"""An ods is one text of rows and cells that may say "the same a million times": counted before a reader unfolds it."""

from dataclasses import dataclass
from xml.parsers.expat import ExpatError, ParserCreate

from ankang.rules.errors import InvalidInput

_TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0 "
_CELLS = {f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"}
_SAVE_AS = "请用Excel或WPS打开，另存为“Excel工作簿(*.xlsx)”后再上传。"


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to the right and down cells may stand, and how many there may be, repeated ones counted."""

    columns: int
    rows: int
    cells: int


def inspect(parts: dict[str, bytes], limits: Limits) -> dict[str, dict[str, int]]:
    """Return, by sheet name, the columns with formulas and the first row of each.

    Errors: InvalidInput for a document that is no spreadsheet, has a password, is damaged, or goes past a limit.
    """
    if b"encryption-data" in parts.get("META-INF/manifest.xml", b""):
        raise _refused("文件设了密码，打不开。", "请取消密码并保存后再上传。")
    content = parts["content.xml"]
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise _damaged()
    counter = _Counter(limits)
    try:
        counter.read(content)
    except (ExpatError, ValueError) as error:
        raise _damaged() from error
    if not counter.found:
        raise _refused("这不是表格（像是文字文档或演示文稿）。", _SAVE_AS)
    return counter.found


class _Counter:
    """Hears the elements go by and keeps none: memory does not grow with the file."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.found: dict[str, dict[str, int]] = {}
        self._row = self._times = self._at = self._last = self._cells = 0
        self._in_cell = False
        self._sheet: dict[str, int] = {}

    def read(self, content: bytes) -> None:
        parser = ParserCreate(namespace_separator=" ")
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        parser.Parse(content, True)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag in _CELLS:
            self._at += _times(given, "columns")
            self._in_cell = True
            if f"{_TABLE}formula" in given:
                self._sheet.setdefault(_letters(self._at), self._row + 1)
            if any(name.endswith(("value", "formula")) for name in given):
                self._last = self._at
        elif self._in_cell:
            self._last = self._at
        elif tag == f"{_TABLE}table-row":
            self._times, self._at, self._last = _times(given, "rows"), 0, 0
        elif tag == f"{_TABLE}table":
            self._sheet, self._row = self.found.setdefault(given.get(f"{_TABLE}name", ""), {}), 0

    def _end(self, tag: str) -> None:
        if tag in _CELLS:
            self._in_cell = False
        elif tag == f"{_TABLE}table-row" and not self._in_cell:
            self._count_row()

    def _count_row(self) -> None:
        """Count a row as often as it is repeated. Empty rows and cells count once something stands behind them."""
        self._row += self._times
        if not self._last:
            return
        self._cells += self._times * self._last
        if self._last > self.limits.columns:
            fix = "请删去右边用不到的列（选中后删除，不只是清空），保存后再上传。"
            raise _refused(f"表格超过{self.limits.columns}列。", fix)
        if self._row > self.limits.rows:
            raise _refused(f"表格超过{self.limits.rows}行。", "请删去下面的空白行，或按村拆成几份后再上传。")
        if self._cells > self.limits.cells:
            raise _refused("表格里的格子太多。", "请只留名册一张工作表，删去用不到的列，保存后再上传。")


def _times(given: dict[str, str], what: str) -> int:
    return max(1, int(given.get(f"{_TABLE}number-{what}-repeated", "1")))


def _letters(column: int) -> str:
    """Return a column's letters: 1 is A, 27 is AA."""
    text = ""
    while column:
        column, digit = divmod(column - 1, 26)
        text = chr(65 + digit) + text
    return text


def _damaged() -> InvalidInput:
    return _refused("这不是能读的表格文件，或文件已损坏。", _SAVE_AS)


def _refused(what: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{what}{fix}", field="file")
