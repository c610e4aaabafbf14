"""What the pages of this folder share: the campaign they are about, forms of a bank slip, the way an action answers."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from ankang.accounts.models import User
from ankang.accounts.queries import villages_of
from ankang.desks.components.day_field import DayField
from ankang.desks.components.instalments import PartsForm
from ankang.desks.components.money_field import MoneyField
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import now_of, page, today_of
from ankang.desks.people import person
from ankang.enrolment.models import Funding
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import campaign_on
from ankang.rules.errors import AnkangError
from ankang.rules.money import yuan
from ankang.treasury.instalments import Paper, agree_instalments

FOLDER = "desks/town/treasury/"
PAGE_SIZE = 50


def version_of(request: HttpRequest) -> ProgrammeVersion | None:
    """Return the campaign of the day, by which these pages work."""
    return campaign_on(today_of(request), person(request).division_id)


def no_campaign(request: HttpRequest) -> HttpResponse:
    """Return the page that says that there is no plan yet."""
    return page(request, "desks/town/dashboard_empty.html", {"missing": "programme"})


def chosen_villages(user: User, codes: list[str]) -> tuple[list[Any], list[str]]:
    """Return all of the person's villages, and the codes of those that are meant."""
    villages, wanted = list(villages_of(user)), set(codes)
    return villages, [village.code for village in villages if village.code in wanted]


class PrepareForm(forms.Form):
    """Freezes a list: `shown_fen` is the sum that stood on the page."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    shown_fen = forms.IntegerField(widget=forms.HiddenInput)
    villages = forms.CharField(widget=forms.HiddenInput, required=False)
    note = forms.CharField(
        label="给复核人的说明", max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def chosen(self) -> list[str]:
        """Return the codes of the chosen villages, from a form that may be faulty."""
        return [code for code in str(self.data.get("villages", "")).split(",") if code]


class SlipForm(forms.Form):
    """What a bank slip says: how much, its number, the day."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    amount = MoneyField(label="金额（元）")
    reference = forms.CharField(
        label="银行流水号",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请照银行回单填流水号。"},
    )
    on = DayField(label="到账日期")


class ReferenceForm(forms.Form):
    """A bank slip whose amount is known."""

    reference = forms.CharField(
        label="银行流水号",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请照银行回单填流水号。"},
    )
    on = DayField(label="哪天")


def answered(
    request: HttpRequest, form: forms.Form, act: Callable[[dict[str, Any]], str], *, back: str, pk: int
) -> int | HttpResponse:
    """Run an action with a form's values: a redirect with the sentence it returns, or the status of the faulty form."""
    if not form.is_valid():
        return 422
    try:
        says = act(form.cleaned_data)
    except AnkangError as error:
        return put_errors(form, error)
    messages.success(request, says)
    return redirect(back, pk)


def parts_agreed(request: HttpRequest, paper: Paper, form: PartsForm, back: str) -> int | HttpResponse:
    """Note in which parts the rest of a paper shall come: as `answered`."""

    def act(given: dict[str, Any]) -> str:
        agree_instalments(paper=paper, parts=form.parts, **acting(request))
        return "已记下约定的分期，到期会在指挥台提醒。"

    return answered(request, form, act, back=back, pk=paper.pk)


def acting(request: HttpRequest) -> dict[str, Any]:
    """Return who acts, and when."""
    return {"by": person(request), "now": now_of(request)}


def money(amount_fen: int) -> Decimal:
    """Return fen as a cell of an Excel file: yuan with two decimals."""
    return Decimal(yuan(amount_fen))


def payer_name(code: str) -> str:
    """Return a payer in words."""
    return str(Funding.Payer(code).label)
