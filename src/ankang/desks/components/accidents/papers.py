"""帮办理赔 of village and town: how far the claims are, which papers are missing, handing them in."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import note_export
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.documents import give_paper, open_paper
from ankang.claims.family import paper_state
from ankang.claims.models import Claim, ClaimQuerySet
from ankang.claims.notices import note_notice, notice_paper
from ankang.claims.queries import claims_with_open_notice
from ankang.desks.components.accidents.paper_form import PaperForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.rules.errors import AnkangError

DESKS = (Desk.TOWN, Desk.VILLAGE)
READERS = (*DESKS, Desk.INSURER)
_PAGE_SIZE = 50


@desk_page(*DESKS)
@require_safe
def claim_list(request: HttpRequest) -> HttpResponse:
    """The claims of one's villages: state and whether papers are missing; neither illness nor amount."""
    found = claims_with_open_notice(person(request))
    shown = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    return page(request, "desks/components/accidents/list.html", {"page_obj": shown})


@desk_page(*DESKS)
@require_safe
def claim_list_export(request: HttpRequest) -> HttpResponse:
    found = list(claims_with_open_notice(person(request)))
    note_export(by=person(request), rows=len(found))
    head = ["案号", "姓名", "村居", "事故日期", "状态", "材料"]
    rows: list[list[Cell]] = [
        [one.number, one.resident.name, one.village.name, one.event_on, one.get_status_display(), _papers_of(one)]
        for one in found
    ]
    name = f"{person(request).division.name}帮办理赔-{today_of(request):%Y%m%d}"
    return xlsx_response(name, [Sheet("帮办理赔", head, rows)])


@desk_page(*DESKS)
@require_http_methods(["GET", "HEAD", "POST"])
def claim_papers(request: HttpRequest, number: str) -> HttpResponse:
    """One claim's papers: what is missing, what came in; a photo or a PDF is handed in here."""
    claim = _claim(request, number)
    state = paper_state(claim)
    form, status = PaperForm(papers=state.papers), 200
    if request.method == "POST":
        form, status = PaperForm(request.POST, request.FILES, papers=state.papers), 422
        if form.is_valid():
            given = form.cleaned_data
            bad = next((one.pk for one in state.bad if one.paper == given["paper"]), None)
            try:
                made = give_paper(
                    by=person(request),
                    claim=claim,
                    paper=given["paper"],
                    content=given["scan"].read(),
                    key=str(given["key"]),
                    now=now_of(request),
                    replaces=bad,
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, f"收到了：{made.name}。")
                return redirect(desk_url(request, "claim-papers", number))
    own = set(ClaimDocument.objects.visible_to(person(request)).filter(claim=claim).values_list("pk", flat=True))
    context = {"claim": claim, "state": state, "form": form, "own": own, "notices": list(claim.notices.all())}
    return page(request, "desks/components/accidents/papers.html", context, status=status)


@desk_page(*READERS)
@require_safe
def claim_paper(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The picture or PDF itself, to who may see it; each look is an audit row. It is never run or shown as a page."""
    visible = ClaimDocument.objects.visible_to(person(request)).select_related("claim")
    document = get_object_or_404(visible, pk=pk, claim__number=number, stored_as__isnull=False)
    try:
        content = open_paper(by=person(request), document=document)
    except FileNotFoundError:
        raise Http404 from None
    ending = "jpg" if document.is_picture else "pdf"
    response = download(content, f"{number}-{document.name}-{pk}.{ending}", document.media)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@desk_page(*READERS)
@require_safe
def claim_notice(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """补充材料一次性告知书 as PDF."""
    found = PaperNotice.objects.select_related("claim__resident").filter(claim__in=_visible(request))
    notice = get_object_or_404(found, claim__number=number, number=pk)
    note_notice(by=person(request), notice=notice)
    name = f"补充材料告知书-{number}-{notice.number}.pdf"
    return download(paper_pdf(notice_paper(notice), at=notice.issued_at), name, PDF_TYPE)


def _visible(request: HttpRequest) -> ClaimQuerySet:
    return Claim.objects.visible_to(person(request))


def _claim(request: HttpRequest, number: str) -> Claim:
    visible = Claim.objects.visible_to(person(request)).select_related("resident", "village", "programme")
    return get_object_or_404(visible.with_losses(), number=number)


def _papers_of(claim: Any) -> str:
    """`claim`: one of `claims_with_open_notice`."""
    return "等补材料" if claim.waits_for_papers else ""


reading_pages: list[URLPattern] = [
    path("claims/<str:number>/papers/<int:pk>/", claim_paper, name="claim-paper"),
    path("claims/<str:number>/notice/<int:pk>/", claim_notice, name="claim-notice"),
]
help_pages: list[URLPattern] = [
    path("helped/", claim_list, name="claim-list"),
    path("helped/export/", claim_list_export, name="claim-list-export"),
    path("claims/<str:number>/papers/", claim_papers, name="claim-papers"),
    *reading_pages,
]
