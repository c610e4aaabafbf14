"""我参保了吗: the one thing that somebody who is not logged in may learn about a person.

Who asks must know the whole name and the whole identity number. Not on the roster, a wrong name and not insured
get one and the same answer, so that asking tells nothing about who is on the roster.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import Q

from ankang.audit.record import record
from ankang.enrolment.models import Holding, Participation
from ankang.programmes.queries import current_version, plan_of
from ankang.roster.models import Resident
from ankang.roster.numbers import masked_name, number_index
from ankang.rules.identity import parse_number


@dataclass(frozen=True, slots=True)
class Insurance:
    """What is told of one programme: which units, since when, where, until when."""

    programme: str
    units: tuple[tuple[str, int], ...]  # (product's name, units)
    enrolled_on: date | None
    village: str
    cover_from: date
    cover_to: date


@dataclass(frozen=True, slots=True)
class Found:
    name_masked: str
    insurances: tuple[Insurance, ...]


@transaction.atomic
def look_up(*, name: str, number: str, today: date) -> Found | None:
    """Return what is insured now or will be, newest first; None when nothing is found. Each look is an audit row.

    Errors: InvalidInput with `reason` and `fix` when the text is no identity number.
    """
    resident = _resident(name, parse_number(number).number)
    insurances = _insurances(resident, today) if resident else ()
    record(by=None, action="public.look_up", found=bool(insurances))
    if resident is None or not insurances:
        return None
    return Found(masked_name(resident.name), insurances)


def _resident(name: str, number: str) -> Resident | None:
    resident = Resident.objects.filter(number_index=number_index(number)).select_related("village").first()
    return resident if resident and _plain(resident.name) == _plain(name) else None


def _plain(name: str) -> str:
    """A name without spaces and with one kind of middle dot: 阿依古丽·买买提 is written in many ways."""
    return "".join(name.split()).translate(str.maketrans("•・．.‧", "·····"))


def _insurances(resident: Resident, today: date) -> tuple[Insurance, ...]:
    rows = Participation.objects.insured().filter(resident=resident, programme__cover_to__gte=today)
    return tuple(_insurance(row) for row in rows.select_related("programme", "village").order_by("-programme__year"))


def _insurance(row: Participation) -> Insurance:
    enrolled = Q(enrolment__cancelled_at__isnull=True, enrolment__withdrawn_on__isnull=True)
    held = Holding.objects.filter(enrolled, enrolment__participation=row).order_by("product", "pk")
    units: Counter[str] = Counter()
    for holding in held:
        units[holding.product] += holding.units
    plan = plan_of(current_version(row.programme))
    return Insurance(
        programme=row.programme.name,
        units=tuple((plan.product(code).name, count) for code, count in units.items()),
        enrolled_on=row.first_enrolled_on,
        village=row.village.name,
        cover_from=min(holding.cover_from for holding in held),
        cover_to=max(holding.cover_to for holding in held),
    )
