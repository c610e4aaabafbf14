"""绿色通道付款: a window pays while the family stands there, and settles the day's payments with the insurer.

The reviewer who agreed to a claim of a green channel released its payment with that (ADR 0039): so two persons of two
houses stand for every payment. Nothing is paid twice: `payouts` holds the row that an order locks, an advance stands on
one payment and in one list, and a list is paid back once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.death_offers import assumed_on
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.locks import lock_advance_day, lock_open_advances, lock_open_returns, lock_payment_due
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.payees import PayeeEntry, check_payees, store_payee
from ankang.claims.payout_models import Payee, Payout
from ankang.claims.payouts import decision_to_pay, order_left, store_payout
from ankang.claims.permissions import require_green
from ankang.claims.posting import post_advanced, post_owed, post_paid_back
from ankang.claims.steps import add_step, done_before, hold
from ankang.claims.take_back_models import TakeBackReceipt
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.heirs import by_shares
from ankang.rules.money import yuan, yuan_shown

Kind = ClaimStep.Kind


@dataclass(frozen=True, slots=True)
class CashCount:
    """What came into the drawer since the last list (fen), what lies there now, and why these two do not agree."""

    added_fen: int
    counted_fen: int
    note: str = ""


def assumed_of(decision: Decision) -> tuple[str, ...]:
    """Return the readings that a decision rests on and nobody confirmed; of a certain part, those of its own lines.

    One query for a certain part, none for another.
    """
    assumed = decision.outcome["assumed"]
    if decision.kind != Decision.Kind.PARTIAL:
        return tuple(assumed)
    paid = {(line.product, line.benefit) for line in decision.lines.all()}
    return assumed_on(
        [line["readings"] for line in decision.outcome["lines"] if (line["product"], line["benefit"]) in paid], assumed
    )


def window_hindrance(by: User, decision: Decision) -> str:
    """Return why this desk may not pay a decision from its own money, in words; empty when it may.

    Stricter than a transfer's night between: what a window handed out in cash is hard to bring back. A funeral home
    pays the life benefit that it decided itself, nothing else. `decision` with who prepared it. Source: domain 5.
    """
    if by.desk == Desk.FUNERAL and decision.prepared_by.desk != Desk.FUNERAL:
        return "殡仪馆只付自己登记的寿险；这一笔由中国人寿审核以后转账，家属不用再跑。"
    assumed = assumed_of(decision)
    if not assumed:
        return ""
    return (
        f"这次理算用到的口径 {'、'.join(assumed)} 还没有人确认，窗口今天不能当场付款。"
        "请把案号告诉家属：中国人寿复核后转账到银行卡。"
    )


@transaction.atomic
def pay_at_window(*, by: User, claim: Claim, payees: Sequence[PayeeEntry], key: str, now: datetime) -> list[Advance]:
    """Pay what is left of an approved claim in cash to whom signs for it, and return the window's advances.

    Errors: NotAllowed for a claim that is not the window's own; InvalidInput (`errors` by `payee-0-name`); Conflict
    when nobody of the insurer agreed yet, a reading is only assumed, or all is ordered already.
    """
    require_green(by, claim.village_id)
    held, _ = hold(claim, losses=False)
    _require_own(by, held)
    if done_before(key, Kind.PAID, held):
        return list(Advance.objects.filter(payout__key__startswith=f"{key}:"))
    decision = decision_to_pay(held)
    if decision is None:
        raise Conflict("中国人寿还没有复核同意，现在不能付款。请稍等，刷新页面看结果。")
    if reason := window_hindrance(by, decision):
        raise Conflict(reason)
    entries = check_payees(payees, held)
    if any(one.means != Payee.Means.CASH for one in entries):
        raise InvalidInput("窗口当场付的是现金；要转账的由中国人寿付。")
    left = order_left(lock_payment_due(held), held)
    held.payees.filter(replaced_at__isnull=True).update(replaced_at=now)
    parts = by_shares(left, [one.share for one in entries])
    whole = sum(one.share for one in entries)
    made = []
    for place, (entry, amount) in enumerate(zip(entries, parts, strict=True)):
        payee = store_payee(held, entry, whole, by=by, now=now)
        if amount:
            made.append(_advance(held, decision, payee, amount, f"{key}:{place}", by=by, now=now))
    add_step(held, Kind.PAID, by=by, key=key, now=now, note=f"窗口现金 {yuan(left)} 元", amount_fen=left)
    return made


@transaction.atomic
def close_advances(*, by: User, key: str, now: datetime, count: CashCount) -> AdvanceDay:
    """Freeze a window's payments, and what came back to it, that stand in no list yet into a new one, and return it.

    The cash is counted: from what lay there after the last list, what came in and what was paid follows what must lie
    there now. Where it does not, the day closes only with the reason.
    Errors: NotAllowed; InvalidInput (`errors` by field) for a negative count or without the reason; Conflict when there
    is nothing to close, or a colleague made a list at the same time.
    """
    require_green(by, by.division_id)
    if done := AdvanceDay.objects.filter(key=key).first():
        return done
    rows, returns = lock_open_advances(by.desk, by.division_id), lock_open_returns(by.desk, by.division_id)
    if not rows and not returns:
        raise Conflict("没有还没日结的垫付，不用日结。")
    total = sum(row.amount_fen for row in rows) - sum(row.amount_fen for row in returns)
    on = timezone.localdate(now)
    start = f"DF{on:%Y%m%d}-{'YL' if by.desk == Desk.WINDOW else 'BY'}{by.division_id}"
    try:
        day = AdvanceDay.objects.create(
            key=key,
            number=f"{start}-{AdvanceDay.objects.filter(number__startswith=start).count() + 1}",
            desk=by.desk,
            division_id=by.division_id,
            on=on,
            total_fen=total,
            payments=len(rows) + len(returns),
            closed_by=by,
            closed_at=now,
            **_counted(by, total, count),
        )
    except IntegrityError as error:
        raise Conflict("刚刚有同事做了日结，请刷新页面看最新的。") from error
    Advance.objects.filter(pk__in=[row.pk for row in rows]).update(day=day)
    TakeBackReceipt.objects.filter(pk__in=[row.pk for row in returns]).update(day=day)
    record(
        by=by,
        action="claims.closed_advances",
        subject=day,
        division_code=by.division_id,
        payments=day.payments,
        total_fen=day.total_fen,
        difference_fen=day.difference_fen,
    )
    return day


@transaction.atomic
def pay_advances_back(*, by: User, day: AdvanceDay, reference: str, now: datetime) -> AdvanceDay:
    """Note that the insurer paid a list back to its window, with the bank's reference.

    Errors: NotAllowed; InvalidInput without a reference; Conflict when it was paid back already.
    """
    if by.desk != Desk.INSURER or not day.division_id.startswith(by.scope):
        raise NotAllowed("只有管这个窗口的中国人寿理赔人员能确认归还垫付。")
    if not reference.strip():
        message = "请写银行回单号，窗口凭它对账。"
        raise InvalidInput(message, errors={"reference": message})
    held = lock_advance_day(day.pk)
    if held.confirmed_at is not None:
        raise Conflict(f"日结单 {held.number} 已经归还过了（回单号 {held.reference}），不能再付一次。")
    held.confirmed_by, held.confirmed_at, held.reference = by, now, reference.strip()
    held.save(update_fields=["confirmed_by", "confirmed_at", "reference"])
    post_paid_back(held, by=by, now=now)
    record(by=by, action="claims.paid_back", subject=held, division_code=held.division_id, total_fen=held.total_fen)
    return held


def last_counted_fen(by: User) -> int:
    """Return what lay in the drawer after the last list of this window (one query). Fen; 0 before the first."""
    last = AdvanceDay.objects.filter(desk=by.desk, division=by.division_id, counted_fen__isnull=False).first()
    return last.counted_fen or 0 if last else 0


def _counted(by: User, total_fen: int, count: CashCount) -> dict[str, Any]:
    """Return the count as a list stores it. Errors: InvalidInput below zero, or for a difference without a reason."""
    if min(count.added_fen, count.counted_fen) < 0:
        message = "请数一数现金，写现在有多少；没有就写 0。"
        raise InvalidInput(message, errors={"counted_fen": message})
    opening = last_counted_fen(by)
    expected = opening + count.added_fen - total_fen
    note = count.note.strip()
    if count.counted_fen != expected and not note:
        moved = f"－ 付出 {yuan_shown(total_fen)}" if total_fen >= 0 else f"＋ 收回 {yuan_shown(-total_fen)}"
        said = f"上次结存 {yuan_shown(opening)} ＋ 放入 {yuan_shown(count.added_fen)} {moved}"
        message = (
            f"应有 {yuan_shown(expected)} 元（{said}），数出来 {yuan_shown(count.counted_fen)} 元，"
            f"差 {yuan_shown(count.counted_fen - expected)} 元。请写明差额是怎么来的，才能日结。"
        )
        raise InvalidInput(message, errors={"note": message})
    return {
        "opening_fen": opening,
        "added_fen": count.added_fen,
        "counted_fen": count.counted_fen,
        "difference_note": note if count.counted_fen != expected else "",
    }


def _require_own(by: User, claim: Claim) -> None:
    reporter = claim.reported_by
    if (reporter.desk, reporter.division_id) != (by.desk, by.division_id):
        raise NotAllowed("这个赔案不是您的窗口报的，不能在这里付款。请家属打中国人寿电话 95519。")


def _advance(
    claim: Claim, decision: Decision, payee: Payee, amount: int, key: str, *, by: User, now: datetime
) -> Advance:
    """Store one payment as paid, released by who agreed to the claim, and book it."""
    reviewer = decision.reviewed_by
    assert reviewer is not None  # only approved decisions are paid
    payout = store_payout(claim, decision, payee, amount, key, by=by, now=now, number=claim.payouts.count() + 1)
    payout.state, payout.released_by, payout.released_at = Payout.State.PAID, reviewer, decision.reviewed_at
    payout.ended_on, payout.reference = timezone.localdate(now), payout.number
    payout.save(update_fields=["state", "released_by", "released_at", "ended_on", "reference"])
    made = Advance.objects.create(
        payout=payout,
        desk=by.desk,
        division_id=by.division_id,
        amount_fen=amount,
        paid_on=timezone.localdate(now),
        paid_at=now,
        paid_by=by,
    )
    post_owed(payout, by=by, now=now, insurer=reviewer.division)
    post_advanced(made, by=by, now=now, insurer=reviewer.division)
    return made
