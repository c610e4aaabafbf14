"""The filtered roster as Excel: masked as on the screen, or with whole numbers for a reason that is written down."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import tell
from ankang.desks.components.roster_list import Campaign, Wanted, campaign_of, filtered, rows_of
from ankang.desks.pages import page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import download
from ankang.roster.looks import allow_full_export, note_export
from ankang.roster.models import Resident
from ankang.roster.workbooks import Workbook
from ankang.rules.errors import AnkangError

_CHUNK = 2000
_TITLES = ("村居", "户号", "姓名", "性别", "出生日期", "周岁", "类别", "地址", "状态", "本年度份数")
_WIDTHS = (12, 10, 12, 6, 12, 6, 18, 28, 8, 12)


class FullExportForm(forms.Form):
    reason = forms.CharField(
        label="用途",
        max_length=100,
        help_text="会记下来，例如：报县局核对低保名单。",
        error_messages={"required": "请写明导出完整号码的用途。"},
    )


@desk_page("town", "village")
@require_safe
def roster_export(request: HttpRequest) -> HttpResponse:
    """Download the list that the filters mean, numbers by their last four characters."""
    found, campaign = _found(request)
    rows = list(_cells(found, campaign, whole=False))
    note_export(by=person(request), rows=len(rows))
    return download(_book((*_TITLES, "身份证尾号", "手机尾号", "子女电话尾号"), rows), f"名册-{today_of(request)}.xlsx")


@desk_page("town", manager=True)
@require_http_methods(["GET", "HEAD", "POST"])
def roster_export_full(request: HttpRequest) -> HttpResponse:
    """Ask what whole numbers are needed for, then download the list with them."""
    found, campaign = _found(request)
    form = FullExportForm(request.POST or None)
    count = found.count()
    if request.method == "POST" and form.is_valid():
        try:
            allow_full_export(by=person(request), rows=count, reason=form.cleaned_data["reason"])
        except AnkangError as error:
            tell(form, error)
        else:
            titles = (*_TITLES, "身份证号", "手机", "子女电话")
            return download(
                _book(titles, _cells(found, campaign, whole=True)), f"名册-完整号码-{today_of(request)}.xlsx"
            )
    return page(request, "desks/components/roster/export.html", {"form": form, "count": count})


def _found(request: HttpRequest) -> tuple[QuerySet[Resident], Campaign]:
    user = person(request)
    campaign = campaign_of(user, today_of(request))
    found = filtered(user, Wanted.in_address(request.GET), campaign)
    return found.select_related("village").prefetch_related("memberships"), campaign


def _cells(found: QuerySet[Resident], campaign: Campaign, *, whole: bool) -> Iterator[list[Any]]:
    for row in rows_of(found.iterator(chunk_size=_CHUNK), campaign):
        resident: Resident = row["resident"]
        yield [
            resident.village.name,
            resident.household,
            resident.name,
            resident.get_sex_display(),
            resident.birth_date.isoformat(),
            row["age"],
            "、".join(row["groups"]),
            resident.address,
            resident.get_status_display(),
            row["units"],
            *(_whole(resident) if whole else _tails(resident)),
        ]


def _tails(resident: Resident) -> tuple[str, str, str]:
    return resident.number_tail, resident.phone_tail, resident.child_phone_tail


def _whole(resident: Resident) -> tuple[str, ...]:
    sealed = (resident.number, resident.phone, resident.child_phone)
    return tuple(value.reveal() if value else "" for value in sealed)


def _book(titles: tuple[str, ...], rows: Any) -> bytes:
    book = Workbook()
    book.table("名册", titles, rows, (*_WIDTHS, 22, 16, 16))
    return book.content()


export_pages: list[URLPattern] = [
    path("roster/export/", roster_export, name="roster_export"),
]
full_export_pages: list[URLPattern] = [
    path("roster/export/full/", roster_export_full, name="roster_export_full"),
]
