"""What a claims handler does to a claim. Each action is one transaction with its step, its key and its audit row.

The order of a claim: report -> losses -> decision by the first person -> review by a second. A key that comes again
returns what it did the first time and does nothing more.
"""

from collections.abc import Collection
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.claims.cases import programme_of
from ankang.claims.facts import CaseFacts, facts_of
from ankang.claims.limits import Standing, draw
from ankang.claims.locks import lock_claims_of, lock_day
from ankang.claims.losses import Losses, check_losses
from ankang.claims.models import Claim, ClaimStep, DailyNumber, Decision, DecisionLine, Disability, Stay
from ankang.claims.permissions import require_handler
from ankang.privacy.fields import Sealed
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
from ankang.roster.models import Resident
from ankang.roster.numbers import masked
from ankang.rules.adjudicate import Decision as Outcome
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.money import yuan
from ankang.rules.trace import decision_json

Kind = ClaimStep.Kind
Status = Claim.Status
Verdict = Decision.Verdict

# What the second person has looked at before agreeing; every one is required.
CHECKS = {
    "cover": "事故当天保单有效",
    "age": "年龄档正确",
    "bills": "发票原件与金额一致",
    "payee": "收款人是本人或合法代领人",
}

_KIND_OF = {Verdict.APPROVED: Kind.APPROVED, Verdict.RETURNED: Kind.RETURNED, Verdict.REFUSED: Kind.REFUSED}
_STATUS_OF = {Verdict.APPROVED: Status.APPROVED, Verdict.RETURNED: Status.RETURNED, Verdict.REFUSED: Status.REFUSED}


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
) -> Claim:
    """Register an event and return the claim with its number `LPyyyy-mmdd-nnn` (the day of the report).

    A report is never refused for being late or because the person was not insured: the decision says so.
    Errors: NotAllowed; InvalidInput (a day in the future or before birth, an unknown cause, an empty story);
    Conflict when no programme of the area is stored.
    """
    require_handler(by, resident.village_id)
    today = timezone.localdate(now)
    _check_report(resident, event_on, cause, what_happened, today)
    day = lock_day(today)
    if done := _done(key, Kind.REPORTED):
        return done
    programme, note = programme_of(resident, event_on)
    claim = Claim.objects.create(
        number=_next_number(day),
        resident=resident,
        village_id=resident.village_id,
        programme=programme,
        event_on=event_on,
        cause=cause,
        what_happened=what_happened,
        reporter=reporter,
        reporter_phone=reporter_phone or None,
        reported_at=now,
        moved_at=now,
        reported_by=by,
    )
    _step(claim, Kind.REPORTED, by=by, key=key, now=now, note=note)
    return claim


@transaction.atomic
def record_losses(*, by: User, claim: Claim, losses: Losses, key: str, now: datetime) -> Claim:
    """Replace the claim's losses by these and return it, ready for the first person's decision.

    Errors: NotAllowed; InvalidInput (see `check_losses`); Conflict once a decision waits for review or stands.
    """
    require_handler(by, claim.village_id)
    held, _ = _hold(claim)
    if done := _done(key, Kind.RECORDED, claim):
        return done
    _require(held, (Status.REPORTED, Status.RECORDED, Status.RETURNED), "改损失")
    check_losses(losses, held.event_on, timezone.localdate(now))
    held.medical_expense_fen = losses.medical_expense_fen
    held.reimbursed_fen = losses.reimbursed_fen
    held.fracture_expense_fen = losses.fracture_expense_fen
    held.died_on = losses.died_on
    held.diagnosis = losses.diagnosis
    held.programme, note = programme_of(held.resident, held.event_on, losses.died_on)
    _move(held, Status.RECORDED, now)
    _replace_rows(held, losses)
    _step(held, Kind.RECORDED, by=by, key=key, now=now, note=note)
    return held


@transaction.atomic
def prepare_decision(*, by: User, claim: Claim, key: str, now: datetime, note: str = "") -> Decision:
    """Run the rules on the person's whole history under the programme version in force; store and return the result.

    Errors: NotAllowed; Conflict when the losses are not recorded yet, or a decision waits already.
    """
    require_handler(by, claim.village_id)
    held, claims = _hold(claim)
    if _done(key, Kind.PREPARED, claim):
        return held.decisions.order_by("-sequence")[0]
    _require(held, (Status.RECORDED, Status.RETURNED), "理算")
    facts = facts_of(held, claims)
    version = current_version(held.programme)
    decision = _store(held, version, facts, facts.decide(version), by=by, now=now, note=note)
    _move(held, Status.PREPARED, now)
    _step(held, Kind.PREPARED, by=by, key=key, now=now, note=note, total_fen=decision.total_fen)
    return decision


@transaction.atomic
def review_decision(
    *,
    by: User,
    decision: Decision,
    verdict: str,
    key: str,
    now: datetime,
    note: str = "",
    checks: Collection[str] = (),
) -> Decision:
    """Let a second person agree (`approved`), send back (`returned`) or refuse (`refused`) and return the decision.

    Agreeing needs every one of `CHECKS`, runs the rules again under the lock, and moves the used-up limits; sending
    back and refusing need a note.
    Errors: NotAllowed; InvalidInput (no note, a check not ticked); Conflict when the second person is the first, the
    decision is reviewed already, nothing is payable, or the result has changed since.
    """
    claim = decision.claim
    require_handler(by, claim.village_id)
    chosen = _check_review(verdict, note, checks)
    held, claims = _hold(claim)
    if _done(key, _KIND_OF[chosen], claim):
        return Decision.objects.get(pk=decision.pk)
    pending = _pending(decision, held, by)
    if chosen is Verdict.APPROVED:
        _settle(pending, held, claims)
    pending.verdict, pending.reviewed_by, pending.reviewed_at = chosen, by, now
    pending.reviewed_note = note
    pending.save(update_fields=["verdict", "reviewed_by", "reviewed_at", "reviewed_note"])
    if chosen is not Verdict.RETURNED:
        held.payable_fen = pending.total_fen if chosen is Verdict.APPROVED else 0
        held.closed_on = timezone.localdate(now)
    _move(held, _STATUS_OF[chosen], now)
    _step(held, _KIND_OF[chosen], by=by, key=key, now=now, note=note, payable_fen=held.payable_fen)
    return pending


@transaction.atomic
def withdraw_claim(*, by: User, claim: Claim, why: str, key: str, now: datetime) -> Claim:
    """Close a claim that should not have been reported, or that the family gives up. It stays on file.

    Errors: NotAllowed; InvalidInput without a reason; Conflict once it is decided.
    """
    require_handler(by, claim.village_id)
    if not why.strip():
        raise InvalidInput("请写明为什么撤案，例如“家属放弃索赔”或“与另一案重复”。", field="why")
    held, _ = _hold(claim)
    if done := _done(key, Kind.WITHDRAWN, claim):
        return done
    _require(held, Claim.OPEN, "撤案")
    _move(held, Status.WITHDRAWN, now)
    _step(held, Kind.WITHDRAWN, by=by, key=key, now=now, note=why)
    return held


@transaction.atomic
def look_into(*, by: User, claim: Claim) -> dict[str, str]:
    """Return the story and the diagnosis in plain and the phone masked; write who looked into the audit (one query).

    Errors: NotAllowed.
    """
    require_handler(by, claim.village_id)
    record(by=by, action="claims.looked", subject=claim, division_code=claim.village_id)
    return {
        "diagnosis": _plain(claim.diagnosis),
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


def _check_report(resident: Resident, event_on: date, cause: str, what_happened: str, today: date) -> None:
    errors = {}
    if event_on > today:
        errors["event_on"] = "事故日期还没到，请填已经发生的那一天。"
    if event_on < resident.birth_date:
        errors["event_on"] = "事故日期早于出生日期，请核对。"
    if cause not in Claim.Cause.values:
        errors["cause"] = "请选原因：意外或疾病。"
    if not what_happened.strip():
        errors["what_happened"] = "请写事情经过，例如“在家门口滑倒，右腿疼”。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def _check_review(verdict: str, note: str, checks: Collection[str]) -> Verdict:
    if verdict not in _STATUS_OF:
        raise InvalidInput("请选同意赔付、退回初审或拒赔。", errors={"verdict": "请选同意赔付、退回初审或拒赔。"})
    chosen = Verdict(verdict)
    if chosen is not Verdict.APPROVED and not note.strip():
        message = "退回和拒赔都必须写复核意见，让初审和家属知道为什么。"
        raise InvalidInput(message, errors={"note": message})
    if chosen is Verdict.APPROVED and (left := [name for code, name in CHECKS.items() if code not in checks]):
        message = f"还有 {len(left)} 项没勾：{'、'.join(left)}。逐项看过、勾完才能同意。"
        raise InvalidInput(message, errors={"checks": message})
    return chosen


def _pending(decision: Decision, held: Claim, by: User) -> Decision:
    """Return the decision as it stands under the lock, if this person may review it."""
    pending = Decision.objects.select_related("version").get(pk=decision.pk)
    pending.claim = held
    if pending.verdict != Verdict.PENDING or held.status != Status.PREPARED:
        raise Conflict(f"这次理算已经复核过了（{held.get_status_display()}），请刷新页面看结果。")
    if pending.prepared_by_id == by.pk:
        raise Conflict("初审人不能复核自己的案件，请换另一位同事复核。")
    return pending


def _settle(decision: Decision, held: Claim, claims: Collection[Claim]) -> None:
    """Run the rules again on what stands now; draw on the limits if nothing changed. Errors: Conflict."""
    if not decision.total_fen:
        raise Conflict("这次理算应赔 0.00 元，没有可同意的赔付。请选“拒赔”并写明理由，或退回初审。")
    facts = facts_of(held, claims)
    version = current_version(held.programme)
    outcome = facts.decide(version)
    if _amounts(outcome) != dict(_stored_amounts(decision)):
        raise Conflict(
            f"理算以后情况变了（同一位老人另有赔案结案，或方案口径有新版本）："
            f"当时应赔 {yuan(decision.total_fen)} 元，现在应赔 {yuan(outcome.total_fen)} 元。请退回初审重新理算。",
            then_fen=decision.total_fen,
            now_fen=outcome.total_fen,
        )
    draw(held, Standing(plan_of(version), facts.birth_date, facts.covers, held.event_on), outcome.lines)


def _amounts(outcome: Outcome) -> dict[tuple[str, str], int]:
    return {(line.product, line.benefit): line.amount_fen for line in outcome.lines}


def _stored_amounts(decision: Decision) -> list[tuple[tuple[str, str], int]]:
    return [((line.product, line.benefit), line.amount_fen) for line in decision.lines.all()]


def _store(
    claim: Claim, version: ProgrammeVersion, facts: CaseFacts, outcome: Outcome, *, by: User, now: datetime, note: str
) -> Decision:
    decision = Decision.objects.create(
        claim=claim,
        sequence=claim.decisions.count() + 1,
        version=version,
        facts=facts.document(),
        outcome=decision_json(outcome),
        total_fen=outcome.total_fen,
        prepared_at=now,
        prepared_by=by,
        prepared_note=note,
    )
    DecisionLine.objects.bulk_create(
        DecisionLine(
            decision=decision,
            product=line.product,
            benefit=line.benefit,
            amount_fen=line.amount_fen,
            reason=line.reason,
        )
        for line in outcome.lines
    )
    return decision


def _replace_rows(claim: Claim, losses: Losses) -> None:
    Stay.objects.filter(claim=claim).delete()
    Disability.objects.filter(claim=claim).delete()
    Stay.objects.bulk_create(
        Stay(claim=claim, admitted_on=admitted, discharged_on=discharged) for admitted, discharged in losses.stays
    )
    Disability.objects.bulk_create(
        Disability(claim=claim, grade=grade, site=site) for grade, site in losses.disabilities
    )


def _hold(claim: Claim) -> tuple[Claim, list[Claim]]:
    """Return the claim as it stands under the lock, and all claims of the person in its programme."""
    claims = lock_claims_of(claim.resident_id, claim.programme_id)
    held = next((one for one in claims if one.pk == claim.pk), None)
    if held is None:
        raise Conflict("这个赔案刚刚改到了另一个年度，请刷新页面再办。")
    return held, claims


def _require(claim: Claim, statuses: Collection[str], doing: str) -> None:
    if claim.status not in statuses:
        raise Conflict(f"案号 {claim.number} 现在是“{claim.get_status_display()}”，不能{doing}，请刷新页面看最新状态。")


def _done(key: str, kind: str, claim: Claim | None = None) -> Claim | None:
    """Return the claim that this key was used on already, else None. Errors: Conflict when it did something else."""
    step = ClaimStep.objects.select_related("claim").filter(key=key).first()
    if step is None:
        return None
    if step.kind != kind or (claim is not None and step.claim_id != claim.pk):
        raise Conflict("这张表单已经用过了，请刷新页面重新填写。")
    return step.claim


def _next_number(day: DailyNumber) -> str:
    day.last += 1
    day.save(update_fields=["last"])
    return f"LP{day.day:%Y-%m%d}-{day.last:03d}"


def _move(claim: Claim, status: str, now: datetime) -> None:
    claim.status, claim.moved_at = status, now
    claim.save()


def _step(
    claim: Claim, kind: Kind, *, by: User, key: str, now: datetime, note: str = "", **figures: int | None
) -> None:
    ClaimStep.objects.create(claim=claim, kind=kind, key=key, at=now, by=by, note=note)
    record(by=by, action=f"claims.{kind.value}", subject=claim, division_code=claim.village_id, **figures)
