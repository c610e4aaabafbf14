"""The form of a settlement at the medical window: the accident, and as many invoices as there are."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS

from ankang.claims.invoices import MOST, Bill
from ankang.claims.windows import Settlement
from ankang.desks.components.case_forms import InvoiceForm, KeyForm
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField

BillRows = forms.formset_factory(InvoiceForm, extra=0, min_num=1, max_num=MOST, absolute_max=MOST)


class SettlementForm(KeyForm):
    resident = forms.IntegerField(widget=forms.HiddenInput)
    claim = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)  # the one that bills are added to
    besides = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)  # the other claim of the day
    event_on = DayField(widget=forms.HiddenInput)
    apart = forms.CharField(
        label="和那一次怎么分得开",
        help_text="写明各在几点、怎么伤的，例如：早上在家滑倒是那一次，这次是下午被车撞",
        max_length=200,
        required=False,
    )
    what_happened = forms.CharField(
        label="怎么伤的",
        help_text="一句话，例如：在家门口滑倒，右腿疼",
        max_length=300,
        required=False,
    )
    place = forms.CharField(label="在哪里伤的", help_text="例如：镇菜场门口", max_length=60, required=False)
    reimbursed_fen = MoneyField(label="已报销（元）", help_text="医保、救助、第三方赔的，几张合起来；没有就写 0")
    fracture_fen = MoneyField(label="其中骨折费用（元）", help_text="总费用里治骨折的部分，没有就写 0")
    diagnosis = forms.CharField(label="诊断", help_text="照病历或出院小结写", max_length=200, required=False)
    doctor = forms.CharField(label="医院和医生", help_text="例如：镇卫生院，张医生", max_length=60, required=False)
    admitted_on = DayField(label="入院", help_text="没有住院就空着", required=False)
    discharged_on = DayField(label="出院", required=False)
    reporter = forms.CharField(
        label="陪同家属", help_text="姓名和关系，例如：张明，儿子", max_length=60, required=False
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if not found.get("claim") and not found.get("what_happened"):
            self.add_error("what_happened", "请写一句怎么伤的，例如“在家门口滑倒”。")
        if found.get("besides") and not found.get("apart"):
            self.add_error("apart", "请写明这一次和那一次怎么分得开，中国人寿复核时要看。")
        if bool(found.get("admitted_on")) != bool(found.get("discharged_on")) and not {
            "admitted_on",
            "discharged_on",
        } & set(self.errors):
            empty = "discharged_on" if found.get("admitted_on") else "admitted_on"
            self.add_error(empty, "入院和出院两个日期都要填；没有住院就都空着。")
        return found


class SettlementPaper:
    """The form with its rows of invoices: valid together, wrong together."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None, rows: Any = None) -> None:
        self.is_bound = data is not None
        self.main = SettlementForm(data, initial=initial)
        self.bills = BillRows(data, prefix="bill", initial=rows)

    @classmethod
    def with_another_row(cls, data: Any) -> "SettlementPaper":
        """Return what was typed, unchecked, with one more row for an invoice: works without JavaScript."""
        rows = _typed_rows(data)[: MOST - 1]
        return cls(initial={name: data.get(name, "") for name in SettlementForm.base_fields}, rows=[*rows, {}])

    @classmethod
    def kept(cls, data: Any, **initial: Any) -> "SettlementPaper":
        """Return what was typed so far, unchecked and under a new key, with `initial` instead of what was there."""
        typed = {name: data[name] for name in SettlementForm.base_fields if name in data and name != "key"}
        return cls(initial=typed | initial, rows=_typed_rows(data))

    def is_valid(self) -> bool:
        return all([self.main.is_valid(), self.bills.is_valid()])

    @property
    def key(self) -> str:
        return str(self.main.cleaned_data["key"])

    @property
    def settlement(self) -> Settlement:
        """What the valid paper says."""
        given = self.main.cleaned_data
        stays = ((given["admitted_on"], given["discharged_on"]),) if given["admitted_on"] else ()
        same = (
            "event_on",
            "what_happened",
            "reimbursed_fen",
            "fracture_fen",
            "diagnosis",
            "place",
            "doctor",
            "reporter",
            "apart",
        )
        rows = [row.cleaned_data for row in self._filled()]
        bills = tuple(Bill(one["number"], one["amount_fen"], one["dated_on"], one["code"]) for one in rows)
        return Settlement(**{name: given[name] for name in same}, stays=stays, bills=bills)

    def put(self, errors: dict[str | None, str]) -> None:
        """Put what the action refused beside the fields; `bill-0` is the first invoice that is filled in."""
        for name, message in errors.items():
            kind, _, place = (name or "").partition("-")
            if kind == "bill":
                rows = self._filled() or self.bills.forms
                rows[int(place)].add_error("number", message)
            else:
                field = _FIELDS.get(name or "", name)
                self.main.add_error(field if field in self.main.fields else None, message)

    def non_field_errors(self) -> list[str]:
        return [str(message) for form in self._forms() for message in form.errors.get(NON_FIELD_ERRORS, [])]

    def __iter__(self) -> Iterator[forms.BoundField]:
        for form in self._forms():
            yield from form

    def _forms(self) -> list[forms.Form]:
        return [self.main, *self.bills.forms]

    def _filled(self) -> list[forms.Form]:
        return [form for form in self.bills.forms if form.cleaned_data.get("number")]


# where an action's refusal lands: its field -> the form's
_FIELDS = {"fracture_expense_fen": "fracture_fen", "stay-0": "admitted_on"}


def _typed_rows(data: Any) -> list[dict[str, str]]:
    count = min(_number(data.get("bill-TOTAL_FORMS", "1")), MOST)
    return [{name: data.get(f"bill-{at}-{name}", "") for name in InvoiceForm.base_fields} for at in range(count)]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 1
