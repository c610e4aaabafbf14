"""What a list taken along holds, and which enrolments came from one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from ankang.accounts.models import Desk, User
from ankang.enrolment.models import Enrolment
from ankang.enrolment.subjects import eligible_residents, with_participation
from ankang.offline.disagreements import KEPT
from ankang.offline.models import OfflineEntry, OfflineList
from ankang.outreach.queries import with_care
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of

LONGEST_LIST = 3000  # people: a village has some hundreds


def people_to_take(user: User, version: ProgrammeVersion) -> QuerySet[Any]:
    """Return the living residents who may join, in the order of their households, 3,000 at most (one query).

    Each with `worker_id`, `worker_name` and the last follow-up: `outcome`, `again_on`, `note`, `last_at`, `last_by`.
    """
    joined = with_participation(eligible_residents(user, plan_of(version)), version.programme)
    found: QuerySet[Any] = with_care(joined, version.programme).annotate(
        worker_id=F("care__worker"),
        worker_name=F("care__worker__full_name"),
        outcome=F("last__outcome"),
        again_on=F("last__again_on"),
        note=F("last__note"),
        last_at=F("last__at"),
        last_by=F("last__by__full_name"),
    )
    return found.order_by("household", "pk")[:LONGEST_LIST]


def may_keep(key: UUID, now: datetime) -> bool:
    """Whether a telephone may go on keeping a list, though nobody is logged in on it (one query).

    Not after its days, nor when its person was stopped, invited anew, has to set a new password, or works elsewhere.
    """
    kept = OfflineList.objects.filter(
        pk=key,
        taken_at__gt=now - KEPT,
        user__is_active=True,
        user__must_change_password=False,
        user__desk=Desk.VILLAGE,
        user__division=F("village"),
    )
    return kept.exclude(user__invitations__created_at__gte=F("taken_at")).exists()


def arrival_of(enrolment: Enrolment) -> OfflineEntry | None:
    """Return how an enrolment came up from a telephone, or None when it was made here (one query)."""
    found: OfflineEntry | None = OfflineEntry.objects.filter(enrolment=enrolment).first()
    return found
