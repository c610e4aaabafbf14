"""The forms of 考核与奖补."""

from typing import Any
from uuid import uuid4

from django import forms

_plain = {"autocomplete": "off"}
_MOST_BYTES = 200_000


class KeyForm(forms.Form):
    """A button that may be pressed twice and counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)


class SchemeForm(forms.Form):
    text = forms.CharField(
        label="办法原文",
        required=False,
        max_length=_MOST_BYTES,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "mono"}),
        help_text="可以直接改；# 后面是说明，不起作用",
    )
    file = forms.FileField(
        label="或者上传改好的文件",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".toml,.txt"}),
        help_text="选了文件就以文件为准",
        error_messages={"empty": "文件是空的，请重新选择。"},
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        upload = given.get("file")
        if upload and upload.size > _MOST_BYTES:
            self.add_error("file", "文件太大，考核办法不会超过200KB。请查对文件。")
        elif upload:
            given["text"] = self._decoded(upload.read())
        elif not str(given.get("text", "")).strip():
            self.add_error("text", "请填办法原文，或上传文件。不知道怎么写，先点“从示例开始”。")
        return given

    def _decoded(self, content: bytes) -> str:
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.add_error("file", "文件不是 UTF-8 编码。请用记事本另存为 UTF-8 再上传。")
            return ""


class PaperForm(forms.Form):
    paper = forms.CharField(
        label="依据",
        max_length=120,
        help_text="哪份文件，写名称和文号",
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请写明依据哪份文件确认，例如 镇政发〔2024〕5号。"},
    )


class ReasonForm(KeyForm):
    reason = forms.CharField(
        label="为什么重算",
        max_length=200,
        help_text="各村都看得到",
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请写明为什么重算，村里都看得到。"},
    )


class AnswerForm(forms.Form):
    uphold = forms.ChoiceField(
        label="采纳还是不采纳",
        choices=[("yes", "采纳"), ("no", "不采纳")],
        widget=forms.RadioSelect,
        error_messages={"required": "请选“采纳”或“不采纳”。", "invalid_choice": "请选“采纳”或“不采纳”。"},
    )
    corrected = forms.IntegerField(
        label="这个数应当是",
        required=False,
        min_value=0,
        help_text="采纳时填，重算就用它",
        widget=forms.TextInput(attrs=_plain | {"inputmode": "numeric"}),
        error_messages={"invalid": "请填整数，例如 12。", "min_value": "不能小于 0。"},
    )
    answer = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明理由，村里看得到。"},
    )

    def __init__(self, *arguments: Any, has_count: bool = True, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if not has_count:
            del self.fields["corrected"]


class PublicObjectionForm(KeyForm):
    entry = forms.ChoiceField(
        label="对谁", error_messages={"required": "请选名单上的一个。", "invalid_choice": "请选名单上的一个。"}
    )
    text = forms.CharField(
        label="反映的情况",
        max_length=300,
        help_text="不写反映人的姓名和电话",
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "请写明反映的情况，不写反映人的姓名和电话。"},
    )

    def __init__(self, *arguments: Any, entries: Any = (), **options: Any) -> None:
        super().__init__(*arguments, **options)
        field = self.fields["entry"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(str(one.pk), f"{one.name}（{one.award}）") for one in entries]


class VerdictForm(forms.Form):
    uphold = forms.ChoiceField(
        choices=[("yes", "属实"), ("no", "不属实")],
        error_messages={"required": "请点“属实”或“不属实”。", "invalid_choice": "请点“属实”或“不属实”。"},
    )
    answer = forms.CharField(
        label="核实结果",
        max_length=300,
        widget=forms.TextInput(attrs=_plain),
        error_messages={"required": "请写明核实结果。"},
    )
