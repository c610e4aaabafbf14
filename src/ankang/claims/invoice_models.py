"""The invoices of a claim. One number pays once, in the whole installation."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.claims.further_models import FurtherBills
from ankang.claims.models import Claim


class Invoice(models.Model):
    """One invoice (票据). While it is not freed, no other claim may use its number: the database sees to it."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="invoices")
    code = models.CharField("票据代码", max_length=20, blank=True)  # electronic invoices of 20 digits have none
    number = models.CharField("票据号码", max_length=30)
    amount_fen = models.PositiveBigIntegerField("金额")
    dated_on = models.DateField("开票日期")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    further = models.ForeignKey(FurtherBills, models.PROTECT, null=True, blank=True, related_name="invoices")
    freed_at = models.DateTimeField(null=True, blank=True)
    freed_why = models.CharField(max_length=20, blank=True)

    class Meta:
        ordering = ["claim", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["code", "number"], condition=Q(freed_at__isnull=True), name="invoice_used_once"
            ),
            models.CheckConstraint(
                condition=Q(freed_at__isnull=True, freed_why="") | (Q(freed_at__isnull=False) & ~Q(freed_why="")),
                name="invoice_freed_when_why",
            ),
            models.CheckConstraint(condition=Q(amount_fen__gt=0) & ~Q(number=""), name="invoice_says_something"),
        ]
