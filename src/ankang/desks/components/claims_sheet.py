"""The list of claims as an Excel sheet: no diagnosis, no story, no whole identity number."""

from collections.abc import Iterable
from decimal import Decimal
from io import BytesIO

from django.utils import timezone
from xlsxwriter import Workbook

from ankang.claims.models import Claim

COLUMNS = (
    "案号",
    "姓名",
    "身份证后四位",
    "村居",
    "方案",
    "事故日期",
    "原因",
    "报案日期",
    "状态",
    "应赔（元）",
    "结案日期",
)
AMOUNT = COLUMNS.index("应赔（元）")


def claims_sheet(claims: Iterable[Claim]) -> bytes:
    """Return an .xlsx with one row a claim; dates and the tail of the number are text."""
    buffer = BytesIO()
    with Workbook(buffer, {"constant_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet("理赔")
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(COLUMNS) - 1, 16)
        sheet.set_column(AMOUNT, AMOUNT, 14, book.add_format({"num_format": "#,##0.00"}))
        sheet.write_row(0, 0, COLUMNS, book.add_format({"bold": True}))
        for row, claim in enumerate(claims, start=1):
            sheet.write_row(row, 0, _cells(claim))
    return buffer.getvalue()


def _cells(claim: Claim) -> tuple[str | Decimal, ...]:
    return (
        claim.number,
        claim.resident.name,
        claim.resident.number_tail,
        claim.village.name,
        claim.programme.name,
        claim.event_on.isoformat(),
        claim.get_cause_display(),
        timezone.localdate(claim.reported_at).isoformat(),
        claim.get_status_display(),
        "" if claim.payable_fen is None else Decimal(claim.payable_fen) / 100,
        claim.closed_on.isoformat() if claim.closed_on else "",
    )
