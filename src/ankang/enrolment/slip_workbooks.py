"""Workbooks of slips: the empty template, and what became of each row. Numbers are text."""

import json
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.enrolment.models import Enrolment
from ankang.enrolment.slip_cells import TITLES
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.roster.imports.running import EXAMPLE
from ankang.roster.workbooks import REPORT_TITLES, Workbook
from ankang.rules.errors import NotAllowed
from ankang.rules.money import yuan
from ankang.rules.premium import PAYER_NAMES, Payer
from ankang.rules.programme import Programme as Plan

_HEAD = ("姓名", "身份证号", *TITLES.values())
_WIDTHS = (22, 24, 12, 8, 22, 14, 22, 22)
_RESULT = (
    "第几行",
    "姓名",
    "身份证尾号",
    "险种",
    "份数",
    "谁出钱",
    "出资的是谁",
    "用途",
    "金额（元）",
    "谁同意的",
    "结果",
    "原因",
)
_CONSENTS = dict(Enrolment.Consent.choices)


def slip_template(plan: Plan) -> bytes:
    """Return the empty file of enrolments: text columns, one row marked as an example, a sheet of notes."""
    products = [product.name for product in plan.products]
    example = [
        f"{EXAMPLE}（请删除此行）",
        "110105194912310021",  # a failing check digit: it could never go in by mistake
        products[-1],
        "1",
        PAYER_NAMES[Payer.DONOR],
        "本人",
        "某某公司",
        "重阳节慰问",
    ]
    book = Workbook()
    book.table("多人登记", _HEAD, [example], _WIDTHS)
    book.notes("填写说明", _notes(products, plan.terms.unit_cap))
    return book.content()


@transaction.atomic
def slip_report(*, by: User, slip: EnrolmentSlip) -> bytes:
    """Return every line with what became of it; of a file also the refused rows as they were, reason and fix beside.

    Those hold whole numbers, so the look is noted. Errors: NotAllowed outside one's division.
    """
    if not slip.division_id.startswith(by.scope):
        raise NotAllowed("这张登记单不在您的管辖范围内，不能下载。")
    lines = list(slip.lines.select_related("resident"))
    record(by=by, action="enrolment.open_slip", subject=slip, division_code=slip.division_id, rows=len(lines))
    book = Workbook()
    book.table("结果", _RESULT, [_cells(line) for line in lines], (8, 12, 12, 12, 8, 22, 20, 20, 12, 24, 20, 48))
    refused = [line for line in lines if line.cells and line.outcome == SlipLine.Outcome.REFUSED]
    if refused:
        titles = [title or f"第{column}列" for column, title in enumerate(slip.header, 1)]
        rows = list(_refused(slip, refused))
        book.table("没登记的行", [*titles, *REPORT_TITLES], rows, [*[18] * len(titles), 12, 48, 48])
    return book.content()


def payers_in_words(fundings: Iterable[tuple[str, int]]) -> str:
    """Return `本人`, or several with their amounts: `政府20.00、本人30.00`."""
    parts = list(fundings)
    if len(parts) == 1:
        return PAYER_NAMES[Payer(parts[0][0])]
    return "、".join(f"{PAYER_NAMES[Payer(payer)]}{yuan(fen)}" for payer, fen in parts)


def _cells(line: SlipLine) -> list[Any]:
    person = line.resident
    return [
        line.position,
        person.name if person else "",
        person.number_tail if person else "",
        line.product,
        line.units,
        payers_in_words(line.fundings),
        line.giver,
        line.purpose,
        yuan(line.total_fen),
        _CONSENTS.get(line.consent, ""),
        line.get_outcome_display(),
        line.reason,
    ]


def _refused(slip: EnrolmentSlip, lines: Iterable[SlipLine]) -> Iterable[list[Any]]:
    for line in lines:
        cells: list[str] = json.loads(line.cells.reveal()) if line.cells else []
        cells = (cells + [""] * len(slip.header))[: len(slip.header)]
        reason = f"{line.column}：{line.reason}" if line.column else line.reason
        yield [*cells, line.position, reason, line.fix]


def _notes(products: list[str], cap: int) -> list[tuple[str, str]]:
    return [
        ("姓名、身份证号", "必填，和名册一致。身份证号列已设为“文本”。名册上没有的人，先加进名册。"),
        ("险种", f"必填：{'、'.join(products)}。"),
        ("份数", f"必填。每人最多{cap}份。"),
        ("谁出钱", "必填：本人、子女、村集体、爱心捐赠、政府。几个人一起出写成：本人30、子女20，加起来正好是保费。"),
        (
            "谁同意的",
            "必填：先念给老人听，同意后填“本人”或“家属”；电话里同意的写“家属，电话”，签了同意书的写“本人，签字”。政府购买的可留空。",
        ),
        ("出资的是谁", "村集体或爱心捐赠出钱的必填，写单位或个人的名称。"),
        ("用途", "可不填，例如：重阳节慰问。"),
        ("再次上传", "上次登记过的行不会重复登记。没登记的行可在结果里下载，改好直接再上传。"),
    ]
