"""What the cells of a file of settlements mean. Every refusal says how to mend it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TypeVar

from ankang.claims.invoices import Bill
from ankang.roster.imports.birthdays import parse_birthday
from ankang.roster.imports.columns import TITLES as PERSON_TITLES
from ankang.roster.imports.columns import Header, further_columns
from ankang.roster.imports.sheets import Cell, text_of
from ankang.roster.names import clean_name
from ankang.roster.numbers import SAMPLE_AREAS, number_index
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number
from ankang.rules.money import fen

T = TypeVar("T")

TITLES = {
    "event_on": "事故日期",
    "what_happened": "怎么伤的",
    "place": "在哪里伤的",
    "invoice": "票据号码",
    "code": "票据代码",
    "dated_on": "开票日期",
    "total_fen": "总费用",
    "reimbursed_fen": "已报销",
    "fracture_fen": "其中骨折费用",
    "admitted_on": "入院日期",
    "discharged_on": "出院日期",
    "diagnosis": "诊断",
    "doctor": "医院和医生",
    "reporter": "陪同家属",
}
REQUIRED = ("event_on", "what_happened", "invoice", "dated_on", "total_fen", "reimbursed_fen")
_ALIASES = {
    "event_on": "事故日期 受伤日期 出险日期 出事日期 事故时间 受伤时间 出险时间 哪天伤的 哪天出的事",
    "what_happened": "怎么伤的 事故经过 受伤经过 受伤原因 事情经过 致伤原因 出险原因 意外经过 经过",
    "place": "在哪里伤的 事故地点 受伤地点 出险地点 地点 在哪里出的事",
    "invoice": "票据号码 票据号 发票号码 发票号 收据号 收据号码 电子票据号码 电子票号 票号",
    "code": "票据代码 发票代码 电子票据代码",
    "dated_on": "开票日期 票据日期 发票日期 结算日期 结算时间 开票时间 收费日期",
    "total_fen": "总费用 费用总额 总金额 医疗总费用 医疗费用 费用合计 合计金额 票据金额 发票金额 金额 总额 医疗费总额",
    "reimbursed_fen": "已报销 报销金额 医保报销 医保支付 基金支付 统筹支付 报销合计 医保基金支付 别处已报销 已报销金额 "
    "医保报销金额 基金支付总额",
    "fracture_fen": "其中骨折费用 骨折费用 骨折金额 骨折",
    "admitted_on": "入院日期 入院时间 入院 住院日期",
    "discharged_on": "出院日期 出院时间 出院",
    "diagnosis": "诊断 出院诊断 主要诊断 疾病诊断 病名 诊断名称",
    "doctor": "医院和医生 医生 经治医生 主治医生 医师 主治医师 经治医师 就诊医院 医院 医疗机构",
    "reporter": "陪同家属 陪同人 家属 报案人 陪护人",
}
_FIELD_OF = {alias: name for name, aliases in _ALIASES.items() for alias in aliases.split()}
_DAY = "请写成 2024-05-12 的样子"
_MONEY = "请写成 1200.50 的样子，单位元"


@dataclass(slots=True)
class Read:
    """One row as it was read, or the first thing that is wrong with it. Money in fen."""

    position: int
    cells: Sequence[Cell]
    index: str = ""  # of the identity number
    name: str = ""
    event_on: date | None = None
    bill: Bill | None = None
    reimbursed_fen: int = 0
    fracture_fen: int = 0
    stay: tuple[date, date] | None = None
    texts: dict[str, str] = field(default_factory=dict)
    problem: tuple[str, str, str] | None = None  # column, reason, fix


def settlement_columns(written: Sequence[str]) -> dict[str, int]:
    """Return the column of each field beside name and number. Errors: InvalidInput, as `further_columns`."""
    return further_columns(written, _FIELD_OF, TITLES, REQUIRED)


def read_row(position: int, cells: Sequence[Cell], header: Header, columns: dict[str, int], today: date) -> Read:
    """Return one row read; the first thing that is wrong keeps it out."""
    return _Reader(Read(position, cells), header.columns | columns, header.written).read(today)


class _Reader:
    def __init__(self, row: Read, columns: dict[str, int], written: Sequence[str]) -> None:
        self.row, self.columns, self.written = row, columns, written

    def read(self, today: date) -> Read:
        row = self.row
        number = self._checked(
            "number", lambda cell: parse_number(text_of(cell), sample_areas=SAMPLE_AREAS, today=today)
        )
        row.index = number_index(number.number) if number else ""
        row.name = self._checked("name", lambda cell: clean_name(text_of(cell))) or ""
        row.event_on = self._checked("event_on", _day_of)
        row.bill = self._bill()
        row.reimbursed_fen = self._checked("reimbursed_fen", _fen_of) or 0
        row.fracture_fen = self._checked("fracture_fen", lambda cell: _fen_of(cell) if text_of(cell) else 0) or 0
        row.stay = self._stay()
        names = {"what_happened": 300, "place": 60, "diagnosis": 200, "doctor": 60, "reporter": 60}
        row.texts = {name: text_of(self._cell(name))[:most] for name, most in names.items()}
        if not row.texts["what_happened"]:
            self._problem("what_happened", "没有写怎么伤的", "请写一句，例如“在家门口滑倒”")
        return row

    def _bill(self) -> Bill | None:
        number = self._checked("invoice", _invoice_of)
        total = self._checked("total_fen", _fen_of)
        dated_on = self._checked("dated_on", _day_of)
        if number is None or total is None or dated_on is None:
            return None
        return Bill(number, total, dated_on, text_of(self._cell("code"))).tidied()

    def _stay(self) -> tuple[date, date] | None:
        first, last = (self._checked(name, _day_or_none) for name in ("admitted_on", "discharged_on"))
        if first and last:
            return first, last
        if first or last:
            self._problem(
                "discharged_on" if first else "admitted_on", "入院和出院只写了一个", "请两个日期都写；没住院就都空着"
            )
        return None

    def _cell(self, name: str) -> Cell | None:
        at = self.columns.get(name)
        return self.row.cells[at] if at is not None and at < len(self.row.cells) else None

    def _checked(self, name: str, read: Callable[[Cell | None], T]) -> T | None:
        try:
            return read(self._cell(name))
        except InvalidInput as error:
            fix = str(error.fields.get("fix", "请改正后重新上传这一行"))
            self._problem(name, str(error.fields.get("reason", error.message)), fix)
            return None

    def _problem(self, name: str, reason: str, fix: str) -> None:
        if self.row.problem is None:
            at = self.columns.get(name)
            title = self.written[at] if at is not None else (TITLES | PERSON_TITLES)[name]
            self.row.problem = (title[:40], reason, fix)


def cell_text(cell: Cell | None) -> str:
    """Return a cell as it is kept: `text_of`, but a number without the noise of binary fractions (0.1 + 0.2 is 0.3)."""
    return f"{cell:.15g}" if isinstance(cell, float) and not cell.is_integer() else text_of(cell)


def _day_or_none(cell: Cell | None) -> date | None:
    return _day_of(cell) if text_of(cell) else None


def _day_of(cell: Cell | None) -> date:
    if not text_of(cell):
        raise _wrong("没有写日期", _DAY)
    day = parse_birthday(cell) if cell is not None else None
    if day is None:
        raise _wrong("看不懂这个日期", _DAY)
    return day


def _fen_of(cell: Cell | None) -> int:
    text = cell_text(cell).replace(",", "").replace("，", "").removesuffix("元").strip()
    if not text:
        raise _wrong("没有写金额", f"没有就写 0；{_MONEY}")
    try:
        amount = fen(text)
    except InvalidInput as error:
        raise _wrong("看不懂这个金额", _MONEY) from error
    if amount < 0:
        raise _wrong("金额是负数", "冲红的票据不要录，请写实际付的那一张")
    return amount


def _invoice_of(cell: Cell | None) -> str:
    if isinstance(cell, float) and abs(cell) >= 1e15:
        raise _wrong("号码被Excel存成了数字，后几位已经丢了", "请把这一列设为“文本”，照票据重新输入号码")
    text = text_of(cell)
    if not text:
        raise _wrong("没有写票据号码", "请照票据右上角写")
    return text


def _wrong(reason: str, fix: str) -> InvalidInput:
    return InvalidInput(f"{reason}。{fix}。", reason=reason, fix=fix)
