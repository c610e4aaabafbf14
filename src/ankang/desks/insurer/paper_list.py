"""材料清单: which papers a programme asks for, by situation. A manager changes it, with the reason."""

from itertools import count
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
from ankang.rules.documents import SITUATION_WORDS, Need, Paper, PaperList, Situation
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

    new_name = forms.CharField(
        label="名单上没有的材料",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"class": "form-control"}),
    )
    new_hint = forms.CharField(
        label="拍照时注意什么", max_length=60, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
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
            changed = _changed(papers, [one for one in rows.cleaned_data if one.get("title")])
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


def _changed(papers: PaperList, rows: list[dict[str, Any]]) -> PaperList:
    """Return the list as the rows say it: a material that was not listed is listed, and counts where it was written."""
    kinds = {one.name: one for one in papers.papers}
    for row in rows:
        name = row["new_name"].strip()
        if name and name not in kinds:
            kinds[name] = Paper(_code({one.code for one in kinds.values()}), name, row["new_hint"].strip())
    return PaperList(tuple(kinds.values()), tuple(_need(row, kinds) for row in rows))


def _code(taken: set[str]) -> str:
    return next(code for at in count(1) if (code := f"own-{at}") not in taken)


def _need(row: dict[str, Any], kinds: dict[str, Paper]) -> Need:
    own = kinds.get(row["new_name"].strip())
    any_of = dict.fromkeys([*row["any_of"], *([own.code] if own else [])])
    return Need(row["title"], Situation(row["situation"] or "always"), tuple(any_of), row["at_least"] or 1)


paper_list_pages = [path("paper-list/", paper_list, name="paper_list")]
