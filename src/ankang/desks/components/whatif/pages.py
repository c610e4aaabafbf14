"""方案测算: choose a year and two plans, see what the second would have paid, print it, take it along."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRefresh

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.components.whatif.forms import WhatIfForm
from ankang.desks.components.whatif.tables import csv_of, headline, parts_of, ratios, sheets_of
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.installation.clock import wall_clock
from ankang.pricing.documents import report_of
from ankang.rules.errors import AnkangError
from ankang.whatif.actions import KEPT, ask_what_if
from ankang.whatif.models import DESKS, WhatIf
from ankang.whatif.queries import offer_to, place_of, what_ifs

_SHOWN = 20
_FOLDER = "desks/components/whatif/"


@desk_page(*DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def what_if_new(request: HttpRequest) -> HttpResponse:
    """The form, and the comparisons that were asked for; a POST asks for one."""
    offer = offer_to(person(request))
    begun = next((one.slug for one in offer.programmes if one.cover_from <= today_of(request)), "")
    initial = {"programme": begun}  # the newest year that can have claims
    form, status = WhatIfForm(offer, request.POST or None, request.FILES or None, initial=initial), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            given = form.cleaned_data
            facts = {name: given[name] for name in ("programme", "before", "after")}
            try:
                made = ask_what_if(by=person(request), key=str(given["key"]), now=now_of(request), **facts)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                return redirect(desk_url(request, "what-if", made.pk))
    runs = [(one, _words(one)) for one in what_ifs(person(request))[:_SHOWN]]
    context = {"form": form, "runs": runs, "offer": offer}
    return page(request, _FOLDER + "new.html", context, status=status)


@desk_page(*DESKS)
@require_safe
def what_if(request: HttpRequest, pk: int) -> HttpResponse:
    """One comparison as it was counted, or how far it is."""
    found = _found(request, pk)
    if found.result is None:
        return _not_done(request, found)
    if request.htmx:  # type: ignore[attr-defined]  # it was waited for
        return HttpResponseClientRefresh()
    report = report_of(found.result)
    before, after = ratios(report, report.total)
    context = {
        "found": found,
        "kept_until": localtime(found.at + KEPT).date(),
        "report": report,
        "headline": headline(report),
        "before": before,
        "after": after,
        "parts": parts_of(report),
    }
    return page(request, _FOLDER + "one.html", context)


@desk_page(*DESKS)
@require_safe
def what_if_export(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The tables as Excel, or as one CSV."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    found = _found(request, pk)
    if found.result is None:
        raise Http404
    report, name = report_of(found.result), f"方案测算-{found.pk}"
    if kind == "csv":
        return download(csv_of(report), f"{name}.csv", "text/csv; charset=utf-8")
    says = (
        f"{found.before_title} → {found.after_title}；{found.programme.name}的参保和赔案，"
        f"{found.division.name}，截至 {instant(found.finished_at)}。"
    )
    return xlsx_response(name, sheets_of(report, says))


def _not_done(request: HttpRequest, found: WhatIf) -> HttpResponse:
    place = place_of(found, wall_clock()) if found.is_open else None
    return page(request, _FOLDER + "wait.html", {"found": found, "place": place, "headline": _words(found)})


def _words(found: WhatIf) -> str:
    """Return what there is to say of a comparison, in a sentence."""
    if found.result is not None:
        return headline(report_of(found.result))
    if found.state == WhatIf.State.RUNNING and found.covers:
        return f"正在算：{found.covers_done * 100 // found.covers}%"
    return found.get_state_display()


def _found(request: HttpRequest, pk: int) -> WhatIf:
    return get_object_or_404(what_ifs(person(request)), pk=pk)


what_if_pages: list[URLPattern] = [
    path("what-if/", what_if_new, name="what-ifs"),
    path("what-if/<int:pk>/", what_if, name="what-if"),
    path("what-if/<int:pk>/export.<str:kind>", what_if_export, name="what-if-export"),
]
