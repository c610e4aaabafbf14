"""What happens to a claim besides its decisions: holds, letters, appeals, and decisions that others have overtaken."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.claims.models import Claim, Decision


class Hold(models.Model):
    """A claim on which nobody decides until a day. The clocks of the law go on."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="holds")
    reason = models.CharField("暂缓原因", max_length=300)
    until = models.DateField("暂缓到")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(lifted_at__isnull=True), name="hold_one_open_a_claim"
            ),
            models.CheckConstraint(
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True)
                | models.Q(lifted_at__isnull=False, lifted_by__isnull=False),
                name="hold_lifted_who_and_when",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="hold_has_a_reason"),
        ]


class ClaimCorrection(models.Model):
    """更正报案: what a report said before and says since; append-only (ADR 0049)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="corrections")
    event_before = models.DateField("原来的事故日期")
    event_after = models.DateField("更正后的事故日期")
    cause_before = models.CharField("原来的原因", max_length=8, choices=Claim.Cause.choices)
    cause_after = models.CharField("更正后的原因", max_length=8, choices=Claim.Cause.choices)
    situations_before = models.CharField(max_length=80, blank=True)
    situations_after = models.CharField(max_length=80, blank=True)
    reason = models.CharField("为什么更正", max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~models.Q(reason=""), name="correction_has_a_reason"),
            models.CheckConstraint(
                condition=~models.Q(
                    event_before=models.F("event_after"),
                    cause_before=models.F("cause_after"),
                    situations_before=models.F("situations_after"),
                ),
                name="correction_changes_something",
            ),
        ]


class RefusalLetterQuerySet(models.QuerySet["RefusalLetter"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(claim__village__code__startswith=user.scope)


class RefusalLetter(models.Model):
    """拒赔通知书: the reasons as they stood, frozen; one a refused decision. 保险法 24: within three days."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="letters")
    decision = models.OneToOneField(Decision, models.PROTECT, related_name="letter")
    number = models.CharField("文号", max_length=32, unique=True)
    reasons = models.JSONField()  # sentences with their clauses, as sent
    due_on = models.DateField("最晚发出")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()

    objects = RefusalLetterQuerySet.as_manager()


class AppealQuerySet(models.QuerySet["Appeal"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(claim__village__code__startswith=user.scope)


class Appeal(models.Model):
    """申诉: what the family holds against a decision, and the answer of somebody who did not decide."""

    class State(models.TextChoices):
        WAITING = "waiting", "等答复"
        UPHELD = "upheld", "申诉成立，重新理算"
        DISMISSED = "dismissed", "维持原决定"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="appeals")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="appeals")
    who = models.CharField("谁申诉", max_length=60)
    appealed_on = models.DateField("申诉日期")
    reasons = models.CharField("申诉理由", max_length=500)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # who prepared the decision
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # who reviewed it
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    answer = models.CharField("答复", max_length=500, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim"], condition=models.Q(state="waiting"), name="appeal_one_waiting_a_claim"
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", answered_by__isnull=True, answered_at__isnull=True)
                | (
                    ~models.Q(state="waiting")
                    & models.Q(answered_by__isnull=False, answered_at__isnull=False)
                    & ~models.Q(answered_by=models.F("first"))
                    & ~models.Q(answered_by=models.F("second"))
                ),
                name="appeal_answered_by_another",
            ),
        ]


class RecalculationQuerySet(models.QuerySet["Recalculation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(claim__village__code__startswith=user.scope)


class Recalculation(models.Model):
    """A decided claim that would come out otherwise now, because an earlier one was decided anew."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="recalculations")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="+")  # of this claim, which is overtaken
    because = models.ForeignKey(Decision, models.PROTECT, related_name="overtakes")
    then_fen = models.PositiveBigIntegerField()
    now_fen = models.PositiveBigIntegerField()
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField("处理意见", max_length=300, blank=True)

    objects = RecalculationQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["decision", "because"], name="recalculation_once"),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, closed_by__isnull=True)
                | models.Q(closed_at__isnull=False, closed_by__isnull=False),
                name="recalculation_closed_who_and_when",
            ),
        ]
