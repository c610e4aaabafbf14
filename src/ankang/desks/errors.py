"""Pages for when something went wrong: what happened, in everyday words, and what to do next."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ankang.desks.pages import page


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    context = {"is_too_big": isinstance(exception, RequestDataTooBig)}
    return render(request, "errors/400.html", context, status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, "errors/403.html", status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, "errors/404.html", status=404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return page(request, "errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Say that it is our fault. Asks nothing of the database, which may be what failed."""
    return render(request, "errors/500.html", status=500)
