"""冲回重审: a decided claim is never edited. A reversal takes back all that stands of it; then it is decided anew.

Both need two persons. Until the second one agrees, what was decided stands.
"""

from datetime import datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.claims.authority import Word, rules_for, word_of
from ankang.claims.deciding import close_decision, endorse, pending_decision, require_other_person, store_decision
from ankang.claims.facts import CaseFacts, standing_of_claim
from ankang.claims.further_counting import count_in_reopened, drop_further
from ankang.claims.invoices import take_back_invoices
from ankang.claims.limits import LIMITED, Standing, draw
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.permissions import require_handler
from ankang.claims.steps import add_step, done_before, hold, move, require_status
from ankang.programmes.queries import plan_of
from ankang.rules.errors import Conflict, InvalidInput

Kind = ClaimStep.Kind
Status = Claim.Status
Verdict = Decision.Verdict
DECIDED = (Status.APPROVED, Status.REFUSED)


@transaction.atomic
def challenge_decision(*, by: User, claim: Claim, reason: str, key: str, now: datetime) -> Decision:
    """Ask to take a decided claim back, as a reversal that waits for another person.

    Errors: NotAllowed; InvalidInput without a reason; Conflict when it is not decided, or one waits already.
    """
    require_handler(by, claim.village_id)
    if not reason.strip():
        message = "请写明为什么要冲回重审，例如“补交了第二张发票”。"
        raise InvalidInput(message, errors={"reason": message})
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.CHALLENGED, claim):
        return held.decisions.order_by("-sequence")[0]
    return propose_reversal(held, by=by, reason=reason.strip(), key=key, now=now)


def propose_reversal(held: Claim, *, by: User, reason: str, key: str, now: datetime) -> Decision:
    """Store the reversal of a locked claim, inside the caller's transaction. Errors: Conflict."""
    require_status(held, DECIDED, "冲回重审")
    before = held.decisions.select_related("version").filter(kind=Decision.Kind.FULL).latest("sequence")
    if held.decisions.filter(verdict=Verdict.PENDING).exists():
        raise Conflict("这个赔案已经有一份冲回申请在等复核，请先办那一份。")
    facts = CaseFacts.read(before.facts)
    reversal = store_decision(
        held,
        before.version,
        facts,
        facts.decide(before.version),
        by=by,
        now=now,
        note=reason,
        kind=Decision.Kind.REVERSAL,
        total_fen=0,
        adds={line: -fen for line, fen in standing_of_claim(held).items() if fen},
    )
    add_step(held, Kind.CHALLENGED, by=by, key=key, now=now, note=reason, round=held.round)
    return reversal


@transaction.atomic
def review_reversal(*, by: User, decision: Decision, agree: bool, key: str, now: datetime, note: str = "") -> Decision:
    """Let another person take the claim back, or let what was decided stand.

    Agreeing gives the used-up limits back and opens the claim's next round: losses may change, then it is decided anew.
    Bills that a window added count then, or go again.
    Money that was paid already stays paid; the new decision says what is still due or is to come back.
    Errors: NotAllowed; InvalidInput without a note on disagreeing; Conflict as `review_decision`, and InvoiceUsed when
    another claim has taken an invoice that the refusal had freed.
    """
    claim = decision.claim
    require_handler(by, claim.village_id)
    if not agree and not note.strip():
        message = "不同意冲回，请写明理由。"
        raise InvalidInput(message, errors={"note": message})
    held, claims = hold(claim, losses=False)
    kinds = {Kind.REOPENED, Kind.ENDORSED} if agree else {Kind.KEPT}
    pending = pending_decision(decision, held, key, kinds)
    if pending is None:
        return Decision.objects.get(pk=decision.pk)
    if pending.kind != Decision.Kind.REVERSAL:
        raise Conflict(f"这一次是“{pending.get_kind_display()}”，不是冲回，请刷新页面再办。")
    require_other_person(pending, by)
    if agree and word_of(rules_for(held.village_id), by, pending, held.payable_fen or 0) is Word.ENDORSE:
        return endorse(pending, by=by, key=key, now=now, note=note)
    close_decision(pending, Verdict.APPROVED if agree else Verdict.RETURNED, by=by, now=now, note=note)
    if agree:
        _give_back(pending, held)
        take_back_invoices(held)
        held.round += 1
        held.payable_fen, held.closed_on, held.partial_fen = None, None, 0
        move(held, Status.REOPENED, now)
    add_step(held, Kind.REOPENED if agree else Kind.KEPT, by=by, key=key, now=now, note=note, round=held.round)
    if agree:
        count_in_reopened(pending, held, claims, now)
    else:
        drop_further(pending)
    return pending


def _give_back(reversal: Decision, held: Claim) -> None:
    """Move the used-up limits back by exactly what the reversal takes."""
    facts = CaseFacts.read(reversal.facts)
    standing = Standing(plan_of(reversal.version), facts.birth_date, facts.covers, held.event_on)
    taken = {(line.product, line.benefit): line.amount_fen for line in reversal.lines.all()}
    draw(held, standing, {line: fen for line, fen in taken.items() if line[1] in LIMITED})
