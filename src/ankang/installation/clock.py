"""The one clock. Pages and commands ask it and pass `today` on; rules never read a clock."""

from datetime import date, datetime

from django.utils import timezone

from ankang.installation.models import Installation
from ankang.installation.rows import Asked


def installation() -> Installation:
    """Return the installation's row, or an unsaved default one (one query)."""
    found = _row()
    return found[0] if found else Installation()


_row = Asked(lambda: Installation.objects.filter(pk=1))


def instant_of(row: Installation) -> datetime:
    """Return the instant, in Asia/Shanghai, that this installation lives on: the real time of day on its day."""
    instant = timezone.localtime()
    day = row.demo_today or instant.date()
    return instant.replace(year=day.year, month=day.month, day=day.day)


def today() -> date:
    """Return the sample town's day while it is sample data, else the real day in Asia/Shanghai (one query)."""
    return now().date()


def now() -> datetime:
    """Return the instant: the real time of day on `today()` (one query)."""
    return instant_of(installation())


def wall_clock() -> datetime:
    """Return the real instant, for links, locks and seals: what a sample town's day must not move."""
    return timezone.localtime()
