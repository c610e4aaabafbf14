"""报案登记: find the insured by number, see what was held on that day, then register the event."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import report_claim
from ankang.claims.casefile import cover_card
from ankang.claims.public_reports import late_note
from ankang.desks.components.case_forms import FindOnDayForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.forms import ReportForm
from ankang.desks.insurer.views import NOT_FOUND
from ankang.desks.keys import row_key
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.roster.models import Resident
from ankang.roster.queries import find_by_number
from ankang.rules.errors import AnkangError, InvalidInput


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and "resident" in request.POST:
        return _register(request)
    if request.method == "POST":
        return _find(request)
    return page(request, "desks/insurer/report.html", {"find": FindOnDayForm()})


def _find(request: HttpRequest) -> HttpResponse:
    find = FindOnDayForm(request.POST)
    resident = None
    if find.is_valid():
        try:
            resident = find_by_number(person(request), find.cleaned_data["number"])
        except InvalidInput as error:
            put_errors(find, error)
        else:
            if resident is None:
                find.add_error("number", NOT_FOUND)
            if find.cleaned_data.get("event_on") and find.cleaned_data["event_on"] > today_of(request):
                find.add_error("event_on", "这一天还没到，请填已经发生的那一天。")
    if resident is None or find.errors:
        return page(request, "desks/insurer/report.html", {"find": find}, status=422)
    day = find.cleaned_data["event_on"]
    form = ReportForm(initial={"resident": resident.pk, "event_on": day})
    card = cover_card(person(request), resident, day)
    late = late_note(day, today_of(request), is_death=False)
    return page(request, "desks/insurer/report.html", {"find": find, "form": form, "card": card, "late": late})


def _register(request: HttpRequest) -> HttpResponse:
    form = ReportForm(request.POST)
    visible = Resident.objects.visible_to(person(request)).select_related("village")
    resident = get_object_or_404(visible, pk=row_key(request.POST["resident"]))
    status = 422
    if form.is_valid():
        given = {
            name: form.cleaned_data[name]
            for name in ("event_on", "cause", "what_happened", "situations", "place", "reporter", "reporter_phone")
        }
        try:
            claim = report_claim(
                by=person(request), resident=resident, key=str(form.cleaned_data["key"]), now=now_of(request), **given
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"已登记，案号 {claim.number}。下一步：录入损失。")
            return redirect("insurer:claim", claim.number)
    card = cover_card(person(request), resident, form.cleaned_data.get("event_on") or today_of(request))
    return page(request, "desks/insurer/report.html", {"form": form, "card": card}, status=status)
