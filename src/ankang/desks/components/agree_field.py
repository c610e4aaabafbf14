"""A form field for a yes or a no to what somebody asks."""

from typing import Any

from django import forms

_ASKS = "请点“同意”或“不同意”。"


class AgreeField(forms.ChoiceField):
    """同意 is "yes", 不同意 is "no"; nothing is chosen beforehand."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            label="同意还是不同意",
            choices=[("yes", "同意"), ("no", "不同意")],
            error_messages={"required": _ASKS, "invalid_choice": _ASKS},
            **options,
        )
