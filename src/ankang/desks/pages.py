"""How a desk's page is rendered: menu, clock and the sample mark come along."""

from datetime import date, datetime
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ankang.desks.menus import home_of, menu_for
from ankang.installation.clock import installation, instant_of
from ankang.installation.models import Installation


def installation_of(request: HttpRequest) -> Installation:
    """Return the installation's row: read once a request."""
    if not hasattr(request, "_installation"):
        request._installation = installation()  # type: ignore[attr-defined]
    return request._installation  # type: ignore[attr-defined,no-any-return]


def today_of(request: HttpRequest) -> date:
    """Return the day this request lives on."""
    return now_of(request).date()


def now_of(request: HttpRequest) -> datetime:
    """Return the instant this request lives on: the real time of day on the installation's day."""
    return instant_of(installation_of(request))


def desk_url(request: HttpRequest, page: str, *args: Any) -> str:
    """Return the address of a page that several desks share, on the desk of this user: `roster` -> `/town/roster/`."""
    return reverse(f"{request.user.desk}:{page}", args=args)  # type: ignore[union-attr]


def paged(request: HttpRequest, rows: "QuerySet[Any]") -> "Page[Any]":
    """Return the part of a long list that the address asks for, fifty rows (two queries)."""
    return Paginator(rows, 50).get_page(request.GET.get("page"))


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a desk's page inside its shell."""
    return render(request, template, shell_of(request) | (context or {}), status=status)


def shell_of(request: HttpRequest) -> dict[str, Any]:
    """Return what every page shows around its content: clock, sample mark, and for who is logged in the desk's menu."""
    shell: dict[str, Any] = {"installation": installation_of(request), "today": today_of(request)}
    if not request.user.is_authenticated:
        return shell
    return shell | {
        "menu": menu_for(request.user.desk, request.path, manager=request.user.is_manager),
        "home": home_of(request.user.desk),
        "desk": request.user.get_desk_display(),
        "org": request.user.division.name,
        "shell": "desks/phone.html" if request.user.desk == "village" else "desks/shell.html",
    }
