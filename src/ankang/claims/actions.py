"""What a claims handler does to a claim. Each action is one transaction with its step, its key and its audit row.

The order of a claim: report -> losses -> decision by the first person -> review by a second (`deciding`). A key that
comes again returns what it did the first time and does nothing more.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.alike import alike_fields, place_fields
from ankang.claims.cases import programme_of
from ankang.claims.invoices import WITHDRAWN, free_invoices
from ankang.claims.locks import lock_day
from ankang.claims.losses import Losses, check_losses
from ankang.claims.models import Claim, ClaimStep, DailyNumber, Disability, Stay
from ankang.claims.paper_lists import situations_text
from ankang.claims.permissions import require_handler, require_reporter
from ankang.claims.recalculating import note_moved_away
from ankang.claims.steps import add_step, done_before, hold, move, require_status
from ankang.claims.taking_back import note_overpaid
from ankang.installation.rows import update_one
from ankang.privacy.fields import Sealed
from ankang.roster.models import Resident
from ankang.roster.numbers import masked
from ankang.rules.errors import Conflict, InvalidInput

Kind = ClaimStep.Kind
Status = Claim.Status


@transaction.atomic
def report_claim(
    *,
    by: User,
    resident: Resident,
    event_on: date,
    cause: str,
    key: str,
    now: datetime,
    what_happened: str = "",
    reporter: str = "",
    reporter_phone: str = "",
    situations: Collection[str] = (),
    place: str = "",
) -> Claim:
    """Register an event and return the claim with its number `LPyyyy-mmdd-nnn` (the day of the report).

    Any desk of `REPORTING` reports, for the people of its own divisions; only the insurer goes on from there.
    A report is never refused for being late or because the person was not insured: the decision says so.
    Errors: NotAllowed; InvalidInput (a day in the future or before birth, an unknown cause, an empty story);
    Conflict when no programme of the area is stored.
    """
    require_reporter(by, resident.village_id)
    today = timezone.localdate(now)
    check_report(resident, event_on, cause, what_happened, today)
    day = lock_day(today)
    if done := done_before(key, Kind.REPORTED):
        return done
    programme, note = programme_of(resident, event_on)
    claim = Claim.objects.create(
        number=next_number(day),
        resident=resident,
        village_id=resident.village_id,
        programme=programme,
        event_on=event_on,
        cause=cause,
        what_happened=what_happened,
        reporter=reporter,
        reporter_phone=reporter_phone or None,
        situations=situations_text(situations),
        **place_fields(place),
        reported_at=now,
        moved_at=now,
        reported_by=by,
    )
    add_step(claim, Kind.REPORTED, by=by, key=key, now=now, note=note)
    return claim


@transaction.atomic
def record_losses(*, by: User, claim: Claim, losses: Losses, key: str, now: datetime) -> Claim:
    """Replace the claim's losses by these and return it, ready for the first person's decision.

    Errors: NotAllowed; InvalidInput (see `check_losses`); Conflict once a decision waits for review or stands.
    """
    require_handler(by, claim.village_id)
    held, claims = hold(claim)
    if done := done_before(key, Kind.RECORDED, claim):
        return done
    require_status(held, (Status.REPORTED, *Claim.TO_DECIDE), "改损失")
    check_losses(losses, held.event_on, timezone.localdate(now))
    note = put_losses(held, losses, claims, now)
    add_step(held, Kind.RECORDED, by=by, key=key, now=now, note=note)
    return held


def put_losses(held: Claim, losses: Losses, claims: Collection[Claim], now: datetime) -> str:
    """Replace the losses of a locked claim, checked before, and return a note on its programme; RECORDED from now on.

    `claims`: all of the person in the programme that it may leave.
    """
    held.medical_expense_fen = losses.medical_expense_fen
    held.reimbursed_fen = losses.reimbursed_fen
    held.fracture_expense_fen = losses.fracture_expense_fen
    held.died_on = losses.died_on
    for field, value in alike_fields(losses).items():
        setattr(held, field, value)
    before = held.programme
    held.programme, note = programme_of(held.resident, held.event_on, losses.died_on)
    if held.programme != before:
        note_moved_away(held, claims, now)
    move(held, Status.RECORDED, now)
    _replace_rows(held, losses)
    return note


@transaction.atomic
def withdraw_claim(*, by: User, claim: Claim, why: str, key: str, now: datetime) -> Claim:
    """Close a claim that should not have been reported, or that the family gives up. It stays on file.

    Errors: NotAllowed; InvalidInput without a reason; Conflict once it is decided.
    """
    require_handler(by, claim.village_id)
    if not why.strip():
        raise InvalidInput("请写明为什么撤案，例如“家属放弃索赔”或“与另一案重复”。", field="why")
    held, claims = hold(claim)
    if done := done_before(key, Kind.WITHDRAWN, claim):
        return done
    require_status(held, Claim.OPEN, "撤案")
    if held.partial_fen:
        raise Conflict("这个赔案已经先行赔付了一部分，不能撤案，请照最后的理算结案。")
    free_invoices(held, WITHDRAWN, now)
    move(held, Status.WITHDRAWN, now)
    note_overpaid(held, by=by, now=now)
    note_moved_away(held, claims, now)
    add_step(held, Kind.WITHDRAWN, by=by, key=key, now=now, note=why)
    return held


@transaction.atomic
def look_into(*, by: User, claim: Claim) -> dict[str, str]:
    """Return what is told of a loss in plain and the phone masked; write who looked into the audit (one query).

    Errors: NotAllowed.
    """
    require_handler(by, claim.village_id)
    record(by=by, action="claims.looked", subject=claim, division_code=claim.village_id)
    return {
        "diagnosis": _plain(claim.diagnosis),
        "place": _plain(claim.place),
        "doctor": _plain(claim.doctor),
        "what_happened": _plain(claim.what_happened),
        "phone": masked(_plain(claim.reporter_phone)),
    }


@transaction.atomic
def look_at_phone(*, by: User, claim: Claim) -> str:
    """Return the reporter's whole telephone number, and write who looked into the audit (one query).

    Errors: NotAllowed.
    """
    require_handler(by, claim.village_id)
    record(by=by, action="claims.looked_at_phone", subject=claim, division_code=claim.village_id)
    return _plain(claim.reporter_phone)


@transaction.atomic
def note_export(*, by: User, rows: int) -> None:
    """Note that a list of claims left the house."""
    record(by=by, action="claims.exported", division_code=by.division_id, rows=rows)


def _plain(value: Sealed | None) -> str:
    return value.reveal() if value is not None else ""


def check_report(resident: Resident, event_on: date, cause: str, what_happened: str, today: date) -> None:
    """Pass for a report that can be. Errors: InvalidInput naming each field."""
    errors = check_cause_and_day(resident, event_on, cause, today)
    if not what_happened.strip():
        errors["what_happened"] = "请写事情经过，例如“在家门口滑倒，右腿疼”。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def check_cause_and_day(resident: Resident, event_on: date, cause: str, today: date) -> dict[str, str]:
    """Return what cannot be so, by field; empty when it can."""
    errors = {}
    if event_on > today:
        errors["event_on"] = "事故日期还没到，请填已经发生的那一天。"
    if event_on < resident.birth_date:
        errors["event_on"] = "事故日期早于出生日期，请核对。"
    if cause not in Claim.Cause.values:
        errors["cause"] = "请选原因：意外或疾病。"
    return errors


def _replace_rows(claim: Claim, losses: Losses) -> None:
    Stay.objects.filter(claim=claim).delete()
    Disability.objects.filter(claim=claim).delete()
    Stay.objects.bulk_create(
        Stay(claim=claim, admitted_on=admitted, discharged_on=discharged) for admitted, discharged in losses.stays
    )
    Disability.objects.bulk_create(
        Disability(claim=claim, grade=grade, site=site) for grade, site in losses.disabilities
    )


def next_number(day: DailyNumber) -> str:
    """Return the next number of a day whose counter is locked (one query)."""
    day.last += 1
    update_one(day, "last")
    return f"LP{day.day:%Y-%m%d}-{day.last:03d}"
