"""本村考核: the village's own score with its trace, as it would be now or as frozen, and its objections."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.assessment.models import AssessmentRow, AssessmentRun
from ankang.assessment.objections import about_words, raise_objection
from ankang.assessment.queries import in_force, objections, preview, public_list, rows_of, runs, schemes
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on
from ankang.rules.assessment import count_words
from ankang.rules.errors import AnkangError

_TEMPLATE = "desks/village/score.html"
_OTHER = "other"


class ObjectionForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    about = forms.ChoiceField(
        label="哪个数不对",
        error_messages={"required": "请选哪个数不对，都不是就选“其他”。", "invalid_choice": "请从列出的数里选一个。"},
    )
    text = forms.CharField(
        label="理由和凭据",
        max_length=300,
        help_text="应当是多少、凭什么；不写老人的姓名和证件号",
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写清楚哪里不对、凭什么，镇里才好核。"},
    )

    def __init__(self, *arguments: Any, row: AssessmentRow, **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["about"]
        assert isinstance(field, forms.ChoiceField)
        known = row.facts.counts
        wanted = row.run.scheme.scheme.counts
        field.choices = [
            ("", "请选一个"),
            *((code, count_words(code, known[code])) for code in wanted),
            (_OTHER, "其他"),
        ]


@desk_page("village")
@require_http_methods(["GET", "HEAD", "POST"])
def score(request: HttpRequest) -> HttpResponse:
    """The newest frozen result, or the preview; a POST objects to the frozen one."""
    version = campaign_on(today_of(request), person(request).division_id)
    frozen = runs(person(request), version.programme) if version else []
    rows = rows_of(person(request), frozen[0]) if frozen else []
    if not rows:
        return _preview(request, version)
    rows[0].run = frozen[0]
    if request.method != "POST":
        return _frozen(request, frozen, rows[0], ObjectionForm(row=rows[0]))
    form = ObjectionForm(request.POST, row=rows[0])
    if not form.is_valid():
        return _frozen(request, frozen, rows[0], form, status=422)
    given = form.cleaned_data
    try:
        raise_objection(
            by=person(request),
            run=frozen[0],
            about="" if given["about"] == _OTHER else given["about"],
            text=given["text"],
            key=str(given["key"]),
            now=now_of(request),
        )
    except AnkangError as error:
        return _frozen(request, frozen, rows[0], form, status=put_errors(form, error))
    messages.success(request, "申诉已提交，镇里答复后在这里看得到。")
    return redirect("village:score")


def _preview(request: HttpRequest, version: ProgrammeVersion | None) -> HttpResponse:
    context: dict[str, Any] = {"version": version, "now": now_of(request)}
    stored = in_force(schemes(person(request), version.programme)) if version else None
    if version and stored:
        seen = preview(person(request), version, stored, today_of(request))
        context |= {"scheme": stored, "score": next(iter(seen.scores), None)}
    return page(request, _TEMPLATE, context)


def _frozen(
    request: HttpRequest, frozen: list[AssessmentRun], row: AssessmentRow, form: ObjectionForm, *, status: int = 200
) -> HttpResponse:
    said = []
    for run in frozen:
        old = row if run.pk == frozen[0].pk else rows_of(person(request), run)[0]
        said += [(one, run, about_words(one, old)) for one in objections(person(request), run)]
    context = {
        "version": frozen[0].programme_id,
        "run": frozen[0],
        "scheme": frozen[0].scheme,
        "score": row.score,
        "now": frozen[0].frozen_at,
        "objections": said,
        "list": public_list(person(request), frozen[0]),
        "form": form,
    }
    return page(request, _TEMPLATE, context, status=status)
