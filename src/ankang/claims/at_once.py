"""Report, losses and the first person's decision in one transaction: for a desk where the family stands and waits.

The same rows, steps and audit as the three actions one after the other, at half the statements. A second person reviews
as ever.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record_steps
from ankang.claims.actions import check_report, next_number, record_losses, report_claim
from ankang.claims.alike import alike_fields
from ankang.claims.deciding import prepare_decision, store_decision
from ankang.claims.facts import facts_with
from ankang.claims.locks import lock_claims_of, lock_day
from ankang.claims.losses import Losses, check_losses
from ankang.claims.models import Claim, ClaimStep, Decision, Disability, Stay
from ankang.claims.paper_lists import situations_text
from ankang.claims.permissions import Permit, require_handler
from ankang.claims.steps import Kind, done_before
from ankang.enrolment.models import Holding
from ankang.enrolment.queries import covers_in
from ankang.installation.rows import Asked, insert_all, insert_one
from ankang.programmes.models import Programme
from ankang.programmes.queries import current_version
from ankang.roster.models import Resident


class Report(NamedTuple):
    """An event as it is told, with its losses."""

    by: User
    resident: Resident
    event_on: date
    cause: str
    losses: Losses
    key: str
    now: datetime
    told: dict[str, Any]  # story, reporter, telephone, situations
    note: str = ""  # to the second person


_held = Asked(
    lambda who: (
        Holding.objects.filter(enrolment__participation__resident=who, enrolment__cancelled_at__isnull=True)
        .order_by("pk")
        .select_related("enrolment__participation__programme")
    )
)
_STEPS = (Kind.REPORTED, Kind.RECORDED, Kind.PREPARED)


def report_and_prepare(
    *,
    by: User,
    resident: Resident,
    event_on: date,
    cause: str,
    losses: Losses,
    key: str,
    now: datetime,
    what_happened: str,
    reporter: str = "",
    reporter_phone: str = "",
    situations: Collection[str] = (),
    note: str = "",
    permit: Permit = require_handler,
) -> Decision:
    """Register an event with its losses, decide it, and return the decision that waits for the second person.

    `note`: what the first person says to the second. `permit`: who may do this; a desk of a green channel passes its
    own, for people with cover on the day only.
    Errors: those of `report_claim`, `record_losses` and `prepare_decision`. The same key again returns the decision
    that it made.
    """
    permit(by, resident.village_id)
    today = timezone.localdate(now)
    check_report(resident, event_on, cause, what_happened, today)
    check_losses(losses, event_on, today)
    told = {
        "what_happened": what_happened,
        "reporter": reporter,
        "reporter_phone": reporter_phone,
        "situations": situations,
    }
    try:
        with transaction.atomic():
            return _decide(Report(by, resident, event_on, cause, losses, key, now, told, note))
    except IntegrityError:
        done = done_before(key, Kind.REPORTED)
        if done is None:
            raise
        return done.decisions.earliest("sequence")


def _decide(one: Report) -> Decision:
    by, resident, event_on, _cause, _losses, key, now, _told, note = one
    holdings = holdings_of(resident)
    held_on = [one for one in holdings if covers_day(one, event_on)]
    if not held_on:
        return _step_by_step(one)
    programme = max(held_on, key=lambda one: (one.cover_from, one.pk)).enrolment.participation.programme
    day = lock_day(timezone.localdate(now))
    number = next_number(day)
    beside = lock_claims_of(resident.pk, programme.pk)
    claim = new_claim(one, programme, number, Claim.Status.PREPARED)
    covers = covers_in([one for one in holdings if one.enrolment.participation.programme_id == programme.pk])
    facts, version = facts_with(claim, beside, covers), current_version(programme)
    decision = store_decision(claim, version, facts, facts.decide(version), by=by, now=now, note=note, sequence=1)
    note_steps(claim, _STEPS, by=by, key=key, now=now, note=note, total_fen=decision.total_fen)
    return decision


def new_claim(one: Report, programme: Programme, number: str, status: Claim.Status) -> Claim:
    """Store a claim with its losses, inside the caller's transaction; stays and disabilities beside it."""
    by, resident, event_on, cause, losses, _key, now, told, _note = one
    claim = insert_one(
        Claim(
            number=number,
            resident=resident,
            village_id=resident.village_id,
            programme=programme,
            event_on=event_on,
            cause=cause,
            what_happened=told["what_happened"],
            reporter=told["reporter"],
            reporter_phone=told["reporter_phone"] or None,
            situations=situations_text(told["situations"]),
            medical_expense_fen=losses.medical_expense_fen,
            reimbursed_fen=losses.reimbursed_fen,
            fracture_expense_fen=losses.fracture_expense_fen,
            died_on=losses.died_on,
            **alike_fields(losses),
            status=status,
            reported_at=now,
            moved_at=now,
            reported_by=by,
        )
    )
    stays, disabilities = _rows(claim, losses)
    claim._prefetched_objects_cache = {"stays": stays, "disabilities": disabilities}  # type: ignore[attr-defined]
    return claim


def _step_by_step(one: Report) -> Decision:
    """Who had no cover on the day goes the long way: it knows which programme such a claim belongs to."""
    by, resident, event_on, cause, losses, key, now, told, note = one
    claim = report_claim(by=by, resident=resident, event_on=event_on, cause=cause, key=key, now=now, **told)
    claim = record_losses(by=by, claim=claim, losses=losses, key=f"{key}-2", now=now)
    return prepare_decision(by=by, claim=claim, key=f"{key}-3", now=now, note=note)


def holdings_of(resident: Resident) -> list[Holding]:
    """Return what a person holds in every programme, with its programme (one query)."""
    return _held(resident.pk)


def covers_day(holding: Holding, day: date) -> bool:
    last = min(holding.cover_to, holding.enrolment.withdrawn_on or holding.cover_to)
    return holding.cover_from <= day <= last


def _rows(claim: Claim, losses: Losses) -> tuple[list[Stay], list[Disability]]:
    """Store stays and disabilities (no query where there are none)."""
    stays = [Stay(claim=claim, admitted_on=first, discharged_on=last) for first, last in losses.stays]
    disabilities = [Disability(claim=claim, grade=grade, site=site) for grade, site in losses.disabilities]
    return Stay.objects.bulk_create(stays), Disability.objects.bulk_create(disabilities)


def note_steps(
    claim: Claim, steps: Sequence[Kind], *, by: User, key: str, now: datetime, note: str = "", **figures: int
) -> None:
    """Append steps that were taken at once, and their audit rows (two queries).

    `note` and `figures` belong to the last one.
    """
    keys, last = [key, *(f"{key}-{at}" for at in range(2, len(steps) + 1))], steps[-1]
    insert_all(
        [
            ClaimStep(claim=claim, kind=kind, key=one, at=now, by=by, note=note if kind is last else "")
            for kind, one in zip(steps, keys, strict=True)
        ]
    )
    record_steps(
        by=by,
        subject=claim,
        division_code=claim.village_id,
        told=[(f"claims.{kind.value}", dict(figures) if kind is last else {}) for kind in steps],
    )
