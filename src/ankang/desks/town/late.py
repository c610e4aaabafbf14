"""逾期补登: a town manager lets one resident still be enrolled after the window, on a paper, for some days."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, paged, today_of
from ankang.desks.people import person
from ankang.enrolment.late import MOST_DAYS, grant_late_entry, late_entries
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.roster.queries import find_by_number
from ankang.rules.errors import AnkangError, InvalidInput

_plain = {"autocomplete": "off"}


class LateForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    number = forms.CharField(
        label="身份证号",
        max_length=40,
        help_text="18位，要先在名册里",
        widget=forms.TextInput(attrs=_plain | {"spellcheck": "false"}),
        error_messages={"required": "请填老人的18位身份证号。"},
    )
    reason = forms.CharField(
        label="为什么没赶上",
        max_length=200,
        help_text="例如：在外地子女家住，截止后才回村",
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请写明为什么没赶上，例如“在外地子女家住，截止后才回村”。"},
    )
    paper = forms.CharField(
        label="依据",
        max_length=120,
        help_text="哪份文件或会议记录，写名称和文号",
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请写明依据哪份文件或会议记录。"},
    )
    days = forms.IntegerField(
        label="几天内有效",
        min_value=1,
        max_value=MOST_DAYS,
        initial=7,
        help_text=f"从今天算起，最多{MOST_DAYS}天",
        error_messages={
            "required": "请填几天内有效。",
            "invalid": "请填整数，例如 7。",
            "min_value": "至少1天。",
            "max_value": f"最多{MOST_DAYS}天。",
        },
    )


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def late(request: HttpRequest) -> HttpResponse:
    """The exceptions of the campaign, and granting one more. The number is posted: it stands in no address."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    form, status = LateForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                name = _grant(request, version, form)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, f"已批准{name}逾期补登，现在可以去“参保登记”办理。")
                return redirect("town:late")
    plan = plan_of(version)
    context = {
        "form": form,
        "plan": plan,
        "is_over": today_of(request) > plan.window_to,
        "rows": paged(request, late_entries(person(request), version.programme_id)),
    }
    return page(request, "desks/town/late.html", context, status=status)


def _grant(request: HttpRequest, version: ProgrammeVersion, form: LateForm) -> str:
    given = form.cleaned_data
    resident = find_by_number(person(request), given["number"])
    if resident is None:
        raise InvalidInput("名册里没有这个身份证号。请核对号码，或先把老人加进名册。", field="number")
    grant_late_entry(
        by=person(request),
        resident=resident,
        version=version,
        reason=given["reason"],
        paper=given["paper"],
        days=given["days"],
        key=str(given["key"]),
        today=today_of(request),
        now=now_of(request),
    )
    return resident.name
