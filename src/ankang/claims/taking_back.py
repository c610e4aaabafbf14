"""多付的要收回: what a new decision leaves overpaid is owed by who got it, by counter-entry, until it comes back.

Where a window had paid, the family may bring the money to that window: it stands in the window's next list with a minus
(ADR 0047).
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.locks import lock_payment_due, lock_take_back
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.payout_models import PaymentDue
from ankang.claims.permissions import require_green, require_handler
from ankang.claims.posting import post_no_longer_overpaid, post_overpaid, post_returned
from ankang.claims.steps import add_step, done_before, hold
from ankang.claims.take_back_models import TakeBack, TakeBackPart, TakeBackReceipt
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.instalments import Part, require_parts
from ankang.rules.money import yuan

Kind = ClaimStep.Kind


def note_overpaid(held: Claim, *, by: User, now: datetime) -> TakeBack | None:
    """Book what was ordered beyond what stands of a locked claim that was just decided or withdrawn anew.

    Called inside that step's transaction; an earlier one that is still open falls away by its counter-entry.
    """
    if held.round == 1 and not held.partial_fen:  # nothing was paid before the first decision
        return None
    over = _over_fen(held)
    before = TakeBack.objects.open().filter(claim=held).first()
    if before is not None:
        if before.left_fen == over:
            return before
        before.cancelled_at = now
        before.save(update_fields=["cancelled_at"])
        post_no_longer_overpaid(before, by=by, now=now)
    if over <= 0:
        return None
    made = TakeBack.objects.create(claim=held, amount_fen=over, insurer=by.division, found_at=now)
    post_overpaid(made, by=by, now=now)
    return made


@transaction.atomic
def take_back(
    *, by: User, found: TakeBack, amount_fen: int, on: date, reference: str, key: str, now: datetime
) -> TakeBackReceipt:
    """Note that overpaid money came back, all or a part: to the insurer's account, or to the window that paid it.

    Errors: NotAllowed; InvalidInput (`errors` by `amount_fen`, `on`, `reference`; a window needs no reference: its
    receipt has a number); Conflict when all came back already or it fell away.
    """
    window = _window_of(by, found)
    held, _ = hold(found.claim, losses=False)
    row = lock_take_back(found.pk)
    if done_before(key, Kind.TAKEN_BACK, held):
        return row.receipts.get(key=key)
    if row.cancelled_at is not None or row.returned_at is not None:
        raise Conflict(f"案号 {held.number} 这笔多付的钱已经收回或不用收了，请刷新页面看最新的。")
    serial = row.receipts.count() + 1
    number = reference.strip() or (f"{held.number}-TK{row.pk}-{serial}" if window else "")
    _check(amount_fen, row.left_fen, on, number, timezone.localdate(now))
    PaymentDue.objects.filter(pk=lock_payment_due(held).pk).update(ordered_fen=F("ordered_fen") - amount_fen)
    row.returned_fen += amount_fen
    row.returned_at = None if row.left_fen else now
    row.save(update_fields=["returned_fen", "returned_at"])
    made = TakeBackReceipt.objects.create(
        take_back=row, key=key, amount_fen=amount_fen, on=on, at=now, by=by, reference=number, window=window
    )
    post_returned(made, serial, by=by, now=now)
    left = f"，还差 {yuan(row.left_fen)} 元" if row.left_fen else ""
    note = f"{yuan(amount_fen)} 元，{number}{left}"
    add_step(held, Kind.TAKEN_BACK, by=by, key=key, now=now, note=note, amount_fen=amount_fen, left_fen=row.left_fen)
    return made


@transaction.atomic
def agree_parts(*, by: User, found: TakeBack, parts: Sequence[Part], now: datetime) -> TakeBack:
    """Note in which parts, by which days, the rest comes back; what was agreed before is replaced. The same: no change.

    Errors: NotAllowed; InvalidInput (see `require_parts`); Conflict when nothing is left to come back.
    """
    _window_of(by, found)
    held, _ = hold(found.claim, losses=False)
    row = lock_take_back(found.pk)
    if row.cancelled_at is not None or row.returned_at is not None:
        raise Conflict(f"案号 {held.number} 这笔多付的钱已经收回或不用收了，请刷新页面看最新的。")
    wanted = require_parts(parts, row.left_fen, timezone.localdate(now))
    if wanted == row.agreed:
        return row
    row.parts.filter(replaced_at__isnull=True).update(replaced_at=now)
    TakeBackPart.objects.bulk_create(
        TakeBackPart(take_back=row, due_on=one.due_on, amount_fen=one.amount_fen, by=by, at=now) for one in wanted
    )
    record(by=by, action="claims.agree_parts", subject=held, division_code=held.village_id, parts=len(wanted))
    return row


def returned_fen(claim: Claim) -> int:
    """Return what came back of a claim's payments (one query)."""
    return claim.take_backs.aggregate(fen=Sum("returned_fen"))["fen"] or 0


def _over_fen(held: Claim) -> int:
    due = PaymentDue.objects.filter(claim=held).first()
    stands = held.payable_fen if held.payable_fen is not None else held.partial_fen
    return due.ordered_fen - stands if due else 0


def _window_of(by: User, found: TakeBack) -> str:
    """Return the window's account, empty for the insurer's people. Errors: NotAllowed."""
    claim = found.claim
    if by.desk == Desk.INSURER:
        require_handler(by, claim.village_id)
        return ""
    require_green(by, claim.village_id)
    paid = claim.payouts.filter(advance__desk=by.desk, advance__division=by.division_id)
    if not paid.exists():
        raise NotAllowed("这笔钱不是您的窗口付的，请家属退给中国人寿，电话 95519。")
    return f"{by.desk}.{by.division_id}"


def _check(amount_fen: int, left_fen: int, on: date, reference: str, today: date) -> None:
    errors = {}
    if not 0 < amount_fen <= left_fen:
        errors["amount_fen"] = f"还差 {yuan(left_fen)} 元。这次收的要大于 0，不超过还差的数。"
    if on > today:
        errors["on"] = "这一天还没到，请照回单填写。"
    if not reference:
        errors["reference"] = "请写回单号，对账用。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
