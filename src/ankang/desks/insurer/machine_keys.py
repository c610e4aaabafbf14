"""接口钥匙: who manages accounts makes a key for the branch's own system, sees it once, and stops it."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from ankang.accounts.key_models import MachineKey
from ankang.accounts.machine_keys import (
    LEFT_DAYS,
    LONGEST_DAYS,
    answered_for,
    confirm_key,
    keys_managed_by,
    make_key,
    revoke_key,
    works_until,
)
from ankang.accounts.models import Desk
from ankang.accounts.permissions import desk_page
from ankang.desks.components.refusals import put_errors
from ankang.desks.pages import page
from ankang.desks.people import person
from ankang.installation.clock import wall_clock
from ankang.rules.errors import AnkangError

_FOLDER = "desks/insurer/api/"
_managers = desk_page(Desk.INSURER, manager=True)


class KeyForm(forms.Form):
    name = forms.CharField(
        label="给哪个系统用",
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "请写给哪个系统用，例如“分公司核心系统”。"},
    )
    scopes = forms.MultipleChoiceField(
        label="能做什么",
        choices=MachineKey.Scope.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "请勾选这把钥匙能做什么。"},
    )
    days = forms.IntegerField(
        label="几天后过期",
        initial=180,
        min_value=1,
        max_value=LONGEST_DAYS,
        help_text=f"最多{LONGEST_DAYS}天。到期前另开一把换上。",
        error_messages={
            "required": "请填有效几天。",
            "invalid": f"请填1到{LONGEST_DAYS}的整数。",
            "min_value": f"请填1到{LONGEST_DAYS}的整数。",
            "max_value": f"请填1到{LONGEST_DAYS}的整数。",
        },
    )


@_managers
@require_http_methods(["GET", "HEAD", "POST"])
def machine_keys(request: HttpRequest) -> HttpResponse:
    """The keys of one's divisions; a POST makes one and shows its text this once."""
    form, status, made = KeyForm(request.POST or None), 200, None
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = make_key(by=person(request), now=wall_clock(), **form.cleaned_data)
            except AnkangError as error:
                status = put_errors(form, error)
            else:
                form, status = KeyForm(), 200
    keys = [(key, answered_for(key.owner), works_until(key)) for key in keys_managed_by(person(request))[:100]]
    context = {"form": form, "made": made, "keys": keys, "now": wall_clock(), "left_days": LEFT_DAYS}
    return page(request, _FOLDER + "keys.html", context, status=status)


@_managers
@require_POST
def machine_key_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a key at once."""
    found = get_object_or_404(keys_managed_by(person(request)), pk=pk)
    revoke_key(by=person(request), key=found, now=wall_clock())
    messages.success(request, f"“{found.name}”的钥匙已停用，马上生效。")
    return redirect("insurer:machine-keys")


@_managers
@require_POST
def machine_key_confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """Answer for a key whose manager has left."""
    found = get_object_or_404(keys_managed_by(person(request)), pk=pk)
    try:
        confirm_key(by=person(request), key=found, now=wall_clock())
    except AnkangError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, f"“{found.name}”的钥匙接着用，以后由您负责。")
    return redirect("insurer:machine-keys")


machine_key_pages = [
    path("accounts/keys/", machine_keys, name="machine-keys"),
    path("accounts/keys/<int:pk>/revoke/", machine_key_revoke, name="machine-key-revoke"),
    path("accounts/keys/<int:pk>/confirm/", machine_key_confirm, name="machine-key-confirm"),
]
