"""今日单据: what the window did today, what it paid, and the frozen list that the insurer pays back."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import note_export
from ankang.claims.advances import close_advances, last_counted_fen, pay_advances_back
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.green_queries import advance_days, advances_of, claims_on, open_advances, open_returns, returns_of
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.desks.capitals import capitals
from ankang.desks.components.green.forms import BackForm, CountForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, download, xlsx_response
from ankang.papers import PDF_TYPE, Block, Paper, Table, Text, paper_pdf
from ankang.rules.days import day_words
from ankang.rules.errors import AnkangError
from ankang.rules.money import yuan

HEAD = ("序号", "凭证号", "案号", "老人", "收款人", "金额（元）")


@desk_page(Desk.WINDOW, Desk.FUNERAL)
@require_safe
def day(request: HttpRequest) -> HttpResponse:
    return _page(request, CountForm())


@desk_page(Desk.WINDOW, Desk.FUNERAL)
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """Freeze what was paid since the last list."""
    form, status = CountForm(request.POST), 422
    if form.is_valid():
        by, key = person(request), str(form.cleaned_data["key"])
        try:
            made = close_advances(by=by, key=key, now=now_of(request), count=form.count)
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"日结单 {made.number} 已生成，请打印交中国人寿。")
            return redirect(desk_url(request, "day"))
    return _page(request, form, status=status)


@desk_page(Desk.WINDOW, Desk.FUNERAL, Desk.INSURER)
@require_safe
def day_file(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """A list as `pdf` or `xlsx`: the same rows as when it was frozen."""
    found = get_object_or_404(advance_days(person(request)), pk=pk)
    rows = _rows(advances_of(found), returns_of(found))
    if kind == "pdf":
        return download(paper_pdf(_paper(found, rows), at=found.closed_at), f"垫付日结单-{found.number}.pdf", PDF_TYPE)
    if kind != "xlsx":
        raise Http404
    note_export(by=person(request), rows=len(rows))
    cells: list[tuple[Cell, ...]] = [(*row[:-1], Decimal(row[-1])) for row in rows]
    total = ("合计", "", "", "", f"{found.payments} 笔", Decimal(found.total_fen).scaleb(-2))
    says = "。".join([_title(found), *_counted(found)])
    sheet = Sheet("垫付日结单", HEAD, cells, says=says, totals=[total])
    return xlsx_response(f"垫付日结单-{found.number}", [sheet])


@desk_page(Desk.INSURER)
@require_safe
def advances(request: HttpRequest) -> HttpResponse:
    """窗口垫付: the lists that wait to be paid back, and those that were."""
    return _insurer_page(request)


@desk_page(Desk.INSURER)
@require_POST
def pay_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that a list was paid back to its window."""
    found = get_object_or_404(advance_days(person(request)), pk=pk)
    form, status = BackForm(request.POST), 422
    if form.is_valid():
        reference = form.cleaned_data["reference"]
        try:
            pay_advances_back(by=person(request), day=found, reference=reference, now=now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            done = "已收到" if found.total_fen < 0 else "已归还"
            messages.success(request, f"日结单 {found.number} {done}。")
            return redirect("insurer:advances")
    return _insurer_page(request, wrong=form, wrong_pk=pk, status=status)


def _page(request: HttpRequest, form: CountForm, *, status: int = 200) -> HttpResponse:
    user = person(request)
    days = list(advance_days(user)[:30])
    waiting, returned = open_advances(user), open_returns(user)
    paid_fen, back_fen = (sum(one.amount_fen for one in rows) for rows in (waiting, returned))
    claims = claims_on(user, today_of(request))
    context = {
        "form": form,
        "claims": [(one, desk_url(request, "case", one.number)) for one in claims],
        "waiting": waiting,
        "returned": returned,
        "paid_fen": paid_fen,
        "back_fen": back_fen,
        "waiting_fen": paid_fen - back_fen,
        "to_come_back": [
            (one, one.due(today_of(request)))
            for one in TakeBack.objects.visible_to(user).open().select_related("claim__resident")
        ],
        "days": [(one, *_files(request, one)) for one in days],
        "owed_fen": sum(one.total_fen for one in days if one.confirmed_at is None),
        "opening_fen": last_counted_fen(user),
        "close_url": desk_url(request, "day-close"),
    }
    return page(request, "desks/components/green/day.html", context, status=status)


def _insurer_page(
    request: HttpRequest, *, wrong: BackForm | None = None, wrong_pk: int = 0, status: int = 200
) -> HttpResponse:
    rows: list[tuple[Any, ...]] = []
    for one in advance_days(person(request))[:60]:
        form = wrong if wrong is not None and one.pk == wrong_pk else BackForm(auto_id=f"id_%s_{one.pk}")
        rows.append((one, *_files(request, one), form))
    open_rows = [row for row in rows if row[0].confirmed_at is None]
    context = {
        "open": open_rows,
        "done": [row for row in rows if row[0].confirmed_at is not None],
        "open_fen": sum(row[0].total_fen for row in open_rows),
    }
    return page(request, "desks/components/green/advances.html", context, status=status)


def _files(request: HttpRequest, one: AdvanceDay) -> tuple[str, str]:
    return desk_url(request, "day-file", one.pk, "pdf"), desk_url(request, "day-file", one.pk, "xlsx")


def _rows(paid: Sequence[Advance], returned: Sequence[TakeBackReceipt]) -> list[tuple[str, ...]]:
    """The rows of a list: what was paid, then what came back with a minus."""
    rows = [
        (
            one.payout.number,
            one.payout.claim.number,
            one.payout.claim.resident.name,
            one.payout.payee.name,
            yuan(one.amount_fen),
        )
        for one in paid
    ]
    rows += [(one.reference, *_whose(one), "家属退回", yuan(-one.amount_fen)) for one in returned]
    return [(str(place), *row) for place, row in enumerate(rows, start=1)]


def _whose(one: TakeBackReceipt) -> tuple[str, str]:
    claim = one.take_back.claim
    return claim.number, claim.resident.name


def _paper(found: AdvanceDay, rows: Sequence[tuple[str, ...]]) -> Paper:
    total = ("合计", "", "", "", f"{found.payments}笔", yuan(found.total_fen))
    blocks: list[Block] = [
        Text(f"单号：{found.number}。下列理赔款由{found.get_desk_display()}垫付，请中国人寿核对后归还。"),
        Table(HEAD, [*rows, total], (3, 9, 8, 5, 5, 6), totals=1),
        Text(f"金额大写：{capitals(abs(found.total_fen))}。{'由窗口交中国人寿。' if found.total_fen < 0 else ''}"),
        *map(Text, _counted(found)),
        Text(f"日结人：{found.closed_by.full_name}　　　　中国人寿核对人："),
    ]
    return Paper(
        _title(found), blocks, signed=f"{found.division.name}{found.get_desk_display()}", day=_day(found.closed_at)
    )


def _counted(found: AdvanceDay) -> list[str]:
    """What was counted, in one sentence; nothing for a list from before windows counted."""
    if found.counted_fen is None:
        return []
    said = (
        f"现金：上次结存{yuan(found.opening_fen or 0)}元，放入{yuan(found.added_fen or 0)}元，"
        f"付出{yuan(found.total_fen)}元，清点{yuan(found.counted_fen)}元，"
    )
    said += f"差额{yuan(found.difference_fen)}元：{found.difference_note}。" if found.difference_fen else "账实相符。"
    return [said]


def _title(found: AdvanceDay) -> str:
    return f"{found.division.name}{found.get_desk_display()}理赔垫付日结单"


def _day(at: datetime) -> str:
    return day_words(timezone.localdate(at))
