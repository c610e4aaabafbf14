"""The pages of enrolling. An identity number travels by POST only: never in an address, never in a log."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ankang.accounts.permissions import desk_page
from ankang.desks.components.enrol.entry import blank, entry_of, payer_choices
from ankang.desks.components.enrol.record import recorded
from ankang.desks.components.enrol.screen import Screen, refused, screen_of
from ankang.desks.components.enrol.steps import add_to_roster, already, confirm
from ankang.desks.menus import address_of
from ankang.desks.pages import desk_url, now_of, page, shell_of, today_of
from ankang.desks.people import person
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.queries import enrolled_on, enrolments_visible_to
from ankang.offline.queries import arrival_of
from ankang.rules.errors import AnkangError

_REFUSED = 422


@desk_page("village")
@require_GET
def to_enrol(request: HttpRequest) -> HttpResponse:
    """The village's desk opens on enrolling."""
    return redirect("village:enrol")


@desk_page("town", "village")
@require_http_methods(["GET", "POST"])
def enrol(request: HttpRequest) -> HttpResponse:
    """The one screen. Every POST is answered by the whole page, or by its form alone when htmx asks."""
    today = today_of(request)
    entry = entry_of(request.POST) if request.method == "POST" else blank(request.GET.get("resident", ""))
    screen = screen_of(request.user, entry, today)  # type: ignore[arg-type]
    try:
        if entry.step == "confirm":
            done = already(by=request.user, screen=screen)  # type: ignore[arg-type]
            if done is None and screen.quote:
                done = confirm(by=request.user, screen=screen, today=today, now=now_of(request))  # type: ignore[arg-type]
            if done:
                return redirect(desk_url(request, "enrolled", done.pk))
        if entry.step == "add" and screen.missing:
            add_to_roster(by=request.user, screen=screen, today=today)  # type: ignore[arg-type]
            screen = screen_of(request.user, entry, today)  # type: ignore[arg-type]
    except AnkangError as error:
        screen = refused(screen, error)
    return _answer(request, screen)


def _answer(request: HttpRequest, screen: Screen) -> HttpResponse:
    context: dict[str, Any] = {"screen": screen, "payer_choices": payer_choices(), "address": request.path}
    status = _REFUSED if screen.problems and request.method == "POST" else 200
    if request.htmx:  # type: ignore[attr-defined]
        shell = shell_of(request)
        return render(request, "desks/components/enrol/answer.html", shell | context, status=status)
    today = today_of(request)
    context["recent"] = [] if screen.identity or screen.offer else list(enrolled_on(request.user, today)[:10])  # type: ignore[arg-type]
    return page(request, "desks/components/enrol/page.html", context, status=status)


@desk_page("town", "village")
@require_GET
def enrolled(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """What was recorded: for the resident to hear, and to cancel on the same day."""
    enrolment = get_object_or_404(enrolments_visible_to(request.user), pk=enrolment_id)  # type: ignore[arg-type]
    can_cancel = enrolment.cancelled_at is None and enrolment.enrolled_on == today_of(request)
    lines = recorded(enrolment)
    in_force = enrolment.cancelled_at is None and enrolment.withdrawn_on is None
    covers = any(line.holding.cover_to >= today_of(request) for line in lines)
    lives_here = enrolment.participation.resident.village.code.startswith(request.user.scope)  # type: ignore[union-attr]
    context = {
        "enrolment": enrolment,
        "lines": lines,
        "arrival": arrival_of(enrolment),
        "can_cancel": can_cancel,
        "can_withdraw": in_force and covers and not can_cancel,
        "enrol_address": desk_url(request, "enrol"),
        "resident_address": desk_url(request, "resident", enrolment.participation.resident_id) if lives_here else "",
        "collect_address": _collect_address(request, enrolment) if can_cancel and lives_here else "",
        "cancel_address": desk_url(request, "cancel-enrolment", enrolment_id),
    }
    return page(request, "desks/components/enrol/done.html", context)


def _collect_address(request: HttpRequest, enrolment: Enrolment) -> str:
    """Return where a village takes the household's money; empty where the family owes none of it."""
    payers = {funding.payer for holding in enrolment.holdings.all() for funding in holding.fundings.all()}
    if payers.isdisjoint((Funding.Payer.SELF, Funding.Payer.CHILD)):
        return ""
    return address_of(f"{person(request).desk}:collect", enrolment.participation.resident_id)


@desk_page("town", "village")
@require_POST
def cancel(request: HttpRequest, enrolment_id: int) -> HttpResponse:
    """Take back what was recorded today."""
    enrolment = Enrolment.objects.filter(
        pk=enrolment_id,
        village__code__startswith=request.user.scope,  # type: ignore[union-attr]
    ).first()
    if enrolment is None:
        raise Http404
    try:
        cancel_enrolment(by=request.user, enrolment=enrolment, today=today_of(request), now=now_of(request))  # type: ignore[arg-type]
        messages.success(request, "这次参保已经撤销，份数退回来了。收过的钱请当面退还。")
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect(desk_url(request, "enrolled", enrolment_id))
