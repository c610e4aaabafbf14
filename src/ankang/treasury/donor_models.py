"""Donors: who gives, what was agreed, what came, what it paid for and what went back."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.money.models import Posting
from ankang.programmes.models import Programme
from ankang.treasury.reviewed import OfDivision, once_a_funding


class Donor(models.Model):
    """捐赠人: a person, a company or an association that gives to a town's residents."""

    code = models.CharField("代码", max_length=20, unique=True)
    name = models.CharField("名称", max_length=60)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")  # sees its own
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()

    objects = OfDivision.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["division", "name"], name="donor_once_a_town"),
            models.CheckConstraint(condition=~Q(name=""), name="donor_has_a_name"),
        ]


class Donation(models.Model):
    """捐赠协议 and its money: the three sums are changed on the locked row, so that nothing is spent twice."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    donor = models.ForeignKey(Donor, models.PROTECT, related_name="donations")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    paper = models.CharField("协议", max_length=120)
    purpose = models.CharField("用途", max_length=200)
    villages = models.JSONField("指定的村居", default=list)  # codes; empty: anybody in the division
    agreed_on = models.DateField("协议日期")
    amount_fen = models.PositiveBigIntegerField("协议金额")
    received_fen = models.PositiveBigIntegerField("已收到", default=0)
    used_fen = models.PositiveBigIntegerField("已用", default=0)
    returned_fen = models.PositiveBigIntegerField("已退回", default=0)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDivision.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(amount_fen__gt=0), name="donation_is_something"),
            models.CheckConstraint(condition=Q(received_fen__lte=F("amount_fen")), name="donation_within_agreement"),
            models.CheckConstraint(
                condition=Q(received_fen__gte=F("used_fen") + F("returned_fen")), name="donation_balance_never_negative"
            ),
        ]

    @property
    def balance_fen(self) -> int:
        """What was received and is neither used nor returned."""
        return self.received_fen - self.used_fen - self.returned_fen


class DonationReceipt(models.Model):
    """捐赠收据: numbered without gaps through a town's year."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    donation = models.ForeignKey(Donation, models.PROTECT, related_name="receipts")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    serial = models.PositiveIntegerField()
    amount_fen = models.PositiveBigIntegerField()
    reference = models.CharField("银行流水号", max_length=64)
    on = models.DateField("到账日")
    posting = models.OneToOneField(Posting, models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = OfDivision.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["division", "year", "serial"], name="donation_receipt_serial_once"),
            models.UniqueConstraint(fields=["reference"], name="donation_receipt_reference_once"),
        ]

    @property
    def number(self) -> str:
        """As printed: `JZ-320903101-2024-0001`."""
        return f"JZ-{self.division_id[:9]}-{self.year}-{self.serial:04d}"


class DonationUse(models.Model):
    """One funding that a donation paid; dropped when its money came back to the donation."""

    donation = models.ForeignKey(Donation, models.PROTECT, related_name="uses")
    funding = models.ForeignKey(Funding, models.PROTECT, related_name="+")
    amount_fen = models.PositiveIntegerField()
    posting = models.ForeignKey(Posting, models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [once_a_funding("donation_use")]
