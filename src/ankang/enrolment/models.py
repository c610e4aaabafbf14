"""Who is insured: one participation a person and programme guards the unit cap; each enrolment tells who paid what."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.roster.models import Resident


class ParticipationQuerySet(models.QuerySet["Participation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)

    def insured(self) -> Self:
        return self.filter(units__gt=0)


class Participation(models.Model):
    """One resident in one programme: the row that every enrolment locks, and that coverage counts."""

    resident = models.ForeignKey(Resident, models.PROTECT, related_name="participations")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="participations")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    units = models.PositiveSmallIntegerField("全部份数", default=0)
    capped_units = models.PositiveSmallIntegerField("计入上限的份数", default=0)  # READING K10
    unit_cap = models.PositiveSmallIntegerField("份数上限")
    first_enrolled_on = models.DateField("首次参保日", null=True, blank=True)

    objects = ParticipationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["programme", "village", "first_enrolled_on"])]
        constraints = [
            models.UniqueConstraint(fields=["resident", "programme"], name="participation_once"),
            models.CheckConstraint(
                condition=models.Q(capped_units__lte=models.F("unit_cap")), name="participation_unit_cap"
            ),
            models.CheckConstraint(
                condition=models.Q(capped_units__lte=models.F("units")),
                name="participation_capped_within_units",
            ),
            models.CheckConstraint(
                condition=models.Q(units=0, first_enrolled_on__isnull=True)
                | models.Q(units__gt=0, first_enrolled_on__isnull=False),
                name="participation_insured_has_a_day",
            ),
        ]


class Enrolment(models.Model):
    """One act of enrolling: by whom, when, on whose consent. Cancelled on the same day, never deleted."""

    class Channel(models.TextChoices):
        SINGLE = "single", "逐人登记"
        BATCH = "batch", "政府购买批量"
        IMPORT = "import", "表格导入"
        HOUSEHOLD = "household", "一户登记"
        LIST = "list", "多人登记"

    class Consent(models.TextChoices):
        RESIDENT = "resident", "老人本人"
        FAMILY = "family", "家属"
        NOT_NEEDED = "not_needed", "政府统一购买"

    key = models.CharField("防重复号", max_length=64, unique=True)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="enrolments")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.SINGLE)
    enrolled_on = models.DateField("参保日")
    enrolled_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    consent = models.CharField("谁同意的", max_length=10, choices=Consent.choices)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["village", "enrolled_on"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | models.Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="enrolment_cancelled_who_and_when",
            ),
        ]


class Holding(models.Model):
    """The units of one product from one enrolment, with their cover. A person's holding is the sum of these."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="holdings")
    product = models.CharField("险种", max_length=10)
    units = models.PositiveSmallIntegerField("份数")
    unit_price_fen = models.PositiveIntegerField()
    cover_from = models.DateField("保障开始")
    cover_to = models.DateField("保障截止")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(units__gte=1), name="holding_has_units"),
            models.CheckConstraint(
                condition=models.Q(cover_to__gte=models.F("cover_from")), name="holding_cover_dates"
            ),
            models.UniqueConstraint(fields=["enrolment", "product"], name="holding_once_an_enrolment"),
        ]


class Funding(models.Model):
    """Who paid how much of a holding's premium. The parts add up to units x unit price."""

    class Payer(models.TextChoices):
        GOVERNMENT = "government", "政府"
        SELF = "self", "本人"
        CHILD = "child", "子女"
        VILLAGE = "village", "村集体"
        DONOR = "donor", "爱心捐赠"

    holding = models.ForeignKey(Holding, models.PROTECT, related_name="fundings")
    payer = models.CharField("谁出钱", max_length=10, choices=Payer.choices)
    amount_fen = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["holding", "payer"], name="funding_once_a_payer"),
            models.CheckConstraint(condition=models.Q(amount_fen__gt=0), name="funding_positive"),
        ]


from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine  # noqa: E402, F401 (models of this app, in a file of their own)
