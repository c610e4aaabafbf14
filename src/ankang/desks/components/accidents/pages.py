"""查保单 and 报案, alike on every desk that meets families. What a desk sees of a cover is said in `cover_looks`."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import report_claim
from ankang.claims.casefile import CoverCard
from ankang.claims.cover_looks import SIGHTS, look_at_cover
from ankang.claims.public_reports import late_note
from ankang.desks.components.accidents.forms import FindForm, HelpForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.keys import row_key
from ankang.desks.menus import address_of
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError

DESKS = (Desk.TOWN, Desk.VILLAGE, Desk.WINDOW, Desk.FUNERAL)
NOT_FOUND = "名册里没有这个身份证号，或者不归您管。请核对号码；确实没登记的，请家属打中国人寿电话 95519。"


@desk_page(*DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def cover(request: HttpRequest) -> HttpResponse:
    """What a person is covered for on a day, as far as this desk may know. Each look is an audit row."""
    form = FindForm(request.POST or None, initial={"day": today_of(request)})
    card, status = _look(request, form)
    context = {"form": form, "card": card, "sight": SIGHTS[Desk(person(request).desk)]}
    return page(request, "desks/components/accidents/cover.html", context, status=status)


@desk_page(*DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def report(request: HttpRequest) -> HttpResponse:
    """Find the person, see whether covered on that day, write down what happened and who told it."""
    if "resident" in request.POST:
        return _register(request)
    find = FindForm(request.POST or None)
    card, status = _look(request, find)
    if card and card.day > today_of(request):
        find.add_error("day", "这一天还没到，请填已经发生的那一天。")
        card, status = None, 422
    if card is None:
        return page(request, "desks/components/accidents/report.html", {"find": find}, status=status)
    form = HelpForm(initial={"resident": card.resident.pk, "event_on": card.day})
    late = late_note(card.day, today_of(request), is_death=False)
    return page(request, "desks/components/accidents/report.html", {"card": card, "form": form, "late": late})


def _look(request: HttpRequest, form: FindForm) -> tuple[CoverCard | None, int]:
    """Return what was found and the page's status; what is wrong lands on the form."""
    if not form.is_valid():
        return None, 422 if form.is_bound else 200
    try:
        card = look_at_cover(by=person(request), **form.cleaned_data)
    except AnkangError as error:
        return None, put_errors(form, error)
    if card is None:
        form.add_error("number", NOT_FOUND)
    return card, 422 if card is None else 200


def _register(request: HttpRequest) -> HttpResponse:
    form, status = HelpForm(request.POST), 422
    visible = Resident.objects.visible_to(person(request)).select_related("village")
    resident = get_object_or_404(visible, pk=row_key(request.POST["resident"]))
    if form.is_valid():
        given = form.cleaned_data
        try:
            claim = report_claim(
                by=person(request),
                resident=resident,
                event_on=given["event_on"],
                cause=given["cause"],
                what_happened=given["what_happened"],
                situations=given["situations"],
                place=given["place"],
                reporter=f"{given['reporter'].strip()}，{given['relation'].strip()}",
                reporter_phone=given["phone"],
                key=str(given["key"]),
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"已报案，案号 {claim.number}。中国人寿会联系家属。")
            return redirect(_after(request, claim.number))
    context = {"form": form, "resident": resident}
    return page(request, "desks/components/accidents/report.html", context, status=status)


def _after(request: HttpRequest, number: str) -> str:
    """Where to go on: to the papers where the desk takes them, else to the next report."""
    return address_of(f"{person(request).desk}:claim-papers", number) or desk_url(request, "claim-report")


accident_pages: list[URLPattern] = [
    path("cover/", cover, name="cover"),
    path("report/", report, name="claim-report"),
]
