"""A list that somebody took along, and each draft that came up from it, with the instant of either end."""

from typing import Any, Self
from uuid import uuid4

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Enrolment
from ankang.outreach.models import FollowUp
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident


class OfflineList(models.Model):
    """One taking of the village's list: by whom, when, under which plan. What it held is on the telephone only."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    taken_at = models.DateTimeField()
    people = models.PositiveIntegerField("人数")

    class Meta:
        indexes = [models.Index(fields=["user", "taken_at"])]


class OfflineEntryQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Entries of the villages under this person's division."""
        return self.filter(village__code__startswith=user.scope)


class OfflineEntry(models.Model):
    """One draft that was taken in: an enrolment or a follow-up. Its key is the draft's, so it comes in once."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    taken = models.ForeignKey(OfflineList, models.PROTECT, related_name="entries")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    collected_at = models.DateTimeField("在村里记下")
    received_at = models.DateTimeField("传到系统")
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, blank=True, related_name="offline_entry")
    follow_up = models.OneToOneField(FollowUp, models.PROTECT, null=True, blank=True, related_name="offline_entry")

    objects = OfflineEntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["by", "received_at"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(enrolment__isnull=False, follow_up__isnull=True)
                | models.Q(enrolment__isnull=True, follow_up__isnull=False),
                name="offline_entry_is_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(received_at__gte=models.F("collected_at")), name="offline_entry_received_later"
            ),
        ]
