"""殡仪馆: 身故直付. Look up, tell what of, name the heirs, see the sum, confirm; nobody's medical history."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.casefile import cover_card
from ankang.claims.cover_looks import SIGHTS, within_sight
from ankang.claims.death_models import DeathReport
from ankang.claims.deaths import already_words, report_death, reported_already
from ankang.claims.paper_lists import papers_of, papers_on
from ankang.desks.components.case_forms import put_row_errors
from ankang.desks.components.green.finding import look, posted_resident
from ankang.desks.components.refusals import put_errors
from ankang.desks.funeral.forms import FactsForm, FindDeathForm, new_key
from ankang.desks.funeral.papers import blank_form, declaration_of
from ankang.desks.funeral.wizard import Answer, carried, read
from ankang.desks.pages import installation_of, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.programmes.queries import version_covering
from ankang.roster.models import Resident
from ankang.rules.documents import standard_papers
from ankang.rules.errors import AnkangError

_PAGE = "desks/funeral/{}.html"


@desk_page(Desk.FUNERAL)
@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """One death, in four pages that post to the same address."""
    if request.method != "POST":
        return page(request, _PAGE.format("find"), {"find": FindDeathForm()})
    if "resident" not in request.POST:
        return _find(request)
    resident, step = posted_resident(request), request.POST.get("step", "")
    answer = read(request, resident, step)
    if step == "confirm" and answer.page == "check":
        return _confirm(request, resident, answer)
    return _show(request, resident, answer)


@desk_page(Desk.FUNERAL)
@require_safe
def form_file(request: HttpRequest) -> HttpResponse:
    """The blank form for days without power, to be printed ahead."""
    version = version_covering(today_of(request), person(request).scope)
    listed = papers_of(version.programme) if version else standard_papers()
    paper = blank_form(listed, is_sample=installation_of(request).is_sample)
    return download(paper_pdf(paper, at=now_of(request)), "停电登记表.pdf", PDF_TYPE)


@desk_page(Desk.FUNERAL)
@require_safe
def declaration(request: HttpRequest, number: str) -> HttpResponse:
    """What the heirs sign: that nobody is left out, how they share, and what each gets."""
    own = DeathReport.objects.visible_to(person(request)).select_related("claim__resident", "claim__village")
    found = get_object_or_404(own, claim__number=number)
    paper = declaration_of(person(request), found, is_sample=installation_of(request).is_sample, now=now_of(request))
    if paper is None:
        raise Http404
    return download(paper_pdf(paper, at=now_of(request)), f"继承人声明-{number}.pdf", PDF_TYPE)


def _find(request: HttpRequest) -> HttpResponse:
    find = FindDeathForm(request.POST)
    card = look(request, find, "died_on")
    if card is None:
        return page(request, _PAGE.format("find"), {"find": find}, status=422)
    known = reported_already(card.resident)
    if known is not None:
        context = {"find": find, "card": card, "already": already_words(known)}
        return page(request, _PAGE.format("find"), context, status=409)
    begun = [("key", new_key()), ("resident", card.resident.pk), ("died_on", card.day.isoformat())]
    facts = FactsForm(listed=papers_on(card.resident, card.day))
    return page(request, _PAGE.format("facts"), {"card": card, "facts": facts, "carried": begun})


def _show(request: HttpRequest, resident: Resident, answer: Answer, *, status: int = 0) -> HttpResponse:
    """The page on which something is to be said; the rest comes along hidden."""
    shown = {"facts": set(answer.facts.fields), "heirs": {*answer.heirs.fields, "payee"}, "check": set()}[answer.page]
    day = answer.start.cleaned_data["died_on"] if answer.start.is_valid() else today_of(request)
    context: dict[str, Any] = {"answer": answer, "resident": resident, "carried": carried(request.POST, shown)}
    if answer.page == "facts":
        context["card"] = within_sight(cover_card(person(request), resident, day), SIGHTS[Desk.FUNERAL])
        context["facts"] = answer.facts
    if answer.death is not None and answer.offer is not None:
        context["papers"] = [answer.offer.papers.paper(code).name for code in answer.death.papers]
    return page(request, _PAGE.format(answer.page), context, status=status or answer.status)


def _confirm(request: HttpRequest, resident: Resident, answer: Answer) -> HttpResponse:
    assert answer.death is not None  # the last page has it
    heirs = answer.heirs
    declared = heirs.is_bound and heirs.cleaned_data["declared"]
    try:
        found = report_death(
            by=person(request),
            resident=resident,
            death=answer.death,
            payees=answer.entries,
            declared=declared,
            key=str(answer.start.cleaned_data["key"]),
            now=now_of(request),
        )
    except AnkangError as error:
        put = put_row_errors(answer.rows, answer.facts, error) if answer.entries else put_errors(answer.facts, error)
        return _show(request, resident, answer, status=put)
    said = "已登记身故，寿险交中国人寿复核，家属请稍等。" if not found.hindrance else "已登记身故，已报中国人寿。"
    messages.success(request, f"{said}案号 {found.claim.number}。")
    return redirect("funeral:case", found.claim.number)
