"""申诉: what the family holds against a decision is answered by somebody who did not take part in it."""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.course_models import Appeal
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.permissions import require_handler
from ankang.claims.reopening import DECIDED, propose_reversal
from ankang.claims.steps import add_step, done_before, hold, require_status
from ankang.rules.errors import Conflict, InvalidInput

Kind = ClaimStep.Kind


@transaction.atomic
def enter_appeal(
    *, by: User, claim: Claim, who: str, appealed_on: date, reasons: str, key: str, now: datetime
) -> Appeal:
    """Write down an appeal against the latest decision of a decided claim.

    Errors: NotAllowed; InvalidInput (nobody named, no reasons, a day that has not come or before the decision);
    Conflict when the claim is not decided, or an appeal waits already.
    """
    require_handler(by, claim.village_id)
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.APPEALED, claim):
        return held.appeals.latest("pk")
    require_status(held, DECIDED, "登记申诉")
    if held.appeals.filter(state=Appeal.State.WAITING).exists():
        raise Conflict("这个赔案已经有一份申诉在等答复，请先答复那一份。")
    decision = held.decisions.exclude(kind=Decision.Kind.REVERSAL).exclude(reviewed_by=None).latest("sequence")
    assert decision.reviewed_by is not None  # a decided claim's latest decision was reviewed
    _check_entry(who, appealed_on, reasons, held, timezone.localdate(now))
    appeal = Appeal.objects.create(
        claim=held,
        decision=decision,
        who=who.strip(),
        appealed_on=appealed_on,
        reasons=reasons.strip(),
        entered_by=by,
        entered_at=now,
        first_id=decision.prepared_by_id,
        second=decision.reviewed_by,
    )
    add_step(held, Kind.APPEALED, by=by, key=key, now=now, note=f"{appeal.who}：{appeal.reasons}"[:300])
    return appeal


@transaction.atomic
def answer_appeal(*, by: User, appeal: Appeal, upheld: bool, answer: str, key: str, now: datetime) -> Appeal:
    """Answer an appeal. One that is upheld proposes a reversal of the decision at once, which another person reviews.

    Errors: NotAllowed; InvalidInput without an answer; Conflict for who prepared, endorsed or reviewed any decision of
    the claim, or when it is answered already.
    """
    claim = appeal.claim
    require_handler(by, claim.village_id)
    if not answer.strip():
        message = "请写答复：依据哪一条、为什么。家属会收到这段话。"
        raise InvalidInput(message, errors={"answer": message})
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.ANSWERED, claim):
        return Appeal.objects.get(pk=appeal.pk)
    found = Appeal.objects.get(pk=appeal.pk)
    if found.state != Appeal.State.WAITING:
        raise Conflict("这份申诉已经答复过了，请刷新页面看结果。")
    if took_part(held, by):
        raise Conflict("您办过这个赔案的理算或复核，申诉要换没有办过的同事答复。")
    found.state = Appeal.State.UPHELD if upheld else Appeal.State.DISMISSED
    found.answer, found.answered_by, found.answered_at = answer.strip(), by, now
    found.save(update_fields=["state", "answer", "answered_by", "answered_at"])
    add_step(held, Kind.ANSWERED, by=by, key=key, now=now, note=found.answer[:300], state=found.state)
    if upheld:
        propose_reversal(held, by=by, reason=f"申诉成立：{found.answer}"[:300], key=f"{key[:60]}-r", now=now)
    return found


def took_part(claim: Claim, person: User) -> bool:
    """Whether a person prepared, endorsed or reviewed any decision of a claim (one query)."""
    named = Q(prepared_by=person) | Q(endorsed_by=person) | Q(reviewed_by=person)
    return claim.decisions.filter(named).exists()


def _check_entry(who: str, appealed_on: date, reasons: str, claim: Claim, today: date) -> None:
    errors = {}
    if not who.strip():
        errors["who"] = "请写谁申诉、和老人什么关系，例如“张明，儿子”。"
    if appealed_on > today:
        errors["appealed_on"] = "申诉日期还没到，请填收到申诉的那一天。"
    elif claim.closed_on and appealed_on < claim.closed_on:
        errors["appealed_on"] = f"申诉日期早于结案日 {claim.closed_on}，请核对。"
    if not reasons.strip():
        errors["reasons"] = "请写申诉的理由，家属怎么说就怎么写。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
