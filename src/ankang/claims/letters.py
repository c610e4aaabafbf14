"""拒赔通知书: the reasons of a refusal with their clauses, frozen as they were sent. 保险法 24: within three days."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.course_models import RefusalLetter
from ankang.claims.facts import CaseFacts
from ankang.claims.limits import units_on
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.permissions import require_handler
from ankang.claims.steps import add_step, done_before, hold, require_status
from ankang.papers import Paper, Text
from ankang.programmes.queries import current_version, plan_of
from ankang.rules.clocks import clocks_under, due_on
from ankang.rules.days import day_words
from ankang.rules.refusal import refusal_reasons

Kind = ClaimStep.Kind


@transaction.atomic
def issue_letter(*, by: User, claim: Claim, key: str, now: datetime) -> RefusalLetter:
    """Write the letter of a refused claim and return it; a letter that was issued is returned as it stands.

    Errors: NotAllowed; Conflict when the claim is not refused.
    """
    require_handler(by, claim.village_id)
    held, _ = hold(claim, losses=False)
    if done_before(key, Kind.LETTER, claim):
        return held.letters.latest("pk")
    require_status(held, (Claim.Status.REFUSED,), "出具拒赔通知书")
    decision = held.decisions.select_related("version").filter(verdict=Decision.Verdict.REFUSED).latest("sequence")
    found = RefusalLetter.objects.filter(decision=decision).first()
    if found is not None:
        return found
    assert held.closed_on is not None  # a refused claim is closed
    under = clocks_under(plan_of(current_version(held.programme)).deadlines)
    last_day = due_on(under["refusal_letter"], held.closed_on)
    assert last_day is not None  # this clock never stands still
    letter = RefusalLetter.objects.create(
        claim=held,
        decision=decision,
        number=f"{held.number}-JP{decision.sequence:02d}",
        reasons=_reasons(held, decision),
        due_on=last_day,
        issued_by=by,
        issued_at=now,
    )
    add_step(held, Kind.LETTER, by=by, key=key, now=now, note=letter.number, number=letter.number)
    return letter


def letter_paper(letter: RefusalLetter, insurer: str) -> Paper:
    """Return the letter as a paper: who, which event, why not, with clauses, and what the family can do."""
    claim = letter.claim
    event = claim.event_on
    blocks = [
        Text(
            f"您报来的{claim.resident.name}（身份证尾号 {claim.resident.number_tail}）"
            f"{day_words(event)}的{claim.get_cause_display()}事故，案号 {claim.number}，"
            "我们按《" + claim.programme.name + "》核定，不予赔付。理由如下："
        )
    ]
    blocks += [Text(f"{at}．{_sentence(one)}") for at, one in enumerate(letter.reasons, start=1)]
    blocks += [
        Text(f"核定所依据的事实和逐项计算过程，可以凭本通知书编号 {letter.number} 向我们索取理赔计算书。"),
        Text(
            "您对这个结果有不同意见的，可以向我们申诉，我们会换没有办过这件案子的人答复；也可以依法提起诉讼或申请仲裁。"
        ),
    ]
    day = timezone.localdate(letter.issued_at)
    return Paper(
        title="拒绝赔偿保险金通知书",
        number=letter.number,
        to=f"{claim.resident.name}或其家属：",
        blocks=blocks,
        signed=insurer,
        day=day_words(day),
    )


def _sentence(reason: dict[str, str]) -> str:
    named = f"{reason['benefit']}（{reason['clause']}）：" if reason["benefit"] else ""
    return f"{named}{reason['reason'].rstrip('。')}。"


def _reasons(claim: Claim, decision: Decision) -> list[dict[str, str]]:
    plan, facts = plan_of(decision.version), CaseFacts.read(decision.facts)
    day = claim.died_on or claim.event_on
    held = [
        product.code
        for product in plan.products
        if units_on(facts.covers, product.code, claim.event_on) or units_on(facts.covers, product.code, day)
    ]
    return refusal_reasons(plan, decision.outcome, held, decision.reviewed_note)
