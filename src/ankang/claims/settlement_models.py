"""A medical window's file of settlements: each row with what became of it (ADR 0041)."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import User
from ankang.claims.models import Claim
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField
from ankang.roster.models import Resident


class SettlementFileQuerySet(models.QuerySet["SettlementFile"]):
    def visible_to(self, user: User) -> Self:
        """Files of this person's own window."""
        return self.filter(division=user.division_id, by__desk=user.desk)


class SettlementFile(models.Model):
    """结算表: rows of invoices, checked as a whole before anything is settled."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    finished_at = models.DateTimeField("办完的时间", null=True, blank=True)
    file_name = models.CharField("文件", max_length=200)
    file_digest = models.CharField(max_length=64, db_index=True)
    header = models.JSONField("表头", default=list)  # the column names as written, for the report

    objects = SettlementFileQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name


class SettlementRow(models.Model):
    """One row: one invoice. Rows of one person and one day are one accident: they share `accident` and go together."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "还没结算"
        DONE = "done", "已结算"
        SAME = "same", "以前结算过，没有变化"
        REFUSED = "refused", "没结算"

    file = models.ForeignKey(SettlementFile, models.CASCADE, related_name="rows")
    position = models.PositiveIntegerField("第几行")
    accident = models.PositiveIntegerField("同一次事故的第一行")
    key = models.CharField("防重复号", max_length=64, blank=True)
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    event_on = models.DateField("事故日期", null=True)
    amount_fen = models.PositiveBigIntegerField("总费用", default=0)
    payable_fen = models.PositiveBigIntegerField("应赔", null=True)  # of the accident, on its first row
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    column = models.CharField("列", max_length=40, blank=True)
    reason = models.CharField("原因", max_length=300, blank=True)
    fix = models.CharField("怎么改", max_length=200, blank=True)
    cells = SealedField("claims.settlementrow.cells", null=True)
    claim = models.ForeignKey(Claim, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["file", "accident", "position"]
        constraints = [
            models.UniqueConstraint(fields=["file", "position"], name="settlement_row_once_a_position"),
            models.CheckConstraint(
                condition=Q(outcome__in=["done", "same"], claim__isnull=False)
                | Q(outcome__in=["waiting", "refused"], claim__isnull=True),
                name="settlement_row_settled_has_a_claim",
            ),
            models.CheckConstraint(
                condition=Q(outcome="refused") | (Q(resident__isnull=False, event_on__isnull=False) & ~Q(key="")),
                name="settlement_row_names_an_accident",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="waiting") | Q(cells__isnull=False), name="settlement_row_waits_with_its_cells"
            ),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | ~Q(reason=""), name="settlement_row_refused_says_why"
            ),
        ]
