"""付款与回单: what waits to be released, what came back, and the files that go to the bank and come back from it."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_POST, require_safe
from python_calamine import CalamineError, CalamineWorkbook

from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.claims.actions import note_export
from ankang.claims.batches import Result, make_batch, read_result
from ankang.claims.payees import look_at_account
from ankang.claims.payout_models import Payee, PaymentBatch, Payout
from ankang.claims.payouts import release_payments
from ankang.claims.take_back_models import TakeBack
from ankang.desks.components.case_forms import KeyForm
from ankang.desks.components.refusals import put_errors
from ankang.desks.keys import row_keys
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.money import fen, yuan_shown

State = Payout.State
HEAD = ("凭证号", "收款人", "开户行", "卡号", "金额（元）", "附言")
RESULT_HEAD = ("凭证号", "金额（元）", "结果（成功/失败）", "日期", "回单号", "失败原因")
LARGEST = 2_000_000  # bytes of a result file


class ResultForm(forms.Form):
    file = forms.FileField(
        label="银行回单文件", help_text="Excel，列名照“回单模板”", error_messages={"required": "请选回单文件。"}
    )


@desk_page(Desk.INSURER)
@require_safe
def payments(request: HttpRequest) -> HttpResponse:
    return _page(request)


@desk_page(Desk.INSURER)
@require_safe
def payments_export(request: HttpRequest) -> HttpResponse:
    """Every payment that this person may see, with tails of accounts only."""
    rows = list(_visible(request).order_by("-pk"))
    note_export(by=person(request), rows=len(rows))
    head = (
        "凭证号",
        "案号",
        "村居",
        "收款人",
        "关系",
        "方式",
        "卡号后四位",
        "金额（元）",
        "状态",
        "付款日",
        "退回原因",
    )
    return xlsx_response(f"付款-{today_of(request):%Y%m%d}", [Sheet("付款", head, map(_cells, rows))])


@desk_page(Desk.INSURER)
@require_POST
def payments_act(request: HttpRequest, what: str) -> HttpResponse:
    """`release` the ticked payments, or put the released bank payments into a `batch`."""
    form, status = KeyForm(request.POST), 422
    if what not in ("release", "batch"):
        raise Http404
    if form.is_valid():
        ticked = row_keys(request.POST.getlist("payout"))
        chosen = list(_visible(request).filter(pk__in=ticked))
        try:
            if what == "release":
                _require(chosen)
                done = release_payments(by=person(request), payouts=chosen, now=now_of(request))
                total = yuan_shown(sum(one.amount_fen for one in done))
                messages.success(request, f"已放款 {len(done)} 笔，共 {total} 元。")
                return redirect("insurer:payments")
            key = str(form.cleaned_data["key"])
            batch = make_batch(by=person(request), payouts=_to_batch(request), key=key, now=now_of(request))
            messages.success(request, f"批次 {batch.number} 已生成，请下载文件交银行。")
            return redirect("insurer:batch", batch.pk)
        except AnkangError as error:
            status = put_errors(form, error)
    return _page(request, form=form, status=status)


@desk_page(Desk.INSURER)
@require_safe
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    return _batch_page(request, _batch(request, pk))


@desk_page(Desk.INSURER)
@require_safe
def batch_file(request: HttpRequest, pk: int) -> HttpResponse:
    """The file for the bank, with whole account numbers: each is a look that the audit keeps."""
    found = _batch(request, pk)
    rows = list(found.rows.select_related("payee__claim", "claim").order_by("pk"))
    cells = [
        (
            row.number,
            row.payee.name,
            row.payee.bank,
            look_at_account(by=person(request), payee=row.payee),
            Decimal(row.amount_fen).scaleb(-2),
            f"安康理赔{row.claim.number}",
        )
        for row in rows
    ]
    return xlsx_response(f"付款批次-{found.number}", [Sheet("付款", HEAD, cells)])


@desk_page(Desk.INSURER)
@require_safe
def batch_template(request: HttpRequest, pk: int) -> HttpResponse:
    """A result file to fill in, with the batch's numbers and amounts."""
    found = _batch(request, pk)
    rows = [
        (row.number, Decimal(row.amount_fen).scaleb(-2), "", today_of(request), "", "")
        for row in found.rows.order_by("pk")
    ]
    return xlsx_response(f"回单模板-{found.number}", [Sheet("回单", RESULT_HEAD, rows)])


@desk_page(Desk.INSURER)
@require_POST
def batch_result(request: HttpRequest, pk: int) -> HttpResponse:
    found, form, status = _batch(request, pk), ResultForm(request.POST, request.FILES), 422
    if form.is_valid():
        try:
            results = _results(form.cleaned_data["file"])
            read_result(by=person(request), batch=found, results=results, now=now_of(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            failed = sum(not one.arrived for one in results)
            messages.success(request, f"回单已读入：成功 {len(results) - failed} 笔，退回 {failed} 笔。")
            return redirect("insurer:batch", pk)
    return _batch_page(request, found, form=form, status=status)


def _results(file: Any) -> list[Result]:
    """Return the rows of a result file. Errors: InvalidInput naming the row and what is wrong."""
    if file.size > LARGEST:
        raise InvalidInput("回单文件太大，请只传这一个批次的回单。", field="file")
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(file.read())).get_sheet_by_index(0)
    except CalamineError as error:
        raise InvalidInput("打不开这个文件，请用“回单模板”另存为 xlsx 再传。", field="file") from error
    rows = sheet.to_python()
    head = [str(cell).strip() for cell in rows[0]] if rows else []
    if missing := [name for name in RESULT_HEAD if name not in head]:
        raise InvalidInput(f"回单缺少这些列：{'、'.join(missing)}。请用“回单模板”填。", field="file")
    at = {name: head.index(name) for name in RESULT_HEAD}
    return [
        _result(place, {name: row[column] for name, column in at.items()})
        for place, row in enumerate(rows[1:], start=2)
        if any(row)
    ]


def _result(place: int, cells: dict[str, Any]) -> Result:
    word = str(cells[RESULT_HEAD[2]]).strip()
    if word not in ("成功", "失败"):
        raise InvalidInput(f"第{place}行：结果写“成功”或“失败”，现在是“{word}”。", field="file")
    return Result(
        row=place,
        number=str(cells["凭证号"]).strip(),
        amount_fen=_amount(place, cells["金额（元）"]),
        arrived=word == "成功",
        on=_day(place, cells["日期"]),
        reference=_text(cells["回单号"]),
        reason=_text(cells["失败原因"]),
    )


def _amount(place: int, cell: Any) -> int:
    try:
        return fen(f"{cell:.2f}" if isinstance(cell, float) else str(cell).replace(",", ""))
    except InvalidInput as error:
        raise InvalidInput(f"第{place}行：{error.message}", field="file") from error


def _day(place: int, cell: Any) -> date:
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    try:
        return date.fromisoformat(str(cell).strip())
    except ValueError as error:
        raise InvalidInput(f"第{place}行：日期写成 2024-05-30 的样子。", field="file") from error


def _text(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


def _cells(one: Payout) -> tuple[Cell, ...]:
    return (
        one.number,
        one.claim.number,
        one.claim.village.name,
        one.payee.name,
        one.payee.get_relation_display(),
        one.payee.get_means_display(),
        one.payee.account_tail,
        Decimal(one.amount_fen).scaleb(-2),
        one.get_state_display(),
        one.ended_on,
        one.failure,
    )


def _require(chosen: Iterable[Payout]) -> None:
    if not list(chosen):
        raise InvalidInput("请先勾选要放款的付款。")


def _visible(request: HttpRequest) -> Any:
    rows = Payout.objects.visible_to(person(request))
    return rows.select_related("claim__resident", "claim__village", "payee", "ordered_by")


def _to_batch(request: HttpRequest) -> list[Payout]:
    released = _visible(request).filter(state=State.RELEASED, batch__isnull=True, payee__means=Payee.Means.BANK)
    return list(released.order_by("pk"))


def _failed(request: HttpRequest) -> Iterator[Payout]:
    rows: Iterator[Payout] = _visible(request).filter(state=State.FAILED, retried_by__isnull=True).order_by("ended_on")
    return rows


def _batch(request: HttpRequest, pk: int) -> PaymentBatch:
    return get_object_or_404(PaymentBatch.objects.visible_to(person(request)), pk=pk)


def _page(request: HttpRequest, *, form: forms.Form | None = None, status: int = 200) -> HttpResponse:
    context = {
        "form": form or KeyForm(),
        "waiting": list(_visible(request).filter(state=State.ORDERED).order_by("ordered_at")),
        "cash": list(
            _visible(request).filter(state=State.RELEASED, payee__means=Payee.Means.CASH).order_by("released_at")
        ),
        "to_batch": _to_batch(request),
        "failed": list(_failed(request)),
        "take_backs": [
            (one, one.due(today_of(request)))
            for one in TakeBack.objects.visible_to(person(request)).open().select_related("claim__resident")
        ],
        "batches": list(PaymentBatch.objects.visible_to(person(request)).select_related("made_by")[:20]),
    }
    return page(request, "desks/insurer/payments.html", context, status=status)


def _batch_page(
    request: HttpRequest, found: PaymentBatch, *, form: forms.Form | None = None, status: int = 200
) -> HttpResponse:
    rows = list(found.rows.select_related("payee", "claim").order_by("pk"))
    return page(
        request, "desks/insurer/batch.html", {"batch": found, "rows": rows, "form": form or ResultForm()}, status=status
    )


payments_pages = [
    path("payments/", payments, name="payments"),
    path("payments/export/", payments_export, name="payments_export"),
    path("payments/batches/<int:pk>/", batch, name="batch"),
    path("payments/batches/<int:pk>/file/", batch_file, name="batch_file"),
    path("payments/batches/<int:pk>/template/", batch_template, name="batch_template"),
    path("payments/batches/<int:pk>/result/", batch_result, name="batch_result"),
    path("payments/<str:what>/", payments_act, name="payments_act"),
]
