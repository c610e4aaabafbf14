"""专户明细: every movement of the town's account with the balance after it; interest and fees are booked here."""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.permissions import desk_page
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page
from ankang.desks.people import person
from ankang.desks.sheets import Cell, Sheet, xlsx_response
from ankang.desks.town.purchases import ReviewForm
from ankang.desks.town.treasury.common import FOLDER, PAGE_SIZE, SlipForm, acting, money
from ankang.money.models import Account, Entry, Posting
from ankang.money.queries import balance
from ankang.roster.looks import note_export
from ankang.rules.errors import AnkangError
from ankang.treasury.interest import ITEMS, account_lines, book_item, take_back_item
from ankang.treasury.models import OpeningBalance
from ankang.treasury.movements import numbers_of
from ankang.treasury.opening import enter_opening, opening_of, review_opening, take_back_opening

_HEAD = ("日期", "事项", "流水号", "收入（元）", "支出（元）", "余额（元）", "经手人", "说明")


class ItemForm(SlipForm):
    item = forms.ChoiceField(
        label="是什么",
        choices=[(kind, Posting.Kind(kind).label) for kind in ITEMS],
        widget=forms.RadioSelect,
        error_messages={"required": "请选是什么。"},
    )
    on = DayField(label="银行记账日期")
    field_order = ("item", "amount", "reference", "on")


class OpeningForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    amount = MoneyField(label="余额（元）")
    on = DayField(label="哪天终了的余额", help_text="专户在系统里第一笔的前一天，或更早")
    paper = forms.CharField(
        label="依据",
        max_length=120,
        help_text="例如：农商行2024年1月对账单",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写依据，例如哪天的银行对账单。"},
    )
    note = forms.CharField(label="这笔钱是哪来的", max_length=200, required=False)


@desk_page("town")
@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """The account's movements, newest first; a POST books interest or a fee."""
    form, status = ItemForm(initial={"on": now_of(request).date()}), 200
    if request.method == "POST":
        form, status = ItemForm(request.POST), 422
        if form.is_valid():
            given = form.cleaned_data | {"key": str(form.cleaned_data["key"])}
            try:
                book_item(
                    item=given["item"], amount_fen=given["amount"], reference=given["reference"], on=given["on"],
                    key=given["key"], **acting(request),
                )  # fmt: skip
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                messages.success(request, "已记账。")
                return redirect("town:bank-account")
    return _page(request, status, form=form)


@desk_page("town")
@require_safe
def account_export(request: HttpRequest) -> HttpResponse:
    """All movements as Excel, oldest first, as the bank lists them."""
    town = person(request).division_id
    rows: list[list[Cell]] = []
    for shown in reversed(_shown(town, account_lines(town))):
        amounts: list[Cell] = [money(shown["in_fen"]) if shown["in_fen"] else None]
        amounts += [money(shown["out_fen"]) if shown["out_fen"] else None, money(shown["balance_fen"])]
        by = shown["posting"].by.full_name if shown["posting"].by else "系统"
        rows.append([f"{shown['posting'].on}", shown["says"], shown["reference"], *amounts, by, shown["posting"].note])
    note_export(by=person(request), rows=len(rows), part="account")
    return xlsx_response("专户明细", [Sheet("专户明细", _HEAD, rows, says="镇保费专户，按账面。")])


@desk_page("town")
@require_POST
def opening_new(request: HttpRequest) -> HttpResponse:
    """Write down what stood on the account before its first entry: another person has to agree."""
    form, status = OpeningForm(request.POST, auto_id="opening_%s"), 422
    if form.is_valid():
        given = form.cleaned_data | {"key": str(form.cleaned_data["key"])}
        try:
            enter_opening(
                amount_fen=given["amount"], on=given["on"], paper=given["paper"], note=given["note"], key=given["key"],
                **acting(request),
            )  # fmt: skip
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "已登记，请另一位同事登录后在这一页复核。")
            return redirect("town:bank-account")
    return _page(request, status, opening_form=form)


@desk_page("town")
@require_POST
def opening_review(request: HttpRequest, pk: int) -> HttpResponse:
    """The second person says yes, which books it, or no."""
    found, form, status = _opening(request, pk), ReviewForm(request.POST), 422
    if form.is_valid():
        approve = form.cleaned_data["approve"] == "yes"
        try:
            review_opening(opening=found, approve=approve, note=form.cleaned_data["note"], **acting(request))
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, "期初余额已记账。" if approve else "已退回，没有记账。")
            return redirect("town:bank-account")
    return _page(request, status, review=form)


@desk_page("town")
@require_POST
def opening_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Counter a wrong opening balance."""
    found = _opening(request, pk)
    return _countered(request, lambda told: take_back_opening(opening=found, **told), "已冲销。对的余额可以重新登记。")


@desk_page("town")
@require_POST
def item_back(request: HttpRequest, pk: int) -> HttpResponse:
    """Counter a wrongly booked item."""
    found = get_object_or_404(Posting.objects.visible_to(person(request)), pk=pk)
    return _countered(request, lambda told: take_back_item(posting=found, **told), "已冲销。流水号可以重新记。")


def _countered(request: HttpRequest, act: Callable[[dict[str, Any]], object], says: str) -> HttpResponse:
    try:
        act(acting(request) | {"note": request.POST.get("note", "")})
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, says)
    return redirect("town:bank-account")


def _opening(request: HttpRequest, pk: int) -> OpeningBalance:
    found: OpeningBalance = get_object_or_404(OpeningBalance.objects.visible_to(person(request)), pk=pk)
    return found


def _page(
    request: HttpRequest,
    status: int = 200,
    *,
    form: ItemForm | None = None,
    opening_form: OpeningForm | None = None,
    review: ReviewForm | None = None,
) -> HttpResponse:
    town = person(request).division_id
    lines, opening = account_lines(town), opening_of(town)
    context = {
        "form": form or ItemForm(initial={"on": now_of(request).date()}),
        "opening": opening,
        "opening_form": opening_form or OpeningForm(auto_id="opening_%s"),
        "review": review or ReviewForm(auto_id="review_%s"),
        "is_first_person": opening is not None and opening.prepared_by_id == person(request).pk,
        "page_obj": Paginator(_shown(town, lines, opening), PAGE_SIZE).get_page(request.GET.get("page")),
        "bank_fen": lines[0][1] if lines else 0,
        "fee_fen": balance(Account.BANK_FEE, town),
        "interest_fen": -balance(Account.BANK_INTEREST, town),
        "opening_fen": -balance(Account.BANK_OPENING, town),
    }
    return page(request, FOLDER + "account.html", context, status=status)


def _shown(
    town: str, lines: Sequence[tuple[Entry, int]], opening: OpeningBalance | None = None
) -> list[dict[str, Any]]:
    """Return what the page and the file say of each line."""
    numbers = numbers_of(town)
    return [_line(entry, balance_fen, numbers.get(entry.posting_id, ""), opening) for entry, balance_fen in lines]


def _line(entry: Entry, balance_fen: int, reference: str, opening: OpeningBalance | None) -> dict[str, Any]:
    posting = entry.posting
    is_counter, is_back = posting.reverses_id is not None, getattr(posting, "reversed_by", None) is not None
    back = ""
    if posting.kind in ITEMS and not is_counter and not is_back:
        back = reverse("town:bank-item-back", args=(posting.pk,))
    elif opening is not None and opening.posting_id == posting.pk:
        back = reverse("town:bank-opening-back", args=(opening.pk,))
    return {
        "posting": posting,
        "says": ("冲销：" if is_counter else "") + posting.get_kind_display(),
        "reference": reference,
        "note": posting.note if posting.kind == Posting.Kind.OPENING else "",
        "in_fen": max(entry.amount_fen, 0),
        "out_fen": max(-entry.amount_fen, 0),
        "balance_fen": balance_fen,
        "is_back": is_back,
        "back": back,
    }
