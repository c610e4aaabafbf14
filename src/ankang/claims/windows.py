"""一站式结算: a medical window enters one settlement, and sees at once what is payable on it."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.claims.at_once import report_and_prepare
from ankang.claims.cases import NOT_INSURED, programme_of
from ankang.claims.invoices import Bill, put_invoices
from ankang.claims.losses import Losses
from ankang.claims.models import Claim, Decision
from ankang.claims.permissions import require_green
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed


@dataclass(frozen=True, slots=True)
class Settlement:
    """What one accident cost, as the hospital's bills tell it: all of its invoices, at least one. Money in fen.

    `stays` are (admitted, discharged), none for visits without a stay.
    """

    event_on: date
    what_happened: str
    bills: tuple[Bill, ...]
    reimbursed_fen: int
    fracture_fen: int = 0
    stays: tuple[tuple[date, date], ...] = ()
    diagnosis: str = ""
    place: str = ""
    doctor: str = ""
    reporter: str = ""
    apart: str = ""  # how it is another accident than one of the same day that is a claim already

    @property
    def total_fen(self) -> int:
        return sum(bill.amount_fen for bill in self.bills)

    @property
    def losses(self) -> Losses:
        return Losses(
            medical_expense_fen=self.total_fen,
            reimbursed_fen=self.reimbursed_fen,
            fracture_expense_fen=self.fracture_fen,
            stays=self.stays,
            diagnosis=self.diagnosis,
            place=self.place,
            doctor=self.doctor,
        )


@transaction.atomic
def settle_at_window(*, by: User, resident: Resident, settlement: Settlement, key: str, now: datetime) -> Decision:
    """Register, record and decide one settlement; a person of the insurer reviews what is returned.

    Errors: NotAllowed; InvalidInput (`errors` by field); InvoiceUsed; Conflict when the person had no cover on the
    day, or the same accident is a claim already (its deductible is taken once, so one claim holds all its bills).
    A second accident of the day says how it is `apart` from the first; the insurer's person reads it.
    """
    require_green(by, resident.village_id)
    if by.desk != Desk.WINDOW:
        raise NotAllowed("一站式结算只在卫生院窗口办。")
    if not settlement.bills:
        message = "请至少录一张票据：号码、金额、开票日期。"
        raise InvalidInput(message, errors={"bill-0": message})
    _, note = programme_of(resident, settlement.event_on)
    if note == NOT_INSURED:
        raise Conflict("事故当天没有有效保障，窗口不能结算。家属有疑问的，请打中国人寿电话 95519。")
    decision = report_and_prepare(
        by=by,
        resident=resident,
        event_on=settlement.event_on,
        cause=Claim.Cause.ACCIDENT,
        losses=settlement.losses,
        key=key,
        now=now,
        what_happened=settlement.what_happened,
        reporter=settlement.reporter,
        note=f"同一天的另一次事故：{settlement.apart}"[:300] if settlement.apart else "",
        permit=require_green,
    )
    claim = decision.claim
    if claim.invoices.exists():  # the same form again
        return decision
    if not settlement.apart:
        _refuse_same_event(claim)
    put_invoices(claim, settlement.bills, by=by, now=now)
    return decision


def _refuse_same_event(claim: Claim) -> None:
    """Pass when no other claim of the person tells of this day.

    Checked after the claim is written: the day's counter is locked until the transaction ends, so of two windows at
    once the second sees the first.
    """
    closed = (Claim.Status.WITHDRAWN, Claim.Status.REFUSED)
    same = Claim.objects.filter(resident_id=claim.resident_id, event_on=claim.event_on, cause=claim.cause)
    other = same.exclude(pk=claim.pk).exclude(status__in=closed).first()
    if other is not None:
        raise Conflict(
            f"这位老人同一天的事故已经有赔案 {other.number}，一次事故的票据要合在一件里算。"
            "请在一站式结算里重新查这位老人，把票据加进那一件；是另一次事故的，也在那里选。",
            claim=other.number,
        )
