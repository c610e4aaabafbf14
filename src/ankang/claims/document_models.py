"""The papers of a claim: what a programme asks for, what came in, and the one notice of what is missing."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import Desk, User
from ankang.claims.models import Claim
from ankang.programmes.models import Programme


class PaperRules(models.Model):
    """A programme's own list of papers; the highest number counts, none is ever changed."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="paper_rules")
    number = models.PositiveSmallIntegerField()
    document = models.JSONField()  # rules.documents.PaperList
    why = models.CharField("为什么改", max_length=200)
    entered_at = models.DateTimeField()
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="paper_rules_once"),
            models.CheckConstraint(condition=~Q(why=""), name="paper_rules_say_why"),
        ]


class ClaimDocumentQuerySet(models.QuerySet["ClaimDocument"]):
    def visible_to(self, user: User) -> Self:
        """The insurer sees every paper of its villages; another desk only what came in by it."""
        here = self.filter(claim__village__code__startswith=user.scope)
        return here if user.desk == Desk.INSURER else here.filter(channel=user.desk)

    def standing(self) -> Self:
        """Those that count: not replaced, not found unusable."""
        return self.filter(replaced_by__isnull=True, unusable_at__isnull=True)


class ClaimDocument(models.Model):
    """One paper of a claim: a photo or a PDF in the sealed store, or an original that insurer or undertaker saw."""

    class Channel(models.TextChoices):
        FAMILY = "family", "家属"
        VILLAGE = "village", "村居"
        TOWN = "town", "镇民政办"
        WINDOW = "window", "卫生院窗口"
        FUNERAL = "funeral", "殡仪馆"
        INSURER = "insurer", "中国人寿"

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="documents")
    paper = models.CharField("材料", max_length=30)  # the code in the list of papers
    name = models.CharField("名称", max_length=60)  # as the list called it on that day
    channel = models.CharField("谁交的", max_length=10, choices=Channel.choices)
    media = models.CharField(max_length=20, blank=True)  # empty: the original was seen, no picture is kept
    size = models.PositiveIntegerField(default=0)
    pages = models.PositiveSmallIntegerField(default=1)
    stored_as = models.CharField(max_length=32, unique=True, null=True, blank=True)  # random: tells nothing
    digest = models.CharField(max_length=64, blank=True)  # keyed: finds the same picture, tells nothing of it
    key = models.CharField("防重复号", max_length=64, unique=True)
    given_at = models.DateTimeField()
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    replaced_by = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="replaces")
    unusable_why = models.CharField("为什么不能用", max_length=100, blank=True)
    unusable_at = models.DateTimeField(null=True, blank=True)
    unusable_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ClaimDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["claim", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="family", given_by__isnull=True)
                | (~Q(channel="family") & Q(given_by__isnull=False)),
                name="document_given_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(stored_as__isnull=True, media="", size=0, channel__in=["insurer", "funeral"])
                | (Q(stored_as__isnull=False, size__gt=0) & ~Q(media="")),
                name="document_stored_or_seen",
            ),
            models.CheckConstraint(
                condition=Q(unusable_at__isnull=True, unusable_by__isnull=True, unusable_why="")
                | (Q(unusable_at__isnull=False, unusable_by__isnull=False) & ~Q(unusable_why="")),
                name="document_unusable_who_when_why",
            ),
        ]

    @property
    def counts(self) -> bool:
        """Whether it stands: neither replaced nor unusable."""
        return self.replaced_by_id is None and self.unusable_at is None

    @property
    def is_picture(self) -> bool:
        return self.media.startswith("image/")


class PaperNotice(models.Model):
    """一次性告知: all papers that a claim still lacks, asked for at once. A second one needs a manager and a reason.

    While it is open the claim waits for its papers. Source: 保险法 22.
    """

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="notices")
    number = models.PositiveSmallIntegerField()
    items = models.JSONField()  # [{title, at_least, papers: [{code, name, hint}]}]: what was asked for, frozen
    key = models.CharField("防重复号", max_length=64, unique=True)
    issued_at = models.DateTimeField()
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField("为什么再要", max_length=200, blank=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_how = models.CharField("怎么结的", max_length=200, blank=True)

    class Meta:
        ordering = ["claim", "number"]
        constraints = [
            models.UniqueConstraint(fields=["claim", "number"], name="paper_notice_once"),
            models.UniqueConstraint(
                fields=["claim"], condition=Q(answered_at__isnull=True), name="paper_notice_one_open_a_claim"
            ),
            models.CheckConstraint(
                condition=Q(number=1) | (Q(number__gt=1, approved_by__isnull=False) & ~Q(reason="")),
                name="paper_notice_second_needs_a_manager",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=models.F("issued_at")),
                name="paper_notice_answered_later",
            ),
        ]
