"""The roster: residents of 60 and over, their groups, and how each list came in."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.privacy.fields import SealedField


class ResidentQuerySet(models.QuerySet["Resident"]):
    def visible_to(self, user: User) -> Self:
        """Residents of the villages under this person's division."""
        return self.filter(village__code__startswith=user.scope)


class Resident(models.Model):
    class Sex(models.TextChoices):
        MALE = "1", "男"  # GB/T 2261.1
        FEMALE = "2", "女"

    class Status(models.TextChoices):
        LIVING = "living", "在册"
        DEAD = "dead", "已故"
        MOVED = "moved", "迁出"

    # Its index stands in Meta: the one that Django adds to a foreign key, and its twin for LIKE, would be two more.
    village = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="村居", db_index=False)
    name = models.CharField("姓名", max_length=60)
    initials = models.CharField("姓名首字母", max_length=60)
    number = SealedField("roster.resident.number", null=True)
    number_index = models.CharField(max_length=64, null=True)
    number_tail = models.CharField("身份证号后四位", max_length=4, blank=True)
    area_unknown = models.BooleanField("前6位不是正式区划代码", default=False)
    birth_date = models.DateField("出生日期")
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    household = models.CharField("户号", max_length=30, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    phone = SealedField("roster.resident.phone", null=True)
    phone_tail = models.CharField("手机后四位", max_length=4, blank=True)
    phone_index = models.CharField(max_length=64, null=True)  # finds who shares a telephone
    child_phone = SealedField("roster.resident.child_phone", null=True)
    child_phone_tail = models.CharField("子女手机后四位", max_length=4, blank=True)
    status = models.CharField("状态", max_length=6, choices=Status.choices, default=Status.LIVING)
    died_on = models.DateField("去世日期", null=True, blank=True)
    moved_on = models.DateField("迁出日期", null=True, blank=True)
    status_evidence = models.CharField("状态依据", max_length=120, blank=True)
    correction_reason = models.CharField("更正依据", max_length=120, blank=True)
    # Written by the transaction that holds the run, and no run is ever deleted: no look at it for each row.
    brought_by = models.ForeignKey(
        "ImportRun", models.PROTECT, null=True, blank=True, related_name="brought", db_constraint=False
    )
    has_incapacity = models.BooleanField(default=False)  # rows of `Incapacity` exist; without it nobody looks for them
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        ordering = ["village", "household", "id"]
        # Every insert pays for each of them. PostgreSQL's pattern classes answer `=` and a prefix alike: a division's
        # codes, the first initials.
        indexes = [
            models.Index(
                fields=["village", "status", "birth_date"],
                opclasses=["varchar_pattern_ops", "varchar_ops", "date_ops"],
                name="resident_village_prefix",
            ),
            models.Index(fields=["village"], condition=models.Q(status="dead"), name="resident_dead"),
            models.Index(fields=["birth_date", "name"]),
            models.Index(fields=["initials"], opclasses=["varchar_pattern_ops"], name="resident_initials_prefix"),
            models.Index(fields=["phone_index"]),
        ]
        constraints = [
            # Not `unique=True`, which would add a second index, for LIKE, that nobody asks and every insert pays.
            models.UniqueConstraint(fields=["number_index"], name="resident_number_once"),
            models.CheckConstraint(
                condition=models.Q(status="dead", died_on__isnull=False)
                | (~models.Q(status="dead") & models.Q(died_on__isnull=True)),
                name="resident_dead_has_a_day",
            ),
            models.CheckConstraint(
                condition=models.Q(status="moved") | models.Q(moved_on__isnull=True), name="resident_moved_on_if_moved"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMembership(models.Model):
    """A resident on one of the lists, from a day and perhaps to a day. 80+ is derived from age and never stored."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="memberships")
    village = models.ForeignKey(Division, models.PROTECT, related_name="+")
    group = models.CharField("类别", max_length=20)  # a code of the programme's groups: dibao, wubao, sanwu
    from_on = models.DateField("起")
    to_on = models.DateField("止", null=True, blank=True)
    evidence = models.CharField("依据", max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resident", "group", "from_on"], name="membership_once"),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="membership_dates",
            ),
        ]


class IncapacityQuerySet(models.QuerySet["Incapacity"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(resident__village__code__startswith=user.scope)


class Incapacity(models.Model):
    """A resident without legal capacity (无民事行为能力): reported, or set by the town on a paper. 保险法 33."""

    class State(models.TextChoices):
        REPORTED = "reported", "待镇里核实"
        FOUND = "found", "经认定无民事行为能力"
        DISMISSED = "dismissed", "核实有行为能力"

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="incapacities")
    state = models.CharField("状态", max_length=9, choices=State.choices)
    from_on = models.DateField("从哪天起")  # of a report: the day it was made
    to_on = models.DateField("到哪天止", null=True, blank=True)
    seen = SealedField("roster.incapacity.seen", null=True)  # what the village saw, in its own words
    paper = models.CharField("依据", max_length=120, blank=True)
    reported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    reported_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    end_paper = models.CharField("恢复的依据", max_length=120, blank=True)

    objects = IncapacityQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["resident"],
                condition=models.Q(state__in=("reported", "found"), to_on__isnull=True),
                name="incapacity_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(reported_by__isnull=True, reported_at__isnull=True)
                | models.Q(reported_by__isnull=False, reported_at__isnull=False),
                name="incapacity_reported_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(state="reported", decided_by__isnull=True, decided_at__isnull=True, paper="")
                | (
                    ~models.Q(state="reported")
                    & models.Q(decided_by__isnull=False, decided_at__isnull=False)
                    & ~models.Q(paper="")
                ),
                name="incapacity_decided_on_paper",
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True, ended_by__isnull=True, end_paper="")
                | (models.Q(state="found", to_on__isnull=False, ended_by__isnull=False) & ~models.Q(end_paper="")),
                name="incapacity_ended_on_paper",
            ),
            models.CheckConstraint(
                condition=models.Q(to_on__isnull=True) | models.Q(to_on__gte=models.F("from_on")),
                name="incapacity_dates",
            ),
        ]


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> Self:
        """Imports into this person's division or one below it."""
        return self.filter(division__code__startswith=user.scope)


class ImportRun(models.Model):
    class Kind(models.TextChoices):
        ROSTER = "roster", "户籍名册"
        DIBAO = "dibao", "低保名单"
        WUBAO = "wubao", "五保名单"
        SANWU = "sanwu", "三无名单"
        AGED = "aged", "80周岁以上名单"  # compared with the roster only: 80+ follows from the birth date
        DEATHS = "deaths", "死亡名单"
        MOVES = "moves", "迁出名单"

    kind = models.CharField("是什么名单", max_length=6, choices=Kind.choices, default=Kind.ROSTER)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    file_name = models.CharField("文件", max_length=200)
    file_digest = models.CharField(max_length=64, db_index=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    row_count = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    warned = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0)  # times on a list that this import ended
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    header = models.JSONField("表头", default=list)  # the column names as written, for the report
    last_row = models.PositiveIntegerField("文件最后一行", default=0)
    reached = models.PositiveIntegerField("写到第几行", default=0)  # a large file goes in part by part
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    @property
    def is_stopped(self) -> bool:
        """Whether it is in only as far as `reached`: it can go on, or be taken back."""
        return self.finished_at is None and self.undone_at is None

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(undone_at__isnull=True, undone_by__isnull=True)
                | models.Q(undone_at__isnull=False, undone_by__isnull=False),
                name="import_undone_who_and_when",
            ),
        ]


class ImportRow(models.Model):
    """A row that was refused or warned of, with the original cells sealed, for the report beside each row.

    Or a resident whom a list of the 80-year-olds does not name, without a row of the file.
    """

    class Outcome(models.TextChoices):
        REJECTED = "rejected", "没导入"
        WARNED = "warned", "已导入，请核对"
        UNLISTED = "unlisted", "名单上没有"

    class Code(models.TextChoices):
        """What a row is looked for by later; most problems need no code."""

        ELSEWHERE = "elsewhere", "在其他村居的名册里"
        OLD_NUMBER = "old_number", "15位旧号码"
        BIRTH = "birth", "出生日期不一致"
        SEX = "sex", "性别不一致"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    code = models.CharField(max_length=10, choices=Code.choices, blank=True)
    cells_index = models.CharField(max_length=64, null=True)  # finds the number; for 15 digits the 18 proposed
    row_number = models.PositiveIntegerField("第几行")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    column = models.CharField("列", max_length=40)
    value_masked = models.CharField("内容", max_length=80, blank=True)
    reason = models.CharField("原因", max_length=200)
    fix = models.CharField("怎么改", max_length=200)
    cells = SealedField("roster.importrow.cells", null=True)
    resident = models.ForeignKey(Resident, models.CASCADE, null=True, related_name="+")  # of one who is not listed

    class Meta:
        ordering = ["run", "row_number", "id"]
        indexes = [
            models.Index(
                fields=["code", "cells_index"], condition=~models.Q(code=""), name="importrow_by_code_and_number"
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome="unlisted", resident__isnull=False)
                | (~models.Q(outcome="unlisted") & models.Q(resident__isnull=True)),
                name="importrow_unlisted_is_a_resident",
            ),
        ]


class ImportChange(models.Model):
    """What an import did to one resident who was there already, with what stood before, so that it can be undone."""

    class What(models.TextChoices):
        FACTS = "facts", "按名册更新"
        STATUS = "status", "按名单改状态"
        JOINED = "joined", "列入名单"
        ENDED = "ended", "名单结束"
        WITHDRAWN = "withdrawn", "撤掉当天列入的名单"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="changes")
    resident = models.ForeignKey(Resident, models.CASCADE, related_name="import_changes")
    what = models.CharField(max_length=9, choices=What.choices)
    group = models.CharField("类别", max_length=20, blank=True)
    before = SealedField("roster.importchange.before")

    class Meta:
        ordering = ["run", "id"]


class StagedImportQuerySet(models.QuerySet["StagedImport"]):
    def visible_to(self, user: User) -> Self:
        """Lists waiting for their confirmation in this person's division or one below it."""
        return self.filter(division__code__startswith=user.scope)


class StagedImport(models.Model):
    """A list that was uploaded and looked at, and waits for its confirmation. Confirmed, only its run stays."""

    key = models.UUIDField(primary_key=True, default=uuid4)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")
    kind = models.CharField("是什么名单", max_length=6, choices=ImportRun.Kind.choices)
    day = models.DateField("从哪天起")
    evidence = models.CharField("依据", max_length=120, blank=True)
    file_name = models.CharField("文件", max_length=200)
    content = SealedField("roster.stagedimport.content", null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    run = models.OneToOneField(ImportRun, models.CASCADE, null=True, blank=True, related_name="+")

    objects = StagedImportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(content__isnull=False, run__isnull=True)
                | models.Q(content__isnull=True, run__isnull=False),
                name="staged_waits_or_is_done",
            ),
        ]


from ankang.roster.linkage_models import LinkCandidate, LinkCase  # noqa: E402, F401 (models of this app, in a file of their own)
from ankang.roster.transfer_models import Transfer  # noqa: E402, F401 (models of this app, in a file of their own)
from ankang.roster.verification_models import Verification  # noqa: E402, F401 (models of this app, in a file of their own)
