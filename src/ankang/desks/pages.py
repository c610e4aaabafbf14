"""How a desk's page is rendered: menu, clock and the sample mark come along."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ankang.desks.menus import menu_for
from ankang.installation.clock import installation, today


def today_of(request: HttpRequest) -> date:
    """Return the day this request lives on: read once a request."""
    if not hasattr(request, "_today"):
        request._today = today()  # type: ignore[attr-defined]
    return request._today  # type: ignore[attr-defined,no-any-return]


def desk_url(request: HttpRequest, page: str, *args: Any) -> str:
    """Return the address of a page that several desks share, on the desk of this user: `roster` -> `/town/roster/`."""
    return reverse(f"{request.user.desk}:{page}", args=args)  # type: ignore[union-attr]


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render a desk's page inside its shell."""
    shell = {"installation": installation(), "today": today_of(request)}
    if request.user.is_authenticated:
        shell |= {"menu": menu_for(request.user.desk), "desk": request.user.get_desk_display()}
    return render(request, template, shell | (context or {}), status=status)
