"""身故登记: a death that a funeral home reported by the green channel. One stands for each resident (ADR 0040)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import Desk, User
from ankang.claims.models import Claim
from ankang.divisions.models import Division
from ankang.roster.models import Resident


class DeathReportQuerySet(models.QuerySet["DeathReport"]):
    def visible_to(self, user: User) -> Self:
        """A funeral home sees its own, everybody else those of the villages in scope."""
        if user.desk == Desk.FUNERAL:
            return self.filter(division=user.division_id)
        return self.filter(claim__village__code__startswith=user.scope)


class DeathReport(models.Model):
    """身故登记: who reported the death where, its claims, and why it is not paid here (empty when it is).

    One of an `accident_claim` of its own is decided apart; else both parts stand on `claim`. One whose claim was
    withdrawn stands no longer, so that a mistake is put right by a new one.
    """

    class Cause(models.TextChoices):
        ILLNESS = "illness", "疾病或年老"
        ACCIDENT = "accident", "意外"
        UNKNOWN = "unknown", "还不清楚"

    class Hindrance(models.TextChoices):
        NONE = "", "当场付"
        UNINSURED = "uninsured", "去世当天没有保障"
        ASSUMED = "assumed", "口径没有确认"
        PAPERS = "papers", "证明不齐"
        CAUSE = "cause", "死因不清"

    key = models.CharField("防重复号", max_length=64, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="death_reports")
    claim = models.OneToOneField(Claim, models.PROTECT, related_name="death_report")
    accident_claim = models.OneToOneField(Claim, models.PROTECT, null=True, blank=True, related_name="death_of")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    cause = models.CharField("死因", max_length=8, choices=Cause.choices)
    hindrance = models.CharField("为什么不当场付", max_length=10, choices=Hindrance.choices, blank=True)
    heirs_order = models.PositiveSmallIntegerField("第几顺序继承人", null=True, blank=True)
    paper_on = models.DateField("纸表日期", null=True, blank=True)
    paper_by = models.CharField("纸表填写人", max_length=60, blank=True)
    stands = models.BooleanField(default=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reported_at = models.DateTimeField()

    objects = DeathReportQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["division", "reported_at"])]
        constraints = [
            models.UniqueConstraint(fields=["resident"], condition=Q(stands=True), name="death_report_once"),
            models.CheckConstraint(
                condition=Q(paper_on__isnull=True, paper_by="") | (Q(paper_on__isnull=False) & ~Q(paper_by="")),
                name="death_report_paper_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(heirs_order__isnull=True) | Q(heirs_order__gte=1, heirs_order__lte=2),
                name="death_report_heirs_order",
            ),
        ]

    @property
    def parts(self) -> list[Claim]:
        """The claims of this death."""
        return [self.claim, *([self.accident_claim] if self.accident_claim else [])]
