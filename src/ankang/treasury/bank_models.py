"""What a bank slip says of the town's account, where no other paper of ours does."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ankang.divisions.models import Division
from ankang.money.models import Posting
from ankang.treasury.reviewed import OfTwo, two_persons


class BankSlip(models.Model):
    """银行回单: the bank's number of cash that was paid in, of a platform's settlement, of what the insurer paid back,
    of a donation that was returned, of interest or a fee. `amount_fen` is positive for what came in. A slip whose
    posting was countered is void: its number may be booked again, rightly.
    """

    posting = models.OneToOneField(Posting, models.PROTECT, related_name="bank_slip")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    reference = models.CharField("银行流水号", max_length=64)
    amount_fen = models.BigIntegerField()
    is_void = models.BooleanField("已冲销", default=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["division", "reference"], condition=Q(is_void=False), name="bank_slip_once"
            ),
            models.CheckConstraint(condition=~Q(amount_fen=0) & ~Q(reference=""), name="bank_slip_moves_something"),
        ]


class OpeningBalance(OfTwo):
    """期初余额: what stood on the town's account before our first entry; entered by one person, agreed to by another.

    One that lives a town: only one that was refused or taken back may be followed by another.
    """

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        BOOKED = "booked", "已记账"
        REFUSED = "refused", "没有同意"
        VOID = "void", "已冲销"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    amount_fen = models.PositiveBigIntegerField("余额")
    on = models.DateField("哪天终了的余额")
    paper = models.CharField("依据", max_length=120)
    posting = models.OneToOneField(Posting, models.PROTECT, null=True, related_name="opening")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            *two_persons("opening_balance"),
            models.UniqueConstraint(
                fields=["division"], condition=Q(state__in=("prepared", "booked")), name="opening_balance_once_a_town"
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0) & ~Q(paper=""), name="opening_balance_on_a_paper"),
            models.CheckConstraint(
                condition=Q(state__in=("booked", "void"), posting__isnull=False)
                | Q(state__in=("prepared", "refused"), posting__isnull=True),
                name="opening_balance_booked_is_posted",
            ),
        ]
