"""Who may open a page. Every view carries a `Permission`; a view without one is a bug that a test finds."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import import_string

from ankang.accounts.kept import KeptForm, kept_form

View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class Permission:
    """`desks` that may open it (empty: everybody, logged in or not); `manager`: only who manages accounts.

    `unsettled`: also before the person has set a password of their own and a second factor. `key_scope`: no person's
    page at all, a call by a machine key with this scope.
    """

    desks: frozenset[str] = frozenset()
    manager: bool = False
    unsettled: bool = False
    key_scope: str = ""

    @property
    def is_public(self) -> bool:
        return not self.desks and not self.key_scope

    def allows(self, user: Any) -> bool:
        if self.is_public:
            return True
        return bool(
            user.is_authenticated
            and user.is_active
            and user.desk in self.desks
            and (user.is_manager or not self.manager)
        )


def desk_page(*desks: str, manager: bool = False, unsettled: bool = False) -> Callable[[View], View]:
    """Let only these desks open the view. Others: to the log-in when nobody is logged in, else 403."""
    permission = Permission(frozenset(desks), manager, unsettled)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _ask_to_log_in(request)
            if not permission.allows(request.user):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate


def _ask_to_log_in(request: HttpRequest) -> HttpResponse:
    """Send a form's sender to a log-in page that keeps the form, everybody else to the log-in."""
    form = kept_form(request)
    if form is None:
        return redirect_to_login(request.get_full_path())
    logged_out: Callable[[HttpRequest, KeptForm], HttpResponse] = import_string(settings.LOGGED_OUT_VIEW)
    return logged_out(request, form)


def public_page(view: View) -> View:
    """Mark a view that everybody may open."""
    view.permission = Permission()  # type: ignore[attr-defined]
    return view
