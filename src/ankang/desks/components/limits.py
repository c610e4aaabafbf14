"""How often one address may ask without finding anybody, or report: enough for a family, too few to guess with."""

import time

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest

from ankang.privacy.cipher import blind_index

TRIES = 5
MINUTES = 15
LOOK, REPORT, FOLLOW, LOG_IN = "look", "report", "follow", "log-in"
MOST = {LOG_IN: 50}  # a whole village hall shares one address; an account of its own is locked after five


def origin_of(request: HttpRequest) -> str:
    """Return the address that asks: behind the TLS proxy the last one it added, which nobody else can write."""
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "") if settings.HTTPS else ""
    return forwarded.rpartition(",")[2].strip() or request.META["REMOTE_ADDR"]


def is_over(origin: str, kind: str = LOOK) -> bool:
    """Whether this address has used up its tries of a kind; the first of them is forgotten after MINUTES."""
    misses, _ = _counted(origin, kind)
    return misses >= MOST.get(kind, TRIES)


def count_miss(origin: str, kind: str = LOOK) -> None:
    """Count a look that found nobody, a report, a failed log-in. Of the address only its blind index is kept."""
    misses, until = _counted(origin, kind)
    # Not incr(): it would forget the count after the cache's own default time.
    caches["limits"].set(_key(origin, kind), (misses + 1, until), max(1, until - time.time()))


def _counted(origin: str, kind: str) -> tuple[int, float]:
    """Return the misses of an address, and when they are forgotten."""
    known: tuple[int, float] | None = caches["limits"].get(_key(origin, kind))
    return known or (0, time.time() + MINUTES * 60)


def _key(origin: str, kind: str) -> str:
    return f"{kind}:" + blind_index(origin, "public.look.origin")
