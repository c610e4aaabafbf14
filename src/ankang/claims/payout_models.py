"""Who gets a claim's money, each payment with its two persons, and the files that went to the bank."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.claims.models import Claim, Decision
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField


class Payee(models.Model):
    """收款人: the insured, somebody for them, or an heir with a share. A corrected one replaces the row."""

    class Relation(models.TextChoices):
        INSURED = "insured", "本人"
        SPOUSE = "spouse", "配偶"
        CHILD = "child", "子女"
        PARENT = "parent", "父母"
        SIBLING = "sibling", "兄弟姐妹"
        GRANDPARENT = "grandpar", "祖父母、外祖父母"
        AGENT = "agent", "受委托代领人"

    class Means(models.TextChoices):
        BANK = "bank", "银行转账"
        CASH = "cash", "窗口现金"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payees")
    round = models.PositiveSmallIntegerField()
    name = models.CharField("姓名", max_length=60)
    relation = models.CharField("与被保险人关系", max_length=8, choices=Relation.choices)
    means = models.CharField("怎么付", max_length=4, choices=Means.choices)
    bank = models.CharField("开户行", max_length=80, blank=True)
    account = SealedField("claims.payee.account", null=True)
    account_index = models.CharField(max_length=64, blank=True)
    account_tail = models.CharField("卡号后四位", max_length=4, blank=True)
    share_of = models.PositiveIntegerField("份额", default=1)
    share_all = models.PositiveIntegerField("总份额", default=1)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["account_index"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(means="cash", account__isnull=True, account_index="", account_tail="")
                | (
                    models.Q(means="bank", account__isnull=False)
                    & ~models.Q(account_index="")
                    & ~models.Q(account_tail="")
                    & ~models.Q(bank="")
                ),
                name="payee_bank_has_an_account",
            ),
            models.CheckConstraint(
                condition=models.Q(share_of__gte=1, share_of__lte=models.F("share_all")), name="payee_share"
            ),
        ]


class PaymentDue(models.Model):
    """What may be ordered of a claim's money, and what was: the row that an order locks, so that none is paid twice."""

    claim = models.OneToOneField(Claim, models.PROTECT, related_name="payment_due")
    due_fen = models.PositiveBigIntegerField()
    ordered_fen = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ordered_fen__lte=models.F("due_fen")), name="payment_never_more_than_due"
            ),
        ]


class PaymentBatchQuerySet(models.QuerySet["PaymentBatch"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(division__code__startswith=user.scope)


class PaymentBatch(models.Model):
    """付款批次: bank payments that went to the branch in one file, and the result file that came back."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    number = models.CharField("批次号", max_length=24, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    total_fen = models.PositiveBigIntegerField()
    payments = models.PositiveIntegerField()
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    result_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    result_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(result_at__isnull=True, result_by__isnull=True)
                | models.Q(result_at__isnull=False, result_by__isnull=False),
                name="payment_batch_result_who_and_when",
            ),
        ]


class PayoutQuerySet(models.QuerySet["Payout"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(claim__village__code__startswith=user.scope)


class Payout(models.Model):
    """One payment of one decision to one payee: ordered by one person, released by another, paid or come back."""

    class State(models.TextChoices):
        ORDERED = "ordered", "待放款"
        RELEASED = "released", "已放款，等回单"
        PAID = "paid", "已付"
        FAILED = "failed", "退回"
        CANCELLED = "cancelled", "已取消"

    LIVE = (State.ORDERED, State.RELEASED, State.PAID)

    key = models.CharField("防重复号", max_length=64, unique=True)
    number = models.CharField("凭证号", max_length=32, unique=True)
    claim = models.ForeignKey(Claim, models.PROTECT, related_name="payouts")
    decision = models.ForeignKey(Decision, models.PROTECT, related_name="payouts")
    payee = models.ForeignKey(Payee, models.PROTECT, related_name="payouts")
    amount_fen = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.ORDERED)
    ordered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    ordered_at = models.DateTimeField()
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    batch = models.ForeignKey(PaymentBatch, models.PROTECT, null=True, blank=True, related_name="rows")
    ended_on = models.DateField("付款日", null=True, blank=True)
    reference = models.CharField("回单号", max_length=60, blank=True)
    failure = models.CharField("退回原因", max_length=200, blank=True)
    retries = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="retried_by")

    objects = PayoutQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "ordered_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["payee", "decision"],
                condition=models.Q(state__in=["ordered", "released", "paid"]),
                name="payout_once_a_payee_and_decision",
            ),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="payout_positive"),
            models.CheckConstraint(
                condition=models.Q(released_at__isnull=True, released_by__isnull=True)
                | (
                    models.Q(released_at__isnull=False, released_by__isnull=False)
                    & ~models.Q(released_by=models.F("ordered_by"))
                ),
                name="payout_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["ordered", "cancelled"])
                | models.Q(state__in=["released", "paid", "failed"], released_at__isnull=False),
                name="payout_released_before_paid",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(failure=""), name="payout_failure_has_a_reason"
            ),
        ]
