"""What a payer is asked for (Order), and how it was paid (Payment)."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.ledger_models import Posting
from ankang.money.till_models import Handover
from ankang.programmes.models import Programme


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Order(models.Model):
    """收费单: fundings that one payer pays at once: a household, or the collective of a village."""

    class Kind(models.TextChoices):
        HOUSEHOLD = "household", "一户"
        DAY = "day", "村里一天"
        BATCH = "batch", "一批"

    class State(models.TextChoices):
        OPEN = "open", "还没付"
        PAID = "paid", "已付"
        CANCELLED = "cancelled", "已取消"

    key = models.CharField("防重复号", max_length=64, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    payer_name = models.CharField("付款人", max_length=60)  # as the receipt names who paid
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    ended_at = models.DateTimeField(null=True, blank=True)  # paid or cancelled

    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["village", "state"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(state="open", ended_at__isnull=True)
                | (~models.Q(state="open") & models.Q(ended_at__isnull=False)),
                name="order_ended_when",
            )
        ]


class OrderLine(models.Model):
    """One funding on an order. It falls away (`dropped_at`) when its order is cancelled or its enrolment taken back."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines")
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="order_lines")
    amount_fen = models.PositiveIntegerField()  # the funding's own amount, which never changes
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["funding"], condition=models.Q(dropped_at__isnull=True), name="order_line_once_a_funding"
            ),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="order_line_positive"),
        ]


class PaymentQuerySet(models.QuerySet["Payment"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(order__village__code__startswith=user.scope)


class Payment(models.Model):
    """A payment of a whole order. Cash counts at once; a bank transfer when the town finds it on its account."""

    class Means(models.TextChoices):
        CASH = "cash", "现金"
        TRANSFER = "transfer", "转账"
        GATEWAY = "gateway", "手机支付"

    class State(models.TextChoices):
        WAITING = "waiting", "等镇里核对到账"
        DONE = "done", "已收"
        REFUSED = "refused", "没有到账"
        VOIDED = "voided", "已作废"

    key = models.CharField("防重复号", max_length=64, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    means = models.CharField("付款方式", max_length=10, choices=Means.choices)
    amount_fen = models.PositiveBigIntegerField()
    reference = models.CharField("流水号", max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # null: a machine
    at = models.DateTimeField()
    on = models.DateField()
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField("说明", max_length=200, blank=True)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="payment")
    handover = models.ForeignKey(Handover, models.PROTECT, null=True, related_name="payments")  # cash: its slip

    objects = PaymentQuerySet.as_manager()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["means", "state"])]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["order"], condition=models.Q(state__in=("waiting", "done")), name="payment_once_an_order"
            ),
            models.UniqueConstraint(
                fields=["means", "reference"],
                condition=~models.Q(reference="") & models.Q(state__in=("waiting", "done")),
                name="payment_reference_once",
            ),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="payment_positive"),
            models.CheckConstraint(
                condition=models.Q(state__in=("done", "voided"), posting__isnull=False)
                | models.Q(state__in=("waiting", "refused"), posting__isnull=True),
                name="payment_done_is_posted",
            ),
            models.CheckConstraint(
                condition=models.Q(means="cash") | ~models.Q(reference=""), name="payment_has_a_reference"
            ),
            models.CheckConstraint(
                condition=~models.Q(state="refused") & models.Q(decided_by__isnull=True, decided_at__isnull=True)
                | ~models.Q(state="waiting")
                & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                & ~models.Q(decided_by=models.F("by")),
                name="payment_decided_who_and_when",
            ),
        ]


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Receipt(models.Model):
    """收据: one a payment that counts; numbers run without gaps through a village's day, void ones keep theirs."""

    number = models.CharField("收据号", max_length=40, unique=True)
    payment = models.OneToOneField(Payment, models.PROTECT, related_name="receipt")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    on = models.DateField("收款日")
    serial = models.PositiveIntegerField("当天第几张")
    check_code = models.CharField("校验码", max_length=6)
    issued_at = models.DateTimeField()
    prints = models.PositiveIntegerField("打印次数", default=0)
    void_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")
    voided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField("作废原因", max_length=200, blank=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["village", "on", "serial"], name="receipt_serial_once"),
            models.CheckConstraint(condition=models.Q(serial__gte=1), name="receipt_serial_from_one"),
            models.CheckConstraint(
                condition=models.Q(
                    voided_at__isnull=True, voided_by__isnull=True, void_posting__isnull=True, void_reason=""
                )
                | models.Q(voided_at__isnull=False, voided_by__isnull=False, void_posting__isnull=False)
                & ~models.Q(void_reason=""),
                name="receipt_void_who_when_why",
            ),
        ]

    @property
    def is_void(self) -> bool:
        return self.voided_at is not None
