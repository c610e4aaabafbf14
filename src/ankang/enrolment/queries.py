"""What enrolment is asked: who is covered when, what a person holds, what was enrolled today."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Enrolment, Holding
from ankang.installation.rows import Asked
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.rules.adjudicate import Cover


@dataclass(frozen=True, slots=True)
class ParticipationSummary:
    """What a resident holds in one programme: the holdings in force, newest last, fundings and enrolment beside."""

    holdings: tuple[Holding, ...]

    @property
    def units(self) -> int:
        return sum(holding.units for holding in self.holdings)

    @property
    def paid_fen(self) -> int:
        return sum(holding.units * holding.unit_price_fen for holding in self.holdings)


def covers_of(resident: Resident, programme: Programme) -> list[Cover]:
    """Return a resident's units in force, one cover a product and period, in order of first day (one query).

    What was given up later covers until then: an accident before it is still paid.
    """
    return covers_in(_units(resident.pk, programme.pk))


def covers_in(holdings: Iterable[Holding]) -> list[Cover]:
    """Return the covers of holdings that come with their enrolments, as `covers_of`. No query."""
    units: Counter[tuple[date, str, date]] = Counter()
    for holding in holdings:
        last = min(holding.cover_to, holding.enrolment.withdrawn_on or holding.cover_to)
        if holding.cover_from <= last:
            units[holding.cover_from, holding.product, last] += holding.units
    return [Cover(product, count, start, end) for (start, product, end), count in sorted(units.items())]


def participation_summary(resident: Resident, programme: Programme) -> ParticipationSummary:
    """Return what a resident holds, with who paid (two queries; one when nothing is held)."""
    held = _not_cancelled(resident, programme).filter(enrolment__withdrawn_on__isnull=True)
    rows = held.select_related("enrolment").prefetch_related("fundings")
    return ParticipationSummary(tuple(rows))


def participation_summaries(residents: Collection[Resident], programme: Programme) -> dict[int, ParticipationSummary]:
    """Return what each resident holds, by their key (two queries, one when nobody holds anything)."""
    rows = Holding.objects.filter(
        enrolment__participation__resident__in=[resident.pk for resident in residents],
        enrolment__participation__programme=programme,
        enrolment__cancelled_at__isnull=True,
        enrolment__withdrawn_on__isnull=True,
    )
    held: dict[int, list[Holding]] = defaultdict(list)
    for row in rows.select_related("enrolment__participation").prefetch_related("fundings").order_by("pk"):
        held[row.enrolment.participation.resident_id].append(row)
    return {resident.pk: ParticipationSummary(tuple(held[resident.pk])) for resident in residents}


def enrolments_visible_to(user: User) -> QuerySet[Enrolment]:
    """Return the enrolments that this person's villages made, or whose residents are on their rosters now.

    With what a page shows of them.
    """
    lives_here = Q(participation__resident__village__code__startswith=user.scope)
    rows = Enrolment.objects.filter(Q(village__code__startswith=user.scope) | lives_here)
    return rows.select_related(
        "participation__resident__village", "village", "by", "cancelled_by", "version__programme"
    ).prefetch_related("holdings__fundings")


def enrolled_on(user: User, day: date) -> QuerySet[Enrolment]:
    """Return what this person enrolled on a day, newest first (three queries, one when there is nothing)."""
    return enrolments_visible_to(user).filter(by=user, enrolled_on=day).order_by("-pk")


def _not_cancelled(resident: Resident, programme: Programme) -> QuerySet[Holding]:
    return _standing(resident.pk, programme.pk)


def _standing(resident: int, programme: int) -> QuerySet[Holding]:
    return Holding.objects.filter(
        enrolment__participation__resident=resident,
        enrolment__participation__programme=programme,
        enrolment__cancelled_at__isnull=True,
    ).order_by("pk")


_units = Asked(lambda resident, programme: _standing(resident, programme).select_related("enrolment"))
