"""What a bank slip says of the town's account, where no other paper of ours does."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ankang.divisions.models import Division
from ankang.money.models import Posting


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
