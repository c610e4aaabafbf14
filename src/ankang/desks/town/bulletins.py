"""通报 on the town's desk: draft, edit, freeze again, release by a second person, withdraw, correct."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.bulletins.actions import (
    draft_bulletin,
    edit_bulletin,
    freeze_again,
    release_bulletin,
    withdraw_bulletin,
)
from ankang.bulletins.draft import Draft
from ankang.bulletins.models import Bulletin
from ankang.bulletins.queries import Issue, bulletins
from ankang.desks.components.bulletins import found, shown
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError

_FOLDER = "desks/town/bulletins/"
_PAGE_SIZE = 30
_WORDS = ("title", "recipients", "progress", "problems", "demands")


class StartForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    kind = forms.ChoiceField(
        label="哪一种通报",
        choices=Bulletin.Kind.choices,
        initial="weekly",
        widget=forms.RadioSelect,
        error_messages={"required": "请选是周通报还是总结通报。"},
    )


class SeenForm(forms.Form):
    """What the page showed: the numbers of the figures and of the text, such as 1-2."""

    seen = forms.RegexField(r"^\d{1,5}-\d{1,5}$", widget=forms.HiddenInput)

    def numbers(self) -> tuple[int, int]:
        figures, text = str(self.cleaned_data["seen"]).split("-")
        return int(figures), int(text)


def _required(label: str, message: str = "", **options: Any) -> forms.CharField:
    message = message or f"“{label.rpartition('、')[2]}”是空的，请写上。"
    return forms.CharField(label=label, error_messages={"required": message}, **options)


def _area(label: str, rows: int) -> forms.CharField:
    return _required(label, max_length=4000, widget=forms.Textarea(attrs={"rows": rows}))


class TextForm(SeenForm):
    title = _required("标题", max_length=400)
    recipients = _required("主送", max_length=400)
    progress = _area("一、进展情况", 8)
    problems = _area("二、存在问题", 6)
    demands = _area("三、下一步要求", 6)
    copies = forms.CharField(label="抄送", required=False, max_length=400)


class ReleaseForm(SeenForm):
    accepts_stale = forms.BooleanField(label="旧数字是有意写的", required=False)


class WithdrawForm(forms.Form):
    reason = _required("作废原因", "作废要写明原因，收到的村（居）才知道为什么。", max_length=200)


class CorrectForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    reason = _required("更正原因", "更正要写明原因，印发时会写在原来那份上。", max_length=200)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def bulletin_list(request: HttpRequest) -> HttpResponse:
    """All bulletins of the town, newest first; a POST drafts one."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})
    form, status = StartForm(request.POST or None), 200
    if request.method == "POST" and form.is_valid():
        try:
            made = draft_bulletin(
                by=person(request),
                version=version,
                kind=form.cleaned_data["kind"],
                key=str(form.cleaned_data["key"]),
                now=now_of(request),
            )
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "数字已冻结，正文已按数字起草。改好后请另一位同事印发。")
            return redirect("town:bulletin", made.pk)
    elif request.method == "POST":
        status = 422
    listed = Paginator(bulletins(person(request)), _PAGE_SIZE).get_page(request.GET.get("page"))
    return page(request, _FOLDER + "list.html", {"page_obj": listed, "form": form}, status=status)


@desk_page("town")
@require_safe
def bulletin(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, found(request, pk))


@desk_page("town")
@require_POST
def bulletin_edit(request: HttpRequest, pk: int) -> HttpResponse:
    issue, form = found(request, pk), TextForm(request.POST)
    if not form.is_valid():
        return _page(request, issue, text=form, status=422)
    given = form.cleaned_data
    words = Draft(**{name: given[name] for name in _WORDS})
    try:
        edit_bulletin(
            by=person(request),
            bulletin=issue.bulletin,
            words=words,
            copies=given["copies"],
            seen=form.numbers(),
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, issue, text=form, status=put_errors(form, error))
    messages.success(request, "正文已保存。")
    return redirect("town:bulletin", pk)


@desk_page("town")
@require_POST
def bulletin_freeze(request: HttpRequest, pk: int) -> HttpResponse:
    try:
        issue = freeze_again(by=person(request), bulletin=found(request, pk).bulletin, now=now_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        told = "正文也按新数字重写了。" if issue.text.is_drafted else "正文是您改过的，没有动，请核对里面的数字。"
        messages.success(request, f"数字已换成现在的。{told}")
    return redirect("town:bulletin", pk)


@desk_page("town")
@require_POST
def bulletin_release(request: HttpRequest, pk: int) -> HttpResponse:
    issue, form = found(request, pk), ReleaseForm(request.POST)
    if not form.is_valid():
        return _page(request, issue, release=form, status=422)
    try:
        done = release_bulletin(
            by=person(request),
            bulletin=issue.bulletin,
            seen=form.numbers(),
            accepts_stale=form.cleaned_data["accepts_stale"],
            now=now_of(request),
        )
    except AnkangError as error:
        return _page(request, issue, release=form, status=put_errors(form, error))
    messages.success(request, f"已印发：{done.name}。各村（居）现在就能看到。")
    return redirect("town:bulletin", pk)


@desk_page("town")
@require_POST
def bulletin_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    issue, form = found(request, pk), WithdrawForm(request.POST)
    if not form.is_valid():
        return _page(request, issue, withdraw=form, status=422)
    try:
        withdraw_bulletin(
            by=person(request), bulletin=issue.bulletin, reason=form.cleaned_data["reason"], now=now_of(request)
        )
    except AnkangError as error:
        return _page(request, issue, withdraw=form, status=put_errors(form, error))
    messages.success(request, "已作废，原因写在这份通报上。")
    return redirect("town:bulletin", pk)


@desk_page("town")
@require_POST
def bulletin_correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft a bulletin that will replace this one once it is released."""
    issue, form = found(request, pk), CorrectForm(request.POST)
    if not form.is_valid():
        return _page(request, issue, correct=form, status=422)
    try:
        made = draft_bulletin(
            by=person(request),
            version=issue.bulletin.version,
            kind=issue.bulletin.kind,
            key=str(form.cleaned_data["key"]),
            now=now_of(request),
            replaces=issue.bulletin,
            reason=form.cleaned_data["reason"],
        )
    except AnkangError as error:
        return _page(request, issue, correct=form, status=put_errors(form, error))
    messages.success(request, f"更正已起草。印发以后，{issue.bulletin.name}自动作废。")
    return redirect("town:bulletin", made.pk)


def _page(request: HttpRequest, issue: Issue, *, status: int = 200, **given: Any) -> HttpResponse:
    one, user = issue.bulletin, person(request)
    seen = {"seen": f"{issue.frozen.number}-{issue.text.number}"}
    written = {name: getattr(issue.text, name) for name in (*_WORDS, "copies")}
    forms_: dict[str, Any] = {
        "text": TextForm(initial=written | seen, prefix=None),
        "release": ReleaseForm(initial=seen),
        "withdraw": WithdrawForm(auto_id="withdraw_%s"),
        "correct": CorrectForm(auto_id="correct_%s"),
    } | given
    context = shown(issue) | {
        "forms": forms_,
        "is_first_person": user.pk in {one.drafted_by_id, one.edited_by_id},
        "stale": issue.stale,
    }
    return page(request, _FOLDER + "one.html", context, status=status)
