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
        """Who agreed, and how they were asked."""

        RESIDENT = "resident", "老人本人，当面念的"
        FAMILY = "family", "家属，当面念的"
        RESIDENT_PHONE = "res_phone", "老人本人，电话里念的"
        FAMILY_PHONE = "fam_phone", "家属，电话里念的"
        RESIDENT_SIGNED = "res_signed", "老人本人，签了同意书"
        FAMILY_SIGNED = "fam_signed", "家属，签了同意书"
        NOT_NEEDED = "not_needed", "政府统一购买"

    key = models.CharField("防重复号", max_length=64, unique=True)
    participation = models.ForeignKey(Participation, models.PROTECT, related_name="enrolments")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.SINGLE)
    enrolled_on = models.DateField("参保日")
    enrolled_at = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    consent = models.CharField("谁同意的、怎么同意的", max_length=10, choices=Consent.choices)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_on = models.DateField("退保日", null=True, blank=True)  # the last day on which its cover may count
    late_entry = models.ForeignKey("LateEntry", models.PROTECT, null=True, blank=True, related_name="enrolments")

    class Meta:
        indexes = [models.Index(fields=["village", "enrolled_on"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True, cancelled_by__isnull=True)
                | models.Q(cancelled_at__isnull=False, cancelled_by__isnull=False),
                name="enrolment_cancelled_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(cancelled_at__isnull=True) | models.Q(withdrawn_on__isnull=True),
                name="enrolment_cancelled_or_withdrawn",
            ),
        ]


# What somebody agreed to, by person and way; government's purchase needs nobody's word.
CONSENTS_GIVEN = tuple(one for one in Enrolment.Consent if one is not Enrolment.Consent.NOT_NEEDED)
CONSENT_WAYS = {"read": "当面念的", "phone": "电话里念的", "signed": "签了同意书"}
CONSENT_OF = dict(
    zip(((who, how) for how in CONSENT_WAYS for who in ("resident", "family")), CONSENTS_GIVEN, strict=True)
)


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


class LateEntryQuerySet(models.QuerySet["LateEntry"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class LateEntry(models.Model):
    """A town manager's exception: one resident may still be enrolled after the window, on some days, on a paper."""

    key = models.CharField("防重复号", max_length=64, unique=True)
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="late_entries")
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="late_entries")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    reason = models.CharField("原因", max_length=200)
    paper = models.CharField("依据", max_length=120)
    valid_from = models.DateField("从哪天")
    valid_to = models.DateField("到哪天")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()

    objects = LateEntryQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["resident", "programme", "valid_to"])]
        constraints = [
            models.CheckConstraint(condition=models.Q(valid_to__gte=models.F("valid_from")), name="late_entry_days"),
            models.CheckConstraint(
                condition=~models.Q(reason="") & ~models.Q(paper=""), name="late_entry_reason_and_paper"
            ),
        ]


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class Withdrawal(models.Model):
    """A request to give an enrolment up, later than its own day: it waits for the insurer."""

    class State(models.TextChoices):
        WAITING = "waiting", "等中国人寿审核"
        ACCEPTED = "accepted", "已同意退保"
        REFUSED = "refused", "没有同意"

    key = models.CharField("防重复号", max_length=64, unique=True)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="withdrawals")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    reason = models.CharField("退保原因", max_length=200)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField("审核意见", max_length=200, blank=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "requested_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment"],
                condition=models.Q(state__in=("waiting", "accepted")),
                name="withdrawal_once_an_enrolment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (~models.Q(state="waiting") & models.Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="withdrawal_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by__isnull=True) | ~models.Q(decided_by=models.F("requested_by")),
                name="withdrawal_decided_by_another",
            ),
        ]


class GovernmentBatchQuerySet(models.QuerySet["GovernmentBatch"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(division__code__startswith=user.scope)


class GovernmentBatch(models.Model):
    """Units that government buys for many subjects at once: prepared by one person, approved by another."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事复核"
        RUNNING = "running", "已同意，还没登记完"
        DONE = "done", "已登记完"
        REFUSED = "refused", "没有同意"

    key = models.CharField("防重复号", max_length=64, unique=True)
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    villages = models.JSONField("选定的村居", default=list)  # codes; empty: all of the division
    product = models.CharField("险种", max_length=10)  # READING K09, as it stood when the batch was prepared
    units = models.PositiveSmallIntegerField("每人份数")
    unit_price_fen = models.PositiveIntegerField()
    bought_before = models.PositiveIntegerField("政府已买过的人数")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    prepared_note = models.CharField("说明", max_length=200, blank=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    reviewed_note = models.CharField("复核意见", max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = GovernmentBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state="prepared", reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (~models.Q(state="prepared") & models.Q(reviewed_by__isnull=False, reviewed_at__isnull=False)),
                name="government_batch_reviewed_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by__isnull=True) | ~models.Q(reviewed_by=models.F("prepared_by")),
                name="government_batch_second_person",
            ),
            models.CheckConstraint(
                condition=models.Q(state="done", finished_at__isnull=False)
                | (~models.Q(state="done") & models.Q(finished_at__isnull=True)),
                name="government_batch_finished_when_done",
            ),
        ]

    @property
    def price_fen(self) -> int:
        """What government owes for one person."""
        return self.units * self.unit_price_fen


class GovernmentBatchRow(models.Model):
    """One person of a batch, frozen when it was prepared, and what became of them."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "待登记"
        ENROLLED = "enrolled", "已登记"
        NOT_ENROLLED = "not_enrolled", "没登记上"
        LEFT_OUT = "left_out", "没列入"

    batch = models.ForeignKey(GovernmentBatch, models.PROTECT, related_name="rows")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    groups = models.CharField("类别", max_length=120)  # codes, in the plan's order, with commas
    outcome = models.CharField(max_length=12, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField("原因代码", max_length=40, blank=True)
    reason_words = models.CharField("原因", max_length=300, blank=True)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, blank=True, related_name="batch_row")

    class Meta:
        ordering = ["batch", "pk"]
        indexes = [models.Index(fields=["batch", "outcome"])]
        constraints = [
            models.UniqueConstraint(fields=["batch", "resident"], name="government_batch_row_once"),
            models.CheckConstraint(
                condition=models.Q(outcome="enrolled", enrolment__isnull=False)
                | (~models.Q(outcome="enrolled") & models.Q(enrolment__isnull=True)),
                name="government_batch_row_enrolled",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=("waiting", "enrolled"), reason="")
                | (models.Q(outcome__in=("not_enrolled", "left_out")) & ~models.Q(reason="")),
                name="government_batch_row_reason",
            ),
        ]


from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine  # noqa: E402, F401 (models of this app, in a file of their own)
