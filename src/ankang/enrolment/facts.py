"""Rows of enrolment as the rules read them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, Sum

from ankang.enrolment.models import Funding, Holding, Participation
from ankang.rules.units import Held

_GOVERNMENT = Q(fundings__payer=Funding.Payer.GOVERNMENT)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """What a person holds in one programme: units not given back, and the keys of all enrolments, cancelled too."""

    held: tuple[Held, ...] = ()
    keys: frozenset[str] = frozenset()


def enrolment_facts(participation: Participation | None) -> EnrolmentFacts:
    """Return what a person holds; nothing without a participation (at most one query)."""
    if participation is None or participation.pk is None:
        return EnrolmentFacts()
    return facts_by_participation(Q(enrolment__participation=participation)).get(participation.pk, EnrolmentFacts())


def facts_by_participation(which: Q) -> dict[int, EnrolmentFacts]:
    """Return what people hold, by their participation's key; `which` says whose holdings (one query)."""
    rows = Holding.objects.filter(which).order_by("pk").select_related("enrolment")
    held: dict[int, list[Held]] = defaultdict(list)
    keys: dict[int, set[str]] = defaultdict(set)
    for row in rows.annotate(government_fen=Sum("fundings__amount_fen", filter=_GOVERNMENT)):
        participation = row.enrolment.participation_id
        keys[participation].add(row.enrolment.key)
        if row.enrolment.cancelled_at is None and row.enrolment.withdrawn_on is None:
            held[participation].append(_held(row, row.government_fen or 0))
    return {key: EnrolmentFacts(tuple(held[key]), frozenset(found)) for key, found in keys.items()}


def held_in(holdings: Iterable[Holding]) -> tuple[Held, ...]:
    """Return holdings in force as the rules read them. No query when their fundings are prefetched."""
    return tuple(_held(holding, _government_fen(holding)) for holding in holdings)


def _government_fen(holding: Holding) -> int:
    return sum(part.amount_fen for part in holding.fundings.all() if part.payer == Funding.Payer.GOVERNMENT)


def _held(holding: Holding, government_fen: int) -> Held:
    return Held(holding.product, holding.units, by_government=government_fen == holding.units * holding.unit_price_fen)
