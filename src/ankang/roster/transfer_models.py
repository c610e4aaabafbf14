"""Requests to take a resident over from another village's roster, and what became of them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.roster.models import Resident

_DECIDED = ("accepted", "refused", "withdrawn")


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, user: User) -> Self:
        """Requests that a village under this person's division makes or is asked."""
        return self.filter(Q(from_village__code__startswith=user.scope) | Q(to_village__code__startswith=user.scope))


class Transfer(models.Model):
    """One village asks another for a resident whose number stands on the other's roster."""

    class Reason(models.TextChoices):
        REGISTER = "register", "户口迁移"
        LIVING = "living", "实际居住"
        OTHER = "other", "其他"

    class State(models.TextChoices):
        WAITING = "waiting", "等原村居答复"
        ACCEPTED = "accepted", "已同意，已转入"
        REFUSED = "refused", "没有同意"
        WITHDRAWN = "withdrawn", "已撤回"
        EXPIRED = "expired", "过期没有答复"
        LAPSED = "lapsed", "作废：已转到另一村居"

    key = models.CharField("防重复号", max_length=64, unique=True)
    resident = models.ForeignKey(Resident, models.CASCADE, related_name="transfers")
    from_village = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="原村居")
    to_village = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="转入村居")
    reason = models.CharField("原因", max_length=8, choices=Reason.choices)
    evidence = models.CharField("依据", max_length=120)
    moves_on = models.DateField("从哪天起")
    household = models.CharField("新户号", max_length=30, blank=True)
    address = models.CharField("新地址", max_length=120, blank=True)
    household_before = models.CharField("原户号", max_length=30, blank=True)
    address_before = models.CharField("原地址", max_length=120, blank=True)
    state = models.CharField("状态", max_length=9, choices=State.choices, default=State.WAITING)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    expires_on = models.DateField("到哪天过期")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    on_behalf = models.BooleanField("镇里代为答复", default=False)
    note = models.CharField("答复", max_length=120, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["from_village", "state"]),
            models.Index(fields=["to_village", "state"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "to_village"], condition=Q(state="waiting"), name="transfer_one_waiting_a_village"
            ),
            models.CheckConstraint(condition=~Q(from_village=F("to_village")), name="transfer_between_two_villages"),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_at__isnull=True, decided_by__isnull=True)
                | Q(state__in=_DECIDED, decided_at__isnull=False, decided_by__isnull=False)
                | Q(state__in=("expired", "lapsed"), decided_at__isnull=False, decided_by__isnull=True),
                name="transfer_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("accepted", "refused")) | ~Q(decided_by=F("requested_by")),
                name="transfer_decided_by_another",
            ),
        ]
