"""A form field for an amount: yuan on the page, fen in the code."""

import re
from typing import Any
from unicodedata import normalize

from django import forms

from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen, yuan

_TOO_LONG = re.compile(r"\d{13,}(\.\d*)?", re.ASCII)  # more than `fen` takes for an amount


class MoneyField(forms.CharField):
    """Cleans `1200.50` to 120050 fen; empty is 0, never negative. 元, commas and full-width digits may come along."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "num"})

    def __init__(self, *, label: str, **options: Any) -> None:
        super().__init__(label=label, **options)
        # The summary lists messages of several amounts: each says which one.
        self.error_messages["required"] = f"请填{label.removesuffix('（元）')}，没有就写 0。"

    def clean(self, value: Any) -> Any:
        text = normalize("NFKC", super().clean(value)).replace(",", "").removesuffix("元").strip()
        if _TOO_LONG.fullmatch(text):
            raise forms.ValidationError(f"“{text}”数额太大，多半多打了几位。请照票据核对。")
        try:
            amount = fen(text) if text else 0
        except InvalidInput as error:
            raise forms.ValidationError(error.message) from error
        if amount < 0:
            raise forms.ValidationError("金额不能是负数，请照票据填写。")
        return amount

    def prepare_value(self, value: Any) -> Any:
        return yuan(value) if isinstance(value, int) else value
