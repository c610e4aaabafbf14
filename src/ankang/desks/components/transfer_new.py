"""申请转入: a number that was typed, or stands in a refused row of an import; who holds it, masked; the request.

The number travels by POST only, and is shown to nobody who has not typed it.
"""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods

from ankang.accounts.models import User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import villages_of
from ankang.desks.components.day_field import DayField
from ankang.desks.components.refusals import put_errors, tell
from ankang.desks.keys import row_key
from ankang.desks.pages import desk_url, now_of, page, today_of
from ankang.desks.people import person
from ankang.divisions.models import Division
from ankang.roster.models import ImportRow
from ankang.roster.numbers import number_index
from ankang.roster.queries import import_runs
from ankang.roster.transfer_models import Transfer
from ankang.roster.transfers import elsewhere, look_elsewhere, request_transfer
from ankang.rules.errors import AnkangError
from ankang.rules.identity import parse_number

_FOLDER = "desks/components/transfers/"


class NumberForm(forms.Form):
    number = forms.CharField(
        label="老人身份证号",
        max_length=40,
        help_text="18位，照身份证输入。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "请填18位身份证号。"},
    )


class AskForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    to_village: "forms.ModelChoiceField[Division]" = forms.ModelChoiceField(
        label="转入哪个村居",
        queryset=Division.objects.none(),
        empty_label="请选择",
        error_messages={"required": "请选转入哪个村居。", "invalid_choice": "请在列表里选一个村居。"},
    )
    reason = forms.ChoiceField(
        label="为什么转",
        choices=Transfer.Reason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选一个原因。"},
    )
    evidence = forms.CharField(
        label="依据",
        max_length=120,
        help_text="例如：户口迁移证、村里出的居住证明。",
        error_messages={"required": "请写明依据，至少4个字，例如：户口迁移证、居住证明。"},
    )
    moves_on = DayField(label="从哪天起住在本村")
    household = forms.CharField(label="在本村的户号", max_length=30, required=False)
    address = forms.CharField(label="在本村的地址", max_length=120, required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        if user.division.level == Division.Level.VILLAGE:
            del self.fields["to_village"]
        else:
            self.fields["to_village"].queryset = villages_of(user)  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Number:
    """Which number is meant: as it was typed, or by the row of an import that holds it."""

    index: str
    typed: str = ""
    row: str = ""


@desk_page("town", "village")
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_new(request: HttpRequest) -> HttpResponse:
    """Type a number; see, masked, whose it is and where; ask for the transfer."""
    if request.method != "POST":
        return page(request, _FOLDER + "number.html", {"form": NumberForm()})
    form = NumberForm(request.POST)
    try:
        number = _number(request, form)
        if number is None:
            return page(request, _FOLDER + "number.html", {"form": form}, status=422)
        if request.POST.get("step") == "ask":
            return _ask(request, number)
        held = look_elsewhere(by=person(request), index=number.index)
    except AnkangError as error:
        form.is_valid()
        tell(form, error)
        return page(request, _FOLDER + "number.html", {"form": form}, status=422)
    return _form(request, number, held, AskForm(user=person(request), initial={"moves_on": today_of(request)}))


def _number(request: HttpRequest, form: NumberForm) -> Number | None:
    """Return which number is meant, None when the form is wrong. Errors: InvalidInput for what is no number."""
    row = request.POST.get("row", "")
    if key := row_key(row):
        found = ImportRow.objects.filter(run__in=import_runs(person(request)), code=ImportRow.Code.ELSEWHERE)
        return Number(get_object_or_404(found, pk=key).cells_index or "", row=row)
    if not form.is_valid():
        return None
    typed = form.cleaned_data["number"]
    return Number(number_index(parse_number(typed, today=today_of(request)).number), typed=typed)


def _ask(request: HttpRequest, number: Number) -> HttpResponse:
    user = person(request)
    form, status = AskForm(request.POST, user=user), 422
    if form.is_valid():
        given = {"to_village": user.division} | form.cleaned_data | {"key": str(form.cleaned_data["key"])}
        try:
            made = request_transfer(by=user, index=number.index, today=today_of(request), now=now_of(request), **given)
        except AnkangError as error:
            status = put_errors(form, error)
        else:
            messages.success(request, f"已向{made.from_village.name}申请，等他们答复。")
            return redirect(desk_url(request, "transfer", made.pk))
    return _form(request, number, elsewhere(number.index), form, status)


def _form(request: HttpRequest, number: Number, held: Any, form: AskForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "held": held, "number": number, "transfers": desk_url(request, "transfers")}
    return page(request, _FOLDER + "ask.html", context, status=status)
