"""A claim's papers and invoices as the handler sees them: what is there, what is missing, asking for it once."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.documents import give_paper, refuse_paper, see_original
from ankang.claims.family import paper_state
from ankang.claims.models import Claim
from ankang.claims.notices import ask_for_papers, go_on_without, set_situations
from ankang.claims.paper_lists import situations_of
from ankang.desks.components.accidents.paper_form import HAPPENED, PaperForm
from ankang.desks.components.accidents.papers import reading_pages
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.rules.documents import SITUATION_WORDS, Situation
from ankang.rules.errors import AnkangError


class HandlerPaperForm(PaperForm):
    """A handler may also have the original in hand: then no picture is needed."""

    original = forms.BooleanField(label="只看过原件，不留照片", required=False)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["scan"].required = False

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not found.get("scan") and not found.get("original") and not self.errors:
            self.add_error("scan", "请选照片或PDF；手里有原件的，勾“只看过原件”。")
        return found


class AskForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = forms.CharField(label="为什么第一次没有要", help_text="家属看得到", max_length=200, required=False)


class WhyForm(forms.Form):
    why = forms.CharField(label="原因", max_length=100, required=False)


class SituationsForm(forms.Form):
    situations = forms.MultipleChoiceField(
        label="有哪些情况", choices=HAPPENED, required=False, widget=forms.CheckboxSelectMultiple
    )


@desk_page(Desk.INSURER)
@require_safe
def papers(request: HttpRequest, number: str) -> HttpResponse:
    return _page(request, number)


@desk_page(Desk.INSURER)
@require_POST
def paper_add(request: HttpRequest, number: str) -> HttpResponse:
    claim = _claim(request, number)
    form = HandlerPaperForm(request.POST, request.FILES, papers=paper_state(claim).papers)
    if not form.is_valid():
        return _page(request, number, paper_form=form, status=422)
    given, by, now = form.cleaned_data, person(request), now_of(request)
    key, code = str(given["key"]), given["paper"]
    try:
        if given["scan"]:
            made = give_paper(by=by, claim=claim, paper=code, content=given["scan"].read(), key=key, now=now)
        else:
            made = see_original(by=by, claim=claim, paper=code, key=key, now=now)
    except AnkangError as error:
        return _page(request, number, paper_form=form, status=put_errors(form, error))
    messages.success(request, f"收到了：{made.name}。")
    return redirect("insurer:papers", number)


@desk_page(Desk.INSURER)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_look(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """One paper large, beside it what it is; a POST says that it cannot be used."""
    visible = ClaimDocument.objects.visible_to(person(request)).select_related("claim__resident", "given_by")
    document = get_object_or_404(visible, pk=pk, claim__number=number)
    form, status = WhyForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            refuse_paper(by=person(request), document=document, why=form.cleaned_data["why"], now=now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"{document.name}标成了不能用，家属和村里会看到原因。")
            return redirect("insurer:papers", number)
    context = {"document": document, "claim": document.claim, "form": form}
    return page(request, "desks/insurer/paper.html", context, status=status)


@desk_page(Desk.INSURER)
@require_POST
def ask(request: HttpRequest, number: str) -> HttpResponse:
    claim, form = _claim(request, number), AskForm(request.POST)
    if not form.is_valid():
        return _page(request, number, ask_form=form, status=422)
    try:
        ask_for_papers(
            by=person(request),
            claim=claim,
            key=str(form.cleaned_data["key"]),
            reason=form.cleaned_data["reason"],
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, number, ask_form=form, status=put_errors(form, error))
    messages.success(request, "补材料通知已发出，家属和村里都看得到。材料收齐以前，办理时限停着。")
    return redirect("insurer:papers", number)


@desk_page(Desk.INSURER)
@require_POST
def go_on(request: HttpRequest, number: str) -> HttpResponse:
    claim, form = _claim(request, number), WhyForm(request.POST)
    notice = get_object_or_404(PaperNotice.objects.select_related("claim"), claim=claim, answered_at=None)
    if not form.is_valid():
        return _page(request, number, go_on_form=form, status=422)
    try:
        go_on_without(by=person(request), notice=notice, why=form.cleaned_data["why"], now=now_of(request))
    except AnkangError as error:
        return _page(request, number, go_on_form=form, status=put_errors(form, error))
    messages.success(request, "不再等材料，接着办。")
    return redirect("insurer:papers", number)


@desk_page(Desk.INSURER)
@require_POST
def situations(request: HttpRequest, number: str) -> HttpResponse:
    claim, form = _claim(request, number), SituationsForm(request.POST)
    if not form.is_valid():
        return _page(request, number, situations_form=form, status=422)
    given = tuple(form.cleaned_data["situations"])
    try:
        set_situations(by=person(request), claim=claim, situations=given, now=now_of(request))
    except AnkangError as error:
        return _page(request, number, situations_form=form, status=put_errors(form, error))
    return redirect("insurer:papers", number)


def _claim(request: HttpRequest, number: str) -> Claim:
    visible = Claim.objects.visible_to(person(request)).select_related("resident", "village", "programme")
    return get_object_or_404(visible.with_losses(), number=number)


def _page(request: HttpRequest, number: str, *, status: int = 200, **more: Any) -> HttpResponse:
    claim = _claim(request, number)
    state = paper_state(claim)
    notices = list(claim.notices.select_related("issued_by"))
    known = situations_of(claim)
    invoices = list(claim.invoices.filter(freed_at__isnull=True))
    context = {
        "claim": claim,
        "state": state,
        "notices": notices,
        "needs_manager": bool(notices) and not person(request).is_manager,
        "words": [SITUATION_WORDS[one] for one in Situation if one in known],
        "paper_form": HandlerPaperForm(papers=state.papers),
        "ask_form": AskForm(),
        "go_on_form": WhyForm(),
        "situations_form": SituationsForm(initial={"situations": claim.situations.split()}),
        "invoices": invoices,
        "invoices_fen": sum(one.amount_fen for one in invoices),
    }
    return page(request, "desks/insurer/papers.html", context | more, status=status)


paper_pages = [
    *reading_pages,
    path("claims/<str:number>/papers/", papers, name="papers"),
    path("claims/<str:number>/papers/add/", paper_add, name="paper_add"),
    path("claims/<str:number>/papers/<int:pk>/look/", paper_look, name="paper_look"),
    path("claims/<str:number>/papers/ask/", ask, name="paper_ask"),
    path("claims/<str:number>/papers/go-on/", go_on, name="paper_go_on"),
    path("claims/<str:number>/papers/situations/", situations, name="paper_situations"),
]
