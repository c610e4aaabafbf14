"""保单 and 批改审核 on the insurer's desk."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.components.policies.group_policy import group_policy_pages
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer import applications
from ankang.desks.insurer.forms import AnswerForm
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import decide_endorsement, endorsements
from ankang.policies.queries import policies
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError

_FOLDER = "desks/insurer/policies/"
_PAGE_SIZE = 50
_HEAD = ("方案", "村（居）", "团体保单号", "有效凭证", "已终止", "份数", "保费（元）", "出单时间")


@desk_page(Desk.INSURER)
@require_safe
def endorsement_list(request: HttpRequest) -> HttpResponse:
    """`?state=`: those that wait first."""
    state = request.GET.get("state", "")
    context = {
        "page_obj": Paginator(endorsements(person(request), state), _PAGE_SIZE).get_page(request.GET.get("page")),
        "waiting": endorsements(person(request), Endorsement.State.WAITING).count(),
        "state": state,
        "states": Endorsement.State.choices,
    }
    return page(request, _FOLDER + "endorsements.html", context)


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "HEAD", "POST"])
def endorsement(request: HttpRequest, pk: int) -> HttpResponse:
    """One request with what changes; a POST decides it."""
    found = get_object_or_404(endorsements(person(request)), pk=pk)
    form, status = AnswerForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            accept = form.cleaned_data["accept"] == "yes"
            note, today, now = form.cleaned_data["note"], today_of(request), now_of(request)
            try:
                decide_endorsement(
                    by=person(request), endorsement=found, accept=accept, note=note, today=today, now=now
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "已同意，保单已改。" if accept else "已答复：不同意，保单不变。")
                return redirect("insurer:endorsement", pk)
    return page(request, _FOLDER + "endorsement.html", {"one": found, "form": form}, status=status)


@desk_page(Desk.INSURER)
@require_safe
def policy_list(request: HttpRequest) -> HttpResponse:
    """The group policies with their living certificates, the latest year first."""
    return page(request, _FOLDER + "policies.html", {"policies": paged(request, policies(person(request)))})


@desk_page(Desk.INSURER)
@require_safe
def policies_export(request: HttpRequest) -> HttpResponse:
    rows = [
        [
            one.programme.name,
            one.village.name,
            one.number,
            one.alive,  # type: ignore[attr-defined]  # counted by `policies`
            one.ended,  # type: ignore[attr-defined]
            one.units,  # type: ignore[attr-defined]
            one.premium_fen / 100,  # type: ignore[attr-defined]
            timezone.localdate(one.issued_at),
        ]
        for one in policies(person(request))
    ]
    note_export(by=person(request), rows=len(rows), part="policies")
    return xlsx_response(f"保单-{today_of(request):%Y%m%d}", [Sheet("保单", _HEAD, rows)])


policy_pages = [
    path("applications/", applications.application_list, name="applications"),
    path("applications/<int:pk>/", applications.application, name="application"),
    path("applications/<int:pk>/accept/", applications.application_accept, name="application-accept"),
    path("applications/<int:pk>/rows/<int:row>/refuse/", applications.application_refuse, name="application-refuse"),
    path("applications/<int:pk>/upload/", applications.application_upload, name="application-upload"),
    path("applications/<int:pk>/export/", applications.application_export, name="application-export"),
    path("applications/<int:pk>/json/", applications.application_json, name="application-json"),
    path("endorsements/", endorsement_list, name="endorsements"),
    path("endorsements/<int:pk>/", endorsement, name="endorsement"),
    path("policies/", policy_list, name="policies"),
    path("policies/export/", policies_export, name="policies-export"),
    *group_policy_pages,
]
