"""Rows into what the rules take: the person's covers, events and what was paid, and back from the stored document."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any, Self

from django.db.models import Sum, prefetch_related_objects

from ankang.claims.models import Claim, Decision, DecisionLine
from ankang.enrolment.queries import covers_of
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.adjudicate import Cover, Event, PaidLine, adjudicate
from ankang.rules.adjudicate import Decision as Outcome
from ankang.rules.days import hospital_days

Document = dict[str, Any]
Amounts = Mapping[tuple[str, str], int]  # (product, benefit) -> fen


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """Everything that one decision rests on, besides the programme: `event_id` names the event to be decided."""

    event_id: str
    birth_date: date
    covers: tuple[Cover, ...]
    events: tuple[Event, ...]  # the one to be decided, and those decided before
    paid: dict[str, tuple[PaidLine, ...]]

    def decide(self, version: ProgrammeVersion) -> Outcome:
        """Return what is payable on the event under a version of the programme, with its trace."""
        decided = adjudicate(plan_of(version), self.birth_date, self.covers, self.events, paid=self.paid)
        return next(outcome for outcome in decided if outcome.event_id == self.event_id)

    def document(self) -> Document:
        """Return the facts as JSON values, for storing beside the outcome."""
        return {
            "event_id": self.event_id,
            "birth_date": self.birth_date.isoformat(),
            "covers": [_plain(asdict(cover)) for cover in self.covers],
            "events": [_plain(asdict(event)) for event in self.events],
            "paid": {event_id: [line._asdict() for line in lines] for event_id, lines in self.paid.items()},
        }

    @classmethod
    def read(cls, document: Document) -> Self:
        """Return the facts of a stored document: equal to those that were stored."""
        return cls(
            event_id=document["event_id"],
            birth_date=date.fromisoformat(document["birth_date"]),
            covers=tuple(_cover(values) for values in document["covers"]),
            events=tuple(_event(values) for values in document["events"]),
            paid={event_id: tuple(PaidLine(**line) for line in lines) for event_id, lines in document["paid"].items()},
        )


def facts_of(claim: Claim, claims_of_person: Collection[Claim]) -> CaseFacts:
    """Return the facts of one claim with the person's other claims of which something stands, in the same programme.

    `claims_of_person`: all claims of the resident in the programme, `claim` among them, with their stays and
    disabilities fetched (`with_losses`); then the covers and the paid lines are the only queries here.
    """
    return facts_with(claim, claims_of_person, covers_of(claim.resident, claim.programme))


def facts_with(claim: Claim, claims_of_person: Collection[Claim], covers: Collection[Cover]) -> CaseFacts:
    """As `facts_of`, with covers that are known already."""
    return facts_of_event(event_of(claim), claim.resident.birth_date, covers, standing_beside(claim, claims_of_person))


def facts_of_event(event: Event, birth: date, covers: Collection[Cover], approved: Collection[Claim]) -> CaseFacts:
    """Return the facts of an event that may be no claim yet. `approved`: the claims of which something stands."""
    return CaseFacts(
        event_id=event.event_id,
        birth_date=birth,
        covers=tuple(covers),
        events=(event, *map(event_of, approved)),
        paid=_paid(approved),
    )


def facts_again(decision: Decision, claim: Claim, claims_of_person: Collection[Claim]) -> CaseFacts:
    """Return the facts of a decision that waits as they are now; `claims_of_person` as they stand under the lock.

    The losses cannot change while it waits. Where nothing else of the person moved since, only the covers are asked
    anew (one query); else everything is.
    """
    stored = CaseFacts.read(decision.facts)
    beside = standing_beside(claim, claims_of_person)
    told = {number: sum(line.amount_fen for line in lines) for number, lines in stored.paid.items()}
    same = told == {one.number: _stands_fen(one) for one in beside}
    if same and all(one.moved_at < decision.prepared_at for one in beside):
        return replace(stored, covers=tuple(covers_of(claim.resident, claim.programme)))
    prefetch_related_objects([claim, *beside], "stays", "disabilities")
    return facts_of(claim, claims_of_person)


def standing_beside(claim: Claim | None, claims_of_person: Collection[Claim]) -> list[Claim]:
    """Return the person's other claims of which something stands: approved ones, and those with a certain part."""
    own = claim.pk if claim else None
    return [
        one for one in claims_of_person if one.pk != own and (one.status == Claim.Status.APPROVED or one.partial_fen)
    ]


def standing_of_claim(claim: Claim) -> Amounts:
    """Return what stands of a claim by product and benefit: the sum of its approved lines (one query)."""
    lines = DecisionLine.objects.filter(decision__claim=claim, decision__verdict=Decision.Verdict.APPROVED)
    summed = lines.values_list("product", "benefit").annotate(fen=Sum("amount_fen")).order_by("product", "benefit")
    return {(product, benefit): fen for product, benefit, fen in summed}


def amounts_of(outcome: Outcome) -> Amounts:
    """Return what an outcome pays, line by line. Fen."""
    return {(line.product, line.benefit): line.amount_fen for line in outcome.lines}


def stored_amounts(decision: Decision) -> Amounts:
    """Return what a stored outcome pays, line by line. No query."""
    return {(line["product"], line["benefit"]): line["amount_fen"] for line in decision.outcome["lines"]}


def replay(decision: Decision) -> Outcome:
    """Return what the stored facts give under the decision's own version: equal to what was stored, or a bug."""
    return CaseFacts.read(decision.facts).decide(decision.version)


def days_in_hospital(claim: Claim) -> int:
    """Return the days of the claim's stays, overlapping ones counted once."""
    return hospital_days([(stay.admitted_on, stay.discharged_on) for stay in claim.stays.all()])


def event_of(claim: Claim) -> Event:
    """Return the claim as the rules take it; its stays and disabilities are to be fetched."""
    return Event(
        event_id=claim.number,
        event_date=claim.event_on,
        cause=claim.cause,
        medical_fen=claim.medical_expense_fen,
        reimbursed_fen=claim.reimbursed_fen,
        fracture_fen=claim.fracture_expense_fen,
        hospital_days=days_in_hospital(claim),
        grades=tuple(sorted(disability.grade for disability in claim.disabilities.all())),
        death_date=claim.died_on,
    )


def _paid(approved: Collection[Claim]) -> dict[str, tuple[PaidLine, ...]]:
    """Every approved event is named, also one that paid nothing: it is never decided again."""
    if not approved:
        return {}
    found: dict[str, Counter[tuple[str, str]]] = {claim.number: Counter() for claim in approved}
    lines = DecisionLine.objects.filter(decision__claim__in=approved, decision__verdict=Decision.Verdict.APPROVED)
    for number, product, benefit, amount_fen in lines.order_by("pk").values_list(
        "decision__claim__number", "product", "benefit", "amount_fen"
    ):
        found[number][product, benefit] += amount_fen
    return {
        number: tuple(PaidLine(product, benefit, fen) for (product, benefit), fen in paid.items())
        for number, paid in found.items()
    }


def _stands_fen(claim: Claim) -> int:
    return claim.payable_fen if claim.payable_fen is not None else claim.partial_fen


def _plain(values: Document) -> Document:
    """Days as ISO text, tuples as lists: what JSON gives back."""
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in plain.items()}


def _cover(values: Document) -> Cover:
    days = {name: date.fromisoformat(values[name]) for name in ("start", "end")}
    return Cover(**(values | days))


def _event(values: Document) -> Event:
    died = values["death_date"]
    read = {
        "event_date": date.fromisoformat(values["event_date"]),
        "death_date": date.fromisoformat(died) if died else None,
        "grades": tuple(values["grades"]),
    }
    return Event(**(values | read))
