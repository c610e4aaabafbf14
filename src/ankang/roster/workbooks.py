"""Workbooks that go out: the report of an import, the empty template, the list. Numbers are text in all of them."""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import xlsxwriter

from ankang.divisions.models import Division
from ankang.roster.imports.columns import TITLES, field_of
from ankang.roster.imports.running import EXAMPLE
from ankang.roster.models import ImportRow, ImportRun
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number

_WIDTHS = {"number": 24, "address": 28, "phone": 16, "child_phone": 16, "groups": 18, "name": 14, "village": 12}
UNLISTED = "满80周岁、名单上没有"
REPORT_TITLES = ("原来第几行", "没导入的原因", "怎么改")
_NOTES = (
    ("姓名", "必填。照身份证填写，不留空格。"),
    ("身份证号", "必填。18位；这一列已设为“文本”，请直接输入，不要从数字列复制。末位X大小写都可以。"),
    ("村居", "镇里导入必填：村居名称、序号或12位代码。村里导入可留空。"),
    (
        "类别",
        "低保、五保、三无，几个之间用顿号隔开。写了就以本表为准；留空表示不改；都不是请写“无”。80周岁以上自动算，不用填。",
    ),
    ("户号、地址、手机、子女电话", "可不填。留空表示不改原来的内容。"),
    ("再次导入", "同一个身份证号只会更新，不会重复；本表没有的人不会被删除。"),
    ("改错", "没导入的行可在导入结果页下载，每行旁边写着原因和改法，改好后直接再上传。"),
)


class Workbook:
    """A workbook in memory with one look: bold heads, text cells, the first row frozen."""

    def __init__(self) -> None:
        self._buffer = io.BytesIO()
        self._book = xlsxwriter.Workbook(self._buffer, {"strings_to_formulas": False, "strings_to_urls": False})
        self._head = self._book.add_format({"bold": True, "bg_color": "#EAEFF5", "border": 1, "text_wrap": True})
        self._text = self._book.add_format({"num_format": "@"})
        self._wrapped = self._book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})

    def table(
        self, name: str, titles: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = ()
    ) -> None:
        """Add a sheet. Whole numbers stay numbers, everything else is text."""
        sheet = self._book.add_worksheet(name)
        sheet.freeze_panes(1, 0)
        for column, title in enumerate(titles):
            width = widths[column] if column < len(widths) else 14
            sheet.set_column(column, column, width, self._text)
            sheet.write_string(0, column, title, self._head)
        for index, cells in enumerate(rows, 1):
            for column, cell in enumerate(cells):
                if isinstance(cell, int):
                    sheet.write_number(index, column, cell)
                elif cell:
                    sheet.write_string(index, column, str(cell), self._text)

    def notes(self, name: str, rows: Iterable[tuple[str, str]]) -> None:
        """Add a sheet of explanations: what, and how."""
        sheet = self._book.add_worksheet(name)
        sheet.set_column(0, 0, 28, self._wrapped)
        sheet.set_column(1, 1, 80, self._wrapped)
        for index, (what, how) in enumerate(rows):
            sheet.write_string(index, 0, what, self._head)
            sheet.write_string(index, 1, how, self._wrapped)

    def content(self) -> bytes:
        self._book.close()
        return self._buffer.getvalue()


def template(division: Division) -> bytes:
    """Return the empty roster of a division: text columns, one row marked as an example, a sheet of notes."""
    place = division.name if division.level == Division.Level.VILLAGE else "01村"
    example = {
        "village": place,
        "household": "001",
        "name": f"{EXAMPLE}（请删除此行）",
        "number": "110105194912310021",  # a failing check digit: it could never go in by mistake
        "groups": "低保、三无",
        "address": "3组12号",
        "phone": "13800000000",
    }
    fields = [name for name in TITLES if name not in ("birth", "sex")]
    book = Workbook()
    book.table(
        "名册",
        [TITLES[name] for name in fields],
        [[example.get(name, "") for name in fields]],
        [_WIDTHS.get(name, 12) for name in fields],
    )
    book.notes("填写说明", _NOTES)
    return book.content()


def import_report(run: ImportRun) -> bytes:
    """Return the rows that were not taken, as they were, with reason and fix beside each (one query).

    Of a list of the 80-year-olds also who is not on it, by the last four characters of the number.

    Mended in place it can be imported again: the added columns are passed over. It holds whole numbers: see
    `actions.open_report`.
    """
    rows = list(run.rows.select_related("resident__village"))
    titles = [title or f"第{column}列" for column, title in enumerate(run.header, 1)]
    widths = [_WIDTHS.get(field_of(title) or "", 12) for title in titles] + [10, 48, 48]
    book = Workbook()
    book.table("没导入的行", [*titles, *REPORT_TITLES], list(_rejected(run, rows)), widths)
    warned = [row for row in rows if row.outcome == ImportRow.Outcome.WARNED]
    if warned:
        cells = [[row.row_number, row.column, row.value_masked, row.reason, row.fix] for row in warned]
        book.table("已导入请核对", ["第几行", "列", "内容", "要核对什么", "怎么做"], cells, [10, 14, 22, 48, 48])
    if run.kind == ImportRun.Kind.AGED:
        book.table(
            UNLISTED,
            ["村居", "姓名", "性别", "出生日期", "身份证尾号", "怎么做"],
            list(_unlisted(rows)),
            [14, 12, 8, 14, 12, 48],
        )
    return book.content()


def _unlisted(rows: Sequence[ImportRow]) -> Iterable[list[Any]]:
    for row in rows:
        if (one := row.resident) is not None:
            yield [one.village.name, one.name, one.get_sex_display(), one.birth_date, one.number_tail, row.fix]


def _rejected(run: ImportRun, rows: Sequence[ImportRow]) -> Iterable[list[Any]]:
    by_row: dict[int, list[ImportRow]] = {}
    for row in rows:
        if row.outcome == ImportRow.Outcome.REJECTED:
            by_row.setdefault(row.row_number, []).append(row)
    for row_number, found in by_row.items():
        cells: list[str] = next((json.loads(row.cells.reveal()) for row in found if row.cells), [])
        cells = (cells + [""] * len(run.header))[: len(run.header)]
        reasons = "；".join(f"{row.column}：{row.reason}" for row in found)
        fixes = "；".join(dict.fromkeys(row.fix for row in found))
        yield [*cells, row_number, reasons, fixes + _proposal(run.header, cells)]


def _proposal(header: Sequence[str], cells: Sequence[str]) -> str:
    """The 18 characters that an old 15-digit number in this row stands for; a person has to confirm them."""
    for title, cell in zip(header, cells, strict=True):
        if field_of(title) == "number":
            try:
                parse_number(cell)
            except InvalidInput as error:
                return f"；推算的18位号码：{error.fields['proposal']}" if "proposal" in error.fields else ""
    return ""
