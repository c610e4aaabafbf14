"""Administrative divisions keyed by the 12-digit statistical code; a subtree is a code prefix."""

from django.core.validators import RegexValidator
from django.db import models

PREFIX_LENGTH = {"province": 2, "city": 4, "district": 6, "town": 9, "village": 12}


def prefix_of(code: str) -> str:
    """Return the part of a code that every division below it shares, from the code alone (its level is not asked)."""
    return next(code[:length] for length in PREFIX_LENGTH.values() if not code[length:].strip("0"))


class Division(models.Model):
    class Level(models.TextChoices):
        PROVINCE = "province", "省"
        CITY = "city", "市"
        DISTRICT = "district", "区县"
        TOWN = "town", "镇街"
        VILLAGE = "village", "村居"

    code = models.CharField(
        "区划代码",
        max_length=12,
        primary_key=True,
        validators=[RegexValidator(r"^\d{12}$", "区划代码是12位数字")],
    )
    name = models.CharField("名称", max_length=60)
    level = models.CharField("级别", max_length=8, choices=Level.choices)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    serial = models.PositiveSmallIntegerField("序号", default=0)
    is_placeholder = models.BooleanField("名称是代称", default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """The part of the code that every division below this one shares."""
        return self.code[: PREFIX_LENGTH[self.level]]

    def contains(self, code: str) -> bool:
        return code.startswith(self.prefix)
