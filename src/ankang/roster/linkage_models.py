"""Rows that came without a usable identity number, the residents they may mean, and what a person decided."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division


class LinkCaseQuerySet(models.QuerySet["LinkCase"]):
    def visible_to(self, user: User) -> Self:
        """Cases of imports into this person's division or one below it."""
        return self.filter(run__division__code__startswith=user.scope)


class LinkCase(models.Model):
    """One refused row of an import that may mean somebody on the roster."""

    class State(models.TextChoices):
        WAITING = "waiting", "待比对"
        LINKED = "linked", "已认定"
        NOBODY = "nobody", "都不是"

    row = models.OneToOneField("roster.ImportRow", models.CASCADE, related_name="link_case")
    run = models.ForeignKey("roster.ImportRun", models.CASCADE, related_name="link_cases")
    name = models.CharField("姓名", max_length=60)
    birth_date = models.DateField("出生日期", null=True)
    sex = models.CharField("性别", max_length=1, blank=True)
    village = models.ForeignKey(Division, models.PROTECT, null=True, related_name="+", verbose_name="村居")
    household = models.CharField("户号", max_length=30, blank=True)
    phone_tail = models.CharField("手机后四位", max_length=4, blank=True)
    groups = models.JSONField("类别", default=list)
    day = models.DateField("日期", null=True)  # of a death, a move, or the first on a list
    state = models.CharField("状态", max_length=7, choices=State.choices, default=State.WAITING)
    resident = models.ForeignKey("roster.Resident", models.PROTECT, null=True, blank=True, related_name="linked_rows")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = LinkCaseQuerySet.as_manager()

    class Meta:
        ordering = ["run", "row__row_number", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="link_case_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(state="linked", resident__isnull=False)
                | (~models.Q(state="linked") & models.Q(resident__isnull=True)),
                name="link_case_linked_to_somebody",
            ),
        ]


class LinkCandidate(models.Model):
    """A resident whom a case may mean. The likelihood orders the page; a person decides."""

    case = models.ForeignKey(LinkCase, models.CASCADE, related_name="candidates")
    resident = models.ForeignKey("roster.Resident", models.CASCADE, related_name="+")
    likelihood = models.PositiveSmallIntegerField("把握")  # per mille, cut
    says = models.JSONField("依据", default=list)  # codes of `linkage.model.SAYINGS`

    class Meta:
        ordering = ["case", "-likelihood", "resident_id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "resident"], name="link_candidate_once"),
            models.CheckConstraint(condition=models.Q(likelihood__lte=1000), name="link_candidate_per_mille"),
        ]
