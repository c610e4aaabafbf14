"""对账: the insurer's or the bank's file beside ours, row by row, and what was said about each difference."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.divisions.models import Division
from ankang.money.models import Posting
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.treasury.reviewed import OfDivision


class Reconciliation(models.Model):
    """One file, compared once: the same file again is the same row."""

    class Kind(models.TextChoices):
        INSURER = "insurer", "保险公司的承保清单"
        BANK = "bank", "银行的流水"

    kind = models.CharField("和谁对", max_length=8, choices=Kind.choices)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    file_name = models.CharField("文件", max_length=200)
    file_digest = models.CharField(max_length=64)
    balance_fen = models.BigIntegerField("银行余额", null=True)  # as the bank's list ends; null: it does not say
    balance_on = models.DateField("余额日", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDivision.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["kind", "programme", "file_digest"], name="reconciliation_file_once"),
            models.CheckConstraint(
                condition=Q(balance_fen__isnull=True, balance_on__isnull=True)
                | Q(balance_fen__isnull=False, balance_on__isnull=False),
                name="reconciliation_balance_of_a_day",
            ),
        ]


class ReconciliationRow(models.Model):
    """One row of the file, or one of ours that the file lacks. `who` is masked: a name, four characters of a number."""

    class Outcome(models.TextChoices):
        MATCHED = "matched", "对上了"
        DIFFERENT = "different", "金额不同"
        CHANGED = "changed", "人变了"
        DUPLICATE = "duplicate", "对方重复"
        UNKNOWN = "unknown", "名册上没有"
        MISSING_HERE = "missing_here", "对方有、我们没有"
        MISSING_THERE = "missing_there", "我们有、对方没有"

    run = models.ForeignKey(Reconciliation, models.PROTECT, related_name="rows")
    row_number = models.PositiveIntegerField("第几行", null=True)  # null: not in the file
    outcome = models.CharField("结果", max_length=14, choices=Outcome.choices)
    resident = models.ForeignKey(Resident, models.PROTECT, null=True, related_name="+")
    on = models.DateField("银行的日子", null=True)
    who = models.CharField("谁", max_length=80, blank=True)
    reference = models.CharField("流水号", max_length=64, blank=True)
    ours_fen = models.BigIntegerField("我们", null=True)
    theirs_fen = models.BigIntegerField("对方", null=True)
    says = models.CharField("说明", max_length=200, blank=True)
    explanation = models.CharField("解释", max_length=200, blank=True)
    explained_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    explained_at = models.DateTimeField(null=True)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")  # interest or a fee, booked

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "row_number", "pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["run", "outcome"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(explained_by__isnull=True, explained_at__isnull=True, explanation="")
                | Q(explained_by__isnull=False, explained_at__isnull=False) & ~Q(explanation=""),
                name="reconciliation_explained_who_when_how",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="matched") | Q(explanation=""), name="reconciliation_matched_needs_no_words"
            ),
            models.CheckConstraint(
                condition=Q(posting__isnull=True) | ~Q(explanation=""), name="reconciliation_booked_says_so"
            ),
        ]
