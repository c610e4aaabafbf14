"""付款批次: released bank payments as one file for the branch, and its result file read back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.locks import lock_payouts
from ankang.claims.payout_models import Payee, PaymentBatch, Payout
from ankang.claims.payouts import confirm_paid, note_failed
from ankang.claims.permissions import require_handler
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.money import yuan

State = Payout.State


@dataclass(frozen=True, slots=True)
class Result:
    """One row of a result file: the payment's number, the amount it was for, whether it arrived, on which paper."""

    row: int
    number: str
    amount_fen: int
    arrived: bool
    on: date
    reference: str = ""
    reason: str = ""


@transaction.atomic
def make_batch(*, by: User, payouts: Collection[Payout], key: str, now: datetime) -> PaymentBatch:
    """Put released bank payments that are in no batch yet into a new one, numbered by the day, and return it.

    Errors: NotAllowed; Conflict when one of them may not go out, or somebody made a batch at the same time.
    """
    if by.desk != Desk.INSURER:
        raise NotAllowed("只有中国人寿的理赔人员能生成付款批次。")
    if done := PaymentBatch.objects.filter(key=key).first():
        return done
    rows = lock_payouts([payout.pk for payout in payouts])
    if not rows:
        raise Conflict("没有已放款、还没有进批次的银行付款。")
    for row in rows:
        require_handler(by, row.claim.village_id)
        if row.state != State.RELEASED or row.batch_id is not None or row.payee.means != Payee.Means.BANK:
            raise Conflict(f"付款 {row.number} 不能进批次（{row.get_state_display()}），请刷新页面再选。")
    day = timezone.localdate(now)
    made = PaymentBatch.objects.filter(division_id=by.division_id, number__startswith=f"FK{day:%Y%m%d}-").count()
    try:
        batch = PaymentBatch.objects.create(
            key=key,
            number=f"FK{day:%Y%m%d}-{by.division_id[:9]}-{made + 1}",
            division_id=by.division_id,
            total_fen=sum(row.amount_fen for row in rows),
            payments=len(rows),
            made_by=by,
            made_at=now,
        )
    except IntegrityError as error:
        raise Conflict("刚刚有人生成了另一个批次，请刷新页面再试一次。") from error
    Payout.objects.filter(pk__in=[row.pk for row in rows]).update(batch=batch)
    record(
        by=by,
        action="claims.batch",
        subject=batch,
        division_code=by.division_id,
        payments=batch.payments,
        total_fen=batch.total_fen,
    )
    return batch


@transaction.atomic
def read_result(*, by: User, batch: PaymentBatch, results: Sequence[Result], now: datetime) -> PaymentBatch:
    """Carry out what a result file says of a batch, all of it or nothing: each payment arrived, or came back.

    Errors: NotAllowed; InvalidInput whose message names each row that does not fit (a number that is not in the batch,
    another amount, a number twice, a missing reason); Conflict when the batch has its result already.
    """
    held = PaymentBatch.objects.select_for_update().get(pk=batch.pk)
    if by.desk != Desk.INSURER or not held.division_id.startswith(by.scope):
        raise NotAllowed("只有管这个批次的理赔人员能读入回单。")
    if held.result_at is not None:
        raise Conflict(f"批次 {held.number} 的回单已经读入过了，请刷新页面看结果。")
    rows = {row.number: row for row in lock_payouts(list(held.rows.values_list("pk", flat=True)))}
    if wrong := list(_faults(results, rows)):
        raise InvalidInput("回单没有读入：" + "；".join(wrong) + "。改好文件再传一次。", rows=len(wrong))
    for one in results:
        payout, key = rows[one.number], f"result-{one.number}"
        if one.arrived:
            confirm_paid(by=by, payout=payout, on=one.on, reference=one.reference, key=key, now=now)
        else:
            note_failed(by=by, payout=payout, on=one.on, reason=one.reason, key=key, now=now)
    held.result_by, held.result_at = by, now
    held.save(update_fields=["result_by", "result_at"])
    failed = sum(not one.arrived for one in results)
    record(
        by=by,
        action="claims.batch_result",
        subject=held,
        division_code=held.division_id,
        payments=len(results),
        failed=failed,
    )
    return held


def _faults(results: Sequence[Result], rows: dict[str, Payout]) -> list[str]:
    faults, seen = [], set[str]()
    for one in results:
        payout = rows.get(one.number)
        if payout is None:
            faults.append(f"第{one.row}行：批次里没有凭证号 {one.number}")
        elif one.number in seen:
            faults.append(f"第{one.row}行：凭证号 {one.number} 写了两次")
        elif one.amount_fen != payout.amount_fen:
            faults.append(f"第{one.row}行：金额 {yuan(one.amount_fen)}，批次里是 {yuan(payout.amount_fen)}")
        elif not (one.reference if one.arrived else one.reason).strip():
            faults.append(f"第{one.row}行：{'成功的要有回单号' if one.arrived else '退回的要写原因'}")
        seen.add(one.number)
    if missing := [number for number in rows if number not in seen]:
        faults.append(f"批次里还有 {len(missing)} 笔没有结果，例如 {missing[0]}")
    return faults
