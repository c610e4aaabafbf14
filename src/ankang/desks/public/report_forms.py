"""What a family tells, and what it hands in."""

from uuid import uuid4

from django import forms

from ankang.desks.components.accidents.paper_form import HAPPENED
from ankang.desks.components.day_field import DayField


def _text(label: str, required: str, most: int, hint: str = "", **attributes: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=most,
        error_messages={"required": required},
        widget=forms.TextInput(attrs={"autocomplete": "off"} | attributes),
    )


class PublicReportForm(forms.Form):
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    elder_name = _text("老人姓名", "没有填老人姓名。请填身份证上的姓名。", 60)
    elder_number = _text("老人身份证号", "没有填身份证号。请填18位身份证号。", 40, "18位，最后一位是X的，直接打X。")
    event_on = DayField(label="哪天出的事", help_text="记不清就填最接近的那一天。")
    place = forms.CharField(
        label="在哪里出的事",
        help_text="例如：镇菜场门口。说不清就空着。",
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    what_happened = forms.CharField(
        label="出了什么事",
        help_text="怎么伤的，送到哪家医院。",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写出了什么事，例如“在家门口滑倒，右腿骨折”。"},
    )
    situations = forms.MultipleChoiceField(
        label="现在有哪些情况",
        help_text="有的都勾上；我们按这个告诉您要准备什么材料。",
        choices=HAPPENED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    reporter = _text("您的姓名", "请写您的姓名。", 30)
    relation = _text("您是老人的", "请写您和老人的关系，例如“儿子”“邻居”“本人”。", 20, "例如：儿子、女儿、邻居、本人。")
    phone = _text("您的电话", "请留一个电话，我们要打回来核实。", 30, "我们打这个电话核实。", inputmode="tel")


class FollowForm(forms.Form):
    number = _text("报案号", "没有填报案号。请填报案时给您的8位数字。", 20, "8位数字。", inputmode="numeric")
    secret = _text("查询口令", "没有填查询口令。请填报案时给您的8位数字。", 20, "8位数字。", inputmode="numeric")
