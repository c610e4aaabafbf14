"""Files of the insurer and of the bank as rows: columns are found by many names, in xlsx, xls or csv."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from ankang.roster.imports.birthdays import parse_birthday
from ankang.roster.imports.columns import plain_titles
from ankang.roster.imports.sheets import Cell, Sheet, read_sheets, text_of
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import tidy
from ankang.rules.money import fen

_SEARCHED = 20
_INSURER = {
    "name": "姓名 被保险人 被保险人姓名 被保人姓名 客户姓名",
    "number": "身份证号 身份证号码 证件号 证件号码 被保险人证件号 被保险人证件号码 公民身份号码",
    "amount": "保费 保险费 保费合计 实收保费 应收保费 金额 保费金额",
}
_BANK = {
    "reference": "流水号 交易流水号 交易流水 凭证号 交易凭证号 回单编号",
    "amount": "金额 交易金额 发生额",
    "credit": "收入 贷方 贷方金额 贷方发生额 收入金额 存入",
    "debit": "支出 借方 借方金额 借方发生额 支出金额 支取",
    "on": "交易日期 记账日期 入账日期 日期 交易时间",
    "name": "对方户名 对方名称 户名 对方单位 交易对方",
    "balance": "余额 账户余额 当前余额 交易后余额 本次余额",
}


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One row of a file. `number` of a person, `reference` and day of a movement; `trouble`: why it cannot be read."""

    row_number: int
    name: str
    amount_fen: int
    number: str = ""
    reference: str = ""
    on: date | None = None
    trouble: str = ""
    balance_fen: int | None = None


def insurer_rows(content: bytes) -> list[StatementRow]:
    """Return the insured of an insurer's list. Errors: InvalidInput for a file that is none, or lacks a column."""
    sheet, at, columns = _table(content, _INSURER, ("name", "number", "amount"))
    return [
        _row(cells, number, columns, number_text=tidy(_cell(cells, columns, "number")))
        for number, cells in _filled(sheet, at)
    ]


def bank_rows(content: bytes) -> list[StatementRow]:
    """Return the movements of a bank's list: what came in is positive. Errors: as `insurer_rows`."""
    sheet, at, columns = _table(content, _BANK, ("reference",))
    if not ({"amount"} <= set(columns) or {"credit", "debit"} <= set(columns)):
        raise InvalidInput("没有找到“交易金额”一列，也没有“收入”“支出”两列。请在表头写明后再上传。", field="file")
    return [_row(cells, number, columns) for number, cells in _filled(sheet, at)]


def closing(rows: Sequence[StatementRow]) -> tuple[int, date] | None:
    """Return the bank's balance (fen) and its day after a list's last movement, whichever end it stands at.

    None when the list has no balances or days, or its balances do not follow from its movements.
    """
    for ordered in (rows, rows[::-1]):
        last = ordered[-1] if ordered else None
        if last is None or last.on is None or last.balance_fen is None:
            return None
        steps = pairwise(ordered)
        if all(
            before.balance_fen is not None and before.balance_fen + after.amount_fen == after.balance_fen
            for before, after in steps
        ):
            return last.balance_fen, last.on
    return None


def _table(content: bytes, names: dict[str, str], needed: Sequence[str]) -> tuple[Sheet, int, dict[str, int]]:
    """Return the first sheet with a header that names all that is needed, the header's row and the columns."""
    meant = {alias: field for field, aliases in names.items() for alias in aliases.split()}
    for sheet in read_sheets(content):
        for at, cells in enumerate(sheet.rows[:_SEARCHED]):
            columns: dict[str, int] = {}
            for place, cell in enumerate(cells):
                whole, outside = plain_titles(text_of(cell))
                if field := meant.get(whole) or meant.get(outside):
                    columns.setdefault(field, place)
            if all(name in columns for name in needed):
                return sheet, at, columns
    missing = "、".join(f"“{names[name].split()[0]}”" for name in needed)
    raise InvalidInput(f"前{_SEARCHED}行里没有找到{missing}同在一行的表头。请照对方导出的原表上传。", field="file")


def _filled(sheet: Sheet, header: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    """Yield the rows below the header that hold anything but a total, with their numbers in the file."""
    for at, cells in enumerate(sheet.rows[header + 1 :], start=header + 2):
        texts = [text_of(cell) for cell in cells]
        if any(texts) and not any(text.startswith(("合计", "总计", "小计")) for text in texts[:3]):
            yield at, cells


def _cell(cells: Sequence[Cell], columns: dict[str, int], name: str) -> str:
    at = columns.get(name)
    return text_of(cells[at]) if at is not None and at < len(cells) else ""


def _row(cells: Sequence[Cell], row_number: int, columns: dict[str, int], number_text: str = "") -> StatementRow:
    name, reference = _cell(cells, columns, "name")[:60], _cell(cells, columns, "reference")[:64]
    try:
        amount, trouble = _amount(cells, columns), ""
    except InvalidInput:
        amount, trouble = 0, "金额读不出来"
    if "reference" in columns and not reference:
        trouble = "没有流水号"
    day, balance = _day(_cell(cells, columns, "on")), _balance(cells, columns)
    return StatementRow(row_number, name, amount, number_text, reference, day, trouble, balance)


def _balance(cells: Sequence[Cell], columns: dict[str, int]) -> int | None:
    text = _plain(_cell(cells, columns, "balance"))
    try:
        return fen(text) if text else None
    except InvalidInput:
        return None


def _day(text: str) -> date | None:
    """Return the day of `2024-03-04 10:16`, `20240304`, `20240304101600`; None of what is no day."""
    first = text.partition(" ")[0]
    return parse_birthday(first[:8] if first.isdigit() and len(first) == 14 else first)


def _amount(cells: Sequence[Cell], columns: dict[str, int]) -> int:
    if "amount" in columns and (text := _plain(_cell(cells, columns, "amount"))):
        return fen(text)
    credit, debit = (_plain(_cell(cells, columns, side)) for side in ("credit", "debit"))
    if not (credit or debit):
        raise InvalidInput("no amount")
    return fen(credit or "0") - abs(fen(debit or "0"))


def _plain(text: str) -> str:
    return text.replace(",", "").replace("，", "").replace("¥", "").replace("￥", "").removesuffix("元").strip()
