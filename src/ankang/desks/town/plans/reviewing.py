"""Before a draft becomes a plan: what changes, what the check-up says, and two persons' words."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.permissions import desk_page
from ankang.claims.standing import standing_of
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.town.plans.comparing import compared
from ankang.desks.town.plans.editing import found_draft
from ankang.desks.town.plans.panel import panel_of
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_queries import side_of_state, side_of_version
from ankang.programmes.draft_review import (
    drop_draft,
    newest_state,
    publish_draft,
    refusals,
    return_draft,
    submit_draft,
    warnings_of,
)
from ankang.programmes.sources import checked
from ankang.rules.errors import AnkangError
from ankang.rules.file_form import Checked
from ankang.rules.findings import Finding

_ACTS = {"submit", "return", "publish", "drop"}
_DONE = {
    "submit": "已提交。请另一位同事登录，复核后发布。",
    "return": "草稿已退回，可以接着改。",
    "drop": "草稿已作废，各稿还能查看。",
}


class StepForm(forms.Form):
    """What a person says of the draft; to publish, a note on every warning (`note-0`, `note-1`, ...)."""

    act = forms.ChoiceField(
        choices=[(act, act) for act in sorted(_ACTS)],
        widget=forms.HiddenInput,
        error_messages={"required": "请点一个按钮。", "invalid_choice": "请点页面上的按钮。"},
    )
    based_on = forms.IntegerField(
        min_value=1, widget=forms.HiddenInput, error_messages={"required": "页面过期了，请刷新再点。"}
    )
    note = forms.CharField(
        label="说明",
        max_length=300,
        required=False,
        help_text="退回、作废必须写原因",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *given: Any, warnings: list[Finding], **options: Any) -> None:
        super().__init__(*given, **options)
        self.note_names = [f"note-{at}" for at in range(len(warnings))]
        for name, finding in zip(self.note_names, warnings, strict=True):
            self.fields[name] = forms.CharField(
                label=finding.message,
                help_text=finding.clause,
                max_length=200,
                required=False,
                widget=forms.TextInput(attrs={"autocomplete": "off"}),
            )

    @property
    def note_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.note_names]


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft beside what it follows; a POST submits, sends back, publishes or drops it."""
    draft = found_draft(request, pk)
    state = newest_state(draft)
    found = checked(state)
    if request.method != "POST":
        return _page(request, draft, state, found, _form(draft, found))
    form = StepForm(request.POST, warnings=warnings_of(found))
    if not form.is_valid():
        return _page(request, draft, state, found, form, status=422)
    try:
        return _act(request, draft, form)
    except AnkangError as error:
        status = put_errors(form, error)
        draft.refresh_from_db()
        return _page(request, draft, state, found, form, status=status)


def _act(request: HttpRequest, draft: ProgrammeDraft, form: StepForm) -> HttpResponse:
    given, by, now = form.cleaned_data, person(request), now_of(request)
    act, note = given["act"], given["note"]
    if act == "publish":
        notes = [given[name] for name in form.note_names]
        version = publish_draft(by=by, draft=draft, notes=notes, note=note, stands=standing_of, now=now)
        messages.success(request, f"已发布：{version.programme.name}第 {version.number} 版。")
        return redirect("town:plan-review", draft.pk)
    if act == "submit":
        submit_draft(by=by, draft=draft, based_on=given["based_on"], note=note, stands=standing_of, now=now)
    elif act == "return":
        return_draft(by=by, draft=draft, note=note, now=now)
    else:
        drop_draft(by=by, draft=draft, note=note, now=now)
    messages.success(request, _DONE[act])
    return redirect("town:plan-review", draft.pk)


def _form(draft: ProgrammeDraft, found: Checked) -> StepForm:
    return StepForm(initial={"based_on": draft.head}, warnings=warnings_of(found))


def _page(
    request: HttpRequest,
    draft: ProgrammeDraft,
    state: DraftRevision,
    found: Checked,
    form: StepForm,
    *,
    status: int = 200,
) -> HttpResponse:
    is_waiting = draft.state in (ProgrammeDraft.State.OPEN, ProgrammeDraft.State.SUBMITTED)
    context: dict[str, Any] = {
        "draft": draft,
        "state": state,
        "form": form,
        "panel": panel_of(draft, state),
        "plan": found.plan,
        "refusals": refusals(draft, found.plan, standing_of) if found.plan and is_waiting else (),
        "is_submitter": draft.submitted_by_id == person(request).pk,
        "steps": list(draft.steps.select_related("by")),
        "after": side_of_state(state),
    }
    if draft.base:
        before = side_of_version(draft.base)
        context["before"] = before
        if before.plan and found.plan:
            context["comparison"] = compared(before.plan, found.plan)
    return page(request, "desks/town/plans/review.html", context, status=status)
