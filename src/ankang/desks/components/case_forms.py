"""What several desks ask about a case: whose it is, which bills, who is paid; sent twice, done once."""

from typing import Any
from uuid import uuid4

from django import forms

from ankang.claims.payees import PayeeEntry
from ankang.claims.payout_models import Payee
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField
from ankang.rules.errors import AnkangError


class KeyForm(forms.Form):
    """A form that is carried out once, however often it is sent."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class FindForm(forms.Form):
    """An identity number, always posted: it stands in no address and in no log."""

    number = forms.CharField(
        label="被保险人身份证号",
        help_text="18 位，末位是 X 的照写",
        error_messages={"required": "请填身份证号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "class": "num", "maxlength": "30"}),
    )


class FindOnDayForm(FindForm):
    event_on = DayField(label="事故（或身故）发生在哪一天", help_text="年月日，例如 2024-05-12")


class InvoiceForm(forms.Form):
    number = forms.CharField(
        label="票据号码", max_length=40, required=False, widget=forms.TextInput(attrs={"class": "form-control num"})
    )
    code = forms.CharField(
        label="票据代码", max_length=30, required=False, widget=forms.TextInput(attrs={"class": "form-control num"})
    )
    amount_fen = MoneyField(label="金额（元）", required=False)
    dated_on = DayField(label="开票日期", required=False, dressed=True)

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["amount_fen"].widget.attrs["class"] = "form-control num"

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not any(found.get(name) for name in ("number", "code", "amount_fen", "dated_on")):
            return found
        for name, words in (("number", "票据号码"), ("amount_fen", "金额"), ("dated_on", "开票日期")):
            if not found.get(name) and name not in self.errors:
                self.add_error(name, f"请填{words}；这一行不要的，全部清空。")
        return found


class PayeeForm(forms.Form):
    """One payee. All empty: nobody."""

    name = forms.CharField(label="姓名", max_length=60, required=False)
    relation = forms.ChoiceField(label="与老人关系", required=False, choices=[("", "请选"), *Payee.Relation.choices])
    means = forms.ChoiceField(label="怎么付", required=False, choices=Payee.Means.choices)
    bank = forms.CharField(label="开户行", max_length=80, required=False)
    account = forms.CharField(
        label="银行卡号",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"}),
    )
    share = forms.IntegerField(label="份额", min_value=1, max_value=1000, required=False, initial=1)

    @property
    def entry(self) -> PayeeEntry:
        given = {name: self.cleaned_data[name] for name in ("name", "relation", "means", "bank", "account")}
        return PayeeEntry(**given, share=self.cleaned_data["share"] or 1)

    @property
    def is_filled(self) -> bool:
        return bool(self.cleaned_data.get("name") or self.cleaned_data.get("account"))


def put_row_errors(rows: Any, form: forms.Form, error: AnkangError) -> int:
    """Put `payee-0-account` and the like beside their fields, the rest on the form; return the page's status."""
    named = error.fields.get("errors")
    filled = [row for row in rows if row.is_filled] or list(rows)
    for name, message in named.items() if isinstance(named, dict) else {"": error.message}.items():
        _, _, rest = name.partition("payee-")
        place, _, field = rest.partition("-")
        if place.isdigit() and int(place) < len(filled):
            filled[int(place)].add_error(field if field in filled[int(place)].fields else None, message)
        else:
            form.add_error(name if name in form.fields else None, message)
    return 422 if named else 409
