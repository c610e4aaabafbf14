"""Bulletins (通报): figures frozen once and for all, texts in versions, released by a second person under a number."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import Desk, User
from ankang.audit.models import AppendOnlyModel, AppendOnlyQuerySet
from ankang.divisions.models import Division
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import codes_above


class AddedQuerySet(AppendOnlyQuerySet):
    """Figures, texts and names are added and read."""


class BulletinQuerySet(models.QuerySet["Bulletin"]):
    def visible_to(self, user: User) -> Self:
        """The town sees all of its own; a village what its town released, a district what its towns released."""
        if user.desk == Desk.TOWN:
            return self.filter(division__code__startswith=user.scope)
        released = self.filter(number__isnull=False)
        if user.desk == Desk.VILLAGE:
            return released.filter(division__in=codes_above(user.division_id))
        return released.filter(division__code__startswith=user.scope)


class Bulletin(models.Model):
    """One bulletin of a town. Until its release it is a draft without a number; after it nothing of it changes."""

    class Kind(models.TextChoices):
        WEEKLY = "weekly", "周通报"
        FINAL = "final", "总结通报"

    class State(models.TextChoices):
        DRAFT = "draft", "草稿"
        RELEASED = "released", "已印发"
        WITHDRAWN = "withdrawn", "已作废"

    key = models.CharField("防重复号", max_length=64, unique=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField()
    edited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # of the last text
    year = models.PositiveSmallIntegerField("年度", null=True, blank=True)
    number = models.PositiveIntegerField("文号", null=True, blank=True)
    figures = models.ForeignKey("FrozenFigures", models.PROTECT, null=True, blank=True, related_name="+")
    text = models.ForeignKey("BulletinText", models.PROTECT, null=True, blank=True, related_name="+")
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="corrections")
    correction_reason = models.CharField("更正原因", max_length=200, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_reason = models.CharField("作废原因", max_length=200, blank=True)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["division", "year", "number"], name="bulletin_number_once"),
            models.CheckConstraint(
                condition=Q(
                    number__isnull=True,
                    year__isnull=True,
                    figures__isnull=True,
                    text__isnull=True,
                    released_by__isnull=True,
                    released_at__isnull=True,
                )
                | Q(
                    number__gte=1,
                    year__isnull=False,
                    figures__isnull=False,
                    text__isnull=False,
                    released_by__isnull=False,
                    released_at__isnull=False,
                ),
                name="bulletin_released_all_or_nothing",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", number__isnull=True)
                | Q(state="released", number__isnull=False)
                | Q(state="withdrawn"),
                name="bulletin_state_and_number",
            ),
            models.CheckConstraint(
                condition=Q(released_by__isnull=True)
                | (~Q(released_by=F("drafted_by")) & ~Q(released_by=F("edited_by"))),
                name="bulletin_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="withdrawn", withdrawn_by__isnull=False, withdrawn_at__isnull=False)
                & ~Q(withdrawn_reason="")
                | ~Q(state="withdrawn") & Q(withdrawn_by__isnull=True, withdrawn_at__isnull=True, withdrawn_reason=""),
                name="bulletin_withdrawn_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(replaces__isnull=True, correction_reason="")
                | Q(replaces__isnull=False) & ~Q(correction_reason=""),
                name="bulletin_correction_has_a_reason",
            ),
        ]

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def name(self) -> str:
        """安康通报〔2024〕3号, or what it is without a number."""
        return f"安康通报〔{self.year}〕{self.number}号" if self.number else f"未编号（{self.get_state_display()}）"


class FrozenFigures(AppendOnlyModel):
    """The figures of a bulletin at one instant. Rows are added, never changed; `digest` tells when one was."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="freezes")
    number = models.PositiveSmallIntegerField()
    document = models.TextField("数字")  # canonical JSON of figures.Figures
    digest = models.CharField(max_length=64)  # SHA-256 of `document`; it stands in the sealed audit record too
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = AddedQuerySet.as_manager()

    class Meta:
        ordering = ["bulletin", "number"]
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="figures_number_once")]


class BulletinText(AppendOnlyModel):
    """One version of a bulletin's words. `is_drafted`: made from the figures, by nobody's hand."""

    bulletin = models.ForeignKey(Bulletin, models.PROTECT, related_name="texts")
    number = models.PositiveSmallIntegerField()
    title = models.CharField("标题", max_length=120)
    recipients = models.CharField("主送", max_length=120)
    progress = models.TextField("进展情况", max_length=4000)
    problems = models.TextField("存在问题", max_length=4000)
    demands = models.TextField("下一步要求", max_length=4000)
    copies = models.CharField("抄送", max_length=120, blank=True)
    is_drafted = models.BooleanField()
    written_at = models.DateTimeField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = AddedQuerySet.as_manager()

    class Meta:
        ordering = ["bulletin", "number"]
        constraints = [models.UniqueConstraint(fields=["bulletin", "number"], name="bulletin_text_number_once")]


class YearNumber(models.Model):
    """How many bulletins a town has released in a year: the row that a release locks, so numbers have no gap."""

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["division", "year"], name="year_number_once")]


class NoticeQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Notice(models.Model):
    """催办通知: who of one village is missing, frozen, and when the village confirmed that it has read it."""

    key = models.CharField("防重复号", max_length=80, unique=True)
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    due_on = models.DateField("办结期限")
    document = models.TextField("数字")  # canonical JSON of figures.VillageFigures
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    read_at = models.DateTimeField(null=True, blank=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["village", "issued_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
                name="notice_read_who_and_when",
            ),
        ]


class NoticePerson(AppendOnlyModel):
    """One person whom a notice names: not insured when it was issued. Names and tails stay with the resident."""

    notice = models.ForeignKey(Notice, models.PROTECT, related_name="people")
    resident = models.ForeignKey("roster.Resident", models.PROTECT, related_name="+")
    is_subject = models.BooleanField()
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = AddedQuerySet.as_manager()

    class Meta:
        ordering = ["notice", "pk"]
        constraints = [models.UniqueConstraint(fields=["notice", "resident"], name="notice_person_once")]
