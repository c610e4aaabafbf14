"""Locked after 5 failures in 15 minutes (等保: domain 8), by account name: a village hall shares one address."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.http import HttpRequest, HttpResponse

LOCK = timedelta(minutes=15)


def locked_until(usernames: Collection[str], now: datetime) -> dict[str, datetime]:
    """Return, for those of the names that are locked, when the lock ends (one query)."""
    attempts = AccessAttempt.objects.filter(username__in=usernames, attempt_time__gte=now - LOCK)
    failures: dict[str, list[tuple[datetime, int]]] = {}
    for name, at, count in attempts.values_list("username", "attempt_time", "failures_since_start"):
        failures.setdefault(name, []).append((at, count))
    ends = {name: _end_of_lock(found) for name, found in failures.items()}
    return {name: end for name, end in ends.items() if end is not None}


def _end_of_lock(failures: list[tuple[datetime, int]]) -> datetime | None:
    """Return when enough failures will be older than `LOCK`, or None when there are fewer than the limit."""
    counted = sum(count for _, count in failures)
    end = None
    for at, count in sorted(failures):
        if counted < settings.AXES_FAILURE_LIMIT:
            break
        counted -= count
        end = at + LOCK
    return end


def count_failure(request: HttpRequest, username: str) -> None:
    """Count a wrong second factor like a wrong password."""
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={"username": username}, request=request)


def is_locked(request: HttpRequest, username: str) -> bool:
    return not AxesProxyHandler.is_allowed(request, {"username": username})


def forget_failures(username: str) -> int:
    """Lift the lock; return how many records of failures there were."""
    return int(AxesProxyHandler.reset_attempts(username=username))


def keep_page(_request: HttpRequest, response: HttpResponse, _credentials: Any) -> HttpResponse:
    """Let the log-in page say itself that the account is locked (setting AXES_LOCKOUT_CALLABLE)."""
    return response
