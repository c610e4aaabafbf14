"""Invoices of claims. A number that another claim uses is refused, by the database too when two come at once."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.invoice_models import Invoice
from ankang.claims.locks import lock_claim
from ankang.claims.models import Claim
from ankang.claims.permissions import require_handler
from ankang.rules.errors import Conflict, InvalidInput

MOST = 100  # invoices of one claim
_NUMBER = re.compile(r"[0-9A-Z]{4,30}", re.ASCII)
_CODE = re.compile(r"[0-9A-Z]{0,20}", re.ASCII)

WITHDRAWN, REFUSED = "withdrawn", "refused"


class InvoiceUsed(Conflict):
    """Another claim uses this invoice. `claim` is its number, `place` the row (from 0), `number` the invoice's."""

    code = "invoice_used"


@dataclass(frozen=True, slots=True)
class Bill:
    """One invoice as it is entered. `code` is empty for electronic invoices of 20 digits. Money in fen."""

    number: str
    amount_fen: int
    dated_on: date
    code: str = ""

    def tidied(self) -> "Bill":
        """Return it as it is compared: full-width forms, spaces, dashes and small letters put right."""
        return Bill(_tidy(self.number), self.amount_fen, self.dated_on, _tidy(self.code))


@transaction.atomic
def record_invoices(*, by: User, claim: Claim, bills: Sequence[Bill], now: datetime) -> list[Invoice]:
    """Replace the claim's invoices by these and return them.

    Errors: NotAllowed; InvalidInput whose `fields["errors"]` maps `bill-0` ... to messages; InvoiceUsed, a Conflict,
    when another claim uses a number, wherever it was reported; Conflict on a claim that is decided.
    """
    require_handler(by, claim.village_id)
    held = lock_claim(claim.pk)
    if held.status not in (Claim.Status.REPORTED, *Claim.TO_DECIDE):
        raise Conflict(f"案号 {held.number} 现在是“{held.get_status_display()}”，不能改票据，请刷新页面看最新状态。")
    return put_invoices(held, bills, by=by, now=now)


def put_invoices(held: Claim, bills: Sequence[Bill], *, by: User, now: datetime) -> list[Invoice]:
    """Replace the invoices of a claim that the caller has locked or just made, in the caller's transaction.

    Errors: InvalidInput and InvoiceUsed, as `record_invoices`.
    """
    wanted = [bill.tidied() for bill in bills]
    _check(wanted, held, timezone.localdate(now))
    before = {(row.code, row.number): row for row in held.invoices.filter(freed_at__isnull=True)}
    _refuse_used(held, wanted)
    dropped = [row.pk for pair, row in before.items() if pair not in {(one.code, one.number) for one in wanted}]
    Invoice.objects.filter(pk__in=dropped).delete()
    try:
        with transaction.atomic():
            rows = [_stored(held, one, before, by, now) for one in wanted]
    except IntegrityError:  # somebody else put the same number in between
        _refuse_used(held, wanted)
        raise
    record(by=by, action="claims.recorded_invoices", subject=held, division_code=held.village_id, invoices=len(rows))
    return rows


def free_invoices(claim: Claim, why: str, now: datetime) -> int:
    """Let other claims use the invoices of a claim that pays nothing: `why` WITHDRAWN or REFUSED. Return how many.

    The rule: an invoice is used by the claim that it was recorded on until that claim is withdrawn or refused. Called
    inside the transaction of that step.
    """
    return Invoice.objects.filter(claim=claim, freed_at__isnull=True).update(freed_at=now, freed_why=why)


def take_back_invoices(claim: Claim) -> int:
    """Use the freed invoices of a claim again, when it is opened anew; return how many.

    Called inside the transaction of that step, the claim locked. Errors: InvoiceUsed when another claim took one.
    """
    freed = list(Invoice.objects.filter(claim=claim, freed_at__isnull=False))
    bills = [Bill(row.number, row.amount_fen, row.dated_on, row.code) for row in freed]
    _refuse_used(claim, bills)
    try:
        with transaction.atomic():
            return Invoice.objects.filter(pk__in=[row.pk for row in freed]).update(freed_at=None, freed_why="")
    except IntegrityError:
        _refuse_used(claim, bills)
        raise


def _check(bills: Sequence[Bill], claim: Claim, today: date) -> None:
    errors: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    for place, bill in enumerate(bills):
        if message := _fault(bill, claim, today):
            errors[f"bill-{place}"] = message
        elif (bill.code, bill.number) in seen:
            errors[f"bill-{place}"] = f"票据 {bill.number} 在这张单子里写了两次，请删去一行。"
        seen.add((bill.code, bill.number))
    if len(bills) > MOST:
        errors["bill-0"] = f"一件赔案最多录 {MOST} 张票据。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def _fault(bill: Bill, claim: Claim, today: date) -> str:
    if not _NUMBER.fullmatch(bill.number):
        return "票据号码是4到30位数字或字母，请照发票右上角填写。"
    if not _CODE.fullmatch(bill.code):
        return "票据代码只有数字和字母，最多20位；电子发票没有代码，留空。"
    if bill.amount_fen <= 0:
        return "金额要大于 0，请照发票填写。"
    if bill.dated_on > today:
        return "开票日期还没到，请照发票填写。"
    if bill.dated_on < claim.event_on:
        return "开票日期早于事故日期，请核对发票；不是这次事故的票据不要录。"
    return ""


def _refuse_used(claim: Claim, wanted: Sequence[Bill]) -> None:
    """Errors: InvoiceUsed for the first one that another claim uses."""
    numbers = [one.number for one in wanted]
    others = Invoice.objects.filter(number__in=numbers, freed_at__isnull=True).exclude(claim=claim)
    used = {(row.code, row.number): row.claim.number for row in others.select_related("claim").order_by("pk")}
    for place, one in enumerate(wanted):
        if number := used.get((one.code, one.number)):
            raise InvoiceUsed(
                f"票据 {one.number} 已经用在赔案 {number} 上，一张票据只能赔一次。"
                "请核对发票；那一件撤案或拒赔以后才能再用。",
                claim=number,
                place=place,
                number=one.number,
            )


def _stored(claim: Claim, bill: Bill, before: dict[tuple[str, str], Invoice], by: User, now: datetime) -> Invoice:
    row = before.get((bill.code, bill.number)) or Invoice(claim=claim, recorded_at=now, recorded_by=by)
    row.code, row.number, row.amount_fen, row.dated_on = bill.code, bill.number, bill.amount_fen, bill.dated_on
    row.save()
    return row


def _tidy(text: str) -> str:
    return re.sub(r"[\s\-—－]+", "", unicodedata.normalize("NFKC", text)).upper()
