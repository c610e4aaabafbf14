"""材料清单: which papers a programme asks for, by situation. A manager changes it, with the reason."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.document_models import PaperRules
from ankang.claims.paper_lists import papers_of, set_papers
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.programmes.models import Programme
from ankang.rules.documents import SITUATION_WORDS, Need, PaperList, Situation
from ankang.rules.errors import AnkangError

_SITUATIONS = [(situation.value, words) for situation, words in SITUATION_WORDS.items()]


class NeedForm(forms.Form):
    title = forms.CharField(
        label="要什么", max_length=30, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
    )
    situation = forms.ChoiceField(
        label="什么时候要", choices=_SITUATIONS, required=False, widget=forms.Select(attrs={"class": "form-select"})
    )
    any_of = forms.MultipleChoiceField(label="哪些材料算", required=False, widget=forms.CheckboxSelectMultiple)
    at_least = forms.IntegerField(
        label="至少几样",
        min_value=1,
        max_value=9,
        required=False,
        widget=forms.NumberInput(attrs={"class": "form-control num"}),
    )

    def __init__(self, *given: Any, papers: PaperList, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["any_of"].choices = [(one.code, one.name) for one in papers.papers]  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    why = forms.CharField(label="为什么改", help_text="例如：分公司要求加医保结算单", max_length=200, required=False)


Rows = forms.formset_factory(NeedForm, extra=2, max_num=40, absolute_max=40)


@desk_page(Desk.INSURER, manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def paper_list(request: HttpRequest) -> HttpResponse:
    """`?programme=SLUG`: one programme's list, the newest one's unless another is named. An emptied row goes."""
    scope = person(request).scope
    programmes = list(Programme.objects.filter(division__code__startswith=scope).order_by("-cover_from"))
    wanted = request.GET.get("programme")
    programme = next((one for one in programmes if one.slug == wanted), programmes[0] if programmes else None)
    if programme is None:
        return page(request, "desks/insurer/paper_list.html", {"programme": None})
    papers = papers_of(programme)
    rows = Rows(request.POST or None, prefix="need", initial=_initial(papers), form_kwargs={"papers": papers})
    form, status = WhyForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if rows.is_valid() and form.is_valid():
            changed = PaperList(papers.papers, tuple(_need(one) for one in rows.cleaned_data if one.get("title")))
            try:
                set_papers(
                    by=person(request), programme=programme, papers=changed, now=now_of(request), **form.cleaned_data
                )
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "材料清单改好了，以后发的通知按新的；已经发出的不变。")
                return redirect(f"{reverse('insurer:paper_list')}?programme={programme.slug}")
    history = PaperRules.objects.filter(programme=programme).select_related("entered_by").order_by("-number")
    context = {"programme": programme, "programmes": programmes, "rows": rows, "form": form, "history": list(history)}
    return page(request, "desks/insurer/paper_list.html", context, status=status)


def _initial(papers: PaperList) -> list[dict[str, Any]]:
    return [
        {"title": one.title, "situation": one.situation.value, "any_of": list(one.any_of), "at_least": one.at_least}
        for one in papers.needs
    ]


def _need(row: dict[str, Any]) -> Need:
    return Need(row["title"], Situation(row["situation"] or "always"), tuple(row["any_of"]), row["at_least"] or 1)


paper_list_pages = [path("paper-list/", paper_list, name="paper_list")]
