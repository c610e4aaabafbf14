"""The forms of the green channels."""

from typing import Any

from django import forms

from ankang.claims.advances import CashCount
from ankang.claims.payees import PayeeEntry
from ankang.claims.payout_models import Payee
from ankang.desks.components.case_forms import KeyForm
from ankang.desks.components.money_field import MoneyField

_RELATIONS = [("", "请选"), *Payee.Relation.choices]


class _PayeeForm(KeyForm):
    name = forms.CharField(
        label="收款人姓名", max_length=60, error_messages={"required": "请写收款人姓名，和身份证上的一样。"}
    )
    relation = forms.ChoiceField(
        label="与老人关系", choices=_RELATIONS, error_messages={"required": "请选收款人和老人的关系。"}
    )


class CashForm(_PayeeForm):
    """Who takes the money at the window, and that the receipt is signed."""

    signed = forms.BooleanField(
        label="核对了收款人身份证，收款人已在领款单上签字",
        error_messages={"required": "请先核对身份证、请收款人签字，再勾上。"},
    )

    @property
    def entry(self) -> PayeeEntry:
        return PayeeEntry(self.cleaned_data["name"], self.cleaned_data["relation"], Payee.Means.CASH)


class SignedForm(KeyForm):
    """For payees who are named already: that all of them signed."""

    signed = forms.BooleanField(
        label="核对了每位收款人的身份证，都已在领款单上签字",
        error_messages={"required": "请先核对身份证、请收款人签字，再勾上。"},
    )


class CardForm(_PayeeForm):
    """The card that the insurer shall transfer to."""

    bank = forms.CharField(label="开户行", max_length=80, error_messages={"required": "请写开户行。"})
    account = forms.CharField(
        label="银行卡号",
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "num"}),
        error_messages={"required": "请写银行卡号，照卡面抄。"},
    )

    @property
    def entry(self) -> PayeeEntry:
        given: dict[str, Any] = {name: self.cleaned_data[name] for name in ("name", "relation", "bank", "account")}
        return PayeeEntry(means=Payee.Means.BANK, **given)


class TakenBackForm(KeyForm):
    """That the family brought back what was paid too much, or a part of it."""

    amount_fen = MoneyField(label="这次退回（元）", help_text="一次退清，或先退一部分")
    counted = forms.BooleanField(
        label="当面点清了，收据给了家属", error_messages={"required": "请先当面点清、给家属收据，再勾上。"}
    )


class CountForm(KeyForm):
    """What lies in the drawer when the day is closed."""

    added_fen = MoneyField(label="放进来的现金（元）", help_text="备用金，和收到的归还款；没有就写 0")
    counted_fen = MoneyField(label="现在数出来（元）", help_text="抽屉里还有多少现金，没有就写 0")
    note = forms.CharField(
        label="差额说明", help_text="对得上就空着；对不上要写明怎么来的", max_length=200, required=False
    )

    @property
    def count(self) -> CashCount:
        return CashCount(*(self.cleaned_data[name] for name in ("added_fen", "counted_fen", "note")))


class BackForm(forms.Form):
    """The bank's reference of what the insurer paid back."""

    reference = forms.CharField(
        label="银行回单号", max_length=60, error_messages={"required": "请写银行回单号，窗口凭它对账。"}
    )
