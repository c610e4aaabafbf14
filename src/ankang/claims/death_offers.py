"""What a death pays at a funeral home, before anybody stored anything: the life benefit, its clause, what hinders it.

The same function decides when the death is reported, so that what stood on the page is what is done (ADR 0040).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ankang.claims.at_once import covers_day, holdings_of
from ankang.claims.cases import programme_of
from ankang.claims.death_models import DeathReport
from ankang.claims.facts import Amounts, CaseFacts, facts_of_event, standing_beside
from ankang.claims.models import Claim
from ankang.claims.paper_lists import papers_of
from ankang.enrolment.models import Holding
from ankang.enrolment.queries import covers_in
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import current_version
from ankang.roster.models import Resident
from ankang.rules.adjudicate import Decision as Outcome
from ankang.rules.adjudicate import Event
from ankang.rules.days import day_words
from ankang.rules.documents import Lack, PaperList, Situation
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import BenefitKind

Cause = DeathReport.Cause
Hindrance = DeathReport.Hindrance


@dataclass(frozen=True, slots=True)
class Death:
    """What a family tells of a death. `event_on`: the accident's day, None for the day of death.

    `papers`: the codes of the papers whose originals the desk has in hand. `paper_on`, `paper_by`: of the form that was
    filled in by hand while there was no power.
    """

    died_on: date
    cause: str
    reporter: str
    reporter_phone: str = ""
    event_on: date | None = None
    what_happened: str = ""
    papers: tuple[str, ...] = ()
    paper_on: date | None = None
    paper_by: str = ""

    @property
    def happened_on(self) -> date:
        return self.died_on if self.cause == Cause.ILLNESS or self.event_on is None else self.event_on


@dataclass(frozen=True, slots=True)
class Part:
    """One claim of a death. `cause` and `event_on` as the rules take them; `is_paid_here`: its life benefit is."""

    programme: Programme
    cause: str
    event_on: date
    is_paid_here: bool
    is_partial: bool = False  # the accident is decided later on the same claim


@dataclass(frozen=True, slots=True)
class Offer:
    """What a death pays here. `facts`, `outcome`: of the claim with the life benefit; `life`: what it pays, in fen.

    `papers`: the list that holds there; `lacks`: what of it is still missing.
    """

    version: ProgrammeVersion
    facts: CaseFacts
    outcome: Outcome
    papers: PaperList
    life: Amounts
    assumed: tuple[str, ...]
    lacks: tuple[Lack, ...]
    hindrance: Hindrance
    parts: tuple[Part, ...]

    @property
    def life_fen(self) -> int:
        return sum(self.life.values())

    @property
    def is_paid_here(self) -> bool:
        return self.hindrance is Hindrance.NONE


def check_death(death: Death, resident: Resident, today: date) -> None:
    """Pass for a death that can be so. A late one is never refused. Errors: InvalidInput (`errors` by field)."""
    errors = dict(_faults(death, resident, today))
    if errors:
        raise InvalidInput("；".join(errors.values()), errors=errors)


def death_offer(resident: Resident, death: Death, claims: Sequence[Claim] | None = None) -> Offer:
    """Return what a death pays here (at most eight queries). `claims`: the person's, when the caller has locked them.

    Errors: Conflict when no programme of the area is stored.
    """
    holdings = holdings_of(resident)
    parts = parts_of(resident, death, holdings)
    programme = parts[0].programme
    if claims is None:
        claims = list(Claim.objects.filter(resident=resident, programme=programme).with_losses())
    covers = covers_in([one for one in holdings if one.enrolment.participation.programme_id == programme.pk])
    version = current_version(programme)

    beside = standing_beside(None, [one for one in claims if one.programme_id == programme.pk])

    def facts_for(cause: str) -> CaseFacts:
        event = Event("", parts[0].event_on, cause, death_date=death.died_on)
        return facts_of_event(event, resident.birth_date, covers, beside)

    facts = facts_for(parts[0].cause)
    outcome, papers = facts.decide(version), papers_of(programme)
    life = _life(outcome)
    lacks = papers.missing({Situation.DEATH}, death.papers)
    assumed = assumed_on([line.readings for line in outcome.lines if line.benefit == BenefitKind.LIFE], outcome.assumed)
    if not any(cover.start <= death.died_on <= cover.end for cover in covers):
        hindrance = Hindrance.UNINSURED
    elif not life or (death.cause == Cause.UNKNOWN and life != _life(facts_for(Claim.Cause.ACCIDENT).decide(version))):
        hindrance = Hindrance.CAUSE
    elif assumed:
        hindrance = Hindrance.ASSUMED
    elif {lack.title for lack in lacks} & _death_titles(papers):
        hindrance = Hindrance.PAPERS
    else:
        hindrance = Hindrance.NONE
    return Offer(version, facts, outcome, papers, life, assumed, lacks, hindrance, parts)


def assumed_on(readings: Iterable[Sequence[str]], assumed: Iterable[str]) -> tuple[str, ...]:
    """Return the readings that nobody confirmed among those that some lines rest on, in their order."""
    named = {name for line in readings for name in line}
    return tuple(name for name in assumed if name in named)


def words_of(offer: Offer, cause: str) -> str:
    """Return why the desk does not pay today and what happens instead; empty when it pays."""
    instead = "身故照样登记，作为普通赔案报给中国人寿"
    return {
        Hindrance.NONE: "",
        Hindrance.UNINSURED: f"去世当天没有有效保障，没有可以当场付的钱。{instead}，由中国人寿书面答复。",
        Hindrance.ASSUMED: f"寿险用到的口径 {'、'.join(offer.assumed)} 还没有人确认，今天不能当场付。"
        f"{instead}，审核以后转账到银行卡。",
        Hindrance.PAPERS: f"证明不齐，今天不能当场付。还要：{'；'.join(one.words for one in offer.lacks)}。{instead}，"
        "补齐以后审核、转账。",
        Hindrance.CAUSE: (
            "寿险赔不赔要看死因，死因还不清楚，今天不能当场付。"
            if cause == Cause.UNKNOWN
            else "这次身故没有要付的寿险。"
        )
        + f"{instead}，查清以后答复。",
    }[offer.hindrance]


def _life(outcome: Outcome) -> dict[tuple[str, str], int]:
    return {
        (line.product, line.benefit): line.amount_fen
        for line in outcome.lines
        if line.benefit == BenefitKind.LIFE and line.amount_fen
    }


def parts_of(resident: Resident, death: Death, holdings: Sequence[Holding]) -> tuple[Part, ...]:
    """Return the claims of a death, the one with the life benefit first.

    Life goes by the programme that covers the day of death, the accident by the one that covers its own day. While the
    cause is not known, the accident stands apart: it can be refused, and what was paid of life stays right.
    """
    on_death, on_event = _held(holdings, death.died_on), _held(holdings, death.happened_on)
    life = on_death or on_event or programme_of(resident, death.died_on)[0]
    if death.cause == Cause.ILLNESS:
        return (Part(life, Claim.Cause.ILLNESS, death.died_on, is_paid_here=True),)
    accident = on_event or life
    if death.cause == Cause.UNKNOWN:
        return (
            Part(life, Claim.Cause.ILLNESS, death.died_on, is_paid_here=True),
            Part(accident, Claim.Cause.ACCIDENT, death.happened_on, is_paid_here=False),
        )
    if accident == life:
        return (Part(life, Claim.Cause.ACCIDENT, death.happened_on, is_paid_here=True, is_partial=True),)
    return (
        Part(life, Claim.Cause.ACCIDENT, death.happened_on, is_paid_here=True),
        Part(accident, Claim.Cause.ACCIDENT, death.happened_on, is_paid_here=False),
    )


def _held(holdings: Sequence[Holding], day: date) -> Programme | None:
    held = [one for one in holdings if covers_day(one, day)]
    if not held:
        return None
    newest = max(held, key=lambda one: (one.cover_from, one.pk))
    return newest.enrolment.participation.programme


def _death_titles(papers: PaperList) -> set[str]:
    return {need.title for need in papers.needs if need.situation == Situation.DEATH}


def _faults(death: Death, resident: Resident, today: date) -> Iterable[tuple[str, str]]:
    if death.died_on > today:
        yield "died_on", "去世日期还没到，请照死亡证明填写。"
    elif death.died_on < resident.birth_date:
        yield "died_on", "去世日期早于出生日期，请核对。"
    elif resident.died_on is not None and resident.died_on != death.died_on:
        on = resident.died_on
        yield (
            "died_on",
            f"名册上登记的去世日期是{day_words(on)}，和这里不一样。请核对证明；名册登记错了的，请村里或镇里先改。",
        )
    if death.cause not in Cause.values:
        yield "cause", "请选死因：疾病或年老、意外，还是还不清楚。"
    if not resident.birth_date <= death.happened_on <= death.died_on:
        yield "event_on", "出事的日期不能晚于去世日期，也不能早于出生日期，请核对。"
    if death.cause == Cause.ACCIDENT and not death.what_happened.strip():
        yield "what_happened", "请写一句怎么出的事，例如“骑车摔倒”。"
    if not death.reporter.strip():
        yield "reporter", "请写是谁来办的，例如“张明，儿子”。"
    yield from _paper_faults(death, today)


def _paper_faults(death: Death, today: date) -> Iterable[tuple[str, str]]:
    if death.paper_on is None and not death.paper_by.strip():
        return
    if death.paper_on is None or not death.died_on <= death.paper_on <= today:
        yield "paper_on", "请照纸表写填表那天，在去世日期和今天之间。"
    if not death.paper_by.strip():
        yield "paper_by", "请照纸表写填表人的姓名。"
