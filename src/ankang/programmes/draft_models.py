"""The making of a plan: a draft, every state that it had, and the steps until two persons publish it."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.programmes.models import ProgrammeVersion


class DraftQuerySet(models.QuerySet["ProgrammeDraft"]):
    def visible_to(self, user: User) -> Self:
        """The drafts of the office's own divisions; other desks have none."""
        found = self.filter(division__code__startswith=user.scope)
        return found if user.desk == Desk.TOWN else found.none()


class ProgrammeDraft(models.Model):
    """A plan in the making: next year's, or the next version of a published one (`is_amendment`)."""

    class State(models.TextChoices):
        OPEN = "open", "在改"
        SUBMITTED = "submitted", "等复核发布"
        PUBLISHED = "published", "已发布"
        DROPPED = "dropped", "已作废"

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    title = models.CharField("名称", max_length=80)
    base = models.ForeignKey(ProgrammeVersion, models.PROTECT, null=True, related_name="+")  # what it is compared with
    is_amendment = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    head = models.PositiveIntegerField("最新一稿", default=1)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField(null=True)
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    version = models.OneToOneField(ProgrammeVersion, models.PROTECT, null=True, related_name="draft")

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "dropped"], submitted_at__isnull=True, submitted_by__isnull=True)
                | models.Q(
                    state__in=["submitted", "published"], submitted_at__isnull=False, submitted_by__isnull=False
                ),
                name="draft_submitted_who_and_when",
            ),
            models.CheckConstraint(
                condition=(
                    ~models.Q(state="published")
                    & models.Q(published_at__isnull=True, published_by__isnull=True, version__isnull=True)
                )
                | (
                    models.Q(state="published", published_at__isnull=False, published_by__isnull=False)
                    & models.Q(version__isnull=False)
                    & ~models.Q(published_by=models.F("submitted_by"))
                ),
                name="draft_second_person_publishes",
            ),
            models.CheckConstraint(
                condition=models.Q(is_amendment=False) | models.Q(base__isnull=False), name="draft_amends_a_version"
            ),
        ]


class DraftRevision(models.Model):
    """One state of a draft, as its two files; never changed. `aside`: kept, but another's work came first."""

    class How(models.TextChoices):
        COPIED = "copied", "复制上一版"
        UPLOADED = "uploaded", "上传文件"
        SAVED = "saved", "保存"
        AUTO = "auto", "自动保存"
        RESTORED = "restored", "恢复旧稿"
        ASIDE = "aside", "没采用：同时有人改"

    draft = models.ForeignKey(ProgrammeDraft, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    tables = models.TextField("programme.toml")
    targets = models.TextField("targets.csv", blank=True)
    unchecked = models.JSONField("还没核对的部分", default=list)
    section = models.CharField("改了哪一部分", max_length=20, blank=True)
    how = models.CharField(max_length=10, choices=How.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["draft", "number"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "number"], name="draft_revision_once"),
        ]


class DraftStep(models.Model):
    """What somebody said of a draft: submitted, sent back, published (with a note on every warning), dropped."""

    class Kind(models.TextChoices):
        SUBMITTED = "submitted", "提交复核"
        RETURNED = "returned", "退回"
        PUBLISHED = "published", "发布"
        DROPPED = "dropped", "作废"

    draft = models.ForeignKey(ProgrammeDraft, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    number = models.PositiveIntegerField("哪一稿")
    note = models.CharField("说明", max_length=300, blank=True)
    acknowledged = models.JSONField("提醒的处理说明", default=list)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["draft", "id"]
