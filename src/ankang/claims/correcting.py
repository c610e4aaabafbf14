"""更正报案: cause, day or kinds of losses were told wrongly. What was told before stays on file (ADR 0049).

Only what nobody has decided yet is corrected. A decision that stands is taken back first (冲回重审): then what was paid
on it is known, and what is paid too much comes back.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.actions import check_cause_and_day
from ankang.claims.cases import programme_of
from ankang.claims.course_models import ClaimCorrection
from ankang.claims.losses import losses_of, too_early
from ankang.claims.models import Claim, ClaimStep
from ankang.claims.notices import renew_notice
from ankang.claims.paper_lists import situations_text
from ankang.claims.permissions import require_handler
from ankang.claims.recalculating import note_moved_away
from ankang.claims.steps import add_step, done_before, hold
from ankang.rules.errors import Conflict, InvalidInput

Status = Claim.Status
OPEN_TO_CORRECTION = (Status.REPORTED, *Claim.TO_DECIDE)


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says of an event; `situations` are the kinds of losses that its papers go by."""

    event_on: date
    cause: str
    situations: str

    @classmethod
    def on(cls, claim: Claim) -> "Told":
        return cls(claim.event_on, claim.cause, claim.situations)


@transaction.atomic
def correct_claim(
    *,
    by: User,
    claim: Claim,
    event_on: date,
    cause: str,
    situations: Collection[str],
    reason: str,
    key: str,
    now: datetime,
) -> Claim:
    """Put a wrong report right and return the claim: its programme is looked up anew, what is payable worked out anew.

    A notice asks only for what is needed still. Decisions of the person that were counted on a claim that moves
    to another year are listed.
    Errors: NotAllowed; InvalidInput (`errors` by field: no reason, nothing changed, a day that stays or invoices or the
    death contradict); Conflict while a decision waits or stands, or a part is paid.
    """
    require_handler(by, claim.village_id)
    held, claims = hold(claim)
    if done_before(key, ClaimStep.Kind.CORRECTED, claim):
        return held
    _require_undecided(held)
    before, told = Told.on(held), Told(event_on, cause, situations_text(situations))
    _check(held, before, told, reason, timezone.localdate(now))
    programme = held.programme
    held.event_on, held.cause, held.situations = told.event_on, told.cause, told.situations
    held.programme, note = programme_of(held.resident, held.event_on, held.died_on)
    held.save(update_fields=["event_on", "cause", "situations", "programme"])
    _store(held, before, by=by, reason=reason.strip(), now=now)
    if held.programme != programme:
        note_moved_away(held, claims, now)
    renew_notice(held, by=by, key=f"{key}-n", now=now)
    said = f"{'；'.join(differences(before, told))}。{reason.strip()}{f'（{note}）' if note else ''}"
    add_step(held, ClaimStep.Kind.CORRECTED, by=by, key=key, now=now, note=said[:300])
    return held


def differences(before: Told, after: Told) -> list[str]:
    """Return what changed, in words."""
    said = []
    if before.event_on != after.event_on:
        said.append(f"事故日期 {before.event_on} 改为 {after.event_on}")
    if before.cause != after.cause:
        said.append(f"原因 {Claim.Cause(before.cause).label} 改为 {Claim.Cause(after.cause).label}")
    if before.situations != after.situations:
        said.append("改了有哪些情况")
    return said


def _require_undecided(held: Claim) -> None:
    """Errors: Conflict, with the way to go."""
    if held.status == Status.PREPARED:
        raise Conflict("理算正在等复核，不能更正。请先由复核人退回初审，再更正。")
    if held.status in (Status.APPROVED, Status.REFUSED):
        raise Conflict("这个赔案已经有决定，不能直接更正。请先申请冲回重审，另一位同事同意以后再更正。")
    if held.status not in OPEN_TO_CORRECTION:
        raise Conflict(f"案号 {held.number} {held.get_status_display()}，不能更正。")
    if held.partial_fen:
        raise Conflict("这个赔案已经先行赔付了一部分，不能直接更正。请先理算结案，再申请冲回重审，然后更正。")


def _check(held: Claim, before: Told, told: Told, reason: str, today: date) -> None:
    errors = check_cause_and_day(held.resident, told.event_on, told.cause, today)
    if "event_on" not in errors and (why := _contradicted(held, told.event_on)):
        errors["event_on"] = why
    if not reason.strip():
        errors["reason"] = "请写明为什么更正、凭什么，例如“出院小结写明是5月11日摔伤”。"
    if not errors and told == before:
        errors["reason"] = "原因、日期、情况都没有变，不用更正。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def _contradicted(held: Claim, event_on: date) -> str:
    """Return which of the recorded papers tells of a day before the corrected one; empty for none (one query)."""
    if message := too_early(losses_of(held), event_on):
        return message
    first = held.invoices.filter(freed_at__isnull=True, dated_on__lt=event_on).order_by("dated_on").first()
    return f"票据 {first.number} 是 {first.dated_on} 开的，早于这一天。请核对，或先改票据。" if first else ""


def _store(held: Claim, before: Told, *, by: User, reason: str, now: datetime) -> None:
    ClaimCorrection.objects.create(
        claim=held,
        event_before=before.event_on,
        event_after=held.event_on,
        cause_before=before.cause,
        cause_after=held.cause,
        situations_before=before.situations,
        situations_after=held.situations,
        reason=reason,
        by=by,
        at=now,
    )
