"""House to house: who leads a village's work, who looks after whom, what each visit brought, what is planned."""

from typing import Any, Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.programmes.models import Programme
from ankang.roster.models import Resident


class OfVillageQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Rows of the villages under this person's division."""
        return self.filter(village__code__startswith=user.scope)


class VillageLead(models.Model):
    """The first responsible person of a village (支部书记): one account of its desk, named by the town."""

    village = models.OneToOneField(Division, models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    objects = OfVillageQuerySet.as_manager()


class Assignment(models.Model):
    """A resident in the care of one worker of the village. Earlier workers stand in the audit record."""

    resident = models.OneToOneField(Resident, models.CASCADE, related_name="assignment")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    objects = OfVillageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["village", "worker"])]


class FollowUp(models.Model):
    """One contact with a resident in one programme. The last one that was not taken back is `is_latest`."""

    class Outcome(models.TextChoices):
        PAID = "paid", "已缴"
        REFUSED = "refused", "拒绝"
        AWAY = "away", "外出"
        DEAD = "dead", "已故"
        GOVERNMENT = "government", "政府已保"
        AGAIN = "again", "再联系"

    key = models.CharField("防重复号", max_length=64, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="follow_ups")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=10, choices=Outcome.choices)
    again_on = models.DateField("再联系的日子", null=True, blank=True)
    note = models.CharField("备注", max_length=80, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    is_latest = models.BooleanField(default=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = OfVillageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["resident", "programme", "is_latest"]),
            models.Index(fields=["by", "at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["resident", "programme"], condition=models.Q(is_latest=True), name="follow_up_one_latest"
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="again", again_on__isnull=False)
                | (~models.Q(outcome="again") & models.Q(again_on__isnull=True)),
                name="follow_up_again_has_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True) | models.Q(is_latest=False),
                name="follow_up_undone_is_not_latest",
            ),
        ]


class Measure(models.Model):
    """One measure of a village's own work plan (措施): who answers for it, by when, and when it was done."""

    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    title = models.CharField("措施", max_length=80)
    responsible = models.CharField("责任人", max_length=40)
    due_on = models.DateField("期限")
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = OfVillageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["village", "programme", "title"], name="measure_once"),
            models.CheckConstraint(
                condition=models.Q(done_at__isnull=True, done_by__isnull=True)
                | models.Q(done_at__isnull=False, done_by__isnull=False),
                name="measure_done_who_and_when",
            ),
        ]
