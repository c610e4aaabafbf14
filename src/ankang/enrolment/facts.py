"""Rows of enrolment as the rules read them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, Sum

from ankang.enrolment.models import Funding, Holding, Participation
from ankang.rules.units import Held

_GOVERNMENT = Q(fundings__payer=Funding.Payer.GOVERNMENT)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """What a person holds in one programme: units in force, and the key of every enrolment, cancelled ones too."""

    held: tuple[Held, ...] = ()
    keys: frozenset[str] = frozenset()


def enrolment_facts(participation: Participation | None) -> EnrolmentFacts:
    """Return what a person holds; nothing without a participation (at most one query)."""
    if participation is None or participation.pk is None:
        return EnrolmentFacts()
    rows = Holding.objects.filter(enrolment__participation=participation).order_by("pk").select_related("enrolment")
    held, keys = [], set()
    for row in rows.annotate(government_fen=Sum("fundings__amount_fen", filter=_GOVERNMENT)):
        keys.add(row.enrolment.key)
        if row.enrolment.cancelled_at is None:
            held.append(_held(row, row.government_fen or 0))
    return EnrolmentFacts(tuple(held), frozenset(keys))


def held_in(holdings: Iterable[Holding]) -> tuple[Held, ...]:
    """Return holdings in force as the rules read them. No query when their fundings are prefetched."""
    return tuple(_held(holding, _government_fen(holding)) for holding in holdings)


def _government_fen(holding: Holding) -> int:
    return sum(part.amount_fen for part in holding.fundings.all() if part.payer == Funding.Payer.GOVERNMENT)


def _held(holding: Holding, government_fen: int) -> Held:
    return Held(holding.product, holding.units, by_government=government_fen == holding.units * holding.unit_price_fen)
