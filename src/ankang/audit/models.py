"""What was done: append-only rows, chained in batches by seals. A row holds no personal data."""

from django.conf import settings
from django.db import models


class AuditSeal(models.Model):
    """A batch of sealed rows: its digest covers the rows, in order, and the seal before it."""

    sealed_at = models.DateTimeField(auto_now_add=True)
    entry_count = models.PositiveIntegerField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, unique=True)


class AuditEntry(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    division_code = models.CharField(max_length=12, blank=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=40, blank=True)
    detail = models.JSONField(default=dict)
    seal = models.ForeignKey(AuditSeal, models.PROTECT, null=True, related_name="entries")

    class Meta:
        indexes = [
            models.Index(fields=["subject_type", "subject_id"]),
            models.Index(fields=["seal", "id"]),
        ]
