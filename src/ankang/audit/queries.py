"""Reads of the record, always inside what the reader may see."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from ankang.audit.models import AuditEntry
from ankang.audit.words import LOOKS


def entries_about(
    user: Any, *, kind: str = "", person: str = "", from_on: date | None = None, to_on: date | None = None
) -> QuerySet[AuditEntry]:
    """Return the rows about this person's divisions, newest first.

    `kind`: an action, or `looks` for every look at what is normally masked; `person`: part of the actor's name; the
    days are both included, Asia/Shanghai, by the real clock.
    """
    found = AuditEntry.objects.visible_to(user).select_related("actor", "seal").order_by("-id")
    if kind:
        found = found.filter(action__in=LOOKS) if kind == "looks" else found.filter(action=kind)
    if person:
        found = found.filter(actor__full_name__icontains=person)
    if from_on:
        found = found.filter(at__gte=_midnight(from_on))
    if to_on:
        found = found.filter(at__lt=_midnight(to_on + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
