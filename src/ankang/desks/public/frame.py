"""How a public page is rendered: in the size and on the ground that were chosen."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from ankang.desks.pages import shell_of

_SIZES = [("1", "标准"), ("2", "大字"), ("3", "特大")]


def public(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200, home: str = "public:home"
) -> HttpResponse:
    """Render a public page. `home`: where the buttons of size and ground lead back to after a form was sent."""
    size = request.COOKIES.get("look_size", "1")
    looks = {
        "sizes": _SIZES,
        "size": size if size in dict(_SIZES) else "1",
        "is_dark": request.COOKIES.get("look_ground") == "dark",
        "back": request.get_full_path() if request.method == "GET" else reverse(home),
    }
    return render(request, template, shell_of(request) | looks | context, status=status)
