"""What every action on a claim has in common: the lock, the key against doing it twice, the step with its audit row."""

from collections.abc import Collection
from datetime import date, datetime

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.locks import lock_claims_of
from ankang.claims.models import Claim, ClaimStep
from ankang.installation.rows import insert_one, update_one
from ankang.rules.errors import Conflict

Kind = ClaimStep.Kind


def hold(claim: Claim, *, losses: bool = True) -> tuple[Claim, list[Claim]]:
    """Return the claim as it stands under the lock, and all claims of the person in its programme.

    `losses`: with stays and disabilities (two queries more). Errors: Conflict when it moved to another programme.
    """
    claims = lock_claims_of(claim.resident_id, claim.programme_id, losses=losses)
    held = next((one for one in claims if one.pk == claim.pk), None)
    if held is None:
        raise Conflict("这个赔案刚刚改到了另一个年度，请刷新页面再办。")
    return held, claims


def require_status(claim: Claim, statuses: Collection[str], doing: str) -> None:
    """Pass in one of these states. Errors: Conflict."""
    if claim.status not in statuses:
        raise Conflict(f"案号 {claim.number} 现在是“{claim.get_status_display()}”，不能{doing}，请刷新页面看最新状态。")


def require_not_held(claim: Claim, today: date, doing: str) -> None:
    """Pass when no hold is in force on a day; one whose last day is over has lapsed. Errors: Conflict."""
    if claim.held_until is not None and claim.held_until >= today:
        raise Conflict(f"案号 {claim.number} 暂缓到 {claim.held_until}，不能{doing}。事情查清了，先点“恢复办理”。")


def done_before(key: str, kind: str | Collection[str], claim: Claim | None = None) -> Claim | None:
    """Return the claim that this key was used on already, else None. Errors: Conflict when it did something else."""
    step = ClaimStep.objects.select_related("claim").filter(key=key).first()
    if step is None:
        return None
    check_key(step.kind, step.claim_id, kind, claim)
    return step.claim


def check_key(used_for: str, used_on: int, kind: str | Collection[str], claim: Claim | None) -> None:
    """Pass when a used key did the same thing on the same claim. Errors: Conflict."""
    kinds = {kind} if isinstance(kind, str) else set(kind)
    if used_for not in kinds or (claim is not None and used_on != claim.pk):
        raise Conflict("这张表单已经用过了，请刷新页面重新填写。")


def move(claim: Claim, status: str, now: datetime) -> None:
    """Put the claim into a state, with everything else that was set on it (one query)."""
    claim.status, claim.moved_at, claim.step_from = status, now, None
    update_one(claim)


def add_step(
    claim: Claim, kind: Kind, *, by: User, key: str, now: datetime, note: str = "", **figures: int | str | None
) -> ClaimStep:
    """Append the step and its audit row (two queries); `figures` go into the audit, so nothing personal."""
    step = insert_one(ClaimStep(claim=claim, kind=kind, key=key, at=now, by=by, note=note))
    record(by=by, action=f"claims.{kind.value}", subject=claim, division_code=claim.village_id, **figures)
    return step
