"""The list of claims as an Excel sheet: no diagnosis, no story, no whole identity number."""

from collections.abc import Iterable
from decimal import Decimal

from django.utils import timezone

from ankang.claims.models import Claim
from ankang.desks.sheets import Cell, Sheet

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


def claims_sheet(claims: Iterable[Claim]) -> Sheet:
    """Return a sheet with one row a claim; the tail of the number is text, the amount a number of yuan."""
    return Sheet("理赔", COLUMNS, [_cells(claim) for claim in claims])


def _cells(claim: Claim) -> tuple[Cell, ...]:
    return (
        claim.number,
        claim.resident.name,
        claim.resident.number_tail,
        claim.village.name,
        claim.programme.name,
        claim.event_on,
        claim.get_cause_display(),
        timezone.localdate(claim.reported_at),
        claim.get_status_display(),
        None if claim.payable_fen is None else Decimal(claim.payable_fen).scaleb(-2),
        claim.closed_on,
    )
