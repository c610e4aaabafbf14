"""A form field for a day."""

from typing import Any

from django import forms


class DayField(forms.DateField):
    """A day by the browser's own date control; typed, 2024-05-12 or 2024年5月12日 will do."""

    def __init__(self, *, dressed: bool = False, **options: Any) -> None:
        """`dressed`: brings its look along, for places that `{% field %}` does not render."""
        attributes = {"type": "date"} | ({"class": "form-control"} if dressed else {})
        options.setdefault("widget", forms.DateInput(attrs=attributes, format="%Y-%m-%d"))
        options.setdefault("input_formats", ["%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y%m%d"])
        super().__init__(**options)
        self.error_messages["invalid"] = "这不是一个日期，请写成 2024-05-12 的样子。"
        self.error_messages["required"] = "请填日期，例如 2024-05-12。"
