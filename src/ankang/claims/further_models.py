"""Bills of an accident that came after it was a claim already (ADR 0049)."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.claims.models import Claim, Decision


class FurtherBills(models.Model):
    """补交票据: what a window adds to a claim. Where a decision stands, it waits until that is taken back.

    The invoices are the claim's at once, so that no other claim uses them; they go again when the decision is kept.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "等中国人寿同意冲回"
        COUNTED = "counted", "已算进去"
        DROPPED = "dropped", "没有算进去"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="further_bills")
    key = models.CharField("防重复号", max_length=64, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    reversal = models.OneToOneField(Decision, models.PROTECT, null=True, blank=True, related_name="further_bills")
    expense_fen = models.PositiveBigIntegerField("票据金额")
    reimbursed_fen = models.PositiveBigIntegerField("已报销")
    fracture_fen = models.PositiveBigIntegerField("其中骨折费用")
    stays = models.JSONField("住院", default=list)  # [[admitted, discharged]] as ISO days
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expense_fen__gt=0, fracture_fen__lte=models.F("expense_fen")), name="further_bills_money"
            ),
            models.CheckConstraint(
                condition=Q(state="counted") | Q(reversal__isnull=False), name="further_bills_wait_for_a_reversal"
            ),
        ]
