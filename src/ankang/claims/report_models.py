"""What a family reports on the public page, before anybody has said whose claim it is."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import User
from ankang.claims.models import Claim
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField


class PublicReportQuerySet(models.QuerySet["PublicReport"]):
    def visible_to(self, user: User) -> Self:
        """Reports about somebody of the user's villages, and those about whom no roster knows."""
        return self.filter(Q(village__code__startswith=user.scope) | Q(village__isnull=True))


class PublicReport(models.Model):
    """公众报案: who reports, about whom, what happened. It becomes a claim when a handler says whose it is."""

    class State(models.TextChoices):
        WAITING = "waiting", "待核"
        MATCHED = "matched", "已立案"
        ANSWERED = "answered", "已答复"

    number = models.CharField("报案号", max_length=8, unique=True)  # random digits: tells no count
    secret_digest = models.CharField(max_length=64)
    key = models.CharField("防重复号", max_length=64, unique=True)
    reporter = models.CharField("报案人", max_length=30)
    relation = models.CharField("和老人的关系", max_length=20)
    reporter_phone = SealedField("claims.publicreport.reporter_phone")
    elder_name = models.CharField("老人姓名", max_length=60)
    elder_number = SealedField("claims.publicreport.elder_number")
    elder_number_index = models.CharField(max_length=64, db_index=True)
    elder_number_tail = models.CharField(max_length=4)
    event_on = models.DateField("哪天出的事")
    situations = models.CharField("有哪些情况", max_length=80, blank=True)
    what_happened = SealedField("claims.publicreport.what_happened")
    place = SealedField("claims.publicreport.place", null=True)
    reported_at = models.DateTimeField()
    village = models.ForeignKey(Division, models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.WAITING)
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, blank=True, related_name="public_reports")
    answer = models.CharField("答复", max_length=300, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = PublicReportQuerySet.as_manager()

    class Meta:
        ordering = ["reported_at", "pk"]
        indexes = [models.Index(fields=["state", "reported_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="waiting", claim__isnull=True, decided_at__isnull=True, decided_by__isnull=True)
                | Q(state="matched", claim__isnull=False, decided_at__isnull=False, decided_by__isnull=False)
                | (
                    Q(state="answered", claim__isnull=True, decided_at__isnull=False, decided_by__isnull=False)
                    & ~Q(answer="")
                ),
                name="public_report_decided_who_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number[:4]} {self.number[4:]}"
