"""The form of a settlement at the medical window."""

from typing import Any

from django import forms

from ankang.claims.windows import Settlement
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField
from ankang.desks.insurer.forms import KeyForm


class SettlementForm(KeyForm):
    resident = forms.IntegerField(widget=forms.HiddenInput)
    event_on = DayField(widget=forms.HiddenInput)
    what_happened = forms.CharField(
        label="怎么伤的",
        help_text="一句话，例如：在家门口滑倒，右腿疼",
        max_length=300,
        error_messages={"required": "请写一句怎么伤的，例如“在家门口滑倒”。"},
    )
    invoice = forms.CharField(
        label="票据号码",
        help_text="照医疗收费票据右上角写",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "num"}),
        error_messages={"required": "请写票据号码，照票据右上角写。"},
    )
    dated_on = DayField(label="开票日期")
    total_fen = MoneyField(label="总费用（元）", help_text="票据上的总数")
    reimbursed_fen = MoneyField(label="已报销（元）", help_text="医保、救助、第三方赔的，都算；没有就写 0")
    fracture_fen = MoneyField(label="其中骨折费用（元）", help_text="总费用里治骨折的部分，没有就写 0")
    admitted_on = DayField(label="入院", help_text="没有住院就空着", required=False)
    discharged_on = DayField(label="出院", required=False)
    reporter = forms.CharField(
        label="陪同家属", help_text="姓名和关系，例如：张明，儿子", max_length=60, required=False
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if bool(found.get("admitted_on")) != bool(found.get("discharged_on")) and not {
            "admitted_on",
            "discharged_on",
        } & set(self.errors):
            empty = "discharged_on" if found.get("admitted_on") else "admitted_on"
            self.add_error(empty, "入院和出院两个日期都要填；没有住院就都空着。")
        return found

    @property
    def settlement(self) -> Settlement:
        given = self.cleaned_data
        stay = (given["admitted_on"], given["discharged_on"]) if given["admitted_on"] else None
        same = ("event_on", "what_happened", "invoice", "dated_on", "total_fen", "reimbursed_fen", "fracture_fen")
        return Settlement(**{name: given[name] for name in same}, stay=stay, reporter=given["reporter"])


# where an action's refusal lands: its field -> the form's
FIELDS = {
    "bill-0": "invoice",
    "medical_expense_fen": "total_fen",
    "fracture_expense_fen": "fracture_fen",
    "stay-0": "admitted_on",
}
