"""In which parts, by which days, the rest of government's share or of a donation shall come."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.treasury.donor_models import Donation
from ankang.treasury.government_models import GovernmentRequest


class Instalment(models.Model):
    """分期到账: one part that finance or a donor promised for a day. Another agreement replaces all parts before it."""

    request = models.ForeignKey(GovernmentRequest, models.PROTECT, null=True, related_name="parts")
    donation = models.ForeignKey(Donation, models.PROTECT, null=True, related_name="parts")
    due_on = models.DateField("哪天以前")
    amount_fen = models.PositiveBigIntegerField("多少")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["due_on", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(request__isnull=True, donation__isnull=False)
                | Q(request__isnull=False, donation__isnull=True),
                name="instalment_of_one_paper",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="instalment_positive"),
            models.UniqueConstraint(
                fields=["request", "due_on"],
                condition=Q(replaced_at__isnull=True, request__isnull=False),
                name="instalment_once_a_day_of_a_request",
            ),
            models.UniqueConstraint(
                fields=["donation", "due_on"],
                condition=Q(replaced_at__isnull=True, donation__isnull=False),
                name="instalment_once_a_day_of_a_donation",
            ),
        ]
