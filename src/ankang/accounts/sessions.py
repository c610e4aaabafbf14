"""How a session begins: password, then the second step where there is a device, or its set-up where one is required."""

import time

from django.contrib.auth import login
from django.db import transaction
from django.http import HttpRequest
from django_otp import login as mark_verified
from django_otp.models import Device

from ankang.accounts.middleware import SECOND_FACTOR_DUE
from ankang.accounts.models import User
from ankang.audit.record import record

SECOND_STEP_SECONDS = 5 * 60
_HELD = "held_log_in"
_BACKEND = "ankang.accounts.backends.DeskBackend"


def hold(request: HttpRequest, user: User, next_page: str, kept: str = "") -> None:
    """Remember for five minutes, without logging in, who gave the right password; `kept`: a form of his, sealed."""
    request.session.cycle_key()
    until = int(time.time()) + SECOND_STEP_SECONDS
    request.session[_HELD] = {"user": user.pk, "next": next_page, "until": until, "kept": kept}


def held(request: HttpRequest) -> tuple[User, str, str] | None:
    """Return who gave the right password, where he wanted to go and his kept form, or None when it is too long ago."""
    note = request.session.get(_HELD)
    if note is None or note["until"] < time.time():
        return None
    user = User.objects.select_related("division").filter(pk=note["user"], is_active=True).first()
    return None if user is None else (user, str(note["next"]), str(note.get("kept", "")))


@transaction.atomic
def enter(request: HttpRequest, user: User, *, device: Device | None = None, second_factor_due: bool = False) -> None:
    """Begin the session of who passed every step. `second_factor_due`: only the set-up page opens until it is done."""
    request.session.pop(_HELD, None)
    login(request, user, backend=_BACKEND)
    if device is not None:
        mark_verified(request, device)
    if second_factor_due:
        request.session[SECOND_FACTOR_DUE] = True
    record(
        by=user,
        action="account.log_in",
        subject=user,
        division_code=user.division_id,
        steps=1 if device is None else 2,
    )


def require_second_factor(request: HttpRequest) -> None:
    """Hold the session of who is logged in with a password alone until he sets a device up."""
    request.session[SECOND_FACTOR_DUE] = True


def settle_second_factor(request: HttpRequest, device: Device) -> None:
    """Let the session go on after the set-up of a device."""
    mark_verified(request, device)
    request.session.pop(SECOND_FACTOR_DUE, None)
