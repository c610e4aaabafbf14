"""Rows into a history: everybody's covers in one programme and the events that were decided. No name, no number."""

from collections import defaultdict
from datetime import date
from itertools import groupby
from operator import itemgetter

from django.db.models import F, Q, QuerySet

from ankang.claims.facts import event_of
from ankang.claims.models import Claim, Decision
from ankang.enrolment.models import Holding
from ankang.pricing.history import Person
from ankang.programmes.models import Programme
from ankang.rules.adjudicate import Cover, Event
from ankang.whatif.errors import NoHistory, TooMuchHistory

MOST_COVERS = 300_000  # a district's year; about a kilobyte each while they are counted

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
            f"参保超过 {most:,} 条，网页上算不了。请管系统的人用 ankang claims history 导出，再用 ankang whatif 算。",
            field="programme",
        )
    events, names = _events(programme, scope), _village_names(held)
    found = [_person(list(rows), names, events) for _, rows in groupby(held, key=itemgetter(0))]
    people = [person for person in found if person.covers]
    if not people:
        raise NoHistory(f"{programme.name}在这里还没有人参保，没有可以算的。请换一年。", field="programme")
    return people


def _holdings(programme: Programme, scope: str) -> "QuerySet[Holding, _Row]":
    of, village = "enrolment__participation", "enrolment__participation__village"
    found = Holding.objects.filter(
        **{f"{of}__programme": programme, f"{village}__code__startswith": scope},
        enrolment__cancelled_at__isnull=True,
    )
    order = (f"{village}__parent", f"{village}__serial", village, f"{of}__resident", "pk")
    return found.order_by(*order).values_list(
        *(f"{of}__resident", f"{of}__resident__birth_date", village, f"{village}__name", f"{village}__parent__name"),
        *("product", "units", "cover_from", "cover_to", "enrolment__withdrawn_on"),
    )


def _village_names(held: list[_Row]) -> dict[str, str]:
    """Return a name for each village's code: with its town, or its code too, where two would be alike."""
    villages = {code: (name, f"{town}{name}", f"{town}{name}（{code}）") for _, _, code, name, town, *_ in held}
    for names in zip(*villages.values(), strict=True):
        if len(set(names)) == len(names):
            return dict(zip(villages, names, strict=True))
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
