"""The forms of the claims handlers."""

from typing import Any

from django import forms

from ankang.claims.deciding import CHECKS
from ankang.desks.components.accidents.forms import AccidentForm
from ankang.desks.components.agree_field import AgreeField
from ankang.desks.components.case_forms import FindForm, KeyForm
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField


class CoverForm(FindForm):
    day = DayField(label="查哪一天的保障", help_text="年月日，例如 2024-05-12")


class ReportForm(AccidentForm):
    reporter = forms.CharField(
        label="报案人",
        help_text="姓名和与老人的关系，例如：张明，儿子",
        max_length=60,
        error_messages={"required": "请写报案人是谁，例如“张明，儿子”。"},
    )
    reporter_phone = forms.RegexField(
        r"^[\d\- +]{7,20}$",
        label="报案人电话",
        help_text="方便联系家属",
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"invalid": "电话只写数字，例如 13800000000。"},
    )


class LossesForm(KeyForm):
    medical_expense_fen = MoneyField(label="医疗费用（元）", help_text="发票上的总数，没有就写 0")
    reimbursed_fen = MoneyField(label="别处已报销（元）", help_text="医保、救助、第三方赔的，都算；没有就写 0")
    fracture_expense_fen = MoneyField(label="其中骨折费用（元）", help_text="医疗费用里治骨折的部分，没有就写 0")
    diagnosis = forms.CharField(label="诊断", help_text="照出院小结或门诊病历写", max_length=200, required=False)
    place = forms.CharField(label="在哪里出的事", help_text="例如：镇菜场门口", max_length=60, required=False)
    doctor = forms.CharField(label="医院和医生", help_text="例如：镇卫生院，张医生", max_length=60, required=False)
    died_on = DayField(label="身故日期", help_text="老人健在就不填", required=False)


class StayForm(forms.Form):
    admitted_on = DayField(label="入院", required=False, dressed=True)
    discharged_on = DayField(label="出院", required=False, dressed=True)

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if bool(found.get("admitted_on")) != bool(found.get("discharged_on")) and not self.errors:
            empty = "discharged_on" if found.get("admitted_on") else "admitted_on"
            self.add_error(empty, "入院和出院两个日期都要填；没有住院就都空着。")
        return found


class DisabilityForm(forms.Form):
    grade = forms.TypedChoiceField(
        label="等级",
        choices=[("", "没有"), *((str(grade), f"{grade}级") for grade in range(1, 11))],
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.Select(attrs={"class": "form-select"}),
    )
    site = forms.CharField(
        label="部位", max_length=40, required=False, widget=forms.TextInput(attrs={"class": "form-control"})
    )

    def clean(self) -> dict[str, Any]:
        found: dict[str, Any] = super().clean() or {}
        if found.get("site") and not found.get("grade") and not self.errors:
            self.add_error("grade", "写了部位就要选等级，请照鉴定书填写。")
        return found


class ReviewForm(KeyForm):
    """`sequence`: which decision stood on the page, so that nobody agrees to one that came after it."""

    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)
    checks = forms.MultipleChoiceField(
        label="复核前请逐项看过",
        choices=list(CHECKS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = forms.CharField(
        label="复核意见",
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "class": "form-control"}),
    )
    verdict = forms.CharField(widget=forms.HiddenInput)


class NoteForm(KeyForm):
    note = forms.CharField(label="初审意见", max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class WithdrawForm(KeyForm):
    why = forms.CharField(label="为什么撤案", max_length=300, required=False)


class AnswerForm(forms.Form):
    """The insurer's yes or no to what somebody asks: an endorsement, giving a policy up."""

    accept = AgreeField()
    note = forms.CharField(
        label="审核意见",
        help_text="不同意必须写原因",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
