"""What a person has looked into: a finding of a cross-check that is right as it stands."""

from typing import Self

from django.conf import settings
from django.db import models

from ankang.accounts.models import User
from ankang.roster.models import Resident


class VerificationQuerySet(models.QuerySet["Verification"]):
    def visible_to(self, user: User) -> Self:
        """Findings on residents of the villages under this person's division."""
        return self.filter(resident__village__code__startswith=user.scope)


class Verification(models.Model):
    """核实无误: holds for one check of one resident while the fact that it found stays the same."""

    resident = models.ForeignKey(Resident, models.CASCADE, related_name="verifications")
    check_code = models.CharField("哪一项核查", max_length=20)
    fact = models.CharField("核实的是什么", max_length=160)
    note = models.CharField("说明", max_length=120)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = VerificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["resident", "check_code", "fact"], name="verification_once_a_fact"),
        ]
