"""Targets issued after the plan's own 附件1: each issue whole, on a paper, in force from a day; append-only."""

from django.conf import settings
from django.db import models

from ankang.divisions.models import Division
from ankang.programmes.models import Programme
from ankang.rules.days import day_words


class TargetIssue(models.Model):
    """One issue (下达) of a programme's targets. The newest whose day has come is in force."""

    class Source(models.TextChoices):
        CURRENT = "current", "现行目标表的人口数"
        ROSTER = "roster", "某一天的名册"
        FILE = "file", "上传的Excel"
        ENTERED = "entered", "手工填写"

    key = models.CharField("防重复号", max_length=64, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="target_issues")
    number = models.PositiveSmallIntegerField()
    from_on = models.DateField("从哪天起算")
    paper = models.CharField("文号", max_length=80)
    paper_on = models.DateField("文件日期")
    reason = models.CharField("为什么改", max_length=200, blank=True)  # empty for a programme's very first targets
    source = models.CharField("人口数从哪来", max_length=8, choices=Source.choices)
    source_on = models.DateField("名册哪一天", null=True, blank=True)
    rule = models.CharField("目标怎么算", max_length=20)  # rules.targets.Rounding
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="target_issue_number_once"),
            models.CheckConstraint(condition=~models.Q(paper=""), name="target_issue_has_a_paper"),
            models.CheckConstraint(
                condition=models.Q(source="roster", source_on__isnull=False)
                | (~models.Q(source="roster") & models.Q(source_on__isnull=True)),
                name="target_issue_roster_has_a_day",
            ),
        ]

    @property
    def paper_words(self) -> str:
        """The paper as people name it: number and day."""
        return f"{self.paper}（{day_words(self.paper_on)}）"


class IssuedTarget(models.Model):
    """One village's line of an issue."""

    issue = models.ForeignKey(TargetIssue, models.PROTECT, related_name="rows")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    serial = models.PositiveSmallIntegerField()
    population = models.PositiveIntegerField("60周岁以上人口数")
    target = models.PositiveIntegerField("考核目标")

    class Meta:
        ordering = ["issue", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["issue", "village"], name="issued_target_once_a_village"),
            models.CheckConstraint(
                condition=models.Q(target__lte=models.F("population")), name="issued_target_within_population"
            ),
        ]
