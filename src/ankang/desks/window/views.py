"""卫生院窗口: 一站式结算. A window sees what a cover still pays, and nobody's other claims."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.casefile import CoverCard, cover_card
from ankang.claims.cover_looks import SIGHTS, look_at_cover, within_sight
from ankang.claims.windows import settle_at_window
from ankang.desks.components.refusals import put_errors
from ankang.desks.insurer.forms import FindForm, FindOnDayForm
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.window.forms import SettlementPaper
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError, Conflict, InvalidInput
from ankang.rules.money import yuan_shown

NOT_FOUND = "名册里没有这个身份证号。请核对号码；老人不在本镇名册上的，请家属打中国人寿电话 95519。"


@desk_page(Desk.WINDOW)
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and "resident" in request.POST:
        return _settle(request)
    if request.method != "POST":
        return page(request, "desks/window/settle.html", {"find": FindOnDayForm()})
    find = FindOnDayForm(request.POST)
    card = look(request, find, "event_on")
    if card is None:
        return page(request, "desks/window/settle.html", {"find": find}, status=422)
    paper = SettlementPaper(initial={"resident": card.resident.pk, "event_on": card.day}) if card.held else None
    return page(request, "desks/window/settle.html", {"find": find, "paper": paper, "card": card})


def look(request: HttpRequest, form: FindForm, day_field: str) -> CoverCard | None:
    """Return what this desk may learn of who is asked for; None with the reasons on the form."""
    if not form.is_valid():
        return None
    day = form.cleaned_data[day_field]
    if day > today_of(request):
        form.add_error(day_field, "这一天还没到，请填已经过了的日子。")
        return None
    try:
        card = look_at_cover(by=person(request), number=form.cleaned_data["number"], day=day)
    except InvalidInput as error:
        put_errors(form, error)
        return None
    if card is None:
        form.add_error("number", NOT_FOUND)
    return card


def _settle(request: HttpRequest) -> HttpResponse:
    more = "more" in request.POST
    paper, status = (
        (SettlementPaper.with_another_row(request.POST), 200) if more else (SettlementPaper(request.POST), 422)
    )
    text = request.POST["resident"]
    pk = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    resident = get_object_or_404(Resident.objects.visible_to(person(request)).select_related("village"), pk=pk)
    if paper.is_valid():
        try:
            decision = settle_at_window(
                by=person(request),
                resident=resident,
                settlement=paper.settlement,
                key=paper.key,
                now=now_of(request),
            )
        except AnkangError as error:
            status = _put(paper, error)
        else:
            number = decision.claim.number
            messages.success(
                request, f"已算出应赔 {yuan_shown(decision.total_fen)} 元，案号 {number}，已交中国人寿复核。"
            )
            return redirect("window:case", number)
    day = _day(request)
    card = within_sight(cover_card(person(request), resident, day), SIGHTS[Desk.WINDOW])
    return page(request, "desks/window/settle.html", {"paper": paper, "card": card}, status=status)


def _put(paper: SettlementPaper, error: AnkangError) -> int:
    """Put a refusal beside its field and return the page's status: 409 for a conflict, else 422."""
    place, errors = error.fields.get("place"), error.fields.get("errors")
    if isinstance(place, int):
        paper.put({f"bill-{place}": error.message})
    else:
        paper.put(errors if isinstance(errors, dict) else {None: error.message})
    return 409 if isinstance(error, Conflict) else 422


def _day(request: HttpRequest) -> date:
    """Return the day that the form is about, today when it is none."""
    try:
        return date.fromisoformat(request.POST.get("event_on", ""))
    except ValueError:
        return today_of(request)
