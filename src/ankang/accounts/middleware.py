"""What holds for every page: it says who may open it, an unsettled account opens nothing else, idle sessions end."""

import time
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

from django.core.exceptions import BadRequest, ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

from ankang.accounts.models import Desk
from ankang.accounts.permissions import Permission

SECOND_FACTOR_DUE = "second_factor_due"  # in a session that began with a password alone where two factors are required
_SEEN = "seen"
_TOUCH_SECONDS = 60


class UndeclaredPermission(ImproperlyConfigured):
    """A view without a `Permission`: nobody may open it until it says who may."""


class GateMiddleware:
    """Default deny. Static files never come here: whitenoise answers them before the URLs are looked at."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "_leave_no_copy", False):
            patch_cache_control(response, no_store=True, private=True)
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], _args: Any, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        _refuse_null_characters(request, kwargs)
        permission = getattr(view, "permission", None)
        if not isinstance(permission, Permission):
            raise UndeclaredPermission(
                f"{request.path}: wrap {view.__module__}.{view.__name__} in desk_page(...) or public_page"
            )
        if permission.key_scope:  # the key decides, whoever is logged in
            request._leave_no_copy = True  # type: ignore[attr-defined]
            return None
        if permission.is_public or not request.user.is_authenticated:
            return None
        _stay_at_own_desk(request)
        request._leave_no_copy = True  # type: ignore[attr-defined]  # a village hall's computer is shared
        _keep_session(request)
        return None if permission.unsettled else _settle_first(request)


def _refuse_null_characters(request: HttpRequest, kwargs: dict[str, Any]) -> None:
    """No person types one, and PostgreSQL takes none: whatever page it was meant for, it is no request of ours."""
    sent = [*kwargs.values(), *_values(request.GET), *_values(request.POST)]
    if any("\0" in value for value in sent if isinstance(value, str)):
        raise BadRequest("null character")


def _values(data: QueryDict) -> Iterator[str]:
    return chain.from_iterable(values for _, values in data.lists())


def _stay_at_own_desk(request: HttpRequest) -> None:
    """A page that several desks share is mounted at each: everybody uses his own, so that addresses tell the desk."""
    match = request.resolver_match
    mounted_at = match.namespaces[0] if match is not None and match.namespaces else ""
    if mounted_at in Desk.values and mounted_at != request.user.desk:  # type: ignore[union-attr]
        raise PermissionDenied


def _keep_session(request: HttpRequest) -> None:
    """Push the idle time-out forward, at most once a minute: a page view should not cost a write."""
    now = int(time.time())
    if now - request.session.get(_SEEN, 0) >= _TOUCH_SECONDS:
        request.session[_SEEN] = now


def _settle_first(request: HttpRequest) -> HttpResponse | None:
    """Send who still has to set up a second factor or a password of their own to that page."""
    if request.session.get(SECOND_FACTOR_DUE):
        return redirect("device")
    if request.user.must_change_password:  # type: ignore[union-attr]
        return redirect("password")
    return None
