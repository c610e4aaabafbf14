"""对账: upload the insurer's or the bank's file, see what differs, say why."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import page, paged
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.town.treasury.common import FOLDER, PAGE_SIZE, acting, answered, money, no_campaign, version_of
from ankang.money.models import Account
from ankang.money.queries import balance
from ankang.roster.imports.sheets import MAX_BYTES
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.treasury.interest import book_compared, can_book, items_of
from ankang.treasury.models import Reconciliation, ReconciliationRow
from ankang.treasury.reconciling import compare, comparisons, explain

_HEAD = ("第几行", "结果", "谁", "流水号", "我们（元）", "对方（元）", "说明", "解释")
_Outcome = ReconciliationRow.Outcome
TONES = {"matched": "ok", "different": "bad", "changed": "warn", "duplicate": "warn", "unknown": "bad"}


class FileForm(forms.Form):
    kind = forms.ChoiceField(
        label="和谁对",
        choices=Reconciliation.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选和谁对账。"},
    )
    file = forms.FileField(
        label="对方给的文件",
        help_text="xlsx、xls 或 csv，照对方导出的原表，不用改列名。",
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"required": "请先选择文件。", "empty": "文件是空的。", "missing": "没有收到文件，请重新选择。"},
    )


class BookForm(forms.Form):
    """What a row of the bank is: its sign leaves two choices, its day stands in the file where the file has days."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    item = forms.ChoiceField(label="是什么", error_messages={"required": "请选是利息还是手续费。"})
    on = DayField(label="银行记账日期")

    def __init__(self, row: ReconciliationRow, *args: Any, **options: Any) -> None:
        super().__init__(*args, **(options | {"initial": {"on": row.on}}))
        items = items_of((row.theirs_fen or 0) - (row.ours_fen or 0))
        self.fields["item"].choices = items  # type: ignore[attr-defined]


class ExplainForm(forms.Form):
    explanation = forms.CharField(
        label="为什么不一样、怎么处理的",
        max_length=200,
        error_messages={"required": "请写为什么不一样、怎么处理的。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def reconciliations(request: HttpRequest) -> HttpResponse:
    """The comparisons, and a file for the next one."""
    version = version_of(request)
    if version is None:
        return no_campaign(request)
    form, status = FileForm(request.POST or None, request.FILES or None, initial={"kind": "insurer"}), 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                run = compare(programme=version.programme, **_file(form), **acting(request))
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                return redirect("town:reconciliation", run.pk)
    context = {"form": form, "runs": paged(request, comparisons(person(request)))}
    return page(request, FOLDER + "reconciliations.html", context, status=status)


@desk_page("town")
@require_safe
def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """One comparison; `?show=` open (by default), all, or one outcome."""
    return _page(request, _found(request, pk))


@desk_page("town")
@require_POST
def reconciliation_explain(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why one row differs."""
    row, form = _row(request, pk), ExplainForm(request.POST)

    def act(given: dict[str, Any]) -> str:
        explain(row=row, explanation=given["explanation"], **acting(request))
        return "已记下解释。"

    done = answered(request, form, act, back="town:reconciliation", pk=row.run_id)
    if isinstance(done, HttpResponse):
        return done
    return _page(request, _found(request, row.run_id), form=form, at=row.pk, status=done)


@desk_page("town")
@require_POST
def reconciliation_book(request: HttpRequest, pk: int) -> HttpResponse:
    """Book a row of the bank as interest or a fee."""
    row = _row(request, pk)
    form = BookForm(row, request.POST)

    def act(given: dict[str, Any]) -> str:
        book_compared(row=row, item=given["item"], on=given["on"], key=str(given["key"]), **acting(request))
        return "已记账，专户账面跟着变了。"

    done = answered(request, form, act, back="town:reconciliation", pk=row.run_id)
    if isinstance(done, HttpResponse):
        return done
    return _page(request, _found(request, row.run_id), form=form, at=row.pk, status=done)


@desk_page("town")
@require_safe
def reconciliation_export(request: HttpRequest, pk: int) -> HttpResponse:
    """All rows of a comparison as Excel; numbers masked."""
    found = _found(request, pk)
    lines = list(found.rows.all())
    note_export(by=person(request), rows=len(lines), part="reconciliation")
    rows: list[list[Cell]] = [
        [
            line.row_number,
            line.get_outcome_display(),
            line.who,
            line.reference,
            _yuan(line.ours_fen),
            _yuan(line.theirs_fen),
            line.says,
            line.explanation,
        ]
        for line in lines
    ]
    says = f"{found.get_kind_display()}，文件{found.file_name}。"
    return xlsx_response(f"对账-{found.pk}", [Sheet("对账", _HEAD, rows, says=says)])


def _row(request: HttpRequest, pk: int) -> ReconciliationRow:
    rows = ReconciliationRow.objects.select_related("run").filter(run__division__code__startswith=person(request).scope)
    found: ReconciliationRow = get_object_or_404(rows, pk=pk)
    return found


def _yuan(amount_fen: int | None) -> Decimal | None:
    return None if amount_fen is None else money(amount_fen)


def _file(form: FileForm) -> dict[str, Any]:
    file = form.cleaned_data["file"]
    if file.size > MAX_BYTES:
        raise InvalidInput("文件超过20MB。请只留要对的一张表后再上传。", field="file")
    return {"kind": form.cleaned_data["kind"], "file_name": file.name, "content": file.read()}


def _found(request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(comparisons(person(request)), pk=pk)


def _page(
    request: HttpRequest, found: Any, *, form: forms.Form | None = None, at: int = 0, status: int = 200
) -> HttpResponse:
    show = request.GET.get("show", "open")
    rows = found.rows.select_related("explained_by", "run")
    if show in _Outcome.values:
        rows = rows.filter(outcome=show)
    elif show != "all":
        rows = rows.exclude(outcome=_Outcome.MATCHED).filter(explanation="")
    shown = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    ours_fen = _ours_fen(found)
    context = {
        "run": found,
        "page_obj": shown,
        "rows": [(row, TONES.get(row.outcome, "warn"), *_forms(row, form, at)) for row in shown],
        "show": show,
        "outcomes": [("open", "还没解释的"), ("all", "全部"), *_Outcome.choices],
        "form": form,
        "ours_fen": ours_fen,
        "apart_fen": abs((ours_fen or 0) - (found.balance_fen or 0)),
    }
    return page(request, FOLDER + "reconciliation.html", context, status=status)


def _ours_fen(run: Reconciliation) -> int | None:
    """Return what the account holds in our books on the day of the bank's balance; None when the bank says none."""
    if run.balance_on is None:
        return None
    return balance(Account.TOWN_BANK, run.division_id, until=run.balance_on)


def _forms(row: ReconciliationRow, form: forms.Form | None, at: int) -> tuple[forms.Form | None, forms.Form | None]:
    """Return the forms beside a row: for words while it still needs some, for booking while the bank's row can be."""
    faulty = form if row.pk == at else None
    explain_it = book_it = None
    if row.outcome != _Outcome.MATCHED and not row.explanation:
        explain_it = faulty if isinstance(faulty, ExplainForm) else ExplainForm(auto_id=f"row{row.pk}_%s")
    if can_book(row):
        book_it = faulty if isinstance(faulty, BookForm) else BookForm(row, auto_id=f"book{row.pk}_%s")
    return explain_it, book_it
