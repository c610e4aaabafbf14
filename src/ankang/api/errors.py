"""The one place where errors become answers of the API: `code`, a Chinese sentence, and which field."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from ankang.accounts.machine_keys import KeyNotGood, TooManyCalls
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

_STATUS: tuple[tuple[type[AnkangError], int], ...] = (
    (KeyNotGood, 401), (TooManyCalls, 429), (NotAllowed, 403), (Conflict, 409), (InvalidInput, 422),
)  # fmt: skip


def map_errors(api: NinjaAPI) -> None:
    """Let the API answer what actions refuse, what cannot be read, and what is not there. Nothing sent is repeated."""

    @api.exception_handler(AnkangError)
    def refused(request: HttpRequest, error: AnkangError) -> HttpResponse:
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), 500)
        answer = _answer(api, request, status, (error.code, error.message), error.fields.get("field"))
        if status == 429:
            answer["Retry-After"] = "60"
        return answer

    @api.exception_handler(AuthenticationError)
    def without_key(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
        words = "请在请求头 Authorization 里带上接口钥匙：Bearer 钥匙。"
        return _answer(api, request, 401, (KeyNotGood.code, words))

    @api.exception_handler(ValidationError)
    def unreadable(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        place = ".".join(str(one) for one in first["loc"][1:])
        words = f"“{place}”不合要求，请对照接口说明改正后再发。"
        return _answer(api, request, 422, (InvalidInput.code, words), place)

    @api.exception_handler(Http404)
    def not_there(request: HttpRequest, _error: Http404) -> HttpResponse:
        words = "没有这一批，或者它不在这把钥匙的范围里。请核对批次号。"
        return _answer(api, request, 404, ("not_found", words))


def _answer(api: NinjaAPI, request: HttpRequest, status: int, told: tuple[str, str], field: Any = None) -> HttpResponse:
    code, message = told
    body = {"code": code, "message": message} | ({"field": field} if isinstance(field, str) else {})
    return api.create_response(request, body, status=status)
