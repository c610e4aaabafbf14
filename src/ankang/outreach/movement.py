"""Who moves: each village worker's people in care, and the last day on which he enrolled or contacted anybody."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Max
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.enrolment.models import Enrolment
from ankang.outreach.models import FollowUp
from ankang.outreach.queries import Tally, worker_tallies
from ankang.programmes.models import ProgrammeVersion


@dataclass(frozen=True, slots=True)
class Worker:
    """One account of a village's desk. `last_on`: the last day with an enrolment or a contact, None without any."""

    name: str
    village: str
    care: Tally
    last_on: date | None


def workers_moving(user: User, version: ProgrammeVersion, today: date, villages: Collection[str]) -> list[Worker]:
    """Return the active workers of these villages in their order (four queries)."""
    people = list(
        User.objects.filter(desk=Desk.VILLAGE, is_active=True, division__in=villages)
        .filter(division__code__startswith=user.scope)
        .select_related("division")
        .order_by("division__serial", "division", "pk")
    )
    keys = [one.pk for one in people]
    tallies = worker_tallies(user, version, today)
    contacts = dict(
        FollowUp.objects.filter(by__in=keys, programme=version.programme, undone_at__isnull=True)
        .values_list("by")
        .annotate(Max("at"))
        .order_by()
    )
    enrolled = dict(
        Enrolment.objects.filter(by__in=keys, version__programme=version.programme, cancelled_at__isnull=True)
        .values_list("by")
        .annotate(Max("enrolled_on"))
        .order_by()
    )
    return [
        Worker(
            one.full_name,
            one.division.name,
            tallies.get(one.pk, Tally()),
            _later(contacts.get(one.pk), enrolled.get(one.pk)),
        )
        for one in people
    ]


def _later(contact: datetime | None, enrolled: date | None) -> date | None:
    days = [timezone.localtime(contact).date() if contact else None, enrolled]
    return max((day for day in days if day), default=None)
