"""The year's assessment: schemes, frozen results, objections. What is frozen is only added to, never changed."""

from functools import cached_property
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from ankang.accounts.models import User
from ankang.audit.models import AppendOnlyModel, AppendOnlyQuerySet
from ankang.divisions.models import Division
from ankang.programmes.models import Programme
from ankang.programmes.queries import codes_above
from ankang.rules.assessment import Scheme, VillageFacts
from ankang.rules.assessment_scores import Score
from ankang.rules.canonical import read_document


def issued_for(user: User, programme: str = "programme") -> Q:
    """Return the condition on rows of programmes that are issued above, at or below this person's division."""
    above = Q(**{f"{programme}__division__in": codes_above(user.division_id)})
    return above | Q(**{f"{programme}__division__code__startswith": user.scope})


class SchemeQuerySet(models.QuerySet["AssessmentScheme"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(issued_for(user))


class AssessmentScheme(models.Model):
    """One version of a town's scheme (考核办法): a draft until a manager confirms it on a paper. READING K16"""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="schemes")
    number = models.PositiveSmallIntegerField()
    text = models.TextField("原文")  # TOML, as it was entered
    document = models.TextField("规范文本")  # canonical JSON of rules.Scheme
    digest = models.CharField(max_length=64)
    is_example = models.BooleanField(default=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    paper = models.CharField("依据", max_length=120, blank=True)

    objects = SchemeQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="scheme_number_once"),
            models.UniqueConstraint(fields=["programme", "digest"], name="scheme_digest_once"),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True, paper="")
                | (Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(paper="")),
                name="scheme_confirmed_who_when_paper",
            ),
        ]

    @cached_property
    def scheme(self) -> Scheme:
        return read_document(self.document, Scheme)


class RunQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> Self:
        return self.filter(issued_for(user))


class AssessmentRun(AppendOnlyModel):
    """Results of all villages, frozen with the scheme: the first, or a later version that says what it follows."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="runs")
    scheme = models.ForeignKey(AssessmentScheme, models.PROTECT, related_name="runs")
    scheme_digest = models.CharField(max_length=64)
    number = models.PositiveSmallIntegerField()
    previous = models.OneToOneField("self", models.PROTECT, null=True, related_name="following")
    as_of = models.DateField("数据到哪天")
    frozen_at = models.DateTimeField()
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.CharField("为什么重算", max_length=200, blank=True)
    digest = models.CharField(max_length=64)  # of the scheme's digest and every row's documents

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["programme", "number"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="run_number_once"),
            models.CheckConstraint(
                condition=Q(number=1, previous__isnull=True, reason="")
                | (Q(number__gt=1, previous__isnull=False) & ~Q(reason="")),
                name="run_first_or_follows_with_a_reason",
            ),
        ]


class VillagesQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Rows of the villages under this person's division."""
        return self.filter(village__code__startswith=user.scope)


class AppendOnlyOfVillage(AppendOnlyQuerySet):
    def visible_to(self, user: User) -> Self:
        """Rows of the villages under this person's division."""
        return self.filter(village__code__startswith=user.scope)


class AssessmentRow(AppendOnlyModel):
    """One village of a run: the counts as they were, and the score with its trace."""

    run = models.ForeignKey(AssessmentRun, models.PROTECT, related_name="rows")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    facts_document = models.TextField()  # canonical JSON of rules.VillageFacts
    score_document = models.TextField()  # canonical JSON of rules.Score
    points = models.PositiveIntegerField("得分（百分之一分）")
    rank = models.PositiveSmallIntegerField("名次")
    is_vetoed = models.BooleanField("一票否决")

    objects = AppendOnlyOfVillage.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["run", "rank", "village"]
        constraints = [
            models.UniqueConstraint(fields=["run", "village"], name="assessment_row_once"),
            models.CheckConstraint(condition=Q(rank__gte=1), name="assessment_row_has_a_rank"),
        ]

    @cached_property
    def facts(self) -> VillageFacts:
        return read_document(self.facts_document, VillageFacts)

    @cached_property
    def score(self) -> Score:
        return read_document(self.score_document, Score)


class Objection(models.Model):
    """A village's objection to its result, and the town's reasoned answer; an upheld one may correct one count."""

    class State(models.TextChoices):
        OPEN = "open", "等镇里答复"
        UPHELD = "upheld", "采纳"
        REJECTED = "rejected", "不采纳"

    key = models.CharField("防重复号", max_length=64, unique=True)
    run = models.ForeignKey(AssessmentRun, models.PROTECT, related_name="objections")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    about = models.CharField("哪个数", max_length=40, blank=True)  # a count's code; empty: something else
    text = models.CharField("理由", max_length=300)
    raised_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    raised_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answer = models.CharField("答复", max_length=300, blank=True)
    corrected = models.PositiveIntegerField("更正为", null=True, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    objects = VillagesQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "village", "about"], condition=Q(state="open"), name="objection_one_open_a_count"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_by__isnull=True, answered_at__isnull=True, answer="")
                | (~Q(state="open") & Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer="")),
                name="objection_answered_who_when_why",
            ),
            models.CheckConstraint(
                condition=Q(corrected__isnull=True) | (Q(state="upheld") & ~Q(about="")),
                name="objection_corrects_when_upheld",
            ),
        ]


from ankang.assessment.reward_models import (  # noqa: E402, F401 (models of this app, in a file of their own)
    Commendation,
    Commended,
    PublicObjection,
    SubsidyLine,
    SubsidyRequest,
)
