"""Comparisons that were run: which plans, over which year, when; the result as counts and sums of groups."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.programmes.models import Programme

DESKS = (Desk.TOWN, Desk.INSURER)


class WhatIfQuerySet(models.QuerySet["WhatIf"]):
    def visible_to(self, user: User) -> Self:
        """Those of the own desk: a town's drafts are its own until they are published."""
        return self.filter(desk=user.desk, division__code__startswith=user.scope)


class WhatIf(models.Model):
    """One comparison, as of `at`; never changed. Its result says nothing of a single person."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    desk = models.CharField("岗位", max_length=10, choices=[(desk.value, desk.label) for desk in DESKS])
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")  # whose covers and claims were taken
    before_title = models.CharField("原方案", max_length=120)
    before_digest = models.CharField(max_length=64)
    after_title = models.CharField("改后", max_length=120)
    after_digest = models.CharField(max_length=64)
    result = models.JSONField()  # pricing.documents: fen
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = WhatIfQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["desk", "division"])]
