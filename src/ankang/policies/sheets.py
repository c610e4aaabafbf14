"""The list in the form that a branch of the insurer asks for: with whole numbers, so each opening is noted."""

from collections.abc import Iterator
from datetime import date

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.policies.models import ApplicationBatch, ApplicationRow
from ankang.programmes.queries import plan_of
from ankang.rules.errors import NotAllowed

SERIAL, NAME, IDENTITY, PRODUCT, UNITS, PREMIUM = "序号", "姓名", "证件号码", "险种", "份数", "保费（元）"
RESULT, POLICY, REASON = "承保结果", "保单号", "拒保原因"
HEAD = (
    SERIAL, NAME, "证件类型", IDENTITY, "性别", "出生日期", PRODUCT, UNITS, PREMIUM, "保障开始", "保障截止", "受益人",
    "村居", "联系电话", RESULT, POLICY, REASON,
)  # fmt: skip
ACCEPTED, REFUSED = "承保", "拒保"
BENEFICIARY = "法定"  # nobody is named: 民法典 1127
ASKED = tuple(one for one in ApplicationRow.Outcome.values if one != ApplicationRow.Outcome.LEFT_OUT)

Cell = str | int | float | date | None


@transaction.atomic
def open_list(*, by: User, batch: ApplicationBatch) -> list[list[Cell]]:
    """Return the rows of a batch under `HEAD`, whole numbers and telephones as text; the look is noted.

    Errors: NotAllowed outside the town's and the insurer's desk, and outside one's division.
    """
    if by.desk not in (Desk.TOWN, Desk.INSURER) or not batch.division_id.startswith(by.scope):
        raise NotAllowed("投保名单带完整身份证号，只有本镇民政办和中国人寿能下载。")
    rows = list(_rows(batch))
    record(by=by, action="policies.open_list", subject=batch, division_code=batch.division_id, rows=len(rows))
    return rows


def _rows(batch: ApplicationBatch) -> Iterator[list[Cell]]:
    plan = plan_of(batch.version)
    names = {product.code: product.name for product in plan.products}
    found = batch.rows.filter(outcome__in=ASKED).select_related("village", "policy").order_by("serial")
    for row in found.iterator(2000):
        yield [
            row.serial,
            row.name,
            "居民身份证",
            row.identity.reveal() if row.identity else "",
            "男" if row.sex == "1" else "女",
            row.birth_date,
            names[row.product],
            row.units,
            row.premium_fen / 100,
            row.cover_from,
            row.cover_to,
            BENEFICIARY,
            row.village.name,
            row.phone.reveal() if row.phone else "",
            _RESULTS.get(row.outcome, ""),
            row.policy.number if row.policy else "",
            row.reason_words if row.outcome == ApplicationRow.Outcome.REFUSED else "",
        ]


_RESULTS = {ApplicationRow.Outcome.ACCEPTED.value: ACCEPTED, ApplicationRow.Outcome.REFUSED.value: REFUSED}
