"""Decided claims as the rules' own facts, person by person, to be decided once more by another engine.

No name, no number of a person: people are numbered in the order of their first claim.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import F

from ankang.claims.facts import CaseFacts
from ankang.claims.models import Decision
from ankang.programmes.models import Programme
from ankang.rules.adjudicate import Cover, Event


@dataclass(frozen=True, slots=True)
class DecidedLine:
    product: str
    benefit: str
    amount_fen: int
    reason: str


@dataclass(frozen=True, slots=True)
class Replay:
    """One person's decided events in the order in which they were decided, with what stands of each.

    `fits_files`: whether the file command decides them in the same order, and can write each of them down: it takes
    events by (date, id), and one disability a row.
    """

    person: str
    birth_date: date
    covers: tuple[Cover, ...]
    events: tuple[Event, ...]
    lines: dict[str, tuple[DecidedLine, ...]]
    fits_files: bool


def replays_of(programme: Programme) -> list[Replay]:
    """Return the decided claims of a programme, refused ones by what the rules said of them (one query)."""
    decided = (
        Decision.objects.filter(
            claim__programme=programme,
            round=F("claim__round"),
            kind=Decision.Kind.FULL,
            verdict=Decision.Verdict.APPROVED,
        )
        .select_related("claim", "version")
        .order_by("reviewed_at", "pk")
    )
    by_person: dict[int, list[Decision]] = defaultdict(list)
    for decision in decided:
        by_person[decision.claim.resident_id].append(decision)
    return [_replay(f"P{place:05d}", found) for place, found in enumerate(by_person.values(), start=1)]


def _replay(person: str, decisions: list[Decision]) -> Replay:
    facts = [CaseFacts.read(decision.facts) for decision in decisions]
    events = tuple(next(event for event in one.events if event.event_id == one.event_id) for one in facts)
    in_order = list(events) == sorted(events, key=lambda event: (event.event_date, event.event_id))
    same = len({(decision.version_id, one.covers) for decision, one in zip(decisions, facts, strict=True)}) == 1
    counted = all(set(one.paid) == {event.event_id for event in events[:at]} for at, one in enumerate(facts))
    return Replay(
        person=person,
        birth_date=facts[0].birth_date,
        covers=facts[-1].covers,
        events=events,
        lines={decision.claim.number: _lines(decision) for decision in decisions},
        fits_files=in_order and same and counted and all(len(event.grades) <= 1 for event in events),
    )


def _lines(decision: Decision) -> tuple[DecidedLine, ...]:
    return tuple(
        DecidedLine(line["product"], line["benefit"], line["amount_fen"], line["reason"])
        for line in decision.outcome["lines"]
    )
