"""Confirm a reading of the published plan: who, when, on what paper."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.claims.standing import decisions_on_readings
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.terms import reading_card
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.programmes.draft_queries import versions_of
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.programmes.readings import confirm_reading
from ankang.rules.errors import AnkangError
from ankang.rules.programme import Confirmation, Reading

_PLAIN = {"autocomplete": "off"}


class ConfirmForm(forms.Form):
    by = forms.CharField(
        label="谁确认的",
        help_text="有权确认的单位或人，例如中国人寿某支公司、某某领导",
        max_length=60,
        widget=forms.TextInput(attrs=_PLAIN),
        error_messages={"required": "请写明谁确认的。"},
    )
    on = DayField(label="确认日期")
    paper = forms.CharField(
        label="文号",
        help_text="例如 民〔2024〕12号；没有文号的写文件名称",
        max_length=80,
        widget=forms.TextInput(attrs=_PLAIN),
        error_messages={"required": "请写文号或文件名称。"},
    )
    scan = forms.CharField(
        label="扫描件的文件名或档案号",
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs=_PLAIN),
    )

    def confirmation(self) -> Confirmation:
        """Return what the form says."""
        given = self.cleaned_data
        paper = f"{given['paper']}，扫描件 {given['scan']}" if given["scan"] else given["paper"]
        return Confirmation(by=given["by"], on=given["on"], paper=paper)


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, pk: int, reading: str) -> HttpResponse:
    """One reading of a published version; a POST confirms it, which makes the next version."""
    version = versions_of(person(request)).filter(pk=pk).first()
    if version is None:
        raise Http404
    try:
        found = plan_of(version).reading(reading)
    except KeyError:
        raise Http404 from None
    form = ConfirmForm(request.POST or None, initial={"on": today_of(request)})
    if request.method != "POST":
        return _page(request, version, found, form)
    if not form.is_valid():
        return _page(request, version, found, form, status=422)
    try:
        made = confirm_reading(
            by=person(request),
            version=version,
            reading_id=reading,
            confirmation=form.confirmation(),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, version, found, form, status=put_errors(form, error))
    messages.success(request, f"口径 {reading} 已确认，方案出了第 {made.number} 版。以前的理算仍按原来的版本。")
    return redirect(f"{reverse('town:terms')}?programme={version.programme.slug}#{reading}")


def _page(
    request: HttpRequest, version: ProgrammeVersion, reading: Reading, form: ConfirmForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "version": version,
        "card": reading_card(reading),
        "form": form,
        "count": decisions_on_readings(version.programme, [reading.id])[reading.id],
    }
    return page(request, "desks/town/plans/confirm.html", context, status=status)
