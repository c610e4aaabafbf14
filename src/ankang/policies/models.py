"""From an application to a certificate: batches with frozen rows, group policies, certificates, numbered years."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.enrolment.models import Holding
from ankang.privacy.fields import SealedField
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.roster.models import Resident


class NumberSeries(models.Model):
    """How many batches or endorsements a town has numbered in a year: the row that is locked, so none is missing."""

    class Kind(models.TextChoices):
        APPLICATION = "TB", "投保批次"
        ENDORSEMENT = "PG", "批改"

    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=2, choices=Kind.choices)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["division", "kind", "year"], name="number_series_once")]


class ApplicationBatchQuerySet(models.QuerySet["ApplicationBatch"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(division__code__startswith=user.scope)


class ApplicationBatch(models.Model):
    """A list of people for the insurer: one person of the town prepares it, another one sends it."""

    class State(models.TextChoices):
        PREPARED = "prepared", "等另一位同事发送"
        SENT = "sent", "等中国人寿承保"
        DECIDED = "decided", "已全部答复"
        CANCELLED = "cancelled", "已作废"

    key = models.CharField("防重复号", max_length=64, unique=True)
    number = models.CharField("批次号", max_length=40, unique=True)
    version = models.ForeignKey(ProgrammeVersion, models.PROTECT, related_name="+")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    villages = models.JSONField("选定的村居", default=list)  # codes; empty: all of the division
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREPARED)
    prepared_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    prepared_at = models.DateTimeField()
    prepared_note = models.CharField("说明", max_length=200, blank=True)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_note = models.CharField("作废原因", max_length=200, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ApplicationBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True, sent_at__isnull=True)
                | Q(sent_by__isnull=False, sent_at__isnull=False),
                name="application_sent_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(sent_by__isnull=True) | ~Q(sent_by=F("prepared_by")), name="application_second_person"
            ),
            models.CheckConstraint(
                condition=Q(state="prepared", sent_by__isnull=True)
                | Q(state__in=("sent", "decided"), sent_by__isnull=False)
                | Q(state="cancelled"),
                name="application_sent_when_sent",
            ),
            models.CheckConstraint(
                condition=Q(state="cancelled", cancelled_by__isnull=False, cancelled_at__isnull=False)
                | (~Q(state="cancelled") & Q(cancelled_by__isnull=True, cancelled_at__isnull=True)),
                name="application_cancelled_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(state="decided", decided_at__isnull=False)
                | (~Q(state="decided") & Q(decided_at__isnull=True)),
                name="application_decided_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class GroupPolicyQuerySet(models.QuerySet["GroupPolicy"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)


class GroupPolicy(models.Model):
    """团体保单: the insurer's number over the people of one village in one programme. It counts its certificates."""

    number = models.CharField("保单号", max_length=40, unique=True)
    programme = models.ForeignKey(Programme, models.PROTECT, related_name="policies")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    issued_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    last_serial = models.PositiveIntegerField(default=0)  # of its certificates; changed under this row's lock

    objects = GroupPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["village", "number"]
        indexes = [models.Index(fields=["programme", "village"])]

    def __str__(self) -> str:
        return self.number


class ApplicationRow(models.Model):
    """One holding of a batch, as it was when the batch was prepared, and what the insurer answered."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "待承保"
        ACCEPTED = "accepted", "已承保"
        REFUSED = "refused", "没有承保"
        LEFT_OUT = "left_out", "没列入"
        CANCELLED = "cancelled", "不再投保"

    batch = models.ForeignKey(ApplicationBatch, models.PROTECT, related_name="rows")
    serial = models.PositiveIntegerField("序号")  # of those applied for, from 1 on; then those left out
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="applications")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="+")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    name = models.CharField("姓名", max_length=60)
    identity = SealedField("policies.applicationrow.identity", null=True)
    identity_index = models.CharField(max_length=64, blank=True)
    identity_tail = models.CharField("身份证号后四位", max_length=4, blank=True)
    sex = models.CharField("性别", max_length=1)
    birth_date = models.DateField("出生日期")
    phone = SealedField("policies.applicationrow.phone", null=True)
    phone_tail = models.CharField("电话后四位", max_length=4, blank=True)
    product = models.CharField("险种", max_length=10)
    units = models.PositiveSmallIntegerField("份数")
    premium_fen = models.PositiveIntegerField("保费")
    cover_from = models.DateField("保障开始")
    cover_to = models.DateField("保障截止")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    reason = models.CharField("原因代码", max_length=40, blank=True)
    reason_words = models.CharField("原因", max_length=300, blank=True)
    policy = models.ForeignKey(GroupPolicy, models.PROTECT, null=True, blank=True, related_name="rows")
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["batch", "serial"]
        indexes = [models.Index(fields=["batch", "outcome"])]
        constraints = [
            models.UniqueConstraint(fields=["batch", "serial"], name="application_row_serial"),
            models.UniqueConstraint(
                fields=["holding"], condition=Q(outcome__in=("waiting", "accepted")), name="application_row_once_alive"
            ),
            models.CheckConstraint(
                condition=Q(outcome="accepted", policy__isnull=False)
                | (~Q(outcome="accepted") & Q(policy__isnull=True)),
                name="application_row_accepted_has_policy",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=("accepted", "refused"), decided_by__isnull=False, decided_at__isnull=False)
                | (~Q(outcome__in=("accepted", "refused")) & Q(decided_by__isnull=True, decided_at__isnull=True)),
                name="application_row_decided_who_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(outcome__in=("refused", "left_out")) | ~Q(reason_words=""),
                name="application_row_reason",
            ),
        ]


class AnswerFile(models.Model):
    """承保答复表: a sheet that the insurer gave back, and what became of its rows."""

    batch = models.ForeignKey(ApplicationBatch, models.PROTECT, related_name="answers")
    file_name = models.CharField("文件名", max_length=200)
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    accepted = models.PositiveIntegerField("承保", default=0)
    refused = models.PositiveIntegerField("拒保", default=0)
    already = models.PositiveIntegerField("以前已答复", default=0)
    blank = models.PositiveIntegerField("没填结果", default=0)
    errors = models.JSONField("没收下的行", default=list)  # {row, serial, column, reason, fix}; no number, no name

    class Meta:
        ordering = ["-pk"]


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(village__code__startswith=user.scope)

    def alive(self) -> Self:
        """Those that no endorsement has ended."""
        return self.filter(ended_from__isnull=True)


class Certificate(models.Model):
    """个人凭证: one holding under a group policy, as the insurer has the person. An endorsement ends or changes it."""

    number = models.CharField("凭证号", max_length=50, unique=True)
    check_code = models.CharField(
        "校验码", max_length=8
    )  # beside the number on the paper: who guesses one finds nothing
    policy = models.ForeignKey(GroupPolicy, models.PROTECT, related_name="certificates")
    holding = models.ForeignKey(Holding, models.PROTECT, related_name="certificates")
    resident = models.ForeignKey(Resident, models.PROTECT, related_name="certificates")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")  # where it is printed and handed out
    name = models.CharField("姓名", max_length=60)
    identity = SealedField("policies.certificate.identity", null=True)
    identity_index = models.CharField(max_length=64, blank=True)
    identity_tail = models.CharField("身份证号后四位", max_length=4, blank=True)
    birth_date = models.DateField("出生日期")
    product = models.CharField("险种", max_length=10)
    units = models.PositiveSmallIntegerField("份数")
    premium_fen = models.PositiveIntegerField("保费")
    cover_from = models.DateField("保障开始")
    cover_to = models.DateField("保障截止")
    issued_at = models.DateTimeField()
    ended_from = models.DateField("从哪天起不再保障", null=True, blank=True)
    prints = models.PositiveSmallIntegerField("打印次数", default=0)
    printed_at = models.DateTimeField(null=True, blank=True)
    handed_out_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    handed_out_at = models.DateTimeField(null=True, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["village", "number"]
        indexes = [models.Index(fields=["village", "ended_from"])]
        constraints = [
            models.UniqueConstraint(
                fields=["holding"], condition=Q(ended_from__isnull=True), name="certificate_one_alive_a_holding"
            ),
            models.CheckConstraint(condition=Q(units__gte=1), name="certificate_has_units"),
            models.CheckConstraint(condition=Q(cover_to__gte=F("cover_from")), name="certificate_cover_dates"),
            models.CheckConstraint(
                condition=Q(handed_out_by__isnull=True, handed_out_at__isnull=True)
                | Q(handed_out_by__isnull=False, handed_out_at__isnull=False),
                name="certificate_handed_out_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(prints=0, printed_at__isnull=True) | Q(prints__gt=0, printed_at__isnull=False),
                name="certificate_printed_when",
            ),
        ]

    def __str__(self) -> str:
        return self.number


from ankang.policies.endorsement_models import Endorsement  # noqa: E402, F401 (a model of this app in its own file)
