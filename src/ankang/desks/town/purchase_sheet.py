"""A batch as an Excel file: everybody of it, and what became of them."""

from collections.abc import Iterator

from django.http import HttpResponse

from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.enrolment.models import GovernmentBatch
from ankang.programmes.queries import plan_of

_HEAD = ("村（居）", "姓名", "证件后四位", "户号", "出生日期", "类别", "险种", "份数", "政府应付（元）", "结果", "原因")


def people_sheet(batch: GovernmentBatch) -> HttpResponse:
    """Return the download. Yuan stand as numbers with two decimals; who is not enrolled costs nothing."""
    says = f"{batch.version.programme.name} 政府购买批次 {batch.pk}，{batch.get_state_display()}。"
    name = f"政府购买批次-{batch.pk}"
    return xlsx_response(name, [Sheet("政府购买批次", _HEAD, list(_rows(batch)), says=says)])


def _rows(batch: GovernmentBatch) -> Iterator[list[Cell]]:
    plan = plan_of(batch.version)
    names = {group.code: group.name for group in plan.groups}
    product = plan.product(batch.product).name
    for row in batch.rows.select_related("resident", "village").order_by("pk"):
        bought = row.outcome in (row.Outcome.WAITING, row.Outcome.ENROLLED)
        yield [
            row.village.name,
            row.resident.name,
            row.resident.number_tail,
            row.resident.household,
            row.resident.birth_date,
            "、".join(names.get(code, code) for code in row.groups.split(",") if code),
            product if bought else "",
            batch.units if bought else 0,
            batch.price_fen / 100 if bought else 0,
            row.get_outcome_display(),
            row.reason_words,
        ]
