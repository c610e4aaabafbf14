"""The people who work here: a desk, a division, and what they may do."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from ankang.divisions.models import Division


class Desk(models.TextChoices):
    TOWN = "town", "镇民政办"
    VILLAGE = "village", "村居"
    INSURER = "insurer", "中国人寿"
    WINDOW = "window", "卫生院窗口"
    FUNERAL = "funeral", "殡仪馆"
    DISTRICT = "district", "区领导"
    DONOR = "donor", "捐赠人"


class UserManager(BaseUserManager["User"]):
    pass


class User(AbstractBaseUser):
    username = models.CharField("登录名", max_length=40, unique=True)
    full_name = models.CharField("姓名", max_length=40)
    desk = models.CharField("岗位", max_length=10, choices=Desk.choices)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="管辖范围")
    is_manager = models.BooleanField("管账号", default=False)
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField("下次登录改密码", default=False)
    is_sample = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(disabled_at__isnull=True, disabled_by__isnull=True, is_active=True)
                | models.Q(disabled_at__isnull=False, disabled_by__isnull=False, is_active=False),
                name="user_disabled_who_and_when",
            ),
            models.CheckConstraint(
                condition=models.Q(disabled_by__isnull=True) | ~models.Q(disabled_by=models.F("id")),
                name="user_never_disables_himself",
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    @property
    def scope(self) -> str:
        """The code prefix of everything that this person may see."""
        return self.division.prefix


class Invitation(models.Model):
    """A one-time link to set a password: for a new account or a reset. Only the token's digest is kept."""

    user = models.ForeignKey(User, models.CASCADE, related_name="invitations")
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")  # null: at the command line
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(used_at__isnull=True), name="invitation_one_open_a_person"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="invitation_expires_later"
            ),
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True)
                | models.Q(used_at__gte=models.F("created_at"), used_at__lte=models.F("expires_at")),
                name="invitation_used_in_time",
            ),
        ]


from ankang.accounts.key_models import MachineKey  # noqa: E402, F401 (a model of this app in its own file)
