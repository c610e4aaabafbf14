"""Bytes of a file to sheets of cells. A bad file is refused with one sentence; no cell is read before it is safe to."""

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, load_workbook

from ankang.roster.imports import csvtext, packages
from ankang.rules.errors import InvalidInput

MAX_BYTES = 20 * 1024 * 1024
MAX_ROWS = packages.MAX_ROWS
MAX_CELLS = MAX_ROWS * packages.MAX_COLUMNS  # of all sheets together: one full one

Cell = str | int | float | bool | date | datetime | time | timedelta
_ZIP = b"PK\x03\x04"
_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_SAVE_AS = "请用Excel或WPS打开，另存为“Excel工作簿(*.xlsx)”后再上传。"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows of cells from its first row on, so that row n is `rows[n - 1]`.

    `formulas`: letters of the columns that hold formulas, each with the first row where one stands.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    formulas: dict[str, int] = field(default_factory=dict)


def is_workbook(begin: bytes) -> bool:
    """Whether a file that begins so is an xlsx, ods or xls (or claims to be), and no csv."""
    return begin.startswith((_ZIP, _OLE))


def read_sheets(content: bytes) -> list[Sheet]:
    """Return the sheets of an xlsx, xls, ods or csv file, told apart by content and not by name.

    Errors: InvalidInput, one Chinese sentence: empty, too large, with a password, no spreadsheet, damaged.
    """
    if not content.strip():
        raise _refused("文件是空的。请选择填好的名册后再上传。")
    if len(content) > MAX_BYTES:
        raise _refused(
            "文件超过20MB。请删去图片和用不到的工作表，或按村拆成几份后再上传；"
            "全县的大名册请管系统的人用 ankang import 导入。"
        )
    if content.startswith(_ZIP):
        return _zipped(content)
    if content.startswith(_OLE):
        return _xls(content)
    return [Sheet("", csvtext.read_rows(content, MAX_ROWS))]


def _zipped(content: bytes) -> list[Sheet]:
    formulas = packages.inspect(content)
    return [Sheet(name, rows, formulas.get(name, {})) for name, rows in _calamine(content)]


def _xls(content: bytes) -> list[Sheet]:
    if _ENCRYPTED in content:
        raise _password()
    return [Sheet(name, rows) for name, rows in _calamine(content)]


def _calamine(content: bytes) -> list[tuple[str, list[list[Any]]]]:
    try:
        return _tables(load_workbook(io.BytesIO(content)))
    except PasswordError as error:
        raise _password() from error
    except (CalamineError, ValueError, OSError) as error:
        raise _damaged() from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # how a crash inside the reader arrives; it has no public name
            raise
        raise _damaged() from error


def _tables(workbook: CalamineWorkbook) -> list[tuple[str, list[list[Any]]]]:
    """Return the sheets as dense rows, counting: two cells far apart make a sheet of ten million empty ones."""
    tables, left = [], MAX_CELLS
    for metadata in workbook.sheets_metadata:
        if metadata.typ != SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_name(metadata.name)
        left -= sheet.total_height * sheet.total_width
        if left < 0:
            raise _refused("几张工作表加起来太大。请只留名册一张工作表，删去下面和右边的空白，另存后再上传。")
        tables.append((metadata.name, sheet.to_python(skip_empty_area=False)))
    return tables


def _password() -> InvalidInput:
    return _refused("文件设了密码，打不开。请在Excel里取消密码（文件、信息、保护工作簿）并保存后再上传。")


def _damaged() -> InvalidInput:
    return _refused(f"这不是能读的Excel文件，或文件已损坏。{_SAVE_AS}")


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")


def text_of(cell: Cell | None) -> str:
    """Return a cell as trimmed text: 12.0 is `12`, a day is 2024-03-04; past 15 digits a float stays one."""
    if isinstance(cell, str):
        return cell.replace("\0", "").strip()  # xlsx can write it as _x0000_; no database takes it
    if cell is None or isinstance(cell, bool):
        return "是" if cell else ""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time.min else cell.isoformat(" ", "minutes")
    return re.sub(r"\s+", " ", str(cell))
