"""The roster: residents of 60 and over, their groups, and how each list came in."""

from typing import Self

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

    village = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="村居")
    name = models.CharField("姓名", max_length=60, db_index=True)
    initials = models.CharField("姓名首字母", max_length=60, db_index=True)
    number = SealedField("roster.resident.number", null=True)
    number_index = models.CharField(max_length=64, unique=True, null=True)
    number_tail = models.CharField("身份证号后四位", max_length=4, blank=True)
    birth_date = models.DateField("出生日期")
    sex = models.CharField("性别", max_length=1, choices=Sex.choices)
    household = models.CharField("户号", max_length=30, blank=True)
    address = models.CharField("地址", max_length=120, blank=True)
    phone = SealedField("roster.resident.phone", null=True)
    phone_tail = models.CharField("手机后四位", max_length=4, blank=True)
    child_phone = SealedField("roster.resident.child_phone", null=True)
    child_phone_tail = models.CharField("子女手机后四位", max_length=4, blank=True)
    status = models.CharField("状态", max_length=6, choices=Status.choices, default=Status.LIVING)
    died_on = models.DateField("去世日期", null=True, blank=True)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ResidentQuerySet.as_manager()

    class Meta:
        ordering = ["village", "household", "id"]
        indexes = [models.Index(fields=["village", "status", "birth_date"])]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(status="dead", died_on__isnull=False)
                | (~models.Q(status="dead") & models.Q(died_on__isnull=True)),
                name="resident_dead_has_a_day",
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


class ImportRunQuerySet(models.QuerySet["ImportRun"]):
    def visible_to(self, user: User) -> Self:
        """Imports into this person's division or one below it."""
        return self.filter(division__code__startswith=user.scope)


class ImportRun(models.Model):
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
    header = models.JSONField("表头", default=list)  # the column names as written, for the report

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]


class ImportRow(models.Model):
    """A row that was refused or warned of, with the original cells sealed, for the report beside each row."""

    class Outcome(models.TextChoices):
        REJECTED = "rejected", "没导入"
        WARNED = "warned", "已导入，请核对"

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rows")
    row_number = models.PositiveIntegerField("第几行")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    column = models.CharField("列", max_length=40)
    value_masked = models.CharField("内容", max_length=80, blank=True)
    reason = models.CharField("原因", max_length=200)
    fix = models.CharField("怎么改", max_length=200)
    cells = SealedField("roster.importrow.cells", null=True)

    class Meta:
        ordering = ["run", "row_number", "id"]
