"""Rows into a history: everybody's covers in one programme and the events that were decided. No name, no number."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models import Count, F, Q, QuerySet

from ankang.claims.facts import event_of
from ankang.claims.models import Claim, Decision
from ankang.enrolment.models import Holding
from ankang.pricing.history import Person
from ankang.programmes.models import Programme
from ankang.rules.adjudicate import Cover, Event
from ankang.whatif.errors import NoHistory, TooMuchHistory

MOST_COVERS = 300_000  # that one export takes without being asked; about a kilobyte each

_OF, _VILLAGE = "enrolment__participation", "enrolment__participation__village"
_LOSSES = (
    *("number", "resident", "event_on", "cause", "died_on"),
    *("medical_expense_fen", "reimbursed_fen", "fracture_expense_fen"),
)
_Row = tuple[int, date, str, str, str, str, int, date, date, date | None]


def people_of(programme: Programme, scope: str, most: int = MOST_COVERS) -> list[Person]:
    """Return who is insured in the villages under a code prefix, village by village, with their decided events.

    Four queries, however many people. What was given up covers until then. Events are decided claims: approved ones,
    and refused ones for which the plan had nothing to pay; who was refused for another reason has no event.
    Errors: TooMuchHistory for more than `most` covers, NoHistory for none.
    """
    held: list[_Row] = list(_holdings(programme, scope)[: most + 1])
    if len(held) > most:
        raise TooMuchHistory(
            f"参保超过 {most:,} 条，一次不写这么多。确实要写，加 --most；只测算，用“方案测算”页，不受这个限制。",
            field="most",
        )
    names = _told_apart((code, name, town) for _, _, code, name, town, *_ in held)
    people = _people(held, names, _events(programme, scope))
    if not people:
        raise NoHistory.of(programme)
    return people


@dataclass(frozen=True, slots=True)
class Village:
    """A village with covers in a programme, by the name that tells it apart from the others."""

    code: str
    name: str
    covers: int


def villages_of(programme: Programme, scope: str) -> list[Village]:
    """Return the villages under a code prefix in which somebody is insured (one query)."""
    rows = _covers_held(programme, scope).values_list(_VILLAGE, f"{_VILLAGE}__name", f"{_VILLAGE}__parent__name")
    order = (f"{_VILLAGE}__parent", f"{_VILLAGE}__serial", _VILLAGE)
    found = list(rows.annotate(count=Count("pk")).order_by(*order))
    names = _told_apart((code, name, town) for code, name, town, _ in found)
    return [Village(code, names[code], count) for code, _, _, count in found]


def people_in(programme: Programme, village: Village) -> list[Person]:
    """Return who is insured in one village, as `people_of` does (four queries)."""
    held: list[_Row] = list(_holdings(programme, village.code))
    return _people(held, {village.code: village.name}, _events(programme, village.code))


def products_held(programme: Programme, scope: str) -> set[str]:
    """Return the products that somebody under a code prefix holds (one query)."""
    return set(_covers_held(programme, scope).order_by().values_list("product", flat=True).distinct())


def _people(held: list[_Row], names: dict[str, str], events: dict[int, list[Event]]) -> list[Person]:
    found = [_person(list(rows), names, events) for _, rows in groupby(held, key=itemgetter(0))]
    return [person for person in found if person.covers]


def _covers_held(programme: Programme, scope: str) -> "QuerySet[Holding]":
    return Holding.objects.filter(
        **{f"{_OF}__programme": programme, f"{_VILLAGE}__code__startswith": scope},
        enrolment__cancelled_at__isnull=True,
    )


def _holdings(programme: Programme, scope: str) -> "QuerySet[Holding, _Row]":
    order = (f"{_VILLAGE}__parent", f"{_VILLAGE}__serial", _VILLAGE, f"{_OF}__resident", "pk")
    return (
        _covers_held(programme, scope)
        .order_by(*order)
        .values_list(
            *(f"{_OF}__resident", f"{_OF}__resident__birth_date"),
            *(_VILLAGE, f"{_VILLAGE}__name", f"{_VILLAGE}__parent__name"),
            *("product", "units", "cover_from", "cover_to", "enrolment__withdrawn_on"),
        )
    )


def _told_apart(villages: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """Return a name for each (code, name, town): with its town, or its code too, where two would be alike."""
    ways = {code: (name, f"{town}{name}", f"{town}{name}（{code}）") for code, name, town in villages}
    for names in zip(*ways.values(), strict=True):
        if len(set(names)) == len(names):
            return dict(zip(ways, names, strict=True))
    return {}


def _events(programme: Programme, scope: str) -> dict[int, list[Event]]:
    nothing_due = Q(
        status=Claim.Status.REFUSED,
        decisions__round=F("round"),
        decisions__kind=Decision.Kind.FULL,
        decisions__verdict=Decision.Verdict.REFUSED,
        decisions__total_fen=0,
    )
    claims = Claim.objects.filter(
        Q(status=Claim.Status.APPROVED) | nothing_due,
        programme=programme,
        resident__participations__programme=programme,
        resident__participations__village__code__startswith=scope,
    )
    found: dict[int, list[Event]] = defaultdict(list)
    for claim in claims.with_losses().only(*_LOSSES).order_by("pk").distinct():
        found[claim.resident_id].append(event_of(claim))
    return found


def _person(rows: list[_Row], names: dict[str, str], events: dict[int, list[Event]]) -> Person:
    resident, birth, village, *_ = rows[0]
    covers = []
    for *_, product, units, start, end, withdrawn_on in rows:
        last = min(end, withdrawn_on or end)
        if start <= last:
            covers.append(Cover(product, units, start, last))
    return Person(birth, names[village], covers, events.get(resident, []))
