"""The villages' populations and targets from `targets.csv`, strictly."""

import csv
import re
from collections.abc import Iterable
from io import StringIO
from pathlib import Path

from ankang.rules.errors import file_trouble
from ankang.rules.programme import TargetRow
from ankang.rules.tables import ProgrammeFileError, is_readable

TARGETS_FILE = "targets.csv"
TARGET_COLUMNS = ["serial", "village", "population", "target"]
_HEADER = "第一行写 " + ",".join(TARGET_COLUMNS)


def load_targets(path: Path) -> tuple[TargetRow, ...]:
    """Return the rows by serial; none where there is no file yet. Errors: ProgrammeFileError (file, key, fix)."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _rows(path.name, file)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise ProgrammeFileError(path.name, "", f"打不开（{file_trouble(error)}）", "查对这个文件") from None
    except UnicodeDecodeError:
        raise ProgrammeFileError(path.name, "", "不是 UTF-8 编码", "在 Excel 里另存为“CSV UTF-8”") from None
    except csv.Error:
        raise ProgrammeFileError(path.name, "", "不是合格的 CSV 文件", "在 Excel 里另存为“CSV UTF-8”") from None
    return _in_order(path.name, rows)


def parse_targets(text: str) -> tuple[TargetRow, ...]:
    """Return the rows of the text of a `targets.csv` as `load_targets` does. Errors: ProgrammeFileError."""
    if not text.strip():
        return ()
    try:
        return _in_order(TARGETS_FILE, _rows(TARGETS_FILE, StringIO(text, newline="")))
    except csv.Error:
        raise ProgrammeFileError(TARGETS_FILE, "", "不是合格的 CSV 文件", "在 Excel 里另存为“CSV UTF-8”") from None


def check_target(place: str, cells: list[str]) -> None:
    """Check one row of cells by itself; `place` names it. Errors: ProgrammeFileError."""
    _target(TARGETS_FILE, place, cells)


def _in_order(file: str, rows: list[TargetRow]) -> tuple[TargetRow, ...]:
    for column in ("serial", "village"):
        _check_once(file, column, rows)
    return tuple(sorted(rows, key=lambda row: row.serial))


def _rows(file: str, lines: Iterable[str]) -> list[TargetRow]:
    cells = [[cell.strip() for cell in row] for row in csv.reader(lines)]
    if not cells or cells[0] != TARGET_COLUMNS:
        raise ProgrammeFileError(file, "第1行", "列名不对", _HEADER)
    return [_target(file, f"第{number}行", row) for number, row in enumerate(cells[1:], 2) if any(row)]


def _target(file: str, place: str, cells: list[str]) -> TargetRow:
    if len(cells) != len(TARGET_COLUMNS):
        raise ProgrammeFileError(
            file, place, f"有 {len(cells)} 格，应当是 {len(TARGET_COLUMNS)} 格", "每列一格，村名里不写逗号"
        )
    serial, village, population, target = cells
    for column, text in zip(("serial", "population", "target"), (serial, population, target), strict=True):
        if not re.fullmatch(r"[0-9]{1,9}", text):
            raise ProgrammeFileError(file, f"{place} {column}", f"“{text[:40]}”不是整数", "写不带逗号的整数，最多9位")
    if not village or "\n" in village or not is_readable(village):
        problem = "村名里有换行或看不见的控制字符" if village else "没有村名"
        raise ProgrammeFileError(file, f"{place} village", problem, "填村名，没有公布就用序号代称，如 01村")
    found = TargetRow(int(serial), village, int(population), int(target))
    if found.target > found.population:
        raise ProgrammeFileError(file, f"{place} target", "目标比人口数还多", "查对这一行的两个数")
    return found


def _check_once(file: str, column: str, rows: list[TargetRow]) -> None:
    values = [getattr(row, column) for row in rows]
    if len(set(values)) != len(values):
        twice = next(value for value in values if values.count(value) > 1)
        name = "序号" if column == "serial" else "村名"
        raise ProgrammeFileError(file, column, f"{name}有重复：{twice}", f"每个村一个{name}")
