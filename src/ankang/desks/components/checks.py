"""名册核查: one page with every check's count, a list and a workbook each, ticks where a person decides."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.keys import row_keys
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.divisions.models import Division
from ankang.enrolment.cross_check_queries import (
    OLD_NUMBERS,
    check_of,
    counts,
    old_numbers,
    open_findings,
    ticked_findings,
    ticks_of,
)
from ankang.enrolment.cross_checks import CHECKS, Check, Ground, Rows
from ankang.enrolment.verifying import MOST, reopen, verify
from ankang.programmes.queries import campaign_on
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError

_FOLDER = "desks/components/checks/"
_desks = desk_page("town", "village")
_CHUNK = 2000
TONES = {"bad": "要改正", "warn": "要核实", "info": "要跟进"}


class TickForm(forms.Form):
    chosen = forms.TypedMultipleChoiceField(coerce=int, error_messages={"required": "请先勾选老人，再点按钮。"})
    note = forms.CharField(max_length=120, required=False)

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        keys = row_keys(data.getlist("chosen"))
        self.fields["chosen"].choices = [(key, key) for key in keys]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the overview."""

    code: str
    title: str
    tone: str
    meaning: str
    count: int

    @property
    def word(self) -> str:
        return TONES[self.tone]


def ground_of(request: HttpRequest) -> Ground | None:
    """Return what this person's checks look at; None before the first plan is published (one query)."""
    version = campaign_on(today_of(request), person(request).division_id)
    return Ground(person(request), version, today_of(request)) if version else None


def overview(ground: Ground) -> list[Entry]:
    """Return every check with its count: what is found first, in the order of the table (one query)."""
    found = counts(ground)
    entries = [Entry(one.code, one.title, one.tone, one.meaning, found[one.code]) for one in CHECKS]
    meaning = "导入时有15位旧号码没有进名册，要照身份证改成18位。"
    entries.append(Entry(OLD_NUMBERS, "15位旧号码还没改好", "warn", meaning, found[OLD_NUMBERS]))
    return sorted(entries, key=lambda one: not one.count)


class NoPlan(Exception):
    """No plan is published yet, against which to check."""


def _with_plan(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Before the first plan a check's page leads to the overview, which says what comes next."""

    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponse:
        try:
            return view(request, code)
        except NoPlan:
            return redirect(desk_url(request, "checks"))

    return guarded


@_desks
@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """Every check with its count."""
    ground = ground_of(request)
    entries = overview(ground) if ground else []
    context = {"ground": ground, "entries": entries, "checks": desk_url(request, "checks"), "now": now_of(request)}
    return page(request, _FOLDER + "overview.html", context)


@_desks
@require_safe
@_with_plan
def check(request: HttpRequest, code: str) -> HttpResponse:
    """One check: who it finds, fifty a page. `?village=CODE&show=done`: those that were found right."""
    if code == OLD_NUMBERS:
        return _old_numbers(request)
    one, ground = _check(request, code)
    is_done = request.GET.get("show") == "done" and one.may_be_right
    rows = ticked_findings(ground, one) if is_done else open_findings(ground, one)
    page_obj = Paginator(_ordered(request, rows), MOST).get_page(request.GET.get("page"))
    ticks = ticks_of(one.code, [row.pk for row in page_obj]) if is_done else {}
    context = {
        "check": one,
        "page_obj": page_obj,
        "rows": [(row, one.says(row), ticks.get((row.pk, row.fact))) for row in page_obj],
        "is_done": is_done,
        "villages": _villages(request),
        "village": request.GET.get("village", ""),
        "checks": desk_url(request, "checks"),
        "roster": desk_url(request, "roster"),
    }
    return page(request, _FOLDER + "check.html", context)


def _old_numbers(request: HttpRequest) -> HttpResponse:
    rows = old_numbers(person(request))
    page_obj = Paginator(rows, MOST).get_page(request.GET.get("page"))
    context = {"page_obj": page_obj, "checks": desk_url(request, "checks"), "imports": desk_url(request, "import")}
    return page(request, _FOLDER + "old_numbers.html", context)


@_desks
@require_safe
@_with_plan
def check_export(request: HttpRequest, code: str) -> HttpResponse:
    """The open findings of a check as Excel, numbers by their last four characters; the export is noted."""
    day = f"{today_of(request):%Y%m%d}"
    if code == OLD_NUMBERS:
        head: tuple[str, ...] = ("村居", "导入的文件", "第几行", "号码")
        lines: list[list[Cell]] = [
            [row.run.division.name, row.run.file_name, row.row_number, row.value_masked]
            for row in old_numbers(person(request))
        ]
        note_export(by=person(request), rows=len(lines), part=code)
        return xlsx_response(f"15位旧号码-{day}", [Sheet("15位旧号码", head, lines)])
    one, ground = _check(request, code)
    cells = list(_cells(one, _ordered(request, open_findings(ground, one)).iterator(chunk_size=_CHUNK)))
    note_export(by=person(request), rows=len(cells), part=code)
    head = ("村居", "户号", "姓名", "性别", "出生日期", "身份证尾号", "手机尾号", "状态", "查到什么")
    return xlsx_response(f"{one.title}-{day}", [Sheet(one.title, head, cells, says=f"{one.meaning}{one.fix}")])


def _cells(one: Check, rows: Iterable[Any]) -> Iterator[list[Cell]]:
    for row in rows:
        yield [
            row.village.name,
            row.household,
            row.name,
            row.get_sex_display(),
            row.birth_date,
            row.number_tail,
            row.phone_tail,
            row.get_status_display(),
            one.says(row),
        ]


@_desks
@require_POST
@_with_plan
def check_tick(request: HttpRequest, code: str) -> HttpResponse:
    """Find the ticked residents right as they stand, or take that back."""
    one, ground = _check(request, code)
    form = TickForm(request.POST)
    back = f"{desk_url(request, 'check', code)}?{request.GET.urlencode()}".rstrip("?")
    if not form.is_valid():
        messages.error(request, next(str(message) for errors in form.errors.values() for message in errors))
        return redirect(back)
    chosen = form.cleaned_data["chosen"]
    try:
        if request.POST.get("act") == "reopen":
            count = reopen(by=person(request), ground=ground, check=one, residents=chosen)
            messages.success(request, f"{count} 人重新列入要核实的名单。")
        else:
            given = {"residents": chosen, "note": form.cleaned_data["note"], "now": now_of(request)}
            count = verify(by=person(request), ground=ground, check=one, **given)
            messages.success(request, f"{count} 人已记为核实无误；情况变了会再列出来。")
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect(back)


def _check(request: HttpRequest, code: str) -> tuple[Check, Ground]:
    one, ground = check_of(code), ground_of(request)
    if one is None:
        raise Http404
    if ground is None:
        raise NoPlan
    return one, ground


def _ordered(request: HttpRequest, rows: Rows) -> Rows:
    village = request.GET.get("village", "")
    rows = rows.filter(village=village) if village else rows
    return rows.select_related("village").order_by("village__serial", "village", "household", "name", "pk")


def _villages(request: HttpRequest) -> list[Division]:
    user = person(request)
    return [] if user.division.level == Division.Level.VILLAGE else list(villages_of(user))


check_pages: list[URLPattern] = [
    path("checkup/lists/", checks, name="checks"),
    path("checkup/lists/<slug:code>/", check, name="check"),
    path("checkup/lists/<slug:code>/export/", check_export, name="check_export"),
    path("checkup/lists/<slug:code>/tick/", check_tick, name="check_tick"),
]
