"""Government's share: asked of finance by group and village, promised by an accepted paper, received later."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.models import Promise
from ankang.treasury.reviewed import Reviewed, once_a_funding, two_persons


class GovernmentRequest(Reviewed):
    """政府出资申请: what government owes for units in force, frozen person by person."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        RELEASED = "released", "已报财政，等答复"
        ACCEPTED = "accepted", "财政已答应"
        REFUSED = "refused", "没有同意"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    villages = models.JSONField("选定的村居", default=list)  # codes; empty: all of the division
    people = models.PositiveIntegerField("人数")
    total_fen = models.PositiveBigIntegerField("合计")
    received_fen = models.PositiveBigIntegerField("已到账", default=0)
    waived_fen = models.PositiveBigIntegerField("不用再付", default=0)  # given up before the money came
    promise = models.OneToOneField(Promise, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *two_persons("government_request"),
            models.CheckConstraint(
                condition=Q(total_fen__gte=F("received_fen") + F("waived_fen")), name="government_never_pays_more"
            ),
            models.CheckConstraint(
                condition=Q(state="accepted", promise__isnull=False) | (~Q(state="accepted") & Q(promise__isnull=True)),
                name="government_request_accepted_is_promised",
            ),
            models.CheckConstraint(
                condition=Q(received_fen=0, waived_fen=0) | Q(state="accepted"), name="government_pays_what_it_promised"
            ),
        ]

    @property
    def outstanding_fen(self) -> int:
        """What government still owes of it."""
        return self.total_fen - self.received_fen - self.waived_fen if self.state == self.State.ACCEPTED else 0


class GovernmentRequestLine(models.Model):
    """One government funding on a request, with the group by which its person is a subject."""

    request = models.ForeignKey(GovernmentRequest, models.PROTECT, related_name="lines")
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    group = models.CharField("类别", max_length=20, blank=True)  # the first that applies, in the plan's order
    amount_fen = models.PositiveIntegerField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [once_a_funding("government_line")]


class GovernmentPayment(models.Model):
    """Money of government that has reached the town's account."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    request = models.ForeignKey(GovernmentRequest, models.PROTECT, related_name="payments")
    amount_fen = models.PositiveBigIntegerField()
    reference = models.CharField("银行流水号", max_length=64)
    on = models.DateField("到账日")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reference"], name="government_payment_reference_once"),
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0) & ~Q(reference=""), name="government_payment_is_something"
            ),
        ]
