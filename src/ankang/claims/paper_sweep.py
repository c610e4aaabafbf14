"""What a killed upload leaves behind: a sealed file that no row names, or a part of one. Both are taken away later."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from ankang.claims.document_models import ClaimDocument

AGE = timedelta(days=1)  # an upload under way is never taken


def sweep_papers(now: datetime) -> int:
    """Take away the strays that are older than a day, and return how many. Stopping in between is harmless."""
    old = list(_old(now))
    named = set(
        ClaimDocument.objects.filter(stored_as__in=[path.name for path in old]).values_list("stored_as", flat=True)
    )
    strays = [path for path in old if path.name not in named]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)


def _old(now: datetime) -> Iterator[Path]:
    folder = Path(settings.PAPERS)
    last = (now - AGE).timestamp()
    if folder.exists():
        yield from (path for path in folder.glob("??/*") if path.stat().st_mtime < last)
