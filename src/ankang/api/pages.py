"""接口说明: what an engineer of the branch reads, for who manages accounts there; the same as an OpenAPI file."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from ankang.accounts.machine_keys import CALLS_A_MINUTE
from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.api.schemas import MOST_ROWS
from ankang.api.v1 import api
from ankang.desks.pages import page

PREFIX = "/api/v1/"


def schema() -> dict[str, Any]:
    """Return the OpenAPI description of version 1."""
    return dict(api.get_openapi_schema(path_prefix=PREFIX))


@desk_page(Desk.INSURER, manager=True)
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The calls with what they take and give."""
    told = schema()
    context = {
        "calls": [
            _call(told, path, method, one) for path, ways in told["paths"].items() for method, one in ways.items()
        ],
        "base": request.build_absolute_uri(PREFIX),
        "calls_a_minute": CALLS_A_MINUTE,
        "most_rows": MOST_ROWS,
    }
    return page(request, "desks/insurer/api/docs.html", context)


@desk_page(Desk.INSURER, manager=True)
@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    answer = JsonResponse(schema(), json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="ankang-openapi-v1.json"'
    return answer


def _call(told: dict[str, Any], path: str, method: str, one: dict[str, Any]) -> dict[str, Any]:
    parts = told["components"]["schemas"]
    taken = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    given = one["responses"][200]["content"]["application/json"]["schema"]
    asked = [(name["name"], _words(name["schema"])) for name in one.get("parameters", ())]
    return {
        "method": method.upper(),
        "path": path,
        "summary": one["summary"],
        "asked": asked,
        "taken": _fields(parts, taken),
        "given": _fields(parts, given),
    }


def _fields(parts: dict[str, Any], part: dict[str, Any], before: str = "") -> list[tuple[str, str]]:
    """Return (name, words) of an object's fields; those of the objects in a list follow it, with its name before."""
    found: list[tuple[str, str]] = []
    for name, one in parts.get(_named(part), {}).get("properties", {}).items():
        found.append((before + name, _words(one)))
        if inner := _named(one.get("items", {})):
            found += _fields(parts, {"$ref": inner}, f"{before}{name}[].")
    return found


def _named(part: dict[str, Any]) -> str:
    return str(part.get("$ref", "")).rpartition("/")[2]


def _words(one: dict[str, Any]) -> str:
    kinds = [part.get("type") for part in one.get("anyOf", [one]) if part.get("type") != "null"]
    kind = one.get("format") or "、".join(map(str, one.get("enum", ()))) or "/".join(filter(None, kinds))
    return f"{kind}；{one['description']}" if one.get("description") else str(kind)
