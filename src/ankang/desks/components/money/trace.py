"""这笔钱到哪了: one payment followed from the payer to the insurer and to the certificates that it paid for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ankang.enrolment.models import Funding
from ankang.money.models import Entry, Handover, Payment, Posting, Receipt, Settlement
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate
from ankang.rules.days import day_words
from ankang.rules.money import yuan_shown
from ankang.treasury.models import Remittance, RemittanceLine

_REMITTED = str(Posting.Kind.REMITTANCE.label)


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way: `done` with its instant, or still ahead."""

    title: str
    words: str
    at: datetime | None = None
    tone: str = "ok"
    mark: str = ""  # the word of its label; without one, 已到 or 退回 by the tone

    @property
    def is_done(self) -> bool:
        return self.at is not None


def steps_of(receipt: Receipt, fundings: Sequence[Funding]) -> list[Step]:
    """Return the way of a receipt's money: done steps in their order, then those to come (five queries at most)."""
    payment = receipt.payment
    steps = [
        Step(
            "收款",
            f"{payment.order.payer_name}付 {yuan_shown(payment.amount_fen)} 元，{payment.get_means_display()}",
            payment.at,
        ),
        Step("开收据", receipt.number, receipt.issued_at),
    ]
    if receipt.is_void:
        return [*steps, Step("作废退回", receipt.void_reason, receipt.voided_at, "bad")]
    steps += _cash_steps(payment) if payment.means == Payment.Means.CASH else _account_steps(payment)
    steps += [*_remitted(fundings), *_refunded(fundings)]
    steps += _ahead(steps, fundings)
    return sorted([*steps, *_insured(fundings)], key=lambda one: (one.at is None, one.at.timestamp() if one.at else 0))


def _cash_steps(payment: Payment) -> list[Step]:
    slip = payment.handover
    if slip is None:
        return [Step("交到镇里", "现金还在村里，等交款", tone="warn")]
    steps = [Step("交到镇里", f"交款单第 {slip.pk} 号", slip.handed_at)]
    if slip.state == Handover.State.CONFIRMED:
        return [*steps, Step("镇里点收", f"{yuan_shown(slip.counted_fen)} 元，整张交款单", slip.decided_at)]
    return [*steps, Step("镇里点收", "等镇民政办点收", tone="warn")]


def _account_steps(payment: Payment) -> list[Step]:
    if payment.means == Payment.Means.TRANSFER:
        return [Step("到账", "镇里核对到账", payment.decided_at)]
    return [Step("支付平台", f"流水号 {payment.reference}", payment.at)]


def _remitted(fundings: Sequence[Funding]) -> list[Step]:
    """The batches in which these premiums go to the insurer: agreed on is not sent yet."""
    released, paid = Remittance.State.RELEASED, Remittance.State.PAID
    rows = RemittanceLine.objects.filter(
        funding__in=[one.pk for one in fundings], dropped_at=None, remittance__state__in=(released, paid)
    )
    found = {row.remittance_id: row.remittance for row in rows.select_related("remittance").order_by("remittance")}
    return [
        Step(_REMITTED, f"第 {one.pk} 批，流水号 {one.reference}", one.paid_at)
        if one.state == paid
        else Step(_REMITTED, f"第 {one.pk} 批已经同意，等镇里去银行汇", tone="warn")
        for one in found.values()
    ]


def _refunded(fundings: Sequence[Funding]) -> list[Step]:
    """What of these premiums was given back, one step a posting."""
    rows = Entry.objects.filter(funding__in=[one.pk for one in fundings], posting__kind=Posting.Kind.REFUND)
    found = {row.posting_id: row.posting for row in rows.select_related("posting").order_by("posting")}
    return [Step(one.get_kind_display(), one.note, one.at, "bad") for one in found.values()]


def _ahead(steps: Sequence[Step], fundings: Sequence[Funding]) -> list[Step]:
    """What has still to come; nothing while an earlier step waits or the money went back."""
    living = Settlement.objects.filter(funding__in=[one.pk for one in fundings], ended_at=None).exists()
    if not living or any(not step.is_done for step in steps):
        return []
    if all(step.title != _REMITTED for step in steps):
        return [Step(_REMITTED, "等镇里成批汇给保险公司", tone="warn")]
    return []


def _insured(fundings: Sequence[Funding]) -> list[Step]:
    """What the money bought, by holding: the batch it is applied for in, the insurer's answer, the certificate."""
    holdings = {one.holding_id for one in fundings}
    rows = ApplicationRow.objects.filter(holding__in=holdings).exclude(outcome=ApplicationRow.Outcome.CANCELLED)
    rows = rows.exclude(batch__state=ApplicationBatch.State.CANCELLED).defer("identity", "phone")
    latest = {row.holding_id: row for row in rows.select_related("batch").order_by("pk")}
    papers = Certificate.objects.filter(holding__in=holdings).defer("identity").order_by("pk") if latest else ()
    asked = [step for row in latest.values() for step in _asked(row)]
    return [*asked, *(Step("个人凭证", _certificate_words(one), one.issued_at) for one in papers)]


def _asked(row: ApplicationRow) -> list[Step]:
    """One holding in its latest batch, and the answer if it is not a certificate."""
    outcome, words = row.Outcome(row.outcome), f"{row.name}，批次 {row.batch.number}"
    if outcome == row.Outcome.LEFT_OUT:
        return [Step("列入投保名单", f"{words} 没列入：{row.reason_words}", tone="warn")]
    if row.batch.state == ApplicationBatch.State.PREPARED:
        return [Step("报给保险公司", f"{words}，等镇里另一位同事发送", tone="warn")]
    sent = Step("报给保险公司", words, row.batch.sent_at)
    if outcome == row.Outcome.REFUSED:
        return [sent, Step("没有承保", f"{row.name}：{row.reason_words}", row.decided_at, "bad", "没承保")]
    if outcome == row.Outcome.WAITING:
        return [sent, Step("个人凭证", f"{row.name}，等保险公司承保", tone="warn")]
    return [sent]


def _certificate_words(certificate: Certificate) -> str:
    ended = certificate.ended_from
    until = f"，{day_words(ended)}起不再保障" if ended else ""
    return f"{certificate.name}，凭证号 {certificate.number}{until}"
