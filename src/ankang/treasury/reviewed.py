"""What one person prepares and another one reviews: papers by which much money moves at once."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.programmes.models import Programme


class OfDivision(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        return self.filter(division__code__startswith=user.scope)


class OfTwo(models.Model):
    """Prepared by one person for a division, reviewed by another."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    note = models.CharField("说明", max_length=200, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_note = models.CharField("复核意见", max_length=200, blank=True)

    objects = OfDivision.as_manager()

    class Meta:
        abstract = True


class Reviewed(OfTwo):
    """What two persons do for one programme."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")

    class Meta:
        abstract = True


def two_persons(name: str) -> list[models.BaseConstraint]:
    """Return what the database asks of two persons: who and when together, and never the same one."""
    return [
        models.CheckConstraint(
            condition=Q(state="prepared", reviewed_by__isnull=True, reviewed_at__isnull=True)
            | (~Q(state="prepared") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            name=f"{name}_reviewed_who_and_when",
        ),
        models.CheckConstraint(
            condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("prepared_by")), name=f"{name}_second_person"
        ),
    ]


def released_is_posted(name: str) -> models.BaseConstraint:
    """Return the constraint that what the second person released stands in the books."""
    return models.CheckConstraint(
        condition=Q(state__in=("prepared", "refused"), released_posting__isnull=True)
        | Q(state__in=("released", "paid"), released_posting__isnull=False),
        name=f"{name}_released_is_posted",
    )


def once_a_funding(name: str) -> models.BaseConstraint:
    """Return the constraint that a funding stands on one living line."""
    return models.UniqueConstraint(
        fields=["funding"], condition=Q(dropped_at__isnull=True), name=f"{name}_once_a_funding"
    )
