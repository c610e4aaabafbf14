from django.urls import URLPattern, include, path

from ankang.accounts.permissions import Permission
from ankang.api.pages import PREFIX, docs, openapi
from ankang.api.v1 import api


def _guarded() -> list[URLPattern]:
    """Return the calls of version 1, each saying which scope of a key opens it; ninja's own pages are left out."""
    patterns = [one for one in api.urls[0] if isinstance(one, URLPattern) and one.name != "api-root"]
    scopes = {
        route.replace("{number}", "<number>"): view.operations[0].auth_callbacks[0].scope  # type: ignore[attr-defined]
        for route, view in api.default_router.path_operations.items()
    }
    for pattern in patterns:
        pattern.callback.permission = Permission(key_scope=scopes[str(pattern.pattern)])  # type: ignore[attr-defined]
    return patterns


urlpatterns = [
    path(PREFIX.lstrip("/"), include((_guarded(), "api-v1"))),
    path(
        "insurer/accounts/api/",
        include(([path("", docs, name="docs"), path("openapi.json", openapi, name="openapi")], "api")),
    ),
]
