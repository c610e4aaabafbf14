"""A list between its upload and its confirmation: what it would do, who is missing; and taking it back."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.roster.imports.undoing import undo_import
from ankang.roster.imports.waiting import ALL, NONE, SOME, confirm_import, preview
from ankang.roster.models import ImportRun, StagedImport
from ankang.roster.queries import import_runs
from ankang.rules.errors import AnkangError

_TEMPLATE = "desks/components/roster/waiting.html"
_MOST = 500  # boxes on one page; more are ended all together, or one by one on the residents' pages
_desks = desk_page("town", "village")


class ConfirmForm(forms.Form):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=80)
    ends = forms.ChoiceField(choices=[(NONE, "都保留"), (SOME, "只结束勾选的"), (ALL, "都结束")], required=False)
    chosen = forms.TypedMultipleChoiceField(coerce=int, required=False)

    def __init__(self, *args: Any, missing: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["chosen"].choices = [(key, key) for key in missing]  # type: ignore[attr-defined]


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def import_waiting(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show what a waiting list would do now; sent, write it at once."""
    user, today, now = person(request), today_of(request), now_of(request)
    waiting = get_object_or_404(StagedImport.objects.visible_to(user).select_related("division", "by"), pk=key)
    if waiting.run_id is not None:
        return redirect(desk_url(request, "import_run", waiting.run_id))
    seen = preview(waiting, user, today, now)
    form = ConfirmForm(request.POST or None, missing=[row.pk for row in seen.missing])
    status = 200
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"ends": form.cleaned_data["ends"] or NONE}
        try:
            run = confirm_import(by=user, key=key, today=today, now=now, **given)
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            wrote = run.kind != ImportRun.Kind.AGED and (run.added or run.updated or run.ended)
            messages.success(request, "已写入名册。" if wrote else "已记下这次核对，名册没有改动。")
            return redirect(desk_url(request, "import_run", run.pk))
    context = {"waiting": waiting, "preview": seen, "form": form, "missing": seen.missing[:_MOST]}
    context |= {"unlisted": seen.unlisted[:_MOST], "roster": desk_url(request, "roster")}
    return page(request, _TEMPLATE, context | {"imports": desk_url(request, "import")}, status=status)


@_desks
@require_POST
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an import back, or say who stands in the way."""
    run = get_object_or_404(import_runs(person(request)), pk=pk)
    try:
        undo_import(by=person(request), run_id=run.pk, now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, "已撤回，名册恢复原样。")
    return redirect(desk_url(request, "import_run", pk))


waiting_pages: list[URLPattern] = [
    path("import/waiting/<uuid:key>/", import_waiting, name="import_waiting"),
    path("import/<int:pk>/undo/", import_undo, name="import_undo"),
]
