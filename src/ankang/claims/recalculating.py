"""Decided claims that would come out otherwise now, because another claim of the same person was decided anew.

What stands is charged first (ADR 0016), so a later decision never moves an earlier one by itself. When a reopened claim
is decided again, each decision that was counted on the old one is replayed with what stands now; where it differs, it
is put on a list, and a person reopens it like any other (ADR 0036).
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import F, prefetch_related_objects

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.course_models import Recalculation
from ankang.claims.facts import CaseFacts, amounts_of, event_of, standing_of_claim, stored_amounts
from ankang.claims.models import Claim, Decision
from ankang.claims.permissions import require_handler
from ankang.rules.adjudicate import Decision as Outcome
from ankang.rules.adjudicate import PaidLine
from ankang.rules.errors import Conflict, InvalidInput


def note_overtaken(decided: Decision, claim: Claim, claims_of_person: Collection[Claim], now: datetime) -> None:
    """List the person's decisions that were counted on `claim` before it was decided anew and would differ now.

    Closes what was listed for `claim` itself. No query for a claim that was never reopened.
    """
    if claim.round == 1:
        return
    Recalculation.objects.filter(claim=claim, closed_at__isnull=True).update(
        closed_at=now, closed_by=decided.reviewed_by_id, note="已重新理算"
    )
    prefetch_related_objects([claim], "stays", "disabilities")
    paid = tuple(PaidLine(*line, fen) for line, fen in standing_of_claim(claim).items())
    _list_overtaken(decided, claim, claims_of_person, paid, now)


def note_moved_away(claim: Claim, claims_of_person: Collection[Claim], now: datetime) -> None:
    """As `note_overtaken`, for a reopened claim that is withdrawn or moves to another year: nothing is left of it.

    `claims_of_person`: those of the programme that it leaves. No query for a claim that was never reopened.
    """
    if claim.round == 1:
        return
    reversals = claim.decisions.filter(kind=Decision.Kind.REVERSAL, verdict=Decision.Verdict.APPROVED)
    _list_overtaken(reversals.latest("sequence"), claim, claims_of_person, (), now)


def _list_overtaken(
    because: Decision, claim: Claim, claims_of_person: Collection[Claim], paid: tuple[PaidLine, ...], now: datetime
) -> None:
    others = [one.pk for one in claims_of_person if one.pk != claim.pk and one.status == Claim.Status.APPROVED]
    standing = Decision.objects.filter(
        claim__in=others, verdict=Decision.Verdict.APPROVED, kind=Decision.Kind.FULL, round=F("claim__round")
    )
    for other in standing.select_related("claim", "version"):
        outcome = _replayed(other, claim, paid)
        if outcome is not None and amounts_of(outcome) != stored_amounts(other):
            Recalculation.objects.get_or_create(
                decision=other,
                because=because,
                defaults={
                    "claim": other.claim,
                    "then_fen": other.total_fen,
                    "now_fen": outcome.total_fen,
                    "found_at": now,
                },
            )


def _replayed(other: Decision, claim: Claim, paid: tuple[PaidLine, ...]) -> Outcome | None:
    """Return what a decision comes to with the claim as it stands now; None when it was not counted on it."""
    facts = CaseFacts.read(other.facts)
    if claim.number not in facts.paid:
        return None
    events = tuple(event_of(claim) if event.event_id == claim.number else event for event in facts.events)
    return replace(facts, events=events, paid={**facts.paid, claim.number: paid}).decide(other.version)


@transaction.atomic
def close_recalculation(*, by: User, found: Recalculation, note: str, now: datetime) -> Recalculation:
    """Take an overtaken decision off the list without reopening it: a person says why it may stand.

    Errors: NotAllowed; InvalidInput without a note; Conflict when it is closed already.
    """
    require_handler(by, found.claim.village_id)
    if not note.strip():
        message = "请写明为什么不重新理算，例如“差额家属已书面放弃”。"
        raise InvalidInput(message, errors={"note": message})
    held = Recalculation.objects.select_for_update(of=("self",)).select_related("claim").get(pk=found.pk)
    if held.closed_at is not None:
        raise Conflict("这一条已经处理过了，请刷新页面。")
    held.closed_at, held.closed_by, held.note = now, by, note
    held.save(update_fields=["closed_at", "closed_by", "note"])
    record(by=by, action="claims.kept_overtaken", subject=held.claim, division_code=held.claim.village_id, row=held.pk)
    return held
