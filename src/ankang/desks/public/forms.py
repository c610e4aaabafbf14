"""What the public may ask and how it wants to see the page."""

from typing import Any

from django import forms

from ankang.rules.errors import InvalidInput
from ankang.rules.identity import parse_number


class LookForm(forms.Form):
    name = forms.CharField(
        label="老人姓名",
        max_length=60,
        error_messages={"required": "没有填姓名。请填身份证上的姓名。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    number = forms.CharField(
        label="身份证号",
        help_text="18位，最后一位是X的，直接打X。",
        max_length=40,
        error_messages={"required": "没有填身份证号。请填18位身份证号。"},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_number(self) -> str:
        text: str = self.cleaned_data["number"]
        try:
            return parse_number(text).number
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error


class LookChoice(forms.Form):
    """字号和底色."""

    size = forms.ChoiceField(choices=[("1", "标准"), ("2", "大字"), ("3", "特大")], required=False)
    ground = forms.ChoiceField(choices=[("light", "白底"), ("dark", "黑底")], required=False)

    def clean(self) -> dict[str, Any]:
        return {key: value for key, value in self.cleaned_data.items() if value}
