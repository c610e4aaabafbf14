"""A village's money by day: the till that every writer locks, the day's numbers, and slips of what was handed over."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.money.ledger_models import Posting


class Till(models.Model):
    """One row a village, locked by whoever books on it; `closed_through` is the last day that is closed."""

    village = models.OneToOneField(Division, models.PROTECT, primary_key=True, related_name="+")
    closed_through = models.DateField("日结到", null=True)


class VillageDayQuerySet(models.QuerySet["VillageDay"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class VillageDay(models.Model):
    """A day of a village on which money was booked: the last receipt number, and the sums once it is closed (日结)."""

    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    on = models.DateField("哪天")
    last_serial = models.PositiveIntegerField("最后一张收据", default=0)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    receipts = models.PositiveIntegerField("收据张数", default=0)
    voided = models.PositiveIntegerField("作废张数", default=0)
    cash_fen = models.BigIntegerField("现金", default=0)
    transfer_fen = models.BigIntegerField("转账", default=0)
    gateway_fen = models.BigIntegerField("手机支付", default=0)
    handed_fen = models.BigIntegerField("已交镇里", default=0)
    left_fen = models.BigIntegerField("日终现金", default=0)

    objects = VillageDayQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-on"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["village", "on"], name="village_day_once"),
            models.CheckConstraint(
                condition=models.Q(closed_by__isnull=True, closed_at__isnull=True)
                | models.Q(closed_by__isnull=False, closed_at__isnull=False),
                name="village_day_closed_who_and_when",
            ),
        ]


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Handover(models.Model):
    """交款单: all the cash of a village goes to the town. Who confirms it is another person than who handed it over."""

    class State(models.TextChoices):
        WAITING = "waiting", "等镇里点收"
        CONFIRMED = "confirmed", "镇里已收"
        RETURNED = "returned", "镇里退回"

    key = models.CharField("防重复号", max_length=64, unique=True)
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    on = models.DateField("交款日")
    expected_fen = models.PositiveBigIntegerField("应交")
    counted_fen = models.PositiveBigIntegerField("实交")
    explanation = models.CharField("差额说明", max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    handed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    handed_at = models.DateTimeField()
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decided_note = models.CharField("点收意见", max_length=200, blank=True)
    decided_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")

    objects = HandoverQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["village"], condition=models.Q(state="waiting"), name="handover_one_waits_a_village"
            ),
            models.CheckConstraint(
                condition=models.Q(expected_fen=models.F("counted_fen")) | ~models.Q(explanation=""),
                name="handover_difference_explained",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_by=None, decided_at=None, decided_posting=None)
                | (
                    ~models.Q(state="waiting")
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False, decided_posting__isnull=False)
                ),
                name="handover_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("handed_by")),
                name="handover_second_person",
            ),
        ]

    @property
    def difference_fen(self) -> int:
        """What was counted too much (positive) or too little."""
        return self.counted_fen - self.expected_fen
