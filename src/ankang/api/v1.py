"""Version 1: an insurer's own system fetches the batches that towns sent, and answers them row by row."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import NinjaAPI
from pydantic import Field

from ankang.accounts.key_models import MachineKey
from ankang.accounts.models import User
from ankang.api import schemas
from ankang.api.errors import map_errors
from ankang.api.keys import Key
from ankang.installation.clock import now
from ankang.policies import sheets
from ankang.policies.answer_files import take_rows
from ankang.policies.batches import applications
from ankang.policies.models import ApplicationBatch

api = NinjaAPI(
    title="安康关爱行动 接口", version="1", urls_namespace="api-v1", docs_url=None, openapi_url=None,
    description="中国人寿的系统取投保名单、交承保答复。每次调用带接口钥匙，都记操作记录；一分钟最多60次。",
)  # fmt: skip
map_errors(api)
_READ, _ANSWER = Key(MachineKey.Scope.READ), Key(MachineKey.Scope.ANSWER)
_NO = {401: schemas.Refusal, 403: schemas.Refusal, 404: schemas.Refusal, 409: schemas.Refusal, 422: schemas.Refusal}
_RESULTS = {sheets.ACCEPTED: "accept", sheets.REFUSED: "refuse", "": ""}
_TEXTS = {one: title for title, one in _RESULTS.items()}


@api.get(
    "applications", auth=_READ, url_name="applications", summary="投保批次，新的在前",
    response={200: schemas.Batches} | _NO,
)  # fmt: skip
def list_applications(
    request: HttpRequest,
    state: str = "",
    offset: Annotated[int, Field(ge=0)] = 0,
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> Any:
    found = applications(_owner(request))
    found = found.filter(state=state) if state else found
    return {"batches": [_batch(one) for one in found[offset : offset + limit]], "total": found.count()}


@api.get(
    "applications/{number}/rows", auth=_READ, url_name="application-rows", summary="一批的名单（含完整身份证号）",
    response={200: schemas.Rows} | _NO,
)  # fmt: skip
def application_rows(request: HttpRequest, number: str) -> Any:
    batch = _found(request, number)
    rows = [_row(cells) for cells in sheets.open_list(by=_owner(request), batch=batch)]
    return {"batch": batch.number, "programme": batch.version.programme.slug, "rows": rows}


@api.post(
    "applications/{number}/answers", auth=_ANSWER, url_name="application-answers", summary="逐行交承保答复",
    response={200: schemas.Taken} | _NO,
)  # fmt: skip
def answer_application(request: HttpRequest, number: str, sent: schemas.Answers) -> Any:
    """The same answers again change nothing: after a broken line simply send them again."""
    source = f"接口：{_key(request).name}"
    rows = [_cells(one) for one in sent.answers]
    return take_rows(by=_owner(request), batch=_found(request, number), rows=rows, source=source, now=now())


def _key(request: HttpRequest) -> MachineKey:
    key: MachineKey = request.auth  # type: ignore[attr-defined]  # set by ninja: what `Key` has returned
    return key


def _owner(request: HttpRequest) -> User:
    return _key(request).owner


def _found(request: HttpRequest, number: str) -> ApplicationBatch:
    batch: ApplicationBatch = get_object_or_404(applications(_owner(request)), number=number)
    return batch


def _batch(one: Any) -> dict[str, Any]:
    return {
        "number": one.number,
        "programme": one.version.programme.slug,
        "town": one.division_id,
        "state": one.state,
        "sent_at": one.sent_at,
        "rows": one.asked,
        "waiting": one.waiting,
        "accepted": one.accepted,
        "refused": one.refused,
        "premium_fen": one.asked_fen,
    }


_FIELDS = (
    "serial", "name", "identity_type", "identity", "sex", "birth_date", "product", "units", "premium", "cover_from",
    "cover_to", "beneficiary", "village", "phone", "result", "policy_number", "reason",
)  # fmt: skip


def _row(cells: list[Any]) -> dict[str, Any]:
    row = dict(zip(_FIELDS, cells, strict=True))
    return row | {"premium_fen": round(row["premium"] * 100), "result": _RESULTS[row["result"]]}


def _cells(one: schemas.Answer) -> dict[str, str]:
    """Return an answer as the insurer's sheet would say it."""
    cells = {
        sheets.SERIAL: str(one.serial),
        sheets.NAME: one.name.strip(),
        sheets.IDENTITY: one.identity,
        sheets.RESULT: _TEXTS[one.result],
        sheets.POLICY: one.policy_number,
        sheets.REASON: one.reason.strip(),
    }
    if one.units is not None:
        cells[sheets.UNITS] = str(one.units)
    if one.premium_fen is not None:
        cells[sheets.PREMIUM] = f"{one.premium_fen // 100}.{one.premium_fen % 100:02d}"
    return cells
