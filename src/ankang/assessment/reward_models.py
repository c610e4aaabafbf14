"""What follows from frozen results: commendation with its publicity, and the work-fund subsidy. Two persons each."""

from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.assessment.models import AppendOnlyOfVillage, AssessmentRun, VillagesQuerySet, issued_for
from ankang.audit.models import AppendOnlyModel
from ankang.divisions.models import Division


class OfRunQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        return self.filter(issued_for(user, "run__programme"))


class TwoPersons(models.Model):
    """Prepared by one person on one run, reviewed by another."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    run = models.ForeignKey(AssessmentRun, models.PROTECT, related_name="%(class)ss")
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True)
    reviewed_note = models.CharField("复核意见", max_length=200, blank=True)

    objects = OfRunQuerySet.as_manager()

    class Meta:
        abstract = True


def two_persons(name: str) -> list[models.BaseConstraint]:
    """Return what the database asks of two persons: who and when together, never the same one, one alive a run."""
    return [
        models.CheckConstraint(
            condition=Q(state="prepared", reviewed_by__isnull=True, reviewed_at__isnull=True)
            | (~Q(state="prepared") & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
            name=f"{name}_reviewed_who_and_when",
        ),
        models.CheckConstraint(
            condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("prepared_by")), name=f"{name}_second_person"
        ),
        models.UniqueConstraint(fields=["run"], condition=~Q(state="refused"), name=f"{name}_one_a_run"),
    ]


class Commendation(TwoPersons):
    """Villages and persons to be commended (表彰): approved by a second person, made public, then final."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        PUBLIC = "public", "公示中"
        FINAL = "final", "已表彰"
        REFUSED = "refused", "没有同意"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    public_from = models.DateField("公示开始", null=True)
    public_to = models.DateField("公示截止", null=True)
    finished_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            *two_persons("commendation"),
            models.CheckConstraint(
                condition=(
                    Q(state__in=("public", "final"))
                    & Q(public_from__isnull=False, public_to__isnull=False, public_to__gte=F("public_from"))
                )
                | (Q(state__in=("prepared", "refused")) & Q(public_from__isnull=True, public_to__isnull=True)),
                name="commendation_public_has_days",
            ),
            models.CheckConstraint(
                condition=Q(state="final", finished_by__isnull=False, finished_at__isnull=False)
                | (~Q(state="final") & Q(finished_by__isnull=True, finished_at__isnull=True)),
                name="commendation_final_who_and_when",
            ),
        ]


class Commended(models.Model):
    """One village or person on the list, frozen when it was prepared; struck when an objection in public is upheld."""

    commendation = models.ForeignKey(Commendation, models.PROTECT, related_name="entries")
    position = models.PositiveSmallIntegerField()
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=60)
    award = models.CharField("称号", max_length=60)
    words = models.CharField("依据", max_length=300)
    is_struck = models.BooleanField("撤下", default=False)

    objects = VillagesQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["commendation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["commendation", "position"], name="commended_position_once"),
            models.UniqueConstraint(
                fields=["commendation", "village"], condition=Q(person__isnull=True), name="commended_village_once"
            ),
            models.UniqueConstraint(
                fields=["commendation", "person"], condition=Q(person__isnull=False), name="commended_person_once"
            ),
        ]


class PublicObjection(models.Model):
    """What somebody said against one on the list while it was public, as the town wrote it down, and the answer."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    commended = models.ForeignKey(Commended, models.PROTECT, related_name="objections")
    text = models.CharField("反映的情况", max_length=300)
    noted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()
    is_upheld = models.BooleanField("属实", null=True)
    answer = models.CharField("核实结果", max_length=300, blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_upheld__isnull=True, answered_by__isnull=True, answered_at__isnull=True, answer="")
                | (Q(is_upheld__isnull=False, answered_by__isnull=False, answered_at__isnull=False) & ~Q(answer="")),
                name="public_objection_answered_who_when_why",
            ),
        ]


class SubsidyRequest(TwoPersons):
    """A request for the villages' work funds (工作经费补助) to the town's finance office, with its amounts frozen."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        APPROVED = "approved", "已同意，报财政"
        REFUSED = "refused", "没有同意"

    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    budget_fen = models.PositiveBigIntegerField("预算")
    total_fen = models.PositiveBigIntegerField("合计")

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints = [
            *two_persons("subsidy"),
            models.CheckConstraint(condition=Q(total_fen__lte=F("budget_fen")), name="subsidy_within_budget"),
        ]


class SubsidyLine(AppendOnlyModel):
    """What one village gets, and how it was worked out."""

    request = models.ForeignKey(SubsidyRequest, models.PROTECT, related_name="lines")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    serial = models.PositiveSmallIntegerField("序号")
    wanted_fen = models.PositiveBigIntegerField("按档应补")
    amount_fen = models.PositiveBigIntegerField("实补")
    words = models.CharField("怎么算的", max_length=400)

    objects = AppendOnlyOfVillage.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["request", "serial", "village"]
        constraints = [models.UniqueConstraint(fields=["request", "village"], name="subsidy_line_once")]
