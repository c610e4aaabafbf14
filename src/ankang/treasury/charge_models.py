"""Payments by telephone: what was asked of the gateway for an order, and each notification that came."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import User
from ankang.audit.models import AppendOnlyModel, AppendOnlyQuerySet
from ankang.money.models import Order


class ChargeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        return self.filter(order__village__code__startswith=user.scope)


class Charge(models.Model):
    """扫码付款: one payment at the gateway for one order. Money that came too late or wrong is `surplus`."""

    class State(models.TextChoices):
        OPEN = "open", "等付款"
        SETTLED = "settled", "已付"
        CLOSED = "closed", "已关闭"
        SURPLUS = "surplus", "多付的，要退回"
        REPAID = "repaid", "多付的已退回"

    order = models.ForeignKey(Order, models.PROTECT, related_name="charges")
    trade_no = models.CharField("商户单号", max_length=32, unique=True)
    amount_fen = models.PositiveBigIntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    qr_content = models.CharField("二维码内容", max_length=300, blank=True)  # empty until the gateway has answered
    paid_fen = models.PositiveBigIntegerField("实付", default=0)
    transaction = models.CharField("支付平台流水号", max_length=64, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    why = models.CharField("为什么要退", max_length=200, blank=True)

    objects = ChargeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["order"], condition=Q(state="open"), name="charge_one_open_an_order"),
            models.UniqueConstraint(fields=["order"], condition=Q(state="settled"), name="charge_one_settled_an_order"),
            models.UniqueConstraint(
                fields=["transaction"], condition=~Q(transaction=""), name="charge_transaction_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=("open", "closed"), paid_fen=0)
                | Q(state__in=("settled", "surplus", "repaid"), paid_fen__gt=0),
                name="charge_paid_is_something",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(paid_fen=models.F("amount_fen")), name="charge_settled_in_full"
            ),
        ]


class NoticeQuerySet(AppendOnlyQuerySet):
    """Notices are added and read."""


class GatewayNotice(AppendOnlyModel):
    """One notification that the gateway signed, and what it led to. The same number again is the same notice."""

    class Outcome(models.TextChoices):
        SETTLED = "settled", "已入账"
        REPEATED = "repeated", "早已入账"
        SURPLUS = "surplus", "没有入账，要退回"
        IGNORED = "ignored", "和入账无关"
        UNKNOWN = "unknown", "没有这个单号"

    number = models.CharField(max_length=64, unique=True)
    charge = models.ForeignKey(Charge, models.PROTECT, null=True, related_name="notices")
    trade_no = models.CharField(max_length=64)
    amount_fen = models.PositiveBigIntegerField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    at = models.DateTimeField()

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
