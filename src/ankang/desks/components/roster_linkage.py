"""Rows of lists without a usable identity number, beside the residents they may mean: a person decides."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.keys import row_key
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.roster.linkage.cases import find_cases
from ankang.roster.linkage.deciding import decide_nobody, link_case, reopen_case
from ankang.roster.linkage.model import LIKELY, SAYINGS, SURE
from ankang.roster.linkage_models import LinkCandidate, LinkCase, LinkCaseQuerySet
from ankang.roster.looks import note_export
from ankang.roster.queries import import_runs
from ankang.rules.errors import AnkangError

_TEMPLATE = "desks/components/roster/linkage.html"
_PAGE_SIZE = 20
_desks = desk_page("town", "village")
_HEAD = (
    "名单",
    "第几行",
    "姓名",
    "出生日期",
    "村居",
    "状态",
    "最可能是",
    "身份证尾号",
    "所在村居",
    "把握",
    "依据",
    "谁定的",
)


class LinkForm(forms.Form):
    resident = forms.IntegerField(min_value=1, error_messages={"required": "请选是哪位老人。"})


@_desks
@require_safe
def links(request: HttpRequest) -> HttpResponse:
    """`?run=`: of one import only; `?state=waiting|linked|nobody`. At most 20 cases a page."""
    state, run = _state(request), request.GET.get("run", "")
    found = _cases(request, run)
    page_obj = Paginator(_whole(found.filter(state=state)), _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page_obj,
        "cases": [(case, [_shown(candidate) for candidate in case.candidates.all()]) for case in page_obj],
        "state": state,
        "states": LinkCase.State.choices,
        "run": run,
        "imports": desk_url(request, "import"),
        "links": desk_url(request, "links"),
    }
    return page(request, _TEMPLATE, context)


@_desks
@require_safe
def links_export(request: HttpRequest) -> HttpResponse:
    """The cases as an Excel file, decided ones too: who decided stands beside each."""
    cases = list(_whole(_cases(request, request.GET.get("run", ""))))
    note_export(by=person(request), rows=len(cases), part="links")
    says = "没有可用身份证号的行，按姓名、出生日期等比对。把握是算出来的，由人认定才算数。"
    return xlsx_response(
        f"比对清单-{today_of(request):%Y%m%d}", [Sheet("比对清单", _HEAD, [_row(case) for case in cases], says)]
    )


@_desks
@require_POST
def find_links(request: HttpRequest, pk: int) -> HttpResponse:
    """Compare the rows of one import with the roster, now."""
    run = get_object_or_404(import_runs(person(request)), pk=pk)
    try:
        waiting = find_cases(by=person(request), run_id=run.pk, today=today_of(request))
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect(desk_url(request, "import_run", run.pk))
    messages.success(request, f"比对好了，{waiting}行待认定。")
    return redirect(f"{desk_url(request, 'links')}?run={run.pk}")


@_desks
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide that the row is this resident's."""
    get_object_or_404(LinkCase.objects.visible_to(person(request)), pk=pk)
    form = LinkForm(request.POST)
    if not form.is_valid():
        messages.error(request, "没有收到选的是哪位老人，请再点一次。")
        return _back(request)
    given = {"resident_id": form.cleaned_data["resident"], "today": today_of(request), "now": now_of(request)}
    return _decided(request, pk, link_case, "已认定，并按名单登记。", **given)


@_desks
@require_POST
def link_nobody(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide that the row is none of them."""
    return _decided(request, pk, decide_nobody, "已判定都不是。请向来表单位要身份证号。", now=now_of(request))


@_desks
@require_POST
def link_reopen(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a row that was nobody's wait again."""
    return _decided(request, pk, reopen_case, "已退回待比对。")


def _decided(request: HttpRequest, pk: int, act: Any, done: str, **given: Any) -> HttpResponse:
    case = get_object_or_404(LinkCase.objects.visible_to(person(request)), pk=pk)
    try:
        act(by=person(request), case_id=case.pk, **given)
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"{case.name}：{done}")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    run = row_key(request.POST.get("run", ""))
    return redirect(desk_url(request, "links") + (f"?run={run}" if run else ""))


def _state(request: HttpRequest) -> str:
    asked = request.GET.get("state", "")
    return asked if asked in LinkCase.State.values else LinkCase.State.WAITING.value


def _cases(request: HttpRequest, run: str) -> LinkCaseQuerySet:
    found = LinkCase.objects.visible_to(person(request)).filter(run__undone_at=None)
    return found.filter(run_id=key) if (key := row_key(run)) else found


def _whole(cases: LinkCaseQuerySet) -> LinkCaseQuerySet:
    joined = cases.select_related("row", "run", "village", "resident__village", "decided_by")
    return joined.prefetch_related("candidates__resident__village")


def _shown(candidate: LinkCandidate) -> dict[str, Any]:
    return {
        "resident": candidate.resident,
        "sureness": _sureness(candidate.likelihood),
        "percent": f"{candidate.likelihood // 10}.{candidate.likelihood % 10}%",
        "says": _says(candidate.says),
    }


def _sureness(likelihood: int) -> str:
    return "很可能" if likelihood >= SURE else "可能" if likelihood >= LIKELY else "把握不大"


def _says(codes: Iterable[str]) -> str:
    return "、".join(SAYINGS[code] for code in codes if code in SAYINGS)


def _row(case: LinkCase) -> list[Cell]:
    best = next(iter(case.candidates.all()), None)
    meant = case.resident or (best.resident if best else None)
    return [
        case.run.get_kind_display(),
        case.row.row_number,
        case.name,
        case.birth_date,
        case.village.name if case.village else "",
        case.get_state_display(),
        meant.name if meant else "没有相近的人",
        meant.number_tail if meant else "",
        meant.village.name if meant else "",
        _sureness(best.likelihood) if best else "",
        _says(best.says) if best else "",
        case.decided_by.full_name if case.decided_by else "",
    ]


linkage_pages: list[URLPattern] = [
    path("import/links/", links, name="links"),
    path("import/links/export/", links_export, name="links_export"),
    path("import/<int:pk>/links/", find_links, name="find_links"),
    path("import/links/<int:pk>/", link, name="link"),
    path("import/links/<int:pk>/nobody/", link_nobody, name="link_nobody"),
    path("import/links/<int:pk>/reopen/", link_reopen, name="link_reopen"),
]
