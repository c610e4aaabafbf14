"""A year's plan as stored: versions of its canonical document, and the published targets."""

from django.conf import settings
from django.db import models

from ankang.divisions.models import Division


class Programme(models.Model):
    slug = models.SlugField("编号", max_length=40, unique=True)
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("名称", max_length=80)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    window_from = models.DateField("推进开始")
    window_to = models.DateField("推进截止")
    cover_from = models.DateField("保障开始")
    cover_to = models.DateField("保障截止")
    is_sample = models.BooleanField(default=False)

    class Meta:
        ordering = ["-year"]

    def __str__(self) -> str:
        return self.name


class ProgrammeVersion(models.Model):
    """One state of the plan and its readings: never changed, only followed by the next number."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    document = models.TextField("规范文本")  # canonical JSON of rules.Programme
    digest = models.CharField(max_length=64)
    source = models.TextField("programme.toml", blank=True, default="")  # with the clauses that `document` leaves out
    published_at = models.DateTimeField()
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    why = models.CharField("为什么有这一版", max_length=200, blank=True)

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="version_number_once"),
            models.UniqueConstraint(fields=["programme", "digest"], name="version_digest_once"),
        ]


class Target(models.Model):
    """A village's published population and target (附件1), frozen."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="targets")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    serial = models.PositiveSmallIntegerField()
    population = models.PositiveIntegerField("60周岁以上人口数")
    target = models.PositiveIntegerField("考核目标")

    class Meta:
        ordering = ["programme", "serial"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "village"], name="target_once_a_village"),
            models.CheckConstraint(
                condition=models.Q(target__lte=models.F("population")), name="target_within_population"
            ),
        ]


from ankang.programmes.draft_models import DraftRevision, DraftStep, ProgrammeDraft  # noqa: E402, F401 (models of this app, in a file of their own)
from ankang.programmes.target_models import IssuedTarget, TargetIssue  # noqa: E402, F401
