"""Rows of enrolment as the rules read them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection
from django.db.models import F, FilteredRelation, Q, QuerySet, Sum

from ankang.enrolment.models import Funding, Holding, Participation
from ankang.installation.rows import Asked
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import newest_number
from ankang.rules.units import Held

_GOVERNMENT = Q(fundings__payer=Funding.Payer.GOVERNMENT)
_PARTICIPATION = [field.attname for field in Participation._meta.concrete_fields]
_COLUMNS = (
    *("enrolment__participation", "enrolment__key", "enrolment__cancelled_at", "enrolment__withdrawn_on"),
    *("product", "units", "unit_price_fen", "government_fen"),
)


@dataclass(frozen=True, slots=True)
class EnrolmentFacts:
    """What a person holds in one programme: units not given back, and the keys of all enrolments, cancelled too."""

    held: tuple[Held, ...] = ()
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a person stands in a programme: the number of its newest version, their participation, what they hold."""

    newest_version: int
    participation: Participation | None
    facts: EnrolmentFacts


def standing_of(resident_id: int, programme_id: int) -> Standing:
    """Return how a person stands in a programme (one query). Errors: IndexError for a programme without a version."""
    rows = [vars(row) for row in _standings(resident_id, programme_id)]
    newest = rows[0]
    if newest["mine_id"] is None:
        return Standing(newest["number"], None, EnrolmentFacts())
    values = [newest[f"mine_{name}"] for name in _PARTICIPATION]
    participation = Participation.from_db(connection.alias, _PARTICIPATION, values)
    held = [row for row in rows if row["product"] and row["cancelled_at"] is None and row["withdrawn_on"] is None]
    facts = EnrolmentFacts(
        tuple(
            Held(row["product"], row["units"], by_government=row["government_fen"] == row["units"] * row["price_fen"])
            for row in held
        ),
        frozenset(row["key"] for row in rows if row["key"]),
    )
    return Standing(newest["number"], participation, facts)


def _rows_of_standing(resident_id: int, programme_id: int) -> "QuerySet[ProgrammeVersion]":
    """Return the newest version beside each holding of a person, in order; one row for who holds nothing."""
    mine, held = "mine__", "mine__enrolments__holdings__"
    version = ProgrammeVersion.objects.filter(programme=programme_id, number=newest_number("programme"))
    joined = Q(programme__participations__resident=resident_id)
    return (
        version.only("number")
        .annotate(mine=FilteredRelation("programme__participations", condition=joined))
        .annotate(
            **{f"mine_{name}": F(f"{mine}{name}") for name in _PARTICIPATION},
            key=F(f"{mine}enrolments__key"),
            cancelled_at=F(f"{mine}enrolments__cancelled_at"),
            withdrawn_on=F(f"{mine}enrolments__withdrawn_on"),
            holding=F(f"{held}pk"),
            product=F(f"{held}product"),
            units=F(f"{held}units"),
            price_fen=F(f"{held}unit_price_fen"),
            government_fen=Sum(
                f"{held}fundings__amount_fen", filter=Q(**{f"{held}fundings__payer": Funding.Payer.GOVERNMENT})
            ),
        )
        .order_by("holding")
    )


_standings = Asked(_rows_of_standing)


def enrolment_facts(participation: Participation | None) -> EnrolmentFacts:
    """Return what a person holds; nothing without a participation (at most one query)."""
    if participation is None or participation.pk is None:
        return EnrolmentFacts()
    return facts_by_participation(Q(enrolment__participation=participation)).get(participation.pk, EnrolmentFacts())


def facts_by_participation(which: Q) -> dict[int, EnrolmentFacts]:
    """Return what people hold, by their participation's key; `which` says whose holdings (one query)."""
    rows = (
        Holding.objects.filter(which)
        .order_by("pk")
        .annotate(government_fen=Sum("fundings__amount_fen", filter=_GOVERNMENT))
    )
    held: dict[int, list[Held]] = defaultdict(list)
    keys: dict[int, set[str]] = defaultdict(set)
    for participation, key, cancelled, withdrawn, product, units, price, government in rows.values_list(*_COLUMNS):
        keys[participation].add(key)
        if cancelled is None and withdrawn is None:
            held[participation].append(_held(product, units, price, government or 0))
    return {key: EnrolmentFacts(tuple(held[key]), frozenset(found)) for key, found in keys.items()}


def held_in(holdings: Iterable[Holding]) -> tuple[Held, ...]:
    """Return holdings in force as the rules read them. No query when their fundings are prefetched."""
    return tuple(_held(one.product, one.units, one.unit_price_fen, _government_fen(one)) for one in holdings)


def _government_fen(holding: Holding) -> int:
    return sum(part.amount_fen for part in holding.fundings.all() if part.payer == Funding.Payer.GOVERNMENT)


def _held(product: str, units: int, price_fen: int, government_fen: int) -> Held:
    return Held(product, units, by_government=government_fen == units * price_fen)
