"""批改: what the roster has changed and the policies have not, asking for it, and what became of it."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.components.policies.certificates import FOLDER, version_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.enrolment.models import Holding
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import cancel_endorsement, endorsements, request_endorsement
from ankang.policies.proposals import proposal_for, proposals
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 50
_hands = desk_page(Desk.TOWN, Desk.VILLAGE)
_HEAD = (
    "批改号", "类型", "姓名", "村（居）", "团体保单号", "凭证号", "生效日", "原因", "申请人", "申请时间", "状态",
    "审核意见",
)  # fmt: skip


class AskForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(
        label="为什么批改",
        help_text="例如：身份证号登记时写错了一位",
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写明为什么批改，例如“户籍已迁到02村”。"},
    )


@_hands
@require_safe
def endorsement_list(request: HttpRequest) -> HttpResponse:
    """What waits to be asked for, and the requests; `?state=` narrows them."""
    user, version = person(request), version_of(request)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    state = request.GET.get("state", "")
    context = {
        "todo": proposals(user, version.programme, today_of(request)),
        "page_obj": Paginator(endorsements(user, state), _PAGE_SIZE).get_page(request.GET.get("page")),
        "state": state,
        "states": Endorsement.State.choices,
    }
    return page(request, FOLDER + "endorsements.html", context)


@_hands
@require_safe
def endorsements_export(request: HttpRequest) -> HttpResponse:
    rows: list[list[Cell]] = [
        [
            one.number,
            one.get_kind_display(),
            one.resident.name,
            one.village.name,
            one.policy.number,
            one.certificate.number if one.certificate else "",
            one.effective_on,
            one.reason,
            one.requested_by.full_name,
            instant(one.requested_at),
            one.get_state_display(),
            one.note,
        ]
        for one in endorsements(person(request))
    ]
    note_export(by=person(request), rows=len(rows), part="endorsements")
    return xlsx_response(f"批改-{today_of(request):%Y%m%d}", [Sheet("批改", _HEAD, rows)])


@_hands
@require_http_methods(["GET", "HEAD", "POST"])
def endorsement_new(request: HttpRequest, holding: int, kind: str) -> HttpResponse:
    """Ask for the change that a holding needs; what changes is shown, not chosen."""
    rows = Holding.objects.filter(enrolment__participation__resident__village__code__startswith=person(request).scope)
    related = ("enrolment__participation__resident__village", "enrolment__participation__programme")
    found = get_object_or_404(rows.select_related(*related), pk=holding)
    wanted = proposal_for(kind, found, today_of(request)) if kind in Endorsement.Kind.values else None
    form, status = AskForm(request.POST or None, initial={"reason": wanted.words if wanted else ""}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = request_endorsement(
                    by=person(request),
                    kind=kind if kind in Endorsement.Kind.values else Endorsement.Kind.IDENTITY,
                    holding=found,
                    reason=form.cleaned_data["reason"],
                    key=str(form.cleaned_data["key"]),
                    today=today_of(request),
                    now=now_of(request),
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, f"批改申请 {made.number} 已交给中国人寿。")
                return redirect(desk_url(request, "endorsement", made.pk))
    context = {"wanted": wanted, "form": form, "resident": found.enrolment.participation.resident}
    return page(request, FOLDER + "endorsement_new.html", context, status=status)


@_hands
@require_safe
def endorsement(request: HttpRequest, pk: int) -> HttpResponse:
    return page(request, FOLDER + "endorsement.html", {"one": _found(request, pk)})


@_hands
@require_POST
def endorsement_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        cancel_endorsement(by=person(request), endorsement=_found(request, pk), now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已撤回这份批改申请。")
    return redirect(desk_url(request, "endorsement", pk))


def _found(request: HttpRequest, pk: int) -> Endorsement:
    return get_object_or_404(endorsements(person(request)), pk=pk)


endorsement_pages: list[URLPattern] = [
    path("endorsements/", endorsement_list, name="endorsements"),
    path("endorsements/export/", endorsements_export, name="endorsements-export"),
    path("endorsements/new/<int:holding>/<str:kind>/", endorsement_new, name="endorsement-new"),
    path("endorsements/<int:pk>/", endorsement, name="endorsement"),
    path("endorsements/<int:pk>/cancel/", endorsement_cancel, name="endorsement-cancel"),
]
