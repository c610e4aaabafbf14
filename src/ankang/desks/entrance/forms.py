"""The forms at the door."""

from typing import Any

from django import forms

NAME = {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "maxlength": "40"}
CODE = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false", "maxlength": "12"}


def password_field(label: str, *, new: bool = False, **options: Any) -> forms.CharField:
    completion = "new-password" if new else "current-password"
    widget = forms.PasswordInput(attrs={"autocomplete": completion})
    return forms.CharField(label=label, max_length=128, strip=False, widget=widget, **options)


class LogInForm(forms.Form):
    username = forms.CharField(
        label="登录名",
        max_length=40,
        widget=forms.TextInput(attrs=NAME),
        error_messages={"required": "请输入登录名。", "max_length": "登录名最长40个字，请检查。"},
    )
    password = password_field("密码", error_messages={"required": "请输入密码。"})
    next = forms.CharField(required=False, widget=forms.HiddenInput)
    kept = forms.CharField(required=False, widget=forms.HiddenInput)  # what was typed before the session ended, sealed


class CodeForm(forms.Form):
    code = forms.CharField(
        label="验证码",
        max_length=12,
        widget=forms.TextInput(attrs=CODE),
        error_messages={"required": "请输入手机上的6位数字，或一个恢复码。"},
    )


class DeviceForm(CodeForm):
    """The first code of a new device: six digits of the phone only."""


class NewPasswordForm(forms.Form):
    password = password_field(
        "新密码",
        new=True,
        help_text="至少10个字符，不要用登录名、姓名或常见密码。",
        error_messages={"required": "请设一个密码。"},
    )
    again = password_field("再输一遍", new=True, error_messages={"required": "请把新密码再输一遍。"})

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password" in given and "again" in given and given["password"] != given["again"]:
            self.add_error("again", "两遍不一样，请重新输入。")
        return given


class ChangePasswordForm(NewPasswordForm):
    current = password_field("现在的密码", error_messages={"required": "请输入现在的密码。"})
    field_order = ["current", "password", "again"]
