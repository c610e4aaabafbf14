"""What the installations below told, added up: who is missing, who is late. And one's own bundle for the one above."""

from datetime import timedelta
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import installation_of, now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.templatetags.ankang import instant
from ankang.divisions.models import Division
from ankang.enrolment.models import Funding
from ankang.rollup.actions import export_bundle, import_bundle
from ankang.rollup.bundle import MAX_BYTES
from ankang.rollup.queries import Line, Standing, standing
from ankang.rules.errors import AnkangError

WITHIN = timedelta(days=1)
_TEMPLATE = "desks/district/rollup.html"
_HEAD = ("区划代码", "名称", "60周岁以上", "公布目标", "已参保", "覆盖率(%)", "政府购买对象", "未参保", "截至")
_LEVELS = {"city": "按市", "district": "按区县", "town": "按镇街", "village": "按村居"}


class BundleForm(forms.Form):
    file = forms.FileField(
        label="汇总包",
        help_text="下级在本页导出、报上来的文件。",
        error_messages={"required": "请先选择汇总包。", "empty": "文件是空的，请重新选择。"},
    )


@desk_page("district")
@require_http_methods(["GET", "HEAD", "POST"])
def rollup(request: HttpRequest) -> HttpResponse:
    """`?year=&level=city|district|town|village`. Sent with a file: take a bundle in."""
    form = BundleForm(request.POST, request.FILES) if request.method == "POST" else BundleForm()
    status = 200
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"].read(MAX_BYTES + 1)
        try:
            received = import_bundle(by=person(request), file=file, now=now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"收下了{received.sender.division.name}第{received.number}号汇总包。")
            return redirect("district:rollup")
    found, level = _standing(request)
    context = {
        "form": form,
        "found": found,
        "level": level,
        "levels": _LEVELS,
        "now": now_of(request),
        "premium": [(Funding.Payer(payer).label, fen) for payer, fen in found.premium_fen.items()],
        "missing_people": found.people.missing_to(found.goal_percent) if found.goal_percent else None,
    }
    return page(request, _TEMPLATE, context, status=status)


@desk_page("district")
@require_safe
def rollup_sheet(request: HttpRequest) -> HttpResponse:
    """The sums, and who is missing or late, as an Excel file."""
    found, level = _standing(request)
    lines = Sheet("汇总", _HEAD, [_cells(line) for line in found.lines])
    absent: list[list[Cell]] = [[division.pk, division.name, "没报", ""] for division in found.missing]
    absent += [[division.pk, division.name, "报晚了", instant(as_of)] for division, as_of in found.late]
    sheets = [lines, Sheet("没报和报晚", ("区划代码", "名称", "情况", "最近截至"), absent)]
    return xlsx_response(f"下级汇总-{found.year}-{level}-{now_of(request):%Y%m%d}", sheets)


@desk_page("district")
@require_POST
def rollup_bundle(request: HttpRequest) -> HttpResponse:
    """Count, sign and download this installation's own bundle, for the installation above."""
    user = person(request)
    division = Division.objects.get(pk=user.division_id)
    try:
        file, sent = export_bundle(
            by=user, division=division, now=now_of(request), is_sample=installation_of(request).is_sample
        )
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect("district:rollup")
    response = HttpResponse(file, content_type="application/json")
    name = f"汇总包-{division.name}-{sent.number:04d}.json"
    response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _standing(request: HttpRequest) -> tuple[Standing, str]:
    """Return what came below this person's division, for the year and level that the address asks for."""
    asked, level = request.GET.get("year", ""), request.GET.get("level", "")
    year = int(asked) if len(asked) == 4 and asked.isascii() and asked.isdigit() else None
    level = level if level in _LEVELS else "district"
    return standing(year, level, now_of(request), within=WITHIN, under=person(request).scope), level


def _cells(line: Line) -> list[Cell]:
    people = line.people
    counts: list[Cell] = [people.population, people.target, people.insured, Decimal(people.percent), people.subjects]
    return [line.code, line.name, *counts, people.subjects_missing, instant(line.as_of)]
