"""先行赔付: the certain part of a claim is decided and paid before the rest (保险法 25). The total never passes."""

from collections.abc import Collection, Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.authority import Word, rules_for, word_of
from ankang.claims.deciding import (
    check_review,
    close_decision,
    endorse,
    newest_version_of,
    pending_decision,
    require_other_person,
    standing_for,
    store_decision,
)
from ankang.claims.facts import Amounts, amounts_of, facts_again, facts_of
from ankang.claims.limits import draw
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.permissions import require_handler
from ankang.claims.steps import add_step, done_before, hold, move, require_not_held, require_status
from ankang.programmes.queries import current_version
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.money import yuan

Kind = ClaimStep.Kind
Status = Claim.Status
Verdict = Decision.Verdict


@transaction.atomic
def prepare_certain(
    *, by: User, claim: Claim, amounts: Mapping[tuple[str, str], int], note: str, key: str, now: datetime
) -> Decision:
    """Propose to pay a part that is certain: `amounts` by (product, benefit) in fen, each at most what the rules give.

    Once a round: what is certain later is decided with the rest.
    Errors: NotAllowed; InvalidInput without a reason or an amount, or for one above what the rules give; Conflict when
    the losses are not recorded, something waits for review, the claim is held, or a part was paid already.
    """
    require_handler(by, claim.village_id)
    if not note.strip():
        message = "请写明哪一部分已经确定、还有什么没定，例如“医疗费已核清，伤残等级待鉴定”。"
        raise InvalidInput(message, errors={"note": message})
    held, claims = hold(claim)
    if done_before(key, Kind.CERTAIN, claim):
        return held.decisions.order_by("-sequence")[0]
    require_status(held, Claim.TO_DECIDE, "先行赔付")
    require_not_held(held, timezone.localdate(now), "先行赔付")
    if held.partial_fen:
        raise Conflict(f"这次审理已经先行赔付 {yuan(held.partial_fen)} 元，其余的请在最后的理算里结清。")
    facts, version = facts_of(held, claims), current_version(held.programme)
    outcome = facts.decide(version)
    chosen = {line: fen for line, fen in amounts.items() if fen}
    _check_amounts(chosen, amounts_of(outcome))
    total = sum(chosen.values())
    decision = store_decision(
        held,
        version,
        facts,
        outcome,
        by=by,
        now=now,
        note=note,
        kind=Decision.Kind.PARTIAL,
        total_fen=total,
        adds=chosen,
    )
    move(held, Status.PREPARED, now)
    add_step(held, Kind.CERTAIN, by=by, key=key, now=now, note=note, total_fen=total)
    return decision


@transaction.atomic
def review_certain(
    *,
    by: User,
    decision: Decision,
    verdict: str,
    key: str,
    now: datetime,
    note: str = "",
    checks: Collection[str] = (),
) -> Decision:
    """Let another person agree to the certain part, or send it back; either way the rest is decided later.

    Errors: as `review_decision`; a certain part is never refused, the claim is.
    """
    claim = decision.claim
    require_handler(by, claim.village_id)
    chosen = check_review(verdict, note, checks)
    if chosen is Verdict.REFUSED:
        message = "先行赔付只能同意或退回；整案要不要赔，在最后的理算里定。"
        raise InvalidInput(message, errors={"verdict": message})
    held, claims = hold(claim, losses=False)
    agreed = chosen is Verdict.APPROVED
    pending = pending_decision(decision, held, key, {Kind.CERTAIN_OK, Kind.ENDORSED} if agreed else {Kind.RETURNED})
    if pending is None:
        return Decision.objects.get(pk=decision.pk)
    if pending.kind != Decision.Kind.PARTIAL:
        raise Conflict(f"这一次是“{pending.get_kind_display()}”，不是先行赔付，请刷新页面再办。")
    require_other_person(pending, by)
    require_not_held(held, timezone.localdate(now), "复核")
    if agreed and word_of(rules_for(held.village_id), by, pending) is Word.ENDORSE:
        return endorse(pending, by=by, key=key, now=now, note=note)
    if agreed:
        _settle(pending, held, claims)
        held.partial_fen = pending.total_fen
    close_decision(pending, chosen, by=by, now=now, note=note)
    move(held, Status.RECORDED if agreed else Status.RETURNED, now)
    add_step(
        held,
        Kind.CERTAIN_OK if agreed else Kind.RETURNED,
        by=by,
        key=key,
        now=now,
        note=note,
        partial_fen=held.partial_fen,
    )
    return pending


def _settle(pending: Decision, held: Claim, claims: Collection[Claim]) -> None:
    facts, version = facts_again(pending, held, claims), newest_version_of(pending)
    chosen = {(line.product, line.benefit): line.amount_fen for line in pending.lines.all()}
    over = _over(chosen, amounts_of(facts.decide(version)))
    if over:
        raise Conflict("登记以后情况变了，有一项已经不够先行赔付的数：" + "；".join(over) + "。请退回初审重新填。")
    draw(held, standing_for(held, version, facts), chosen)


def _check_amounts(chosen: Amounts, due: Amounts) -> None:
    if not chosen:
        message = "至少有一项要填金额，才是先行赔付。"
        raise InvalidInput(message, errors={None: message})
    if any(fen < 0 for fen in chosen.values()):
        message = "金额不能是负数。"
        raise InvalidInput(message, errors={None: message})
    if over := _over(chosen, due):
        message = "先行赔付不能超过现在算出来的数：" + "；".join(over) + "。"
        raise InvalidInput(message, errors={None: message})


def _over(chosen: Amounts, due: Amounts) -> list[str]:
    return [
        f"{product} {benefit} 填了 {yuan(fen)} 元，最多 {yuan(due.get((product, benefit), 0))} 元"
        for (product, benefit), fen in chosen.items()
        if fen > due.get((product, benefit), 0)
    ]
