"""Importing a roster: choose a file, see what went in and what did not, mend, import again."""

from itertools import groupby
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import tell
from ankang.desks.components.roster_linkage import linkage_pages
from ankang.desks.components.roster_waiting import waiting_pages
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.roster.imports.lists import unused_columns
from ankang.roster.imports.sheets import MAX_BYTES
from ankang.roster.imports.waiting import stage_import
from ankang.roster.linkage.cases import numberless_rows, waiting_cases
from ankang.roster.looks import open_report
from ankang.roster.models import ImportRow, ImportRun
from ankang.roster.queries import earlier_run, import_runs, waiting_lists
from ankang.roster.workbooks import REPORT_TITLES, template
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 100
_Outcome = ImportRow.Outcome
_FOLDER = "desks/components/roster/"
_desks = desk_page("town", "village")


class ImportForm(forms.Form):
    file = forms.FileField(
        label="名册文件",
        help_text="xlsx、xls、ods 或 csv，最大20MB。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={
            "required": "请先选择要导入的文件。",
            "empty": "文件是空的。请选择填好的名册后再上传。",
            "missing": "没有收到文件，请重新选择。",
        },
    )
    kind = forms.ChoiceField(
        label="是什么名单",
        choices=[("", "看表头自动认"), *ImportRun.Kind.choices],
        required=False,
        help_text="认得对不对，下一步可以看到。",
    )
    day = DayField(
        label="名单从哪天起",
        required=False,
        help_text="低保、五保、三无名单用；表里有日期的照表。80周岁以上名单的年龄算到这一天。",
    )
    evidence = forms.CharField(
        label="依据", max_length=120, required=False, help_text="例如：县局2024年第2批低保批文。可不填。"
    )


@_desks
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest) -> HttpResponse:
    """Choose a list and have it looked at, or look at what was imported before. Nothing is written yet."""
    initial = {"day": today_of(request)}
    form = ImportForm(request.POST, request.FILES) if request.method == "POST" else ImportForm(initial=initial)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            staged = stage_import(
                by=person(request),
                division=person(request).division,
                file_name=upload.name,
                content=upload.read(MAX_BYTES + 1),
                kind=form.cleaned_data["kind"],
                day=form.cleaned_data["day"] or today_of(request),
                evidence=form.cleaned_data["evidence"],
                today=today_of(request),
                now=now_of(request),
            )
        except AnkangError as error:
            tell(form, error)
        else:
            return redirect(desk_url(request, "import_waiting", staged.pk))
    return page(request, _FOLDER + "import.html", _form(request, form))


def _form(request: HttpRequest, form: ImportForm) -> dict[str, Any]:
    return {
        "form": form,
        "runs": import_runs(person(request))[:10],
        "waiting": waiting_lists(person(request))[:10],
        "roster": desk_url(request, "roster"),
        "waiting_links": waiting_cases(person(request)).count(),
    }


@_desks
@require_safe
def import_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what one import did: counts, and every row that was refused or is doubtful."""
    run = _found(request, pk)
    rows = run.rows.select_related("resident__village").order_by("outcome", "row_number", "id")
    page_obj = Paginator(rows, _PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "run": run,
        "earlier": earlier_run(run),
        "ignored": [title for title in unused_columns(run.kind, run.header) if title not in REPORT_TITLES],
        "unlisted": run.rows.filter(outcome=_Outcome.UNLISTED).count() if run.kind == ImportRun.Kind.AGED else 0,
        "page_obj": page_obj,
        "parts": _parts(page_obj),
        "numberless": numberless_rows(run),
        "cases": waiting_cases(person(request)).filter(run=run).count() if run.rejected else 0,
        "roster": desk_url(request, "roster"),
    }
    return page(request, _FOLDER + "run.html", context)


def _parts(rows: Any) -> list[dict[str, Any]]:
    """Return the rows of a page by outcome: refused first."""
    grouped = groupby(rows, key=lambda row: row.outcome)
    return [
        {"is_error": key == _Outcome.REJECTED, "is_unlisted": key == _Outcome.UNLISTED, "rows": list(found)}
        for key, found in grouped
    ]


@_desks
@require_safe
def import_report(request: HttpRequest, pk: int) -> HttpResponse:
    """Download the refused rows as they were, with reason and fix; the look is noted."""
    run = _found(request, pk)
    return download(open_report(by=person(request), run=run), f"没导入的行-{run.pk}.xlsx")


@_desks
@require_safe
def import_template(request: HttpRequest) -> HttpResponse:
    """Download the empty roster."""
    return download(template(person(request).division), "老年人名册模板.xlsx")


def _found(request: HttpRequest, pk: int) -> ImportRun:
    return get_object_or_404(import_runs(person(request)), pk=pk)


import_pages: list[URLPattern] = [
    path("import/", import_page, name="import"),
    path("import/template/", import_template, name="import_template"),
    *waiting_pages,
    *linkage_pages,
    path("import/<int:pk>/", import_run, name="import_run"),
    path("import/<int:pk>/report/", import_report, name="import_report"),
]
