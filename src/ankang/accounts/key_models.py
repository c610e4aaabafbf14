"""Keys by which another system calls the API: an office's, answered for by one of its managers."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ankang.accounts.models import User
from ankang.divisions.models import Division


class MachineKey(models.Model):
    """接口钥匙: only the digest of the secret is kept. It is the office's, and works a year at most.

    When who answers for it leaves, it works on for `LEFT_DAYS`, by which another manager confirms it.
    """

    class Scope(models.TextChoices):
        READ = "applications:read", "取投保名单（含完整身份证号）"
        ANSWER = "applications:answer", "交承保答复"

    owner = models.ForeignKey(
        User, models.PROTECT, related_name="machine_keys"
    )  # who answers for it: made or confirmed it
    division = models.ForeignKey(Division, models.PROTECT, related_name="+")  # the office that it belongs to
    name = models.CharField("给哪个系统用", max_length=40)
    prefix = models.CharField("钥匙开头", max_length=8, unique=True)  # shown, to tell keys apart
    secret_digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField("能做什么", default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField("有效到")
    confirmed_at = models.DateTimeField(null=True)  # by its owner, who took it over
    revoked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    minute = models.DateTimeField(null=True)  # the minute that `calls` counts
    calls = models.PositiveIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(revoked_by__isnull=True, revoked_at__isnull=True)
                | Q(revoked_by__isnull=False, revoked_at__isnull=False),
                name="machine_key_revoked_who_and_when",
            ),
            models.CheckConstraint(condition=Q(expires_at__gt=F("created_at")), name="machine_key_expires_later"),
            models.CheckConstraint(condition=~Q(name="") & ~Q(scopes=[]), name="machine_key_says_what_for"),
        ]

    @property
    def scopes_words(self) -> str:
        return "；".join(self.Scope(one).label for one in self.scopes)

    def __str__(self) -> str:
        return self.prefix
