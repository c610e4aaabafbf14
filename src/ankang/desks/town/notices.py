"""催办通知 on the town's desk: tick the villages, send a notice to each, see who has confirmed."""

from datetime import timedelta
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.bulletins.figures import Figures, figures_of
from ankang.bulletins.notices import issue_notices, villages_to_urge
from ankang.bulletins.queries import notices
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Sheet, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.enrolment.coverage import town_coverage
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 50
_DAYS = timedelta(days=4)


class IssueForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    villages = forms.MultipleChoiceField(
        label="发给哪些村（居）",
        error_messages={"required": "请至少勾选一个村（居）。"},
        widget=forms.CheckboxSelectMultiple,
        help_text="落后、停滞或应保未保的已经勾上",
    )
    due_on = DayField(label="办结期限")

    def __init__(self, data: object, figures: Figures, **options: object) -> None:
        super().__init__(data, **options)  # type: ignore[arg-type]
        choices = [(one.code, f"{one.name} {one.percent}%") for one in reversed(figures.villages)]
        self.fields["villages"].choices = choices  # type: ignore[attr-defined]


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def notice_new(request: HttpRequest) -> HttpResponse:
    """The notices, newest first; a POST sends one to each ticked village."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    figures, status = _figures(request, version), 200
    urged = {"villages": [one.code for one in villages_to_urge(figures)], "due_on": today_of(request) + _DAYS}
    form = IssueForm(request.POST if request.method == "POST" else None, figures, initial=urged)
    if request.method == "POST" and form.is_valid():
        try:
            made = issue_notices(
                by=person(request),
                version=version,
                villages=form.cleaned_data["villages"],
                due_on=form.cleaned_data["due_on"],
                key=str(form.cleaned_data["key"]),
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"已发给 {len(made)} 个村（居），名单各村只看得到自己的。")
            return redirect("town:notices")
    elif request.method == "POST":
        status = 422
    shown = Paginator(notices(person(request)), _PAGE_SIZE).get_page(request.GET.get("page"))
    return page(request, "desks/town/bulletins/notices.html", {"page_obj": shown, "form": form}, status=status)


@desk_page("town")
@require_safe
def notices_export(request: HttpRequest) -> HttpResponse:
    """All notices with who confirmed and when, as Excel: no names of residents."""
    head = ["通知号", "村（居）", "发出", "发出人", "名单人数", "办结期限", "确认收到", "确认人"]
    rows = [
        [
            one.pk,
            one.village.name,
            instant(one.issued_at),
            one.issued_by.full_name,
            one.missing,  # type: ignore[attr-defined]  # counted by `notices`
            one.due_on,
            instant(one.read_at) if one.read_at else "还没有",
            one.read_by.full_name if one.read_by else None,
        ]
        for one in notices(person(request))
    ]
    return xlsx_response(f"催办通知-{today_of(request):%Y%m%d}", [Sheet("催办通知", head, rows)])


def _figures(request: HttpRequest, version: ProgrammeVersion) -> Figures:
    user = person(request)
    return figures_of(town_coverage(user, version, today_of(request)), version, user.division.name, now_of(request))
