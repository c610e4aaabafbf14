"""What was done: append-only rows, chained in batches by seals. A row holds no personal data."""

from typing import Any, ClassVar, NoReturn, Self

from django.conf import settings
from django.db import models


class AppendOnly(Exception):
    """Somebody tried to change or remove what may only be added to: always a bug in the program."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Rows are added and read, never changed or removed."""

    def update(self, **_values: Any) -> NoReturn:
        raise AppendOnly(f"{self.model.__name__}: update")

    def delete(self) -> NoReturn:
        raise AppendOnly(f"{self.model.__name__}: delete")

    def bulk_update(self, *_rows: Any, **_options: Any) -> NoReturn:
        raise AppendOnly(f"{self.model.__name__}: bulk_update")


class AuditEntryQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: Any) -> Self:
        """Rows about the divisions of this person."""
        return self.filter(division_code__startswith=user.scope)


class AppendOnlyModel(models.Model):
    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise AppendOnly(f"{type(self).__name__} {self.pk}: save")
        super().save(*args, **options)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnly(f"{type(self).__name__} {self.pk}: delete")


class AuditSeal(AppendOnlyModel):
    """A batch of sealed rows: its digest covers the digest of each row, in order, and the seal before it."""

    number = models.PositiveIntegerField(unique=True)
    sealed_at = models.DateTimeField()
    contents = models.JSONField()  # [[row id, digest of the row], ...] by id
    previous_digest = models.CharField(max_length=64, blank=True, unique=True)  # unique: the chain never forks
    digest = models.CharField(max_length=64, unique=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]


class AuditEntry(AppendOnlyModel):
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    division_code = models.CharField(max_length=12, blank=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    seal = models.ForeignKey(AuditSeal, models.PROTECT, null=True, related_name="entries")

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["seal", "id"]),
            models.Index(fields=["division_code", "id"]),
        ]
