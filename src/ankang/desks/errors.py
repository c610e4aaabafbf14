"""Pages for when something went wrong: what happened, in everyday words, and what to do next."""

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ankang.accounts.kept import KeptForm, kept_form
from ankang.desks.menus import menu_for
from ankang.desks.pages import page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    context = {"is_too_big": isinstance(exception, RequestDataTooBig)}
    return render(request, "errors/400.html", context, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, "errors/404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A log-in in another tab changes the token of all tabs. Who sent the form from our own page may send it again."""
    form = kept_form(request) if request.user.is_authenticated and _came_from_us(request) else None
    return page(request, "errors/csrf.html", status=403) if form is None else kept_page(request, form, status=403)


def _came_from_us(request: HttpRequest) -> bool:
    """Whether the browser itself says that our page sent this. Without the cookie a second try would fail as well."""
    here = f"{request.scheme}://{request.get_host()}"
    return request.headers.get("Origin") == here and settings.CSRF_COOKIE_NAME in request.COOKIES


def kept_page(request: HttpRequest, form: KeptForm, *, status: int = 200) -> HttpResponse:
    """Show a form that did not go through, and let its person send it again. Nothing is done before he presses."""
    return page(request, "desks/entrance/kept.html", {"kept": form, "item": _item_of(request, form)}, status=status)


def _item_of(request: HttpRequest, form: KeptForm) -> str:
    menu = menu_for(request.user.desk, form.path)  # type: ignore[union-attr]
    return next((item.label for item in menu if item.is_current), "")


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault. Asks nothing of the database, which may be what failed."""
    return render(request, "errors/500.html", status=500)
