"""One part of a draft at a time: the form, the check-up beside it, its states, its files."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.town.plans.form import part_of, target_rows
from ankang.desks.town.plans.panel import panel_of
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_review import newest_state
from ankang.programmes.drafts import add_part, follow_newest, restore, save_section
from ankang.programmes.queries import current_version
from ankang.programmes.sources import checked, files_in
from ankang.rules.errors import AnkangError
from ankang.rules.file_form import node_of, place_words, sections
from ankang.rules.readings import TOPICS

FOLDER = "desks/town/plans/"
_STATES_SHOWN = 200


class NumberForm(forms.Form):
    """The state that a page showed, and what to do with it."""

    based_on = forms.IntegerField(min_value=1, error_messages={"required": "页面过期了，请刷新。"})
    number = forms.IntegerField(min_value=1, required=False)
    part = forms.CharField(max_length=40, required=False)


def found_draft(request: HttpRequest, pk: int) -> ProgrammeDraft:
    """Return a draft that this person may see (one query). Errors: Http404."""
    drafts = ProgrammeDraft.objects.visible_to(person(request))
    related = ("base__programme", "version__programme", "division", "created_by", "submitted_by", "published_by")
    return get_object_or_404(drafts.select_related(*related), pk=pk)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def section(request: HttpRequest, pk: int, section: str) -> HttpResponse:
    """A part of the draft; a POST stores it: as it is filled (`auto`), or when the person says so."""
    draft = found_draft(request, pk)
    if request.method != "POST":
        return _page(request, draft, newest_state(draft), section)
    is_auto = "auto" in request.POST
    number = NumberForm(request.POST)
    if not number.is_valid():
        messages.error(request, "页面过期了，没有保存。请刷新页面再填。")
        return redirect("town:plan-section", pk, section)
    try:
        state = save_section(
            by=person(request),
            draft=draft,
            section=section,
            given={name: str(text) for name, text in request.POST.items()},
            based_on=number.cleaned_data["based_on"],
            is_checked=_is_checked(request, draft, is_auto),
            is_auto=is_auto,
            now=now_of(request),
        )
    except AnkangError as error:
        return _refused(request, draft, section, error, is_auto)
    if state.how == DraftRevision.How.ASIDE:
        return _clash(request, draft, state, section, is_auto)
    if is_auto:
        context = {"draft": draft, "state": state, "panel": panel_of(draft, state), "said": "已自动保存"}
        return render(request, FOLDER + "saved.html", context)
    messages.success(request, f"已保存为第 {state.number} 稿。")
    return redirect("town:plan-section", pk, _standing(state, section))


@desk_page("town")
@require_POST
def add(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a product or a reading, and go to it."""
    draft, form = found_draft(request, pk), NumberForm(request.POST)
    if not form.is_valid():
        return redirect("town:plan-section", pk, "general")
    given = form.cleaned_data
    try:
        state = add_part(
            by=person(request), draft=draft, part=given["part"], based_on=given["based_on"], now=now_of(request)
        )
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect("town:plan-section", pk, "general")
    messages.success(request, "已加上，请填好每一项再保存。")
    return redirect("town:plan-section", pk, state.section)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """Every state of the draft, the newest first; a POST brings one back."""
    draft = found_draft(request, pk)
    if request.method == "POST":
        form = NumberForm(request.POST)
        given = form.cleaned_data if form.is_valid() else {}
        try:
            restore(
                by=person(request),
                draft=draft,
                number=given.get("number") or 0,
                based_on=given.get("based_on") or 0,
                now=now_of(request),
            )
        except AnkangError as error:
            messages.error(request, error.message)
        else:
            messages.success(request, f"第 {given['number']} 稿的内容已成为最新一稿。")
        return redirect("town:plan-history", pk)
    states = draft.revisions.select_related("by").order_by("-number")[:_STATES_SHOWN]
    titles = dict(sections(files_in(newest_state(draft)).tables))
    told = [(state, titles.get(state.section, "")) for state in states]
    context = {"draft": draft, "states": told, "steps": draft.steps.select_related("by")}
    return page(request, FOLDER + "history.html", context)


@desk_page("town")
@require_POST
def follow(request: HttpRequest, pk: int) -> HttpResponse:
    """Let an amendment be compared with the version that was published meanwhile."""
    draft = found_draft(request, pk)
    if draft.base is None:
        raise Http404
    try:
        newest = current_version(draft.base.programme)
        follow_newest(by=person(request), draft=draft, newest=newest)
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"现在和第 {newest.number} 版比。请看一遍差别，要保留的改动补上再提交。")
    return redirect("town:plan-review", pk)


@desk_page("town")
@require_safe
def download(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """The draft's newest state as `programme.toml` or `targets.csv`."""
    state = newest_state(found_draft(request, pk))
    texts = {"programme.toml": (state.tables, ""), "targets.csv": (state.targets, "\ufeff")}  # Excel needs the mark
    if name not in texts:
        raise Http404
    text, mark = texts[name]
    response = HttpResponse((mark + text).encode(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _is_checked(request: HttpRequest, draft: ProgrammeDraft, is_auto: bool) -> bool | None:
    """Only a copy for next year asks for it, and only a form that a person sent says it."""
    return None if is_auto or not asks_to_compare(draft) else "is_checked" in request.POST


def asks_to_compare(draft: ProgrammeDraft) -> bool:
    return draft.base_id is not None and not draft.is_amendment


def _standing(state: DraftRevision, section: str) -> str:
    """The section, or the first one where it was removed."""
    return section if section in dict(sections(files_in(state).tables)) else "general"


def _refused(
    request: HttpRequest, draft: ProgrammeDraft, section: str, error: AnkangError, is_auto: bool
) -> HttpResponse:
    if is_auto:
        return render(request, FOLDER + "not_saved.html", {"message": error.message}, status=422)
    messages.error(request, error.message)
    return redirect("town:plan-section", draft.pk, section)


def _clash(
    request: HttpRequest, draft: ProgrammeDraft, state: DraftRevision, section: str, is_auto: bool
) -> HttpResponse:
    """This part was saved meanwhile, by another or in another window: both side by side, and what was typed is kept."""
    draft.refresh_from_db()
    head = newest_state(draft)
    told = {"draft": draft, "aside": state, "head": head, "is_own": head.by_id == person(request).pk}
    if is_auto:
        return render(request, FOLDER + "not_saved.html", told, status=422)
    context = told | {"section": section, "pairs": _pairs(head, state, section)}
    return page(request, FOLDER + "clash.html", context, status=409)


def _pairs(head: DraftRevision, aside: DraftRevision, section: str) -> list[tuple[str, str, str]]:
    """Return (field in words, the other's, one's own) of every field of the part that differs."""
    theirs, own = (_texts(state, section) for state in (head, aside))
    names = dict.fromkeys([*theirs, *own])
    return [(name, theirs.get(name, "—"), own.get(name, "—")) for name in names if theirs.get(name) != own.get(name)]


def _texts(state: DraftRevision, section: str) -> dict[str, str]:
    files = files_in(state)
    if section == "targets":
        rows = target_rows(files.targets)
        return {f"{row.title} {one.label}": one.text for row in rows if not row.is_blank for one in row.controls}
    return {place_words(entry.place): entry.text for entry in node_of(files.tables, section).walk()}


def _page(
    request: HttpRequest, draft: ProgrammeDraft, state: DraftRevision, section: str, *, status: int = 200
) -> HttpResponse:
    files, found = files_in(state), checked(state)
    titles = sections(files.tables)
    if section not in dict(titles):
        raise Http404
    problems = {one.place: f"{one.message}{'。' if one.fix else ''}{one.fix}" for one in found.problems}
    context: dict[str, Any] = {
        "draft": draft,
        "state": state,
        "section": section,
        "title": dict(titles)[section],
        "sections": [(key, title, key in state.unchecked) for key, title in titles],
        "panel": panel_of(draft, state),
        "asks_to_compare": asks_to_compare(draft),
        "is_checked": section not in state.unchecked,
        "topics": [(code, topic.name) for code, topic in TOPICS.items()],
    }
    if section == "targets":
        context["targets"] = target_rows(files.targets)
    else:
        context["part"] = part_of(files.tables, section, found.findings, problems)
    return page(request, FOLDER + "section.html", context, status=status)
