"""Comparisons that were asked for: which plans, over which year, how far; the result as counts and sums of groups."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.programmes.models import Programme

DESKS = (Desk.TOWN, Desk.INSURER)


class WhatIfQuerySet(models.QuerySet["WhatIf"]):
    def visible_to(self, user: User) -> Self:
        """Those of the own desk: a town's drafts are its own until they are published."""
        return self.filter(desk=user.desk, division__code__startswith=user.scope)


class WhatIf(models.Model):
    """One comparison: asked for on a desk, counted by `ankang work`, then never changed. It names no person.

    `at` and `finished_at` are of the installation's clock, `beat_at` of the real one.
    """

    class State(models.TextChoices):
        QUEUED = "queued", "排队中"
        RUNNING = "running", "正在算"
        DONE = "done", "算好了"
        FAILED = "failed", "没有算成"

    key = models.CharField("防重复号", max_length=64, unique=True)
    desk = models.CharField("岗位", max_length=10, choices=[(desk.value, desk.label) for desk in DESKS])
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")  # whose covers and claims are taken
    before_title = models.CharField("原方案", max_length=120)
    before_digest = models.CharField(max_length=64)
    before_plan = models.TextField(blank=True)  # canonical; empty in comparisons from before there was a queue
    after_title = models.CharField("改后", max_length=120)
    after_digest = models.CharField(max_length=64)
    after_plan = models.TextField(blank=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)  # how often it was begun; also whose it is
    beat_at = models.DateTimeField()  # the last sign of life: asked for, begun, one village further
    covers = models.PositiveIntegerField(default=0)
    covers_done = models.PositiveIntegerField(default=0)
    why = models.CharField("为什么没有算成", max_length=300, blank=True)
    result = models.JSONField(null=True)  # pricing.documents: fen
    at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = WhatIfQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["desk", "division"])]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="running"), name="whatif_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="done", result__isnull=False) | ~Q(state="done") & Q(result__isnull=True),
                name="whatif_done_has_result",
            ),
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(why="") | ~Q(state="failed") & Q(why=""), name="whatif_failed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["done", "failed"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at__isnull=True),
                name="whatif_finished_has_instant",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING)
