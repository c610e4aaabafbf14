"""What was paid on a claim beyond what stands of it after it was decided anew, until it came back (ADR 0047)."""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import Desk, User
from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim
from ankang.divisions.models import Division
from ankang.rules.instalments import Due, Part, due


class TakeBackQuerySet(models.QuerySet["TakeBack"]):
    def visible_to(self, user: User) -> Self:
        """The insurer sees those of its villages; a window those of claims that it reported itself."""
        found = self.filter(claim__village__code__startswith=user.scope)
        if user.desk == Desk.INSURER:
            return found
        return found.filter(claim__reported_by__desk=user.desk, claim__reported_by__division=user.division_id)

    def open(self) -> Self:
        """Those whose money has not come back whole."""
        return self.filter(returned_at__isnull=True, cancelled_at__isnull=True).prefetch_related("parts")

    def told(self) -> Self:
        """Those that a page tells of: all but what fell away before any of it came back. With their receipts."""
        return self.filter(Q(cancelled_at__isnull=True) | Q(returned_fen__gt=0)).prefetch_related(
            "receipts__by", "parts"
        )


class TakeBack(models.Model):
    """要收回的理赔款: found by a decision, returned by the payee, or cancelled when yet another decision comes.

    It may come back in parts, each with its receipt; `returned_fen` is their sum, never more than what is owed.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="take_backs")
    amount_fen = models.PositiveBigIntegerField()
    returned_fen = models.PositiveBigIntegerField("已收回", default=0)
    insurer = models.ForeignKey(Division, models.PROTECT, related_name="+")  # whose books
    found_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)  # when it was whole

    objects = TakeBackQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="take_back_positive"),
            models.CheckConstraint(
                condition=Q(returned_fen__lt=F("amount_fen"), returned_at__isnull=True)
                | Q(returned_fen=F("amount_fen"), returned_at__isnull=False, cancelled_at__isnull=True),
                name="take_back_never_more_than_owed",
            ),
            models.UniqueConstraint(
                fields=["claim"],
                condition=Q(returned_at__isnull=True, cancelled_at__isnull=True),
                name="take_back_one_open_a_claim",
            ),
        ]

    @property
    def left_fen(self) -> int:
        """What has still to come back."""
        return self.amount_fen - self.returned_fen

    @property
    def agreed(self) -> tuple[Part, ...]:
        """The parts in which it shall come back, as they stand; empty while nothing is agreed."""
        return tuple(Part(one.due_on, one.amount_fen) for one in self.parts.all() if one.replaced_at is None)

    def due(self, today: date) -> Due | None:
        """What is due of the agreed parts."""
        return due(self.agreed, self.left_fen, today)


class TakeBackPart(models.Model):
    """分期退回: one part that the family promised for a day. Another agreement replaces all parts before it."""

    take_back = models.ForeignKey(TakeBack, models.PROTECT, related_name="parts")
    due_on = models.DateField("哪天以前")
    amount_fen = models.PositiveBigIntegerField("多少")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="take_back_part_positive"),
            models.UniqueConstraint(
                fields=["take_back", "due_on"], condition=Q(replaced_at__isnull=True), name="take_back_part_once_a_day"
            ),
        ]


class TakeBackReceipt(models.Model):
    """收回收据: one part that came back, to the insurer's account or in cash to a window. Append-only."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    take_back = models.ForeignKey(TakeBack, models.PROTECT, related_name="receipts")
    amount_fen = models.PositiveBigIntegerField("收回")
    on = models.DateField("退回日")
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reference = models.CharField("回单号", max_length=60)
    window = models.CharField("退到哪个窗口", max_length=30, blank=True)  # owner of its account; empty: to the insurer
    day = models.ForeignKey(AdvanceDay, models.PROTECT, null=True, blank=True, related_name="returns")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(reference=""), name="take_back_receipt_says_something"
            ),
            models.CheckConstraint(
                condition=Q(day__isnull=True) | ~Q(window=""), name="take_back_receipt_in_a_windows_list"
            ),
        ]
