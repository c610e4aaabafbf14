"""转村申请: what waits for an answer and what was asked, one request with its answer, and its way back."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.desks.components.agree_field import AgreeField
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.transfer_new import transfer_new
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.enrolment.models import Participation
from ankang.outreach.transfers import accept_transfer
from ankang.roster.numbers import masked_name
from ankang.roster.transfer_models import Transfer
from ankang.roster.transfers import refuse_transfer, require_answering, transfers, withdraw_transfer
from ankang.rules.errors import AnkangError, NotAllowed

_PAGE_SIZE = 50
_FOLDER = "desks/components/transfers/"
_desks = desk_page("town", "village")
_HEAD = (
    "老人",
    "尾号",
    "原村居",
    "转入村居",
    "原因",
    "依据",
    "从哪天起",
    "申请人",
    "申请时间",
    "状态",
    "答复人",
    "答复",
)


class AnswerForm(forms.Form):
    accept = AgreeField()
    note = forms.CharField(
        label="答复",
        help_text="不同意必须写原因；镇里代为答复必须写依据。",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A request as one person may see it: the name whole only while the resident is on a roster of theirs."""

    transfer: Transfer
    is_visible: bool
    asks_me: bool  # one of this person's villages is asked

    @property
    def name(self) -> str:
        name = self.transfer.resident.name
        return name if self.is_visible else masked_name(name)

    @property
    def state(self) -> Transfer.State:
        return Transfer.State(self.transfer.shows)  # type: ignore[attr-defined]

    @property
    def waits(self) -> bool:
        return self.state == Transfer.State.WAITING


def shown(user: User, transfer: Transfer) -> Shown:
    """Return a request as this person may see it. No query."""
    is_visible = transfer.resident.village_id.startswith(user.scope)
    return Shown(transfer, is_visible, transfer.from_village_id.startswith(user.scope))


@_desks
@require_safe
def transfer_list(request: HttpRequest) -> HttpResponse:
    """`?state=`: those that wait first, the newest of them on top."""
    user, state = person(request), request.GET.get("state", "")
    page_obj = Paginator(transfers(user, today_of(request), state), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "rows": [shown(user, row) for row in page_obj],
        "state": state,
        "states": Transfer.State.choices,
        "roster": desk_url(request, "roster"),
    }
    return page(request, _FOLDER + "list.html", context)


@_desks
@require_safe
def transfers_export(request: HttpRequest) -> HttpResponse:
    """The list as Excel, names as on the page."""
    user, today = person(request), today_of(request)
    rows = _cells(shown(user, row) for row in transfers(user, today, request.GET.get("state", "")))
    return xlsx_response(f"转村申请-{today:%Y%m%d}", [Sheet("转村申请", _HEAD, rows)])


def _cells(rows: Iterable[Shown]) -> list[list[Cell]]:
    return [
        [
            row.name,
            one.resident.number_tail,
            one.from_village.name,
            one.to_village.name,
            one.get_reason_display(),
            one.evidence,
            one.moves_on,
            one.requested_by.full_name,
            timezone.localdate(one.requested_at),
            str(row.state.label),
            one.decided_by.full_name if one.decided_by else "",
            one.note,
        ]
        for row in rows
        for one in [row.transfer]
    ]


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """One request: for who is asked the resident and the answer, for who asks its state. A POST answers it."""
    user = person(request)
    found = _found(request, pk)
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _answer(request, found, form.cleaned_data)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, _said(form.cleaned_data["accept"] == "yes", found))
                return redirect(desk_url(request, "transfer", pk))
    context = _context(request, shown(user, found), form)
    return page(request, _FOLDER + "one.html", context, status=status)


def _answer(request: HttpRequest, found: Transfer, given: dict[str, Any]) -> None:
    act = accept_transfer if given["accept"] == "yes" else refuse_transfer
    act(by=person(request), transfer_id=found.pk, note=given["note"], today=today_of(request), now=now_of(request))


def _said(accepted: bool, found: Transfer) -> str:
    if accepted:
        return f"已同意，{masked_name(found.resident.name)}已转到{found.to_village.name}的名册。"
    return f"已答复不同意，{found.resident.name}仍在{found.from_village.name}的名册。"


def _context(request: HttpRequest, one: Shown, form: AnswerForm) -> dict[str, Any]:
    found = one.transfer
    insured = Participation.objects.insured().filter(resident=found.resident_id) if one.asks_me else None
    return {
        "one": one,
        "transfer": found,
        "form": form,
        "why_not": _why_not(request, one),
        "insured": list(insured.select_related("programme", "village")) if insured is not None else [],
        "may_withdraw": one.waits and found.to_village_id.startswith(person(request).scope),
        "transfers": desk_url(request, "transfers"),
        "withdraw": desk_url(request, "transfer_withdraw", found.pk),
        "resident_page": desk_url(request, "resident", found.resident_id) if one.is_visible else "",
    }


def _why_not(request: HttpRequest, one: Shown) -> str:
    """Return why this person cannot answer a request that waits, empty for who can."""
    try:
        require_answering(person(request), one.transfer, now_of(request))
    except NotAllowed as error:
        return error.message
    return ""


@_desks
@require_POST
def transfer_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what one's own village asked for."""
    found = _found(request, pk)
    try:
        withdraw_transfer(by=person(request), transfer_id=found.pk, today=today_of(request), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "申请已撤回。")
    return redirect(desk_url(request, "transfer", pk))


def _found(request: HttpRequest, pk: int) -> Transfer:
    return get_object_or_404(transfers(person(request), today_of(request)), pk=pk)


transfer_pages: list[URLPattern] = [
    path("roster/transfers/", transfer_list, name="transfers"),
    path("roster/transfers/export/", transfers_export, name="transfers_export"),
    path("roster/transfers/new/", transfer_new, name="transfer_new"),
    path("roster/transfers/<int:pk>/", transfer, name="transfer"),
    path("roster/transfers/<int:pk>/withdraw/", transfer_withdraw, name="transfer_withdraw"),
]
