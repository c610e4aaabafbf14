"""公众报案: what families reported on the public page, and saying whose claim each is."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.casefile import cover_card
from ankang.claims.models import Claim
from ankang.claims.public_reports import (
    answer_report,
    late_note,
    look_into_report,
    match_report,
    note_reports_export,
)
from ankang.claims.report_models import PublicReport
from ankang.desks.components.accidents.paper_form import HAPPENED
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 50
State = PublicReport.State


class MatchForm(forms.Form):
    claim = forms.ChoiceField(label="立新案，还是并进已有的", widget=forms.RadioSelect, required=False)
    cause = forms.ChoiceField(
        label="原因", choices=Claim.Cause.choices, widget=forms.RadioSelect, error_messages={"required": "请选原因。"}
    )
    called_back = forms.BooleanField(label="已打电话回去，问清了报案人是谁、和老人什么关系", required=False)

    def __init__(self, *given: Any, claims: list[Claim], **options: Any) -> None:
        super().__init__(*given, **options)
        known = [(str(one.pk), f"并进 {one.number}（{one.event_on:%Y-%m-%d}）") for one in claims if one.is_open]
        self.fields["claim"].choices = [("", "立新案"), *known]  # type: ignore[attr-defined]
        if not known:
            del self.fields["claim"]


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label="答复家属的话",
        help_text="家属凭口令看得到：为什么不能立案，接下来找谁",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@desk_page(Desk.INSURER)
@require_safe
def public_reports(request: HttpRequest) -> HttpResponse:
    """`?state=waiting|matched|answered`: those that wait, the oldest on top, unless another state is named."""
    state, found = _chosen(request)
    shown = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    waiting = PublicReport.objects.visible_to(person(request)).filter(state=State.WAITING).count()
    context = {"page_obj": shown, "state": state, "states": State.choices, "waiting": waiting}
    return page(request, "desks/insurer/public_reports.html", context)


@desk_page(Desk.INSURER)
@require_safe
def public_reports_export(request: HttpRequest) -> HttpResponse:
    """The list as it is filtered: no story, no telephone, the number by its last four characters."""
    _, found = _chosen(request)
    rows = [
        [str(one), timezone.localtime(one.reported_at).date(), one.elder_name, one.elder_number_tail,
         one.village.name if one.village else "", one.event_on, one.get_state_display(),
         one.claim.number if one.claim else ""]
        for one in found
    ]  # fmt: skip
    note_reports_export(by=person(request), rows=len(rows))
    head = ["报案号", "报案日期", "老人", "身份证后四位", "村居", "事故日期", "状态", "案号"]
    return xlsx_response(f"公众报案-{today_of(request):%Y%m%d}", [Sheet("公众报案", head, rows)])


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "HEAD", "POST"])
def public_report(request: HttpRequest, pk: int) -> HttpResponse:
    """One report with what the roster knows of its number; a POST makes a claim of it, or answers it."""
    user = person(request)
    visible = PublicReport.objects.visible_to(user).select_related("village", "claim", "decided_by")
    found = get_object_or_404(visible, pk=pk)
    resident = (
        Resident.objects.visible_to(user)
        .select_related("village")
        .filter(number_index=found.elder_number_index)
        .first()
    )
    card = cover_card(user, resident, found.event_on) if resident else None
    match = MatchForm(request.POST if "match" in request.POST else None, claims=card.claims if card else [])
    answer = AnswerForm(request.POST if "answering" in request.POST else None)
    status = 200
    if request.method == "POST":
        status = _act(request, found, resident, match, answer)
        if status == 200:
            return redirect("insurer:public_report", pk)
    context = {
        "one": found,
        "opened": look_into_report(by=user, report=found),
        "card": card,
        "match": match,
        "answer": answer,
        "happened": [words for code, words in HAPPENED if code in found.situations.split()],
        "late": late_note(found.event_on, today_of(request), is_death="death" in found.situations.split()),
        "same_name": resident is not None and resident.name == found.elder_name,
    }
    return page(request, "desks/insurer/public_report.html", context, status=status)


def _act(
    request: HttpRequest, found: PublicReport, resident: Resident | None, match: MatchForm, answer: AnswerForm
) -> int:
    """Carry out what was posted and return 200, or the status of the page that says why not."""
    form: forms.Form = match if match.is_bound else answer
    if not form.is_valid():
        return 422
    try:
        if match.is_bound and resident is not None:
            pk = match.cleaned_data.get("claim")
            claim = match_report(
                by=person(request),
                report=found,
                resident=resident,
                cause=match.cleaned_data["cause"],
                called_back=match.cleaned_data["called_back"],
                claim=Claim.objects.filter(pk=pk).first() if pk else None,
                now=now_of(request),
            )
            messages.success(request, f"已立案，案号 {claim.number}。家属查进度时看得到。")
        else:
            given = answer.cleaned_data if answer.is_bound else {"answer": ""}
            answer_report(by=person(request), report=found, answer=given["answer"], now=now_of(request))
            messages.success(request, "已答复，家属查进度时看得到。")
    except AnkangError as error:
        return put_errors(form, error)
    return 200


def _chosen(request: HttpRequest) -> tuple[str, Any]:
    state = request.GET.get("state", State.WAITING)
    found = PublicReport.objects.visible_to(person(request)).select_related("village", "claim")
    return state, found.filter(state=state) if state in State.values else found


public_report_pages = [
    path("reports/", public_reports, name="public_reports"),
    path("reports/export/", public_reports_export, name="public_reports_export"),
    path("reports/<int:pk>/", public_report, name="public_report"),
]
