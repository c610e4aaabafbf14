"""What was paid on a claim beyond what stands of it after it was decided anew, until it came back (ADR 0047)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import Desk, User
from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.divisions.models import Division


class TakeBackQuerySet(models.QuerySet["TakeBack"]):
    def visible_to(self, user: User) -> Self:
        """The insurer sees those of its villages; a window those of claims that it reported itself."""
        found = self.filter(claim__village__code__startswith=user.scope)
        if user.desk == Desk.INSURER:
            return found
        return found.filter(claim__reported_by__desk=user.desk, claim__reported_by__division=user.division_id)

    def open(self) -> Self:
        """Those whose money has not come back."""
        return self.filter(returned_at__isnull=True, cancelled_at__isnull=True)


class TakeBack(models.Model):
    """要收回的理赔款: found by a decision, returned by the payee, or cancelled when yet another decision comes."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="take_backs")
    amount_fen = models.PositiveBigIntegerField()
    insurer = models.ForeignKey(Division, models.PROTECT, related_name="+")  # whose books
    found_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    returned_on = models.DateField("退回日", null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    returned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reference = models.CharField("回单号", max_length=60, blank=True)
    window = models.CharField("退到哪个窗口", max_length=30, blank=True)  # owner of its account; empty: to the insurer
    day = models.ForeignKey(AdvanceDay, models.PROTECT, null=True, blank=True, related_name="returns")

    objects = TakeBackQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="take_back_positive"),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(returned_at__isnull=True, cancelled_at__isnull=True),
                name="take_back_one_open_a_claim",
            ),
            models.CheckConstraint(
                condition=Q(returned_at__isnull=True, returned_by__isnull=True, returned_on__isnull=True, reference="")
                | (
                    Q(returned_at__isnull=False, returned_by__isnull=False, returned_on__isnull=False)
                    & Q(cancelled_at__isnull=True)
                    & ~Q(reference="")
                ),
                name="take_back_returned_who_when",
            ),
            models.CheckConstraint(
                condition=(Q(window="") | Q(returned_at__isnull=False)) & (Q(day__isnull=True) | ~Q(window="")),
                name="take_back_in_a_windows_list",
            ),
        ]

    @property
    def number(self) -> str:
        """What a receipt calls it."""
        return f"{self.claim.number}-TK{self.pk}"
