"""A form field for an amount: yuan on the page, fen in the code."""

from typing import Any

from django import forms

from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen, yuan


class MoneyField(forms.CharField):
    """Cleans `1200.50` (a 元 or thousands separators may come along) to 120050 fen; empty is 0. Never negative."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})

    def __init__(self, *, label: str, **options: Any) -> None:
        super().__init__(label=label, **options)
        # The summary lists messages of several amounts: each says which one.
        self.error_messages["required"] = f"请填{label.removesuffix('（元）')}，没有就写 0。"

    def clean(self, value: Any) -> Any:
        text = super().clean(value).replace(",", "").replace("，", "").removesuffix("元").strip()
        try:
            amount = fen(text) if text else 0
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error
        if amount < 0:
            raise forms.ValidationError("金额不能是负数，请照票据填写。")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return yuan(value) if isinstance(value, int) else value
