"""这笔钱到哪了: one payment followed from the payer to the insurer, by receipt, slip and postings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ankang.enrolment.models import Funding
from ankang.money.models import Entry, Handover, Payment, Posting, Receipt, Settlement
from ankang.rules.money import yuan_shown

_LATER = (  # what the books say of a premium after it was paid
    Posting.Kind.REMITTANCE,
    Posting.Kind.REMITTANCE_BACK,
    Posting.Kind.REFUND,
)


@dataclass(frozen=True, slots=True)
class Step:
    """One place on the way: `done` with its instant, or still ahead."""

    title: str
    words: str
    at: datetime | None = None
    tone: str = "ok"

    @property
    def is_done(self) -> bool:
        return self.at is not None


def steps_of(receipt: Receipt, fundings: Sequence[Funding]) -> list[Step]:
    """Return the way of a receipt's money, done steps first and the next one last (two queries beside its rows)."""
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
    steps += _booked(fundings)
    return [*steps, *_ahead(steps, fundings)]


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


def _booked(fundings: Sequence[Funding]) -> list[Step]:
    """The later postings about these premiums, one step each."""
    rows = Entry.objects.filter(funding__in=[one.pk for one in fundings], posting__kind__in=_LATER)
    found = {row.posting_id: row.posting for row in rows.select_related("posting").order_by("posting")}
    return [Step(one.get_kind_display(), one.note, one.at, _tone(one)) for one in found.values()]


def _tone(posting: Posting) -> str:
    return "ok" if posting.kind == Posting.Kind.REMITTANCE else "bad"


def _ahead(steps: Sequence[Step], fundings: Sequence[Funding]) -> list[Step]:
    """What has still to come; nothing while an earlier step waits or the money went back."""
    living = Settlement.objects.filter(funding__in=[one.pk for one in fundings], ended_at=None).exists()
    if not living or any(not step.is_done for step in steps):
        return []
    remitted = str(Posting.Kind.REMITTANCE.label)
    if all(step.title != remitted for step in steps):
        return [Step(remitted, "等镇里成批汇给保险公司", tone="warn")]
    return []
