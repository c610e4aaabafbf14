"""工作经费补助: the request with its trace, the second person, Excel, and the form for the finance office."""

from decimal import Decimal

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.assessment.reward_models import SubsidyRequest
from ankang.assessment.subsidies import review_subsidy
from ankang.desks.capitals import capitals
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.town.assessment.overview import FOLDER
from ankang.desks.town.purchases import ReviewForm
from ankang.rules.errors import AnkangError
from ankang.rules.money import yuan

_HEAD = ("序号", "村（居）", "怎么算的", "按档应补（元）", "实补（元）")


@desk_page("town")
@require_safe
def subsidy(request: HttpRequest, pk: int) -> HttpResponse:
    """One request, and its review."""
    return _page(request, _found(request, pk), ReviewForm())


@desk_page("town")
@require_POST
def subsidy_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes or no."""
    found, form = _found(request, pk), ReviewForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    approve = form.cleaned_data["approve"] == "yes"
    try:
        review_subsidy(
            by=person(request), request=found, approve=approve, note=form.cleaned_data["note"], now=now_of(request)
        )
    except AnkangError as error:
        return _page(request, found, form, status=put_errors(form, error))
    messages.success(request, "已同意。请打印申请表报财政。" if approve else "已退回，没有同意这份申请。")
    return redirect("town:subsidy", pk)


@desk_page("town")
@require_safe
def subsidy_print(request: HttpRequest, pk: int) -> HttpResponse:
    """The form for the finance office: amounts, capitals, signatures."""
    found = _found(request, pk)
    context = {"asked": found, "lines": found.lines.select_related("village")}
    return page(request, FOLDER + "subsidy_print.html", context)


@desk_page("town")
@require_safe
def subsidy_export(request: HttpRequest, pk: int) -> HttpResponse:
    """The request as Excel."""
    found = _found(request, pk)
    lines = list(found.lines.select_related("village"))
    rows: list[list[Cell]] = [
        [line.serial, line.village.name, line.words, _yuan(line.wanted_fen), _yuan(line.amount_fen)] for line in lines
    ]
    total: list[Cell] = [None, "合计", capitals(found.total_fen), _yuan(sum(line.wanted_fen for line in lines))]
    says = (
        f"{found.run.scheme.scheme.name}，工作经费补助申请，成绩第{found.run.number}版，{found.get_state_display()}。"
    )
    sheet = Sheet("工作经费补助", _HEAD, rows, says=says, totals=[[*total, _yuan(found.total_fen)]])
    return xlsx_response(f"工作经费补助-{found.pk}", [sheet])


def _yuan(amount_fen: int) -> Decimal:
    return Decimal(yuan(amount_fen))


def _found(request: HttpRequest, pk: int) -> SubsidyRequest:
    rows = SubsidyRequest.objects.visible_to(person(request)).select_related(
        "run__programme__division", "run__scheme", "prepared_by", "reviewed_by"
    )
    found: SubsidyRequest = get_object_or_404(rows, pk=pk)
    return found


def _page(request: HttpRequest, found: SubsidyRequest, form: ReviewForm, *, status: int = 200) -> HttpResponse:
    lines = list(found.lines.select_related("village"))
    context = {
        "asked": found,
        "lines": lines,
        "wanted_fen": sum(line.wanted_fen for line in lines),
        "form": form,
        "is_first_person": found.prepared_by_id == person(request).pk,
    }
    return page(request, FOLDER + "subsidy.html", context, status=status)
