"""暂缓: a claim on which nobody decides until something is cleared up. The clocks of the law go on."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.course_models import Hold
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.permissions import require_handler
from ankang.claims.steps import add_step, done_before, hold, require_status
from ankang.rules.errors import Conflict, InvalidInput

Kind = ClaimStep.Kind
LONGEST = 30  # days: the law's own clock for a complex claim (保险法 23)


@transaction.atomic
def hold_claim(*, by: User, claim: Claim, reason: str, until: date, key: str, now: datetime) -> Claim:
    """Stop deciding on a claim until the end of a day, for a reason. A hold lapses by itself when the day is over.

    Errors: NotAllowed; InvalidInput without a reason, for a day that is over or too far; Conflict when the claim is
    decided, or held already.
    """
    require_handler(by, claim.village_id)
    today = timezone.localdate(now)
    _check(reason, until, today)
    held, _ = hold(claim, losses=False)
    if done := done_before(key, Kind.HELD, claim):
        return done
    require_status(held, Claim.OPEN, "暂缓")
    if held.held_until is not None and held.held_until >= today:
        raise Conflict(f"这个赔案已经暂缓到 {held.held_until}，要改日期请先恢复办理。")
    held.holds.filter(lifted_at__isnull=True).update(lifted_at=now, lifted_by=by)  # one that lapsed
    Hold.objects.create(claim=held, reason=reason.strip(), until=until, by=by, at=now)
    held.held_until = until
    held.save(update_fields=["held_until"])
    add_step(held, Kind.HELD, by=by, key=key, now=now, note=reason.strip(), until=until.isoformat())
    return held


@transaction.atomic
def lift_hold(*, by: User, claim: Claim, note: str, key: str, now: datetime) -> Claim:
    """Let deciding go on. Errors: NotAllowed; InvalidInput without a note; Conflict when it is not held."""
    require_handler(by, claim.village_id)
    if not note.strip():
        message = "请写明查清了什么，例如“交警已认定责任”。"
        raise InvalidInput(message, errors={"note": message})
    held, _ = hold(claim, losses=False)
    if done := done_before(key, Kind.LIFTED, claim):
        return done
    if held.held_until is None:
        raise Conflict("这个赔案没有暂缓，请刷新页面看最新状态。")
    held.holds.filter(lifted_at__isnull=True).update(lifted_at=now, lifted_by=by)
    held.held_until = None
    held.save(update_fields=["held_until"])
    add_step(held, Kind.LIFTED, by=by, key=key, now=now, note=note.strip())
    return held


def _check(reason: str, until: date, today: date) -> None:
    errors = {}
    if not reason.strip():
        errors["reason"] = "请写明为什么暂缓，例如“等交警的责任认定”。"
    if until < today:
        errors["until"] = "暂缓的最后一天已经过去了，请填今天或以后。"
    elif (until - today).days > LONGEST:
        errors["until"] = f"一次最多暂缓 {LONGEST} 天（保险法第23条），到时还没查清再暂缓一次。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
