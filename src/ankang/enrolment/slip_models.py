"""A slip (登记单): several people put down together, by household, from a list or from a file, a line each."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident


class EnrolmentSlipQuerySet(models.QuerySet["EnrolmentSlip"]):
    def visible_to(self, user: User) -> Self:
        """Slips made in this person's division or one below it."""
        return self.filter(division__code__startswith=user.scope)


class EnrolmentSlip(models.Model):
    """One form over several people. `key` is the form's own: pressed twice it is one slip."""

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", "一户登记"
        LIST = "list", "多人登记"
        FILE = "file", "表格登记"

    key = models.CharField("防重复号", max_length=64, unique=True)
    kind = models.CharField("怎么来的", max_length=10, choices=Kind.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField("办完的时间", null=True, blank=True)
    file_name = models.CharField("文件", max_length=200, blank=True)
    file_digest = models.CharField(max_length=64, blank=True, db_index=True)
    header = models.JSONField("表头", default=list)  # the column names as written, for the report

    objects = EnrolmentSlipQuerySet.as_manager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class SlipLine(models.Model):
    """One person's part of a slip: what is wanted, and what became of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "还没登记"
        DONE = "done", "已登记"
        SAME = "same", "以前登记过，没有变化"
        REFUSED = "refused", "没登记"

    slip = models.ForeignKey(EnrolmentSlip, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField("第几行")
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    key = models.CharField("防重复号", max_length=64, null=True)
    product = models.CharField("险种", max_length=10, blank=True)
    units = models.PositiveSmallIntegerField("份数", default=0)
    fundings = models.JSONField("谁出钱", default=list)  # [[payer, fen], ...]
    total_fen = models.PositiveIntegerField(default=0)
    consent = models.CharField("谁同意的", max_length=10, blank=True)
    giver = models.CharField("出资的是谁", max_length=60, blank=True)
    purpose = models.CharField("用途", max_length=120, blank=True)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    column = models.CharField("列", max_length=40, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    fix = models.CharField("怎么改", max_length=200, blank=True)
    cells = SealedField("enrolment.slipline.cells", null=True)
    enrolment = models.ForeignKey("enrolment.Enrolment", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["slip", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["slip", "position"], name="slipline_once_a_position"),
            models.UniqueConstraint(fields=["slip", "key"], name="slipline_once_a_key"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["done", "same"], enrolment__isnull=False)
                | models.Q(outcome__in=["waiting", "refused"], enrolment__isnull=True),
                name="slipline_enrolled_has_an_enrolment",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="refused") | models.Q(resident__isnull=False, key__isnull=False),
                name="slipline_names_a_person",
            ),
        ]
