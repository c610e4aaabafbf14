"""身故登记: a funeral home reports a death; the life benefit is decided at once, the accident goes the usual way.

One transaction: the roster, one claim or two, the decision that waits for the insurer's reviewer, who gets the money,
which papers were seen and the one notice of those that are missing (ADR 0040).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.actions import next_number
from ankang.claims.at_once import Report, holdings_of, new_claim, note_steps
from ankang.claims.death_models import DeathReport
from ankang.claims.death_offers import Death, Offer, Part, check_death, death_offer, parts_of, words_of
from ankang.claims.deciding import store_decision
from ankang.claims.document_models import ClaimDocument
from ankang.claims.locks import lock_claims_of, lock_day
from ankang.claims.losses import Losses
from ankang.claims.models import Claim, ClaimStep, DailyNumber, Decision
from ankang.claims.notices import issue_notice
from ankang.claims.paper_lists import papers_of
from ankang.claims.payees import PayeeEntry, check_payees, store_payee
from ankang.claims.payout_models import Payee
from ankang.claims.permissions import require_green
from ankang.claims.steps import add_step
from ankang.roster.changes import mark_dead
from ankang.roster.locks import resident_for_change
from ankang.roster.models import Resident
from ankang.rules.documents import Situation
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.heirs import FIRST, SECOND, Heir, order_of

Cause = DeathReport.Cause
Hindrance = DeathReport.Hindrance
Kind = ClaimStep.Kind


@dataclass(frozen=True, slots=True)
class _Told:
    by: User
    resident: Resident
    death: Death
    offer: Offer
    key: str
    now: datetime


@transaction.atomic
def report_death(
    *,
    by: User,
    resident: Resident,
    death: Death,
    payees: Sequence[PayeeEntry],
    declared: bool,
    key: str,
    now: datetime,
) -> DeathReport:
    """Record a death and open its claims; the life benefit waits for the insurer's word when the desk may pay it.

    `payees`: the heirs, who all declared that nobody else inherits and how they share (`declared`); nobody only where
    the desk does not pay. The same key again returns the report that it made.
    Errors: NotAllowed; InvalidInput (`errors` by field, payees by `payee-0-name`); Conflict when the death is reported
    already, or no programme of the area is stored.
    """
    require_green(by, resident.village_id)
    if by.desk != Desk.FUNERAL:
        raise NotAllowed("身故直付只在殡仪馆办。医疗费请在卫生院窗口结算。")
    resident = resident_for_change(resident.pk)
    if done := DeathReport.objects.filter(key=key).first():
        if done.resident_id != resident.pk:
            raise Conflict("这张表单已经用过了，请刷新页面重新填写。")
        return done
    today = timezone.localdate(now)
    check_death(death, resident, today)
    _refuse_reported(resident)
    day = lock_day(today)
    parts = parts_of(resident, death, holdings_of(resident))
    claims = [
        one
        for programme in sorted({part.programme.pk for part in parts})
        for one in lock_claims_of(resident.pk, programme)
    ]
    told = _Told(by, resident, death, death_offer(resident, death, claims), key, now)
    order = check_heirs(told.offer, death, payees, declared=declared)
    if resident.status != Resident.Status.DEAD:
        seen = _names(told)
        evidence = f"殡仪馆登记：{'、'.join(seen)}" if seen else "殡仪馆登记，证明待补"
        mark_dead(by=by, resident_id=resident.pk, died_on=death.died_on, evidence=evidence, today=today)
    made = [_open(told, part, day, at) for at, part in enumerate(told.offer.parts)]
    _name_payees(told, made, payees)
    return _note(told, made, order)


def reported_already(resident: Resident) -> Claim | None:
    """Return the claim by which a person's death is known already (at most two queries)."""
    report = DeathReport.objects.filter(resident=resident, stands=True).select_related("claim").first()
    if report is not None and report.claim.status != Claim.Status.WITHDRAWN:
        return report.claim
    told = Q(died_on__isnull=False) | Q(situations__contains=Situation.DEATH.value, status__in=Claim.OPEN)
    found = Claim.objects.filter(told, resident=resident).exclude(status=Claim.Status.WITHDRAWN)
    return found.order_by("pk").first()


def already_words(claim: Claim) -> str:
    """Say that a death is reported already, and what the family does."""
    return f"这位老人的身故已经报过了，案号 {claim.number}，不用再报。家属想知道办到哪一步，请打中国人寿电话 95519。"


def _refuse_reported(resident: Resident) -> None:
    """Pass when nobody reported the death; a report whose claim was withdrawn makes room for a new one."""
    known = reported_already(resident)
    if known is not None:
        raise Conflict(already_words(known), claim=known.number)
    DeathReport.objects.filter(resident=resident, stands=True).update(stands=False)


def check_heirs(offer: Offer, death: Death, payees: Sequence[PayeeEntry], *, declared: bool) -> int | None:
    """Return the order in which these heirs inherit, None without any. No query. Errors: InvalidInput."""
    listed = {paper.code for paper in offer.papers.papers}
    if not listed.issuperset(death.papers):
        raise InvalidInput("请从列出的材料里勾。", errors={"papers": "请从列出的材料里勾。"})
    if not payees:
        if offer.is_paid_here:
            raise InvalidInput("请写上继承人。", errors={"payee-0-name": "至少要有一位继承人来领。"})
        return None
    errors = {
        f"payee-{at}-relation": f"第{at + 1}位：请选配偶、子女、父母，或者第二顺序的亲属（民法典第1127条）。"
        for at, one in enumerate(payees)
        if one.relation not in FIRST | SECOND
    }
    if not offer.is_paid_here:
        errors |= {
            f"payee-{at}-means": f"第{at + 1}位：{words_of(offer, death.cause)}请登记银行卡。"
            for at, one in enumerate(payees)
            if one.means == Payee.Means.CASH
        }
    elif len({one.means for one in payees}) > 1:
        errors["payee-0-means"] = "几位继承人请用同一种收法：都领现金，或者都转账。"
    if not declared:
        errors["declared"] = "请继承人看过声明、签了字，再勾上。"
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)
    check_payees(payees, Claim(died_on=death.died_on))
    return order_of([Heir(one.relation, one.share) for one in payees])


def _open(told: _Told, part: Part, day: DailyNumber, at: int) -> Claim:
    """Store one claim of the death with its papers, and decide its life benefit where the desk pays it."""
    by, now, key = told.by, told.now, f"{told.key}-{at}"
    decides = part.is_paid_here and told.offer.is_paid_here
    status = Claim.Status.PREPARED if decides else Claim.Status.RECORDED
    story = {
        "what_happened": _story(told.death, part),
        "reporter": told.death.reporter,
        "reporter_phone": told.death.reporter_phone,
        "situations": (Situation.DEATH.value,),
    }
    losses = Losses(died_on=told.death.died_on)
    report = Report(by, told.resident, part.event_on, part.cause, losses, key, now, story)
    claim = new_claim(report, part.programme, next_number(day), status)
    steps = [Kind.REPORTED, Kind.RECORDED]
    figures = {}
    if decides:
        decision = _decide(told, part, claim)
        steps.append(Kind.CERTAIN if part.is_partial else Kind.PREPARED)
        figures["total_fen"] = decision.total_fen
    note_steps(claim, steps, by=by, key=key, now=now, note="", **figures)
    _take_papers(told, part, claim, is_paid=decides and not part.is_partial)
    return claim


def _decide(told: _Told, part: Part, claim: Claim) -> Decision:
    trial = told.offer.facts
    event, *others = trial.events
    facts = replace(trial, event_id=claim.number, events=(replace(event, event_id=claim.number), *others))
    outcome = facts.decide(told.offer.version)
    common = {"by": told.by, "now": told.now, "note": "殡仪馆直付：寿险部分", "sequence": 1}
    if not part.is_partial:
        return store_decision(claim, told.offer.version, facts, outcome, **common)  # type: ignore[arg-type]
    return store_decision(
        claim,
        told.offer.version,
        facts,
        outcome,
        kind=Decision.Kind.PARTIAL,
        total_fen=told.offer.life_fen,
        adds=told.offer.life,
        **common,  # type: ignore[arg-type]
    )


def _take_papers(told: _Told, part: Part, claim: Claim, *, is_paid: bool) -> None:
    """Note the originals that were seen, and ask once for what the claim still lacks (保险法 22).

    Not for what is paid here in full, and not where nothing is due: nobody shall run for papers in vain.
    """
    offer = told.offer
    papers = offer.papers if part.programme == offer.parts[0].programme else papers_of(part.programme)
    ClaimDocument.objects.bulk_create(
        ClaimDocument(
            claim=claim,
            paper=code,
            name=papers.paper(code).name,
            channel=ClaimDocument.Channel.FUNERAL,
            given_by=told.by,
            given_at=told.now,
            key=f"{told.key}-{claim.pk}-{code}"[:64],
        )
        for code in told.death.papers
    )
    lacks = papers.missing({Situation.DEATH}, told.death.papers)
    if lacks and not is_paid and offer.hindrance is not Hindrance.UNINSURED:
        issue_notice(claim, lacks, 1, by=told.by, key=f"{told.key}-{claim.pk}-n"[:64], now=told.now)


def _name_payees(told: _Told, claims: Sequence[Claim], payees: Sequence[PayeeEntry]) -> None:
    """Write the heirs down: with cards on every claim, with cash on the one that the desk pays."""
    if not payees:
        return
    by_card = all(one.means == Payee.Means.BANK for one in payees)
    for claim in claims if by_card else claims[:1]:
        checked = check_payees(payees, claim)
        whole = sum(one.share for one in checked)
        for one in checked:
            store_payee(claim, one, whole, by=told.by, now=told.now)
        add_step(
            claim,
            Kind.PAYEE,
            by=told.by,
            key=f"{told.key}-{claim.pk}-p"[:64],
            now=told.now,
            note=f"继承人 {len(checked)} 人",
            payees=len(checked),
        )


def _note(told: _Told, claims: Sequence[Claim], order: int | None) -> DeathReport:
    made = DeathReport.objects.create(
        key=told.key,
        resident=told.resident,
        claim=claims[0],
        accident_claim=claims[1] if len(claims) > 1 else None,
        division_id=told.by.division_id,
        cause=told.death.cause,
        hindrance=told.offer.hindrance,
        heirs_order=order,
        paper_on=told.death.paper_on,
        paper_by=told.death.paper_by.strip(),
        reported_by=told.by,
        reported_at=told.now,
    )
    record(
        by=told.by,
        action="claims.reported_death",
        subject=made,
        division_code=told.resident.village_id,
        claims=len(claims),
        hindrance=told.offer.hindrance.value,
    )
    return made


def _names(told: _Told) -> list[str]:
    return [told.offer.papers.paper(code).name for code in told.death.papers][:4]


def _story(death: Death, part: Part) -> str:
    told = death.what_happened.strip()
    if death.cause == Cause.UNKNOWN:
        head = "身故，死因还不清楚" + ("；寿险不看死因，先付" if part.is_paid_here else "；查清是不是意外再定")
    else:
        head = "意外身故" if death.cause == Cause.ACCIDENT else "因疾病或年老身故"
    return f"{head}。{told}" if told else f"{head}。"
