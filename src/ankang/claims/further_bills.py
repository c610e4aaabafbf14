"""补交票据: a window adds bills to an accident that is a claim already: one accident is one claim (ADR 0039, 0049)."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.claims.further_counting import count_in, with_further
from ankang.claims.further_models import FurtherBills
from ankang.claims.invoices import Bill, put_invoices
from ankang.claims.losses import check_losses
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.permissions import require_green
from ankang.claims.reopening import propose_reversal
from ankang.claims.steps import add_step, hold, require_not_held
from ankang.claims.windows import Settlement
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.money import yuan

Status = Claim.Status
CLOSED = (Status.WITHDRAWN, Status.REFUSED)


def same_day(by: User, resident: Resident, event_on: date) -> list[Claim]:
    """Return the person's claims of accidents on this day, closed ones left out (one query).

    Mostly one; several only where somebody said that they were different accidents.
    """
    found = Claim.objects.visible_to(by).filter(resident=resident, event_on=event_on, cause=Claim.Cause.ACCIDENT)
    return list(found.exclude(status__in=CLOSED).select_related("reported_by").order_by("pk"))


@transaction.atomic
def add_bills(*, by: User, claim: Claim, settlement: Settlement, key: str, now: datetime) -> FurtherBills:
    """Add bills to a claim of the same accident and return what was added; the same key again changes nothing.

    Undecided: they count at once, and a claim of this window is decided anew. Decided: a reversal is proposed, and they
    count once the insurer agreed to it.
    Errors: NotAllowed; InvalidInput (`errors` by field); InvoiceUsed; Conflict while a decision or reversal waits, on a
    closed claim, or when it is another accident.
    """
    require_green(by, claim.village_id)
    if by.desk != Desk.WINDOW:
        raise NotAllowed("补票据只在卫生院窗口办。")
    held, claims = hold(claim)
    if done := FurtherBills.objects.filter(key=key, claim=held).first():
        return done
    _check(held, settlement)
    require_not_held(held, timezone.localdate(now), "加票据")
    check_losses(with_further(held, _further(held, settlement)), held.event_on, timezone.localdate(now))
    made = _further(held, settlement)
    made.key, made.by, made.at = key, by, now
    said = f"补交票据 {len(settlement.bills)} 张，{yuan(settlement.total_fen)} 元"
    if held.status == Status.APPROVED:
        made.reversal = propose_reversal(held, by=by, reason=f"窗口{said}", key=f"{key}-r", now=now)
    else:
        made.state = FurtherBills.State.COUNTED
    made.save()
    _put_invoices(held, made, settlement, by=by, now=now)
    add_step(held, ClaimStep.Kind.MORE_BILLS, by=by, key=key, now=now, note=said, added_fen=settlement.total_fen)
    if made.reversal is None:
        count_in(held, claims, made, now)
    return made


def _check(held: Claim, settlement: Settlement) -> None:
    if not settlement.bills:
        message = "请至少录一张票据：号码、金额、开票日期。"
        raise InvalidInput(message, errors={"bill-0": message})
    if held.event_on != settlement.event_on or held.cause != Claim.Cause.ACCIDENT:
        raise Conflict(f"案号 {held.number} 不是这一天的意外，票据不能加进去。请重新查保障。")
    if held.status == Status.PREPARED:
        raise Conflict(f"案号 {held.number} 正在等中国人寿复核，有了结果再加票据。")
    if held.status in CLOSED:
        raise Conflict(f"案号 {held.number} {held.get_status_display()}，不能再加票据。请重新查保障，另立一件。")


def _further(held: Claim, settlement: Settlement) -> FurtherBills:
    return FurtherBills(
        claim=held,
        expense_fen=settlement.total_fen,
        reimbursed_fen=settlement.reimbursed_fen,
        fracture_fen=settlement.fracture_fen,
        stays=[[admitted.isoformat(), discharged.isoformat()] for admitted, discharged in settlement.stays],
    )


def _put_invoices(held: Claim, made: FurtherBills, settlement: Settlement, *, by: User, now: datetime) -> None:
    """Put the new invoices before those that are there: an error's place is the row of the form."""
    there = [Bill(one.number, one.amount_fen, one.dated_on, one.code) for one in held.invoices.filter(freed_at=None)]
    known = {(one.code, one.number) for one in there}
    for place, one in enumerate(bill.tidied() for bill in settlement.bills):
        if (one.code, one.number) in known:
            message = f"票据 {one.number} 已经在赔案 {held.number} 里了，这里只录新的。"
            raise InvalidInput(message, errors={f"bill-{place}": message})
    rows = put_invoices(held, [*settlement.bills, *there], by=by, now=now)
    for row in rows[: len(settlement.bills)]:
        row.further = made
        row.save(update_fields=["further"])
