"""What the green channels pay from their own money, and the day's list by which the insurer pays it back (ADR 0039)."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import Desk, User
from ankang.claims.payout_models import Payout
from ankang.divisions.models import Division

_DESKS = [(desk.value, desk.label) for desk in (Desk.WINDOW, Desk.FUNERAL)]


class AdvanceDayQuerySet(models.QuerySet["AdvanceDay"]):
    def visible_to(self, user: User) -> Self:
        """A window sees its own lists, the insurer those of the windows in its division."""
        if user.desk == Desk.INSURER:
            return self.filter(division__code__startswith=user.scope)
        return self.filter(desk=user.desk, division=user.division_id)


class AdvanceDay(models.Model):
    """垫付日结单: what a window paid since its last list, less what came back, frozen, and the insurer's word on it.

    The cash is counted: what lay there after the last list, what came in, what lies there now. What these and the
    payments do not explain, the note does. Lists from before windows counted have no count.
    """

    key = models.CharField("防重复号", max_length=64, unique=True)
    number = models.CharField("单号", max_length=32, unique=True)
    desk = models.CharField("窗口", max_length=10, choices=_DESKS)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    on = models.DateField("日期")
    total_fen = models.BigIntegerField()  # below zero: more came back to the window than it paid out
    payments = models.PositiveIntegerField()
    opening_fen = models.PositiveBigIntegerField(null=True, blank=True)
    added_fen = models.PositiveBigIntegerField(null=True, blank=True)
    counted_fen = models.PositiveBigIntegerField(null=True, blank=True)
    difference_note = models.CharField("差额说明", max_length=200, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    closed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField("回单号", max_length=60, blank=True)

    objects = AdvanceDayQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(confirmed_at__isnull=True, confirmed_by__isnull=True, reference="")
                | (
                    models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~models.Q(reference="")
                    & ~models.Q(confirmed_by=models.F("closed_by"))
                ),
                name="advance_day_second_person",
            ),
            models.CheckConstraint(condition=models.Q(payments__gt=0), name="advance_day_says_something"),
            models.CheckConstraint(
                condition=models.Q(opening_fen__isnull=True, added_fen__isnull=True, counted_fen__isnull=True)
                | (
                    models.Q(opening_fen__isnull=False, added_fen__isnull=False, counted_fen__isnull=False)
                    & (
                        models.Q(opening_fen=models.F("counted_fen") + models.F("total_fen") - models.F("added_fen"))
                        | ~models.Q(difference_note="")
                    )
                ),
                name="advance_day_cash_agrees_or_is_explained",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def owner(self) -> str:
        """The owner of the window's account in the books."""
        return f"{self.desk}.{self.division_id}"

    @property
    def difference_fen(self) -> int:
        """What was counted beyond what should lie there; 0 where nobody counted. Fen."""
        if self.counted_fen is None:
            return 0
        return self.counted_fen - (self.opening_fen or 0) - (self.added_fen or 0) + self.total_fen


class AdvanceQuerySet(models.QuerySet["Advance"]):
    def visible_to(self, user: User) -> Self:
        """A window sees what it paid itself, the insurer what the windows in its division paid."""
        if user.desk == Desk.INSURER:
            return self.filter(division__code__startswith=user.scope)
        return self.filter(desk=user.desk, division=user.division_id)


class Advance(models.Model):
    """垫付: one payment that a window made from its own money. It stands in one list at most."""

    payout = models.OneToOneField(Payout, models.PROTECT, related_name="advance")
    desk = models.CharField("窗口", max_length=10, choices=_DESKS)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    amount_fen = models.PositiveBigIntegerField()
    paid_on = models.DateField("付款日")
    paid_at = models.DateTimeField()
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    day = models.ForeignKey(AdvanceDay, models.PROTECT, null=True, blank=True, related_name="advances")

    objects = AdvanceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["desk", "division", "day"])]
        constraints = [models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="advance_positive")]

    @property
    def owner(self) -> str:
        """The owner of the window's account in the books."""
        return f"{self.desk}.{self.division_id}"
