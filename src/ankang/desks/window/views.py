"""卫生院窗口: 一站式结算. A window sees what a cover still pays, and nobody's other claims."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.casefile import CoverCard, cover_card
from ankang.claims.cover_looks import SIGHTS, within_sight
from ankang.claims.further_bills import add_bills, same_day
from ankang.claims.further_counting import is_own
from ankang.claims.further_models import FurtherBills
from ankang.claims.models import Claim
from ankang.claims.windows import settle_at_window
from ankang.desks.components.case_forms import FindOnDayForm
from ankang.desks.components.green.finding import look, posted_resident
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.window.forms import SettlementPaper
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError, Conflict
from ankang.rules.money import yuan_shown

APART = "apart"  # instead of a claim's number: what is settled is another accident of the same day


@desk_page(Desk.WINDOW)
@require_http_methods(["GET", "HEAD", "POST"])
def settle(request: HttpRequest) -> HttpResponse:
    if request.method == "POST" and "open" in request.POST:
        return _more(request)
    if request.method == "POST" and "resident" in request.POST:
        return _settle(request)
    if request.method != "POST":
        return page(request, "desks/window/settle.html", {"find": FindOnDayForm()})
    find = FindOnDayForm(request.POST)
    card = look(request, find, "event_on")
    if card is None:
        return page(request, "desks/window/settle.html", {"find": find}, status=422)
    return page(request, "desks/window/settle.html", {"find": find, **_entry(request, card)})


def _more(request: HttpRequest) -> HttpResponse:
    """The form for further bills of a claim (`open`: its number), or for another accident of the same day."""
    card = _card(request, posted_resident(request))
    return page(request, "desks/window/settle.html", _entry(request, card, request.POST["open"]))


def _entry(request: HttpRequest, card: CoverCard, wanted: str = "") -> dict[str, Any]:
    """What the page shows once somebody is found: the cover, the claims of that day, the empty form that fits."""
    shown = _shown(request, card, wanted)
    same, is_apart = shown["same"], shown["is_apart"]
    may = bool(same and same.status != Claim.Status.PREPARED) or bool(card.held and (is_apart or not shown["claims"]))
    initial = {"resident": card.resident.pk, "event_on": card.day, "claim": same.number if same else ""}
    initial["besides"] = shown["claims"][0].number if is_apart else ""
    return shown | {"paper": SettlementPaper.kept(request.POST, **initial) if may else None}


def _shown(request: HttpRequest, card: CoverCard, wanted: str) -> dict[str, Any]:
    """The claims of the day, and which one is meant: the one that is wanted, or the only one."""
    claims = same_day(person(request), card.resident, card.day)
    is_apart = bool(claims) and wanted == APART
    meant = [] if is_apart else [one for one in claims if one.number == wanted or len(claims) == 1]
    return {"card": card, "claims": claims, "same": meant[0] if meant else None, "is_apart": is_apart}


def _settle(request: HttpRequest) -> HttpResponse:
    more = "more" in request.POST
    paper, status = (
        (SettlementPaper.with_another_row(request.POST), 200) if more else (SettlementPaper(request.POST), 422)
    )
    resident = posted_resident(request)
    if paper.is_valid():
        try:
            return _carry_out(request, resident, paper)
        except AnkangError as error:
            status = _put(paper, error)
    card = _card(request, resident)
    shown = _shown(request, card, APART if request.POST.get("besides") else request.POST.get("claim", ""))
    if not request.POST.get("claim"):  # nobody has said yet that these bills belong to a claim that is there
        shown["same"] = None
    return page(request, "desks/window/settle.html", shown | {"paper": paper}, status=status)


def _carry_out(request: HttpRequest, resident: Resident, paper: SettlementPaper) -> HttpResponse:
    """Settle the accident, or add the bills to the claim that the form names. Errors: AnkangError."""
    by, now = person(request), now_of(request)
    if number := paper.main.cleaned_data["claim"]:
        visible = Claim.objects.visible_to(by).filter(resident=resident).select_related("reported_by")
        claim = get_object_or_404(visible, number=number)
        made = add_bills(by=by, claim=claim, settlement=paper.settlement, key=paper.key, now=now)
        messages.success(request, _said(made, is_own=is_own(by, claim)))
        return redirect("window:case", number) if is_own(by, claim) else redirect("window:home")
    decision = settle_at_window(by=by, resident=resident, settlement=paper.settlement, key=paper.key, now=now)
    number = decision.claim.number
    messages.success(request, f"已算出应赔 {yuan_shown(decision.total_fen)} 元，案号 {number}，已交中国人寿复核。")
    return redirect("window:case", number)


def _said(made: FurtherBills, *, is_own: bool) -> str:
    number = made.claim.number
    if made.reversal_id is not None:
        return f"票据已加进案号 {number}。原来的决定要中国人寿先同意冲回，同意以后自动连新票据一起算。"
    if is_own:
        return f"票据已加进案号 {number}，重新算了应赔，已交中国人寿复核。"
    return f"票据已加进案号 {number}。这一件由中国人寿理算，转账付款；请把案号告诉家属。"


def _card(request: HttpRequest, resident: Resident) -> CoverCard:
    return within_sight(cover_card(person(request), resident, _day(request)), SIGHTS[Desk.WINDOW])


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
