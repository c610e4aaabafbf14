"""The forms of what happens to a claim besides its decision: hold, certain part, reversal, appeal."""

from typing import Any

from django import forms

from ankang.claims.deciding import CHECKS
from ankang.claims.models import Claim
from ankang.desks.components.accidents.paper_form import HAPPENED
from ankang.desks.components.case_forms import KeyForm
from ankang.desks.components.day_field import DayField
from ankang.desks.components.money_field import MoneyField

_TEXT = {"rows": 2}


def _words(label: str, help_text: str = "", *, required: bool = True, most: int = 300) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=most,
        required=required,
        widget=forms.Textarea(attrs=_TEXT),
        error_messages={"required": f"请写{label}。"},
    )


class HoldForm(KeyForm):
    reason = _words("暂缓原因", "例如：等交警的责任认定书")
    until = DayField(label="暂缓到哪一天", help_text="一次最多30天；法定时限照走，不停表")


class LiftForm(KeyForm):
    note = _words("查清了什么", "例如：医院已确认发票")


class CertainForm(KeyForm):
    """One amount a line that the rules pay; `lines` are (product, benefit, name, fen)."""

    note = _words("哪一部分已经确定，还有什么没定", "例如：医疗费已核清，伤残等级待鉴定")

    def __init__(self, *args: Any, lines: list[tuple[str, str, str, int]] = [], **options: Any) -> None:  # noqa: B006
        super().__init__(*args, **options)
        self.lines = lines
        for product, benefit, name, most in lines:
            field = MoneyField(label=f"{name}（元）", required=False, help_text=f"最多 {most / 100:,.2f}；不先付就空着")
            self.fields[f"{product}-{benefit}"] = field

    @property
    def amounts(self) -> dict[tuple[str, str], int]:
        return {
            (product, benefit): self.cleaned_data[f"{product}-{benefit}"] or 0 for product, benefit, _, _ in self.lines
        }


class CertainReviewForm(KeyForm):
    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)
    checks = forms.MultipleChoiceField(
        label="复核前请逐项看过",
        choices=list(CHECKS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    note = _words("复核意见", "退回必须写", required=False)
    verdict = forms.CharField(widget=forms.HiddenInput)


class ChallengeForm(KeyForm):
    reason = _words("为什么要冲回重审", "例如：家属补交了第二张发票")


class CorrectForm(KeyForm):
    """The report as it should have been; what stands is filled in."""

    event_on = DayField(label="事故日期")
    cause = forms.ChoiceField(
        label="原因", choices=Claim.Cause.choices, widget=forms.RadioSelect, error_messages={"required": "请选原因。"}
    )
    situations = forms.MultipleChoiceField(
        label="有哪些情况",
        help_text="要交哪些材料照这个列；录过的损失自动算在内",
        choices=HAPPENED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reason = _words("为什么更正、凭什么", "例如：出院小结写明是5月11日摔伤")


class ReversalReviewForm(KeyForm):
    sequence = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=32767)
    note = _words("复核意见", "不同意必须写", required=False)
    verdict = forms.CharField(widget=forms.HiddenInput)


class AppealForm(KeyForm):
    who = forms.CharField(
        label="谁申诉",
        help_text="姓名和与老人的关系，例如：张明，儿子",
        max_length=60,
        error_messages={"required": "请写谁申诉，例如“张明，儿子”。"},
    )
    appealed_on = DayField(label="收到申诉的日期")
    reasons = _words("申诉理由", "家属怎么说就怎么写", most=500)


class AnswerForm(KeyForm):
    answer = _words("答复", "依据哪一条、为什么；家属会收到这段话", most=500)
    verdict = forms.CharField(widget=forms.HiddenInput)


class LetterForm(KeyForm):
    """Nothing to fill in: the reasons come from the decision."""
