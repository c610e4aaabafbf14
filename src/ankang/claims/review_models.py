"""Who may agree to how much, which decisions are looked at once more, and which signals a person has looked at."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.claims.models import Claim, Decision
from ankang.divisions.models import Division


class ReviewRules(models.Model):
    """审批权限和抽查: what the branch's manager entered; a change is a new number, decisions keep theirs. Fen."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    handler_fen = models.PositiveBigIntegerField("理赔员每案最高", null=True, blank=True)  # None: no ceiling
    manager_fen = models.PositiveBigIntegerField("管理员每案最高", null=True, blank=True)
    people = models.JSONField(default=dict)  # user's key as text -> fen, before the ceiling of the role
    two_above_fen = models.PositiveBigIntegerField("超过要两级复核", null=True, blank=True)
    sample_percent = models.PositiveSmallIntegerField("抽查百分比", default=0)
    sample_seed = models.CharField("抽查种子", max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["division", "number"], name="review_rules_number_once"),
            models.CheckConstraint(condition=models.Q(sample_percent__lte=100), name="review_rules_percent"),
        ]


class QualityReviewQuerySet(models.QuerySet["QualityReview"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(claim__village__code__startswith=user.scope)


class QualityReview(models.Model):
    """质量抽查: an approved decision drawn by chance, and what somebody who did not decide it found."""

    class Finding(models.TextChoices):
        RIGHT = "right", "没有问题"
        PAPERS = "papers", "材料有欠缺"
        AMOUNT = "amount", "金额有问题"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="quality_reviews")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="quality_review")
    rules = models.ForeignKey(ReviewRules, models.PROTECT, related_name="+")  # percent and seed it was drawn with
    drawn_at = models.DateTimeField()
    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    finding = models.CharField(max_length=10, choices=Finding.choices, blank=True)
    note = models.CharField("抽查意见", max_length=300, blank=True)
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    looked_at = models.DateTimeField(null=True, blank=True)

    objects = QualityReviewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(finding="", looked_by__isnull=True, looked_at__isnull=True)
                | (
                    ~models.Q(finding="")
                    & models.Q(looked_by__isnull=False, looked_at__isnull=False)
                    & ~models.Q(looked_by=models.F("first"))
                    & ~models.Q(looked_by=models.F("second"))
                ),
                name="quality_review_by_another",
            ),
        ]


class SignalLook(models.Model):
    """A signal on a claim that somebody looked at: holds while the fact behind it stays the same."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="signal_looks")
    code = models.CharField(max_length=20)
    fact = models.CharField(max_length=64)  # digest of what the signal rested on
    looked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    looked_at = models.DateTimeField()
    note = models.CharField("看过的意见", max_length=300)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["claim", "code", "fact"], name="signal_look_once")]
