"""Premium on its way to the insurer, and premium on its way back to who paid it."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.models import Posting
from ankang.rules.refunds import RefundCause
from ankang.treasury.reviewed import Reviewed, once_a_funding, released_is_posted, two_persons


class Remittance(Reviewed):
    """汇缴: paid fundings that go to the insurer at once; the lines are frozen when it is prepared."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        RELEASED = "released", "已同意，等汇款"
        PAID = "paid", "已汇出"
        REFUSED = "refused", "没有同意"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    villages = models.JSONField("选定的村居", default=list)
    people = models.PositiveIntegerField("人数")
    total_fen = models.PositiveBigIntegerField("合计")
    released_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")
    paid_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")
    reference = models.CharField("银行流水号", max_length=64, blank=True)
    paid_on = models.DateField("汇出日", null=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *two_persons("remittance"),
            released_is_posted("remittance"),
            models.CheckConstraint(
                condition=Q(
                    state="paid",
                    paid_posting__isnull=False,
                    paid_by__isnull=False,
                    paid_at__isnull=False,
                    paid_on__isnull=False,
                )
                & ~Q(reference="")
                | ~Q(state="paid")
                & Q(paid_posting__isnull=True, paid_by__isnull=True, paid_at__isnull=True, paid_on__isnull=True),
                name="remittance_paid_who_and_when",
            ),
            models.UniqueConstraint(fields=["reference"], condition=~Q(reference=""), name="remittance_reference_once"),
        ]


class RemittanceLine(models.Model):
    """One funding on a remittance, less what was refunded of it before."""

    remittance = models.ForeignKey(Remittance, models.PROTECT, related_name="lines")
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    amount_fen = models.PositiveIntegerField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["remittance", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            once_a_funding("remittance_line"),
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="remittance_line_positive"),
        ]


class Refund(Reviewed):
    """退费: one payer's share of one premium goes back, once."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        RELEASED = "released", "已同意，等退款"
        PAID = "paid", "已退"
        REFUSED = "refused", "没有同意"

    class Cause(models.TextChoices):
        CANCELLED = RefundCause.CANCELLED, "付款后当天撤销"
        DIED_BEFORE = RefundCause.DIED_BEFORE, "保障开始前去世"
        DUPLICATE = RefundCause.DUPLICATE, "重复参保"
        WITHDRAWN = RefundCause.WITHDRAWN, "退保"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    cause = models.CharField("原因", max_length=12, choices=Cause.choices)
    paid_fen = models.PositiveIntegerField("原来付了")
    amount_fen = models.PositiveIntegerField("退")
    words = models.CharField("怎么算的", max_length=200)
    was_promised = models.BooleanField("答应了还没付", default=False)  # nothing is paid back: it is owed no more
    was_remitted = models.BooleanField("已汇给保险公司", default=False)
    released_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")
    paid_posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="+")
    reference = models.CharField("凭据", max_length=64, blank=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    paid_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *two_persons("refund"),
            models.UniqueConstraint(fields=["funding"], condition=~Q(state="refused"), name="refund_once_a_funding"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & Q(amount_fen__lte=F("paid_fen")), name="refund_never_more_than_paid"
            ),
            released_is_posted("refund"),
            # What goes back to a donor's fund, and what was only promised, is settled by its release: nobody pays it.
            models.CheckConstraint(
                condition=Q(paid_posting__isnull=True, paid_by__isnull=True, paid_at__isnull=True, reference="")
                | Q(state="paid", paid_posting__isnull=False, paid_by__isnull=False, paid_at__isnull=False)
                & ~Q(reference=""),
                name="refund_paid_who_and_when",
            ),
        ]
