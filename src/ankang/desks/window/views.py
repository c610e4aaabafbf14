"""卫生院窗口: 一站式结算. A window sees what a cover still pays, and nobody's other claims."""

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.casefile import cover_card
from ankang.claims.cover_looks import SIGHTS, within_sight
from ankang.claims.windows import settle_at_window
from ankang.desks.components.green.finding import look, posted_resident
from ankang.desks.insurer.forms import FindOnDayForm
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.window.forms import SettlementPaper
from ankang.rules.errors import AnkangError, Conflict
from ankang.rules.money import yuan_shown


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


def _settle(request: HttpRequest) -> HttpResponse:
    more = "more" in request.POST
    paper, status = (
        (SettlementPaper.with_another_row(request.POST), 200) if more else (SettlementPaper(request.POST), 422)
    )
    resident = posted_resident(request)
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
