"""What bills that came later do to their claim: they count, or go again when what was decided is kept."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from django.db.models import prefetch_related_objects

from ankang.accounts.models import User
from ankang.claims.actions import put_losses
from ankang.claims.deciding import decide_recorded
from ankang.claims.further_models import FurtherBills
from ankang.claims.losses import Losses, losses_of
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.steps import add_step
from ankang.privacy.fields import Sealed

State = FurtherBills.State


def with_further(claim: Claim, further: FurtherBills) -> Losses:
    """Return the claim's losses with these bills added; diagnosis, place and doctor as they are."""
    stands = losses_of(claim, {name: _plain(getattr(claim, name)) for name in ("diagnosis", "place", "doctor")})
    stays = tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in further.stays)
    return replace(
        stands,
        medical_expense_fen=stands.medical_expense_fen + further.expense_fen,
        reimbursed_fen=stands.reimbursed_fen + further.reimbursed_fen,
        fracture_expense_fen=stands.fracture_expense_fen + further.fracture_fen,
        stays=tuple(sorted({*stands.stays, *stays})),
    )


def count_in(held: Claim, claims: Collection[Claim], further: FurtherBills, now: datetime) -> None:
    """Record the bills as losses of a locked claim; one that the window reported itself is decided by it anew."""
    by, key = further.by, further.key
    note = put_losses(held, with_further(held, further), claims, now)
    add_step(held, ClaimStep.Kind.RECORDED, by=by, key=f"{key}-2", now=now, note=note)
    held._prefetched_objects_cache = {}  # type: ignore[attr-defined]  # stays were replaced
    if is_own(by, held):
        decide_recorded(held, claims, by=by, key=f"{key}-3", now=now, note="")


def count_in_reopened(reversal: Decision, held: Claim, claims: Collection[Claim], now: datetime) -> None:
    """Count the bills that waited for this reversal, once it is agreed to. One query where none did."""
    further = FurtherBills.objects.select_related("by").filter(reversal=reversal, state=State.WAITING).first()
    if further is None:
        return
    further.state = State.COUNTED
    further.save(update_fields=["state"])
    prefetch_related_objects(list(claims), "stays", "disabilities")
    count_in(held, claims, further, now)


def drop_further(reversal: Decision) -> None:
    """Let go of the bills that waited for a reversal that was not agreed to; their invoices are free again."""
    further = FurtherBills.objects.filter(reversal=reversal, state=State.WAITING).first()
    if further is None:
        return
    further.invoices.all().delete()
    further.state = State.DROPPED
    further.save(update_fields=["state"])


def is_own(by: User, claim: Claim) -> bool:
    """Whether a window reported the claim itself: then it decides and pays it."""
    reporter = claim.reported_by
    return reporter.desk == by.desk and reporter.division_id == by.division_id


def _plain(value: Sealed | None) -> str:
    return value.reveal() if value is not None else ""
