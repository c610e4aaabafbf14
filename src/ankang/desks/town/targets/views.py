"""The pages of 目标任务: what is in force, as Excel and PDF, and issuing a new table."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import xlsx_response
from ankang.desks.town.targets.draft import (
    Cells,
    IssueForm,
    SourceForm,
    cells_of,
    computed_rows,
    posted_cells,
    rows_of,
)
from ankang.desks.town.targets.table import (
    RULES,
    annex_paper,
    annex_sheet,
    annex_title,
    compare,
    comparison_sheet,
    rule_of,
)
from ankang.desks.town.targets.upload import read_populations, template_sheet
from ankang.divisions.models import Division
from ankang.papers import PDF_TYPE, paper_pdf
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on, plan_of
from ankang.programmes.target_models import TargetIssue
from ankang.programmes.targets import (
    Basis,
    VillageTarget,
    issue_targets,
    issues_of,
    may_issue,
    targets_on,
    villages_to_target,
)
from ankang.roster.populations import populations_on
from ankang.rules.days import day_words
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.targets import Rounding

ISSUE_IDS = "issue-%s"  # the two forms of the page name some fields alike
_BLANK = "desks/town/dashboard_empty.html"


@desk_page("town")
@require_safe
def targets(request: HttpRequest) -> HttpResponse:
    """`?rule=`: the targets in force beside what a rule gives, and every issue so far."""
    user, today = person(request), today_of(request)
    version = campaign_on(today, user.division_id)
    if version is None:
        return page(request, _BLANK, {"missing": "programme"})
    standing = targets_on(version.programme, today)
    rule = rule_of(request.GET.get("rule", ""))
    context = {
        "version": version,
        "standing": standing,
        "compared": compare(standing.rows, plan_of(version).goals.coverage_percent, rule),
        "rules": RULES,
        "rule": rule,
        "issues": issues_of(version.programme),
        "may_issue": may_issue(user, version.programme),
        "now": now_of(request),
    }
    return page(request, "desks/town/targets/list.html", context)


@desk_page("town")
@require_safe
def targets_export(request: HttpRequest) -> HttpResponse:
    """附件1 and the comparison as one workbook."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, _BLANK, {"missing": "programme"})
    standing = targets_on(version.programme, today_of(request))
    percent = plan_of(version).goals.coverage_percent
    compared = compare(standing.rows, percent, rule_of(request.GET.get("rule", "")))
    says = f"{_title(version)}，{now_of(request):%Y-%m-%d %H:%M} 在用"
    sheets = [annex_sheet(compared, says), comparison_sheet(compared, says)]
    return xlsx_response(f"目标分配表-{today_of(request):%Y%m%d}", sheets)


@desk_page("town")
@require_safe
def targets_pdf(request: HttpRequest) -> HttpResponse:
    """附件1 as a paper to print."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, _BLANK, {"missing": "programme"})
    standing = targets_on(version.programme, today_of(request))
    compared = compare(standing.rows, plan_of(version).goals.coverage_percent, Rounding.HALF_UP)
    content = paper_pdf(annex_paper(compared, standing, _title(version)), at=now_of(request))
    response = HttpResponse(content, content_type=PDF_TYPE)
    name = f"目标分配表-{today_of(request):%Y%m%d}.pdf"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


@desk_page("town", manager=True)
@require_safe
def targets_template(request: HttpRequest) -> HttpResponse:
    """The workbook to fill in, with what is in force."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, _BLANK, {"missing": "programme"})
    given = {row.code: row for row in targets_on(version.programme, today_of(request)).rows}
    rows = [
        given.get(one.code, VillageTarget(one.code, one.serial, one.name, 0, 0))
        for one in villages_to_target(version.programme)
    ]
    return xlsx_response("目标分配表模板", [template_sheet(rows)])


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def targets_new(request: HttpRequest) -> HttpResponse:
    """Compute a table (`step=compute`), correct it by hand, issue it on a paper (`step=issue`)."""
    version = campaign_on(today_of(request), person(request).division_id)
    if version is None:
        return page(request, _BLANK, {"missing": "programme"})
    if request.method != "POST":
        standing = targets_on(version.programme, today_of(request))
        cells = cells_of(standing.rows, villages_to_target(version.programme))
        return _show(request, version, SourceForm(), _issue_form(request), cells)
    return _compute(request, version) if request.POST.get("step") == "compute" else _issue(request, version)


def _compute(request: HttpRequest, version: ProgrammeVersion) -> HttpResponse:
    form = SourceForm(request.POST, request.FILES)
    villages = villages_to_target(version.programme)
    before = cells_of(targets_on(version.programme, today_of(request)).rows, villages)
    if not form.is_valid():
        return _show(request, version, form, _issue_form(request), before, status=422)
    try:
        rows = _made(request, version, form.cleaned_data, villages)
    except AnkangError as error:
        return _show(request, version, form, _issue_form(request), before, status=put_errors(form, error))
    return _show(request, version, form, _issue_form(request, form.cleaned_data), cells_of(rows, villages))


def _made(
    request: HttpRequest, version: ProgrammeVersion, given: dict[str, Any], villages: Sequence[Division]
) -> list[VillageTarget]:
    """Return the table that the source and the rule give; a target that the file names stays."""
    percent = plan_of(version).goals.coverage_percent
    named: dict[str, int] = {}
    if given["source"] == TargetIssue.Source.FILE:
        uploaded = read_populations(given["file"].read(), villages)
        populations = [one.population for one in uploaded]
        named = {one.village.code: one.target for one in uploaded if one.target is not None}
    else:
        populations = _populations(request, version, given, villages)
    rows = computed_rows(villages, populations, percent, given["rule"], given["total"])
    return [
        VillageTarget(row.code, row.serial, row.name, row.population, named.get(row.code, row.target)) for row in rows
    ]


def _populations(
    request: HttpRequest, version: ProgrammeVersion, given: dict[str, Any], villages: Sequence[Division]
) -> list[int]:
    if given["source"] == TargetIssue.Source.ROSTER:
        plan = plan_of(version)
        age = min(product.join_from_age for product in plan.products)
        counted = populations_on(person(request), given["on"], age, plan.terms.birthday)
    else:
        counted = {row.code: row.population for row in targets_on(version.programme, today_of(request)).rows}
    missing = [village.name for village in villages if not counted.get(village.code)]
    if missing:
        raise InvalidInput(f"{'、'.join(missing)}没有人口数。请先导入名册，或改用上传的Excel。", field="source")
    return [counted[village.code] for village in villages]


def _issue(request: HttpRequest, version: ProgrammeVersion) -> HttpResponse:
    form = IssueForm(request.POST, auto_id=ISSUE_IDS)
    cells = posted_cells(request.POST, villages_to_target(version.programme))
    wrong = [cell for cell in cells if cell.problem]
    if not form.is_valid() or wrong:
        if wrong:
            names = "、".join(cell.village.name for cell in wrong)
            form.add_error(None, f"{names}的数填错了，请看表里每行的提示。")
        return _show(request, version, SourceForm(), form, cells, status=422)
    given = form.cleaned_data
    basis = Basis(
        given["paper"], given["paper_on"], given["reason"], given["source"], given["source_on"], given["rule"]
    )
    try:
        issue = issue_targets(
            by=person(request),
            programme=version.programme,
            rows=rows_of(cells),
            basis=basis,
            from_on=given["from_on"],
            key=str(given["key"]),
            now=now_of(request),
        )
    except AnkangError as error:
        return _show(request, version, SourceForm(), form, cells, status=put_errors(form, error))
    messages.success(request, f"已按{issue.paper_words}下达目标，从{day_words(issue.from_on)}起算。")
    return redirect("town:targets")


def _issue_form(request: HttpRequest, given: dict[str, Any] | None = None) -> IssueForm:
    made = given or {"source": TargetIssue.Source.ENTERED, "on": None, "rule": Rounding.HALF_UP}
    on = made["on"] if made["source"] == TargetIssue.Source.ROSTER else None
    initial = {"source": made["source"], "source_on": on, "rule": made["rule"], "from_on": today_of(request)}
    return IssueForm(initial=initial, auto_id=ISSUE_IDS)


def _show(
    request: HttpRequest,
    version: ProgrammeVersion,
    source: SourceForm,
    form: IssueForm,
    cells: Sequence[Cells],
    *,
    status: int = 200,
) -> HttpResponse:
    percent = plan_of(version).goals.coverage_percent
    known = rows_of([cell for cell in cells if cell.population and not cell.problem])
    context = {
        "version": version,
        "source": source,
        "form": form,
        "cells": cells,
        "compared": compare(known, percent, Rounding.HALF_UP),
        "standing": targets_on(version.programme, today_of(request)),
    }
    return page(request, "desks/town/targets/new.html", context, status=status)


def _title(version: ProgrammeVersion) -> str:
    return annex_title(version.programme.division.name, version.programme.name)


target_pages: list[URLPattern] = [
    path("targets/", targets, name="targets"),
    path("targets/export/", targets_export, name="targets-export"),
    path("targets/pdf/", targets_pdf, name="targets-pdf"),
    path("targets/template/", targets_template, name="targets-template"),
    path("targets/new/", targets_new, name="targets-new"),
]
