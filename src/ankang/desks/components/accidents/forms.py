"""The forms of accidents on desks that do not decide them."""

from django import forms

from ankang.claims.models import Claim
from ankang.desks.components.accidents.paper_form import HAPPENED
from ankang.desks.components.case_forms import KeyForm
from ankang.desks.components.day_field import DayField


class FindForm(forms.Form):
    """An identity number, always posted: it stands in no address and in no log."""

    number = forms.CharField(
        label="老人身份证号",
        help_text="18 位，末位是 X 的照写",
        error_messages={"required": "请填身份证号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text", "class": "num", "maxlength": "30"}),
    )
    day = DayField(label="哪一天", help_text="出事那天，年月日，例如 2024-05-12")


class AccidentForm(KeyForm):
    """What whoever takes a report down asks of every accident."""

    resident = forms.IntegerField(widget=forms.HiddenInput)
    event_on = DayField(widget=forms.HiddenInput)
    cause = forms.ChoiceField(
        label="原因", choices=Claim.Cause.choices, widget=forms.RadioSelect, error_messages={"required": "请选原因。"}
    )
    what_happened = forms.CharField(
        label="事情经过",
        help_text="在哪里、怎么发生的、送到哪家医院",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写事情经过，例如“在家门口滑倒，右腿疼”。"},
    )
    place = forms.CharField(label="在哪里出的事", help_text="例如：镇菜场门口", max_length=60, required=False)
    situations = forms.MultipleChoiceField(
        label="现在有哪些情况",
        help_text="有的都勾上，按这个列要交的材料",
        choices=HAPPENED,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )


class HelpForm(AccidentForm):
    """帮办: somebody calls or comes, a worker writes it down for them."""

    reporter = forms.CharField(
        label="谁来报的",
        help_text="打电话或上门的人的姓名",
        max_length=30,
        error_messages={"required": "请写是谁来报的。"},
    )
    relation = forms.CharField(
        label="和老人的关系",
        help_text="例如：儿子、女儿、邻居、本人",
        max_length=20,
        error_messages={"required": "请写和老人的关系，例如“儿子”。"},
    )
    phone = forms.RegexField(
        r"^[\d\- +]{7,20}$",
        label="他的电话",
        help_text="理赔的人要打这个电话",
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": "请留一个电话。", "invalid": "电话只写数字，例如 13800000000。"},
    )
