"""Reading a TOML table strictly: every key is asked for once, and what is left over is an error with its place."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from typing import Any
from unicodedata import category

from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.money import fen

REQUIRED: Any = object()
MOST = 999_999_999  # people, days, units: beyond that it is a slip of the finger
_HUNDREDTHS = re.compile(r"\d{1,7}(\.\d{1,2})?", re.ASCII)
_DAYS = (date(2000, 1, 1), date(2199, 12, 31))


class ProgrammeFileError(AnkangError):
    """A programme file that cannot be taken. Fields: `file`, `key`, `problem`, `fix`."""

    code = "programme_file"

    def __init__(self, file: str, key: str, problem: str, fix: str) -> None:
        where = f"{file} 的 {key}" if key else file
        super().__init__(f"{where}：{problem}。怎么改：{fix}。", file=file, key=key, problem=problem, fix=fix)


class Table:
    """One table of a programme file, which knows where it stands."""

    def __init__(self, values: Any, file: str, path: str = "") -> None:
        self.file, self.path = file, path
        if not isinstance(values, Mapping):
            raise ProgrammeFileError(file, path, "这里应当是一张表", "写成 [表名] 或者 { 键 = 值 }")
        self._values = dict(values)
        self._asked: set[str] = set()

    def error(self, name: str, problem: str, fix: str) -> ProgrammeFileError:
        """Return the error for a key of this table, or for the table itself where `name` is empty."""
        key = ".".join(part for part in (self.path, name) if part)
        return ProgrammeFileError(self.file, key, problem, fix)

    def has(self, name: str) -> bool:
        return name in self._values

    @property
    def values(self) -> dict[str, Any]:
        return self._values

    def keys(self) -> list[str]:
        return list(self._values)

    def text(self, name: str, default: Any = REQUIRED) -> Any:
        value = self._take(name, default)
        if value is default:
            return value
        if not isinstance(value, str) or not value.strip():
            raise self.error(name, "应当是一段文字", "写成加引号的文字，不能是空的")
        if not is_readable(value):
            raise self.error(name, "文字里有看不见的控制字符", "删掉重写这一项")
        return value

    def clause(self) -> str:
        """Every figure has one. Errors: ProgrammeFileError."""
        if not self.has("clause"):
            raise self.error("clause", "没有注明条款", '写明出处，例如 clause = "附件2（1）第1行"')
        return str(self.text("clause"))

    def whole(self, name: str, default: Any = REQUIRED, *, least: int = 0, most: int = MOST) -> Any:
        value = self._take(name, default)
        if value is default:
            return value
        if type(value) is not int or value < least:
            raise self.error(
                name, f"应当是不小于 {least} 的整数，现在是 {_shown(value)}", "写成不带引号的整数，例如 60"
            )
        if value > most:
            raise self.error(name, f"太大了，最多是 {most}", "查对这个数")
        return value

    def number(self, name: str) -> int | Decimal:
        """A whole or decimal number, as it stands."""
        value: object = self._take(name, REQUIRED)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            raise self.error(name, f"应当是一个数，现在是 {_shown(value)}", "写成不带引号的数，例如 85 或 2.5")
        return value

    def numbers(self, name: str) -> list[int | Decimal]:
        """A list of numbers that are not negative, as they stand."""
        values = self._take(name, REQUIRED)
        if not isinstance(values, list) or not all(type(value) in (int, Decimal) and value >= 0 for value in values):
            raise self.error(name, "应当是一列不小于0的数", "写成 [27.8, 28]，不带引号")
        return values

    def hundredths(self, name: str) -> int:
        """A number that is not negative, with at most two decimals, as hundredths."""
        value = self.number(name)
        if not _HUNDREDTHS.fullmatch(str(value)):
            raise self.error(name, f"应当是不小于0的数，现在是 {str(value)[:40]}", "最多两位小数，例如 85 或 2.5")
        return int(Decimal(str(value)) * 100)

    def flag(self, name: str, default: bool) -> bool:
        value = self._take(name, default)
        if not isinstance(value, bool):
            raise self.error(name, "应当是 true 或 false", "写成 true 或 false，不带引号")
        return value

    def day(self, name: str) -> date:
        value = self._take(name, REQUIRED)
        if type(value) is not date:
            raise self.error(name, f"应当是日期，现在是 {_shown(value)}", "写成 2024-02-01 的样子，不带引号")
        if not _DAYS[0] <= value <= _DAYS[1]:
            raise self.error(name, f"年份不对，现在是 {value}", "查对年份")
        return value

    def money(self, name: str, default: Any = REQUIRED) -> Any:
        """Yuan in the file, fen out."""
        value = self._take(name, default)
        if value is default:
            return value
        try:
            if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
                raise InvalidInput("")
            amount = fen(value)
        except InvalidInput:
            amount = -1
        if amount < 0:
            raise self.error(
                name, f"应当是不小于0的金额，现在是 {_shown(value)}", "写成元，最多两位小数，例如 200 或 49.50"
            )
        return amount

    def one_of(self, name: str, choices: tuple[str, ...], default: Any = REQUIRED) -> Any:
        value = self.text(name, default)
        if value is not default and value not in choices:
            raise self.error(name, f"没有“{value}”这个选项", "从这些里选一个：" + "、".join(choices))
        return value

    def table(self, name: str) -> "Table":
        return Table(self._take(name, REQUIRED), self.file, ".".join(part for part in (self.path, name) if part))

    def tables(self, name: str, label: str, *, optional: bool = False) -> list["Table"]:
        """The tables of a list; each is named in errors by its `label` key."""
        rows = self._take(name, [] if optional else REQUIRED)
        if not isinstance(rows, list) or not (rows or optional):
            raise self.error(name, "应当至少有一项", f"写成一个或几个 [[{name}]]")
        prefix = f"{self.path}.{name}" if self.path else name
        found = []
        for position, row in enumerate(rows, 1):
            mark = row.get(label, f"第{position}项") if isinstance(row, Mapping) else f"第{position}项"
            found.append(Table(row, self.file, f"{prefix}[{mark}]"))
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._take(name, REQUIRED)
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise self.error(name, "应当是一列文字", '写成 ["甲", "乙"]，没有就写 []')
        return tuple(values)

    def finish(self) -> None:
        """Refuse what nobody asked for: most often a misspelt key."""
        for name in self._values:
            if name not in self._asked:
                near = get_close_matches(name, self._asked, n=1)
                fix = f"是不是想写 {near[0]}？不是就删掉这一行" if near else "删掉这一行，或查对键名"
                raise self.error(name, "没有这个键", fix)

    def _take(self, name: str, default: Any) -> Any:
        self._asked.add(name)
        if name in self._values:
            return self._values[name]
        if default is REQUIRED:
            raise self.error(name, "缺这一项", f"补上 {name} = …")
        return default


def is_readable(text: str) -> bool:
    """Whether a text has no control characters but line breaks: PostgreSQL stores none, and nobody sees them."""
    return all(mark == "\n" or category(mark) != "Cc" for mark in text)


def _shown(value: object) -> str:
    """A value as it stands in the file, shortened."""
    if isinstance(value, bool):
        return "true" if value else "false"
    shown = f'"{value}"' if isinstance(value, str) else str(value)
    return shown if len(shown) <= 40 else f"{shown[:40]}…"
