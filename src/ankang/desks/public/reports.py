"""报案, and what became of it: without a log-in, by the report's number and its secret word."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.permissions import public_page
from ankang.claims.documents import give_paper
from ankang.claims.family import FamilyView, family_view
from ankang.claims.public_reports import Told, find_report, note_follow, report_in_public
from ankang.claims.report_models import PublicReport
from ankang.desks.components import limits
from ankang.desks.components.accidents.paper_form import PaperForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of
from ankang.desks.public.frame import public
from ankang.desks.public.report_forms import FollowForm, PublicReportForm
from ankang.rules.errors import AnkangError

_OPENED = "followed_report"  # in the session: which report its word has opened
_TOO_OFTEN = "这里刚才试得太多了。请过 {} 分钟再来；急的话，请打电话 95519，或者请村委会的代办员帮忙。"


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
def report(request: HttpRequest) -> HttpResponse:
    """The answer is the same whoever is reported: it tells nothing about who is insured."""
    form = PublicReportForm(request.POST or None)
    if request.method != "POST":
        return _report(request, form)
    origin = limits.origin_of(request)
    if limits.is_over(origin, limits.REPORT):
        form.add_error(None, _TOO_OFTEN.format(limits.MINUTES))
        return _report(request, form, 429)
    if not form.is_valid():
        return _report(request, form, 422)
    given = dict(form.cleaned_data)
    key = str(given.pop("key"))
    try:
        receipt = report_in_public(told=Told(**given), key=key, now=now_of(request))
    except AnkangError as error:
        return _report(request, form, put_errors(form, error))
    limits.count_miss(origin, limits.REPORT)
    if receipt is not None:
        request.session[_OPENED] = receipt.report.pk
    return public(request, "desks/public/reported.html", {"receipt": receipt}, home="public:follow")


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("secret")
def follow(request: HttpRequest) -> HttpResponse:
    """What became of a report; first its number and word are asked for."""
    if request.method == "POST":
        return _open(request)
    found = _opened(request)
    if found is None:
        return _follow(request, {"form": FollowForm()})
    return _state(request, found)


@public_page
@never_cache
@require_POST
def paper(request: HttpRequest) -> HttpResponse:
    """Hand a paper in. Pictures come in here and are never shown here."""
    found = _opened(request)
    if found is None:
        return redirect("public:follow")
    view = family_view(found)
    form = PaperForm(request.POST, request.FILES, papers=view.papers)
    if not form.is_valid() or found.claim is None:
        return _state(request, found, form, 422)
    given = form.cleaned_data
    try:
        give_paper(
            by=None,
            claim=found.claim,
            paper=given["paper"],
            content=given["scan"].read(),
            key=str(given["key"]),
            now=now_of(request),
            replaces=view.to_replace(given["paper"]),
        )
    except AnkangError as error:
        return _state(request, found, form, put_errors(form, error))
    messages.success(request, f"收到了：{view.name_of(given['paper'])}。")
    return redirect("public:follow")


@public_page
@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Forget which report was open: a telephone goes from hand to hand."""
    request.session.pop(_OPENED, None)
    return redirect("public:follow")


def _open(request: HttpRequest) -> HttpResponse:
    form = FollowForm(request.POST)
    origin = limits.origin_of(request)
    if not form.is_valid():
        return _follow(request, {"form": form}, 422)
    # By address, and by report: many addresses together guess no further than one.
    counted = (origin, f"report {form.cleaned_data['number']}")
    if any(limits.is_over(one, limits.FOLLOW) for one in counted):
        form.add_error(None, _TOO_OFTEN.format(limits.MINUTES))
        return _follow(request, {"form": form}, 429)
    found = find_report(**form.cleaned_data)
    if found is None:
        for one in counted:
            limits.count_miss(one, limits.FOLLOW)
        form.add_error(None, "报案号和查询口令对不上。请照报案时记下的再填一次；找不到了，请打电话 95519。")
        return _follow(request, {"form": form}, 422)
    request.session[_OPENED] = found.pk
    note_follow(report=found)
    return redirect("public:follow")


def _opened(request: HttpRequest) -> PublicReport | None:
    pk = request.session.get(_OPENED)
    return PublicReport.objects.select_related("claim__programme").filter(pk=pk).first() if pk else None


def _report(request: HttpRequest, form: PublicReportForm, status: int = 200) -> HttpResponse:
    return public(request, "desks/public/report.html", {"form": form}, status=status, home="public:report")


def _state(request: HttpRequest, found: PublicReport, form: PaperForm | None = None, status: int = 200) -> HttpResponse:
    view: FamilyView = family_view(found)
    return _follow(request, {"view": view, "paper_form": form or PaperForm(papers=view.papers)}, status)


def _follow(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return public(request, "desks/public/follow.html", context, status=status, home="public:follow")
