"""结算表: many settlements from an Excel file; tried as a whole first, nothing counts before the confirmation."""

from dataclasses import dataclass
from itertools import groupby

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.settlement_files import MOST_ROWS, earlier_file, prepare_settlements, settle_file
from ankang.claims.settlement_models import SettlementFile, SettlementRow
from ankang.claims.settlement_workbooks import settlement_report, settlement_template
from ankang.desks.components.refusals import tell
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.roster.imports.sheets import MAX_BYTES
from ankang.rules.errors import AnkangError

Outcome = SettlementRow.Outcome


class SettlementFileForm(forms.Form):
    file = forms.FileField(
        label="结算表",
        help_text=f"xlsx、xls、ods 或 csv，最多{MOST_ROWS}行。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.ods,.csv"}),
        error_messages={
            "required": "请先选择填好的结算表。",
            "empty": "文件是空的。请选择填好的结算表后再上传。",
            "missing": "没有收到文件，请重新选择。",
        },
    )


@dataclass(frozen=True, slots=True)
class Accident:
    """The rows of one accident as the page shows them together. Money in fen."""

    rows: list[SettlementRow]

    @property
    def first(self) -> SettlementRow:
        return self.rows[0]

    @property
    def total_fen(self) -> int:
        return sum(row.amount_fen for row in self.rows)

    @property
    def reasons(self) -> list[SettlementRow]:
        return [row for row in self.rows if row.reason]


@desk_page(Desk.WINDOW)
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest) -> HttpResponse:
    """Choose a file; it is checked and shown, nothing is settled yet."""
    form, status = SettlementFileForm(), 200
    if request.method == "POST":
        form, status = SettlementFileForm(request.POST, request.FILES), 422
        if form.is_valid():
            given = form.cleaned_data["file"]
            content, now = given.read(MAX_BYTES + 1), now_of(request)
            try:
                found = prepare_settlements(by=person(request), file_name=given.name, content=content, now=now)
            except AnkangError as error:
                tell(form, error)
            else:
                return redirect("window:settlements", found.pk)
    recent = SettlementFile.objects.visible_to(person(request)).select_related("by")[:10]
    return page(request, "desks/window/upload.html", {"form": form, "recent": recent}, status=status)


@desk_page(Desk.WINDOW)
@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """Download the empty file."""
    return download(settlement_template(), "结算表模板.xlsx")


@desk_page(Desk.WINDOW)
@require_http_methods(["GET", "HEAD", "POST"])
def settlements(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a file's accidents with what each pays; a POST settles those that wait."""
    found = _file(request, pk)
    if request.method == "POST":
        settle_file(by=person(request), file=found, now=now_of(request))
        messages.success(request, "结算好了，已交中国人寿复核。")
        return redirect("window:settlements", pk)
    rows = found.rows.select_related("resident__village", "claim")
    accidents = [Accident(list(together)) for _, together in groupby(rows, lambda row: row.accident)]
    by_outcome = {outcome: [one for one in accidents if one.first.outcome == outcome] for outcome in Outcome.values}
    context = {
        "file": found,
        "earlier": earlier_file(found),
        "refused": by_outcome[Outcome.REFUSED],
        "good": [*by_outcome[Outcome.WAITING], *by_outcome[Outcome.DONE], *by_outcome[Outcome.SAME]],
        "waiting": len(by_outcome[Outcome.WAITING]),
        "payable_fen": sum(one.first.payable_fen or 0 for one in by_outcome[Outcome.WAITING]),
        "done": len(by_outcome[Outcome.DONE]),
        "done_fen": sum(one.first.payable_fen or 0 for one in by_outcome[Outcome.DONE]),
        "same": len(by_outcome[Outcome.SAME]),
    }
    return page(request, "desks/window/settlements.html", context)


@desk_page(Desk.WINDOW)
@require_safe
def report(request: HttpRequest, pk: int) -> HttpResponse:
    """Download what became of each row; the look is noted, refused rows hold whole numbers."""
    found = _file(request, pk)
    return download(settlement_report(by=person(request), file=found), f"结算结果-{found.pk}.xlsx")


def _file(request: HttpRequest, pk: int) -> SettlementFile:
    return get_object_or_404(SettlementFile.objects.visible_to(person(request)).select_related("by"), pk=pk)


import_pages: list[URLPattern] = [
    path("import/", upload, name="settlement-upload"),
    path("import/template/", template, name="settlement-template"),
    path("import/<int:pk>/", settlements, name="settlements"),
    path("import/<int:pk>/report/", report, name="settlement-report"),
]
