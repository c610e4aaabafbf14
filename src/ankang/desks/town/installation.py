"""The settings page: the sample town's day, the two-factor policy, the phone to ask, what is installed."""

from importlib.metadata import version

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from ankang.accounts.installation import (
    FIRST_DEMO_DAY,
    LAST_DEMO_DAY,
    set_demo_day,
    set_hotline,
    set_two_factor_policy,
)
from ankang.accounts.permissions import desk_page
from ankang.accounts.sessions import require_second_factor
from ankang.accounts.two_factors import has_device
from ankang.desks.components.refusals import tell
from ankang.desks.pages import installation_of, page
from ankang.desks.people import person
from ankang.rules.errors import AnkangError

_managers = desk_page("town", manager=True)


class DayForm(forms.Form):
    day = forms.DateField(
        label="示例日期",
        widget=forms.DateInput(
            format="%Y-%m-%d",
            attrs={"type": "date", "min": FIRST_DEMO_DAY.isoformat(), "max": LAST_DEMO_DAY.isoformat()},
        ),
        help_text="示例镇的“今天”。页面顶上一直写着它。换到更早的日子，已经登记的参保仍然算在内。",
        error_messages={"required": "请选一天。", "invalid": "请按 2024-03-04 的样子写日期。"},
    )


class PhoneForm(forms.Form):
    phone = forms.CharField(
        label="咨询电话",
        max_length=30,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
        help_text="写单位的座机，不写个人手机。公众页最下面会写上，老人一点就能打。空着就不写。",
    )


class PolicyForm(forms.Form):
    required = forms.BooleanField(label="所有人登录都要两步验证", required=False)


@_managers
@require_safe
def settings(request: HttpRequest) -> HttpResponse:
    """Show what is set."""
    return _settings_page(request)


@_managers
@require_POST
def settings_day(request: HttpRequest) -> HttpResponse:
    """Move the sample town to another day."""
    form = DayForm(request.POST)
    if not form.is_valid():
        return _settings_page(request, day_form=form)
    try:
        set_demo_day(by=person(request), day=form.cleaned_data["day"])
    except AnkangError as error:
        tell(form, error)
        return _settings_page(request, day_form=form)
    messages.success(request, "示例日期已改，所有页面都按这一天算。")
    return redirect("town:settings")


@_managers
@require_POST
def settings_phone(request: HttpRequest) -> HttpResponse:
    """Set the phone that the public pages show."""
    form = PhoneForm(request.POST)
    try:
        if form.is_valid():
            set_hotline(by=person(request), phone=form.cleaned_data["phone"])
            messages.success(request, "已保存，公众页从现在起照这个写。")
            return redirect("town:settings")
    except AnkangError as error:
        tell(form, error)
    return _settings_page(request, phone_form=form)


@_managers
@require_POST
def settings_policy(request: HttpRequest) -> HttpResponse:
    """Require two factors of everybody, or not."""
    form = PolicyForm(request.POST)
    form.is_valid()
    required = bool(form.cleaned_data.get("required"))
    set_two_factor_policy(by=person(request), required=required, keep_session=request.session.session_key or "")
    if required and not has_device(person(request)):
        require_second_factor(request)
    words = "所有人要重新登录并绑定手机。" if required else "没绑定手机的人只用密码登录。"
    messages.success(request, f"已保存。{words}")
    return redirect("town:settings")


def _settings_page(
    request: HttpRequest, day_form: DayForm | None = None, phone_form: PhoneForm | None = None
) -> HttpResponse:
    row = installation_of(request)
    context = {
        "day_form": day_form or DayForm(initial={"day": row.demo_today}),
        "phone_form": phone_form or PhoneForm(initial={"phone": row.hotline}),
        "policy_form": PolicyForm(initial={"required": row.require_two_factors}),
        "version": version("ankang"),
    }
    return page(request, "desks/town/settings.html", context)
