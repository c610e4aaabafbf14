"""The one clock. Pages and commands ask it and pass `today` on; rules never read a clock."""

from datetime import date, datetime

from django.utils import timezone

from ankang.installation.models import Installation


def installation() -> Installation:
    """Return the installation's row, or an unsaved default one (one query)."""
    return Installation.objects.filter(pk=1).first() or Installation()


def today() -> date:
    """Return the sample town's day while it is sample data, else the real day in Asia/Shanghai."""
    return installation().demo_today or timezone.localdate()


def now() -> datetime:
    """Return the instant: the real time of day on `today()`."""
    instant = timezone.localtime()
    day = today()
    return instant.replace(year=day.year, month=day.month, day=day.day)
