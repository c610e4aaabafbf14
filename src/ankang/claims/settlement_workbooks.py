"""Workbooks of a window's settlements: the empty template, and what became of each row. Numbers are text."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.settlement_cells import TITLES
from ankang.claims.settlement_models import SettlementFile, SettlementRow
from ankang.roster.imports.running import EXAMPLE
from ankang.roster.workbooks import REPORT_TITLES, Workbook
from ankang.rules.money import yuan

_HEAD = ("姓名", "身份证号", *TITLES.values())
_EXAMPLE = {
    "event_on": "2024-05-12",
    "what_happened": "在家门口滑倒",
    "place": "镇菜场门口",
    "invoice": "00012345",
    "dated_on": "2024-05-20",
    "total_fen": "5000.00",
    "reimbursed_fen": "3800.00",
    "fracture_fen": "0",
    "admitted_on": "2024-05-12",
    "discharged_on": "2024-05-20",
    "diagnosis": "右桡骨骨折",
    "doctor": "镇卫生院，张医生",
    "reporter": "张明，儿子",
}
_NOTES = (
    ("一行一张票据", "同一位老人同一天的事故，有几张票据就写几行，合在一件里算：免赔额只扣一次。"),
    ("姓名、身份证号", "必填，和名册一致。身份证号和票据号码两列已设为“文本”，请直接输入。"),
    ("事故日期、开票日期", "必填，写成 2024-05-12 的样子。"),
    ("总费用、已报销", "必填，单位元，每张票据各写各的。医保、救助、第三方赔的都算已报销；没有就写 0。"),
    ("其中骨折费用", "总费用里治骨折的部分，没有就空着。"),
    ("入院、出院", "没有住院就都空着。"),
    ("再次上传", "结算过的行不会重复结算。没结算的行可在结果里下载，改好直接再上传。"),
)
_RESULT = ("第几行", "姓名", "身份证尾号", "事故日期", "总费用（元）", "应赔（元）", "案号", "结果", "原因")


def settlement_template() -> bytes:
    """Return the empty file of settlements: text columns, one row marked as an example, a sheet of notes."""
    number = "110105194912310021"  # a failing check digit: it could never go in by mistake
    example = [f"{EXAMPLE}（请删除此行）", number, *(_EXAMPLE.get(name, "") for name in TITLES)]
    book = Workbook()
    book.table("结算表", _HEAD, [example], (22, 24, 14, 24, 18, 24, 14, 14, 12, 12, 14, 14, 14, 20, 20, 16))
    book.notes("填写说明", _NOTES)
    return book.content()


@transaction.atomic
def settlement_report(*, by: User, file: SettlementFile) -> bytes:
    """Return every row with what became of it; the refused ones also as they were, reason and fix beside.

    Those hold whole numbers, so the look is noted.
    """
    rows = list(file.rows.select_related("resident", "claim"))
    record(by=by, action="claims.opened_settlements", subject=file, division_code=file.division_id, rows=len(rows))
    book = Workbook()
    book.table("结果", _RESULT, [_cells(row) for row in rows], (8, 12, 12, 14, 14, 14, 20, 22, 48))
    refused = [row for row in rows if row.cells and row.outcome == SettlementRow.Outcome.REFUSED]
    if refused:
        titles = [title or f"第{column}列" for column, title in enumerate(file.header, 1)]
        table = list(_refused(len(titles), refused))
        book.table("没结算的行", [*titles, *_report_titles()], table, [*[18] * len(titles), 12, 48, 48])
    return book.content()


def _report_titles() -> tuple[str, ...]:
    return tuple(title.replace("没导入", "没结算") for title in REPORT_TITLES)


def _cells(row: SettlementRow) -> list[Any]:
    person = row.resident
    return [
        row.position,
        person.name if person else "",
        person.number_tail if person else "",
        row.event_on.isoformat() if row.event_on else "",
        yuan(row.amount_fen),
        yuan(row.payable_fen) if row.payable_fen is not None else "",
        row.claim.number if row.claim else "",
        row.get_outcome_display(),
        row.reason,
    ]


def _refused(width: int, rows: Iterable[SettlementRow]) -> Iterable[list[Any]]:
    for row in rows:
        cells: list[str] = json.loads(row.cells.reveal()) if row.cells else []
        cells = (cells + [""] * width)[:width]
        reason = f"{row.column}：{row.reason}" if row.column else row.reason
        yield [*cells, row.position, reason, row.fix]
