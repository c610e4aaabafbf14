"""Deciding a claim: the first person lets the rules run, a second one reviews; above an amount, two review.

An approved decision is never edited. What it adds to each limit stands in its lines; see `course_models` and ADR 0036
for the certain part, reversals and decisions that others have overtaken.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.authority import Word, draw_for_quality, rules_for, word_of
from ankang.claims.facts import Amounts, CaseFacts, amounts_of, facts_again, facts_of, standing_of_claim, stored_amounts
from ankang.claims.invoices import REFUSED, free_invoices
from ankang.claims.limits import Standing, draw
from ankang.claims.models import Claim, ClaimStep, Decision, DecisionLine
from ankang.claims.permissions import require_handler
from ankang.claims.recalculating import note_overtaken
from ankang.claims.steps import add_step, check_key, done_before, hold, move, require_not_held, require_status
from ankang.claims.taking_back import note_overpaid
from ankang.installation.rows import Asked, insert_all, insert_one, update_one
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
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

_KINDS_OF = {
    Verdict.APPROVED: {Kind.APPROVED, Kind.ENDORSED},
    Verdict.RETURNED: {Kind.RETURNED},
    Verdict.REFUSED: {Kind.REFUSED},
}
_STATUS_OF = {Verdict.APPROVED: Status.APPROVED, Verdict.RETURNED: Status.RETURNED, Verdict.REFUSED: Status.REFUSED}


@transaction.atomic
def prepare_decision(*, by: User, claim: Claim, key: str, now: datetime, note: str = "") -> Decision:
    """Run the rules on the person's whole history under the programme version in force; store and return the result.

    Errors: NotAllowed; Conflict when the losses are not recorded yet, a decision waits already, or the claim is held.
    """
    require_handler(by, claim.village_id)
    held, claims = hold(claim)
    if done_before(key, Kind.PREPARED, claim):
        return held.decisions.order_by("-sequence")[0]
    require_status(held, Claim.TO_DECIDE, "理算")
    require_not_held(held, timezone.localdate(now), "理算")
    return decide_recorded(held, claims, by=by, key=key, now=now, note=note)


def decide_recorded(
    held: Claim, claims: Collection[Claim], *, by: User, key: str, now: datetime, note: str
) -> Decision:
    """Run the rules on a locked claim that is to be decided and store what they say, in the caller's transaction."""
    facts = facts_of(held, claims)
    version = current_version(held.programme)
    decision = store_decision(held, version, facts, facts.decide(version), by=by, now=now, note=note)
    move(held, Status.PREPARED, now)
    add_step(held, Kind.PREPARED, by=by, key=key, now=now, note=note, total_fen=decision.total_fen)
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
    """Let another person agree (`approved`), send back (`returned`) or refuse (`refused`) and return the decision.

    Agreeing needs every one of `CHECKS`, runs the rules again under the lock, and moves the used-up limits; where the
    amount asks for a higher ceiling or for two reviewers, it is an endorsement and the decision goes on waiting.
    Sending back and refusing need a note.
    Errors: NotAllowed; InvalidInput (no note, a check not ticked); Conflict when the reviewer decided or endorsed it
    before, the decision is reviewed already, nothing is payable, the claim is held, or the result has changed since.
    """
    claim = decision.claim
    require_handler(by, claim.village_id)
    chosen = check_review(verdict, note, checks)
    held, claims = hold(claim, losses=False)
    pending = pending_decision(decision, held, key, _KINDS_OF[chosen])
    if pending is None:
        return Decision.objects.get(pk=decision.pk)
    if pending.kind != Decision.Kind.FULL:
        raise Conflict(f"这一次是“{pending.get_kind_display()}”，不是理算，请刷新页面再办。")
    _check_reviewer(pending, held, by, now)
    if chosen is Verdict.REFUSED and held.partial_fen:
        raise Conflict("这个赔案已经先行赔付了一部分，不能整案拒赔。请退回初审，照最后的理算结案。")
    if chosen is Verdict.APPROVED:
        rules = rules_for(held.village_id)
        if word_of(rules, by, pending) is Word.ENDORSE:
            return endorse(pending, by=by, key=key, now=now, note=note)
        _settle(pending, held, claims)
        draw_for_quality(rules, pending, by=by, now=now)
    close_decision(pending, chosen, by=by, now=now, note=note)
    _close_claim(held, chosen, pending, now)
    add_step(held, Kind(chosen.value), by=by, key=key, now=now, note=note, payable_fen=held.payable_fen)
    if chosen is not Verdict.RETURNED:
        note_overpaid(held, by=by, now=now)
        note_overtaken(pending, held, claims, now)
    return pending


def _close_claim(held: Claim, verdict: Verdict, decided: Decision, now: datetime) -> None:
    """Move the claim to where the verdict leads; sent back, it stays open and keeps what it was worth before."""
    if verdict is Verdict.REFUSED:
        free_invoices(held, REFUSED, now)
    if verdict is not Verdict.RETURNED:
        held.payable_fen = decided.total_fen if verdict is Verdict.APPROVED else 0
        held.closed_on = timezone.localdate(now)
    move(held, _STATUS_OF[verdict], now)


def check_review(verdict: str, note: str, checks: Collection[str]) -> Verdict:
    """Return the verdict. Errors: InvalidInput for none, a note that is missing, or a check that is not ticked."""
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


def pending_decision(decision: Decision, held: Claim, key: str, kinds: Collection[str]) -> Decision | None:
    """Return the decision as it stands under the lock, with the newest version of its programme; None: done before.

    One query. Errors: Conflict when it is reviewed already, or the key did something else.
    """
    (found,) = _pending(decision.pk, key)
    used_for, used_on = getattr(found, "used_for", None), getattr(found, "used_on", None)
    if used_for and used_on:
        check_key(used_for, used_on, kinds, held)
        return None
    found.claim = held
    if found.verdict != Verdict.PENDING:
        raise Conflict(f"这次理算已经复核过了（{held.get_status_display()}），请刷新页面看结果。")
    return found


def _with_newest_and_key(pk: int, key: str) -> QuerySet[Decision]:
    newest = ProgrammeVersion.objects.filter(programme=OuterRef("version__programme")).order_by("-number").values("pk")
    used = ClaimStep.objects.filter(key=key)
    rows = Decision.objects.filter(pk=pk).select_related("version__programme")
    return rows.annotate(
        newest_version=Subquery(newest[:1]),
        used_for=Subquery(used.values("kind")[:1]),
        used_on=Subquery(used.values("claim")[:1]),
    )


_pending = Asked(_with_newest_and_key)


def require_other_person(pending: Decision, by: User) -> None:
    """Pass for who neither prepared nor endorsed it. Errors: Conflict."""
    if pending.prepared_by_id == by.pk:
        raise Conflict("初审人不能复核自己的案件，请换另一位同事复核。")
    if pending.endorsed_by_id == by.pk:
        raise Conflict("您已经做过一级复核，二级复核要换另一位有权限的同事。")


def endorse(pending: Decision, *, by: User, key: str, now: datetime, note: str) -> Decision:
    """Put a first reviewer's name to it: the decision goes on waiting for another with a higher ceiling."""
    pending.endorsed_by, pending.endorsed_at = by, now
    update_one(pending, "endorsed_by", "endorsed_at")
    add_step(pending.claim, Kind.ENDORSED, by=by, key=key, now=now, note=note, total_fen=pending.total_fen)
    return pending


def close_decision(pending: Decision, verdict: Verdict, *, by: User, now: datetime, note: str) -> None:
    """Write the reviewer's word on a decision that waits (one query)."""
    pending.verdict, pending.reviewed_by, pending.reviewed_at = verdict, by, now
    pending.reviewed_note = note
    update_one(pending, "verdict", "reviewed_by", "reviewed_at", "reviewed_note")


def store_decision(
    claim: Claim,
    version: ProgrammeVersion,
    facts: CaseFacts,
    outcome: Outcome,
    *,
    by: User,
    now: datetime,
    note: str,
    kind: Decision.Kind = Decision.Kind.FULL,
    total_fen: int | None = None,
    adds: Mapping[tuple[str, str], int] | None = None,
    sequence: int | None = None,
) -> Decision:
    """Store a decision that waits for review. `adds`: what it adds to each line, the whole outcome when not given."""
    decision = Decision(
        claim=claim,
        sequence=claim.decisions.count() + 1 if sequence is None else sequence,
        round=claim.round,
        kind=kind,
        version=version,
        facts=facts.document(),
        outcome=decision_json(outcome),
        total_fen=outcome.total_fen if total_fen is None else total_fen,
        prepared_at=now,
        prepared_by=by,
        prepared_note=note,
    )
    insert_one(decision)
    insert_all(_lines(decision, outcome, _beyond(amounts_of(outcome), claim) if adds is None else adds))
    return decision


def _lines(decision: Decision, outcome: Outcome, adds: Mapping[tuple[str, str], int]) -> list[DecisionLine]:
    reasons = {(line.product, line.benefit): line.reason for line in outcome.lines}
    return [
        DecisionLine(
            decision=decision, product=line[0], benefit=line[1], amount_fen=amount, reason=reasons.get(line, "")
        )
        for line, amount in adds.items()
    ]


def standing_for(held: Claim, version: ProgrammeVersion, facts: CaseFacts) -> Standing:
    """Return what the person holds on the event's day, for the limits."""
    return Standing(plan_of(version), facts.birth_date, facts.covers, held.event_on)


def newest_version_of(pending: Decision) -> ProgrammeVersion:
    """Return the newest version of a pending decision's programme; no query while it is the decision's own."""
    newest = getattr(pending, "newest_version", None)
    return pending.version if newest == pending.version_id else current_version(pending.claim.programme)


def _check_reviewer(pending: Decision, held: Claim, by: User, now: datetime) -> None:
    if held.status != Status.PREPARED:
        raise Conflict(f"这次理算已经复核过了（{held.get_status_display()}），请刷新页面看结果。")
    require_other_person(pending, by)
    require_not_held(held, timezone.localdate(now), "复核")


def _settle(decision: Decision, held: Claim, claims: Collection[Claim]) -> None:
    """Run the rules again on what stands now; draw on the limits if nothing changed. Errors: Conflict."""
    if not decision.total_fen and not held.partial_fen:
        raise Conflict("这次理算应赔 0.00 元，没有可同意的赔付。请选“拒赔”并写明理由，或退回初审。")
    facts = facts_again(decision, held, claims)
    version = newest_version_of(decision)
    outcome = facts.decide(version)
    now_due = amounts_of(outcome)
    if now_due != stored_amounts(decision):
        raise Conflict(
            f"理算以后情况变了（同一位老人另有赔案结案，或方案口径有新版本）："
            f"当时应赔 {yuan(decision.total_fen)} 元，现在应赔 {yuan(outcome.total_fen)} 元。请退回初审重新理算。",
            then_fen=decision.total_fen,
            now_fen=outcome.total_fen,
        )
    is_first = len(claims) == 1 and held.round == 1 and not held.partial_fen
    draw(held, standing_for(held, version, facts), _beyond(now_due, held), is_first=is_first)


def _beyond(due: Amounts, claim: Claim) -> Amounts:
    """Return what is due beyond the certain part that was decided before; no query where there was none."""
    if not claim.partial_fen:
        return due
    before = standing_of_claim(claim)
    return {line: due.get(line, 0) - before.get(line, 0) for line in {**due, **before}}
