"""Rows of enrolment as the rules read them."""

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
            whole = row.government_fen == row.units * row.unit_price_fen
            held.append(Held(row.product, row.units, by_government=whole))
    return EnrolmentFacts(tuple(held), frozenset(keys))
