"""The accounts page of the desks that manage some: list, invite, and what can be done to one account."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.actions import Invited, disable, enable, invite, reset_password, reset_two_factors, unlock
from ankang.accounts.lockout import locked_until
from ankang.accounts.machine_keys import keys_to_confirm
from ankang.accounts.management import MANAGED_DESKS, managed_desks
from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import desk_page
from ankang.accounts.queries import (
    STATES,
    accounts_managed_by,
    divisions_managed_by,
    search_accounts,
    with_two_factors,
)
from ankang.desks.components.refusals import tell
from ankang.desks.components.sought import opened, to_address
from ankang.desks.pages import desk_url, page
from ankang.desks.people import person
from ankang.divisions.models import Division
from ankang.installation.clock import wall_clock
from ankang.rules.errors import AnkangError

_PAGE_SIZE = 50
_FOLDER = "desks/components/accounts/"
_managers = desk_page(*MANAGED_DESKS, manager=True)


class FilterForm(forms.Form):
    q = forms.CharField(label="姓名或登录名", max_length=40, required=False)
    desk = forms.ChoiceField(label="岗位", required=False)
    state = forms.ChoiceField(label="状态", required=False, choices=[("", "全部状态"), *STATES.items()])

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["desk"].choices = [("", "全部岗位"), *_desk_choices(user)]  # type: ignore[attr-defined]


class InviteForm(forms.Form):
    full_name = forms.CharField(label="姓名", max_length=40, error_messages={"required": "请输入这个人的姓名。"})
    username = forms.CharField(
        label="登录名",
        max_length=40,
        help_text="3到40个小写字母、数字、点或横线，例如姓名的拼音。",
        error_messages={"required": "请给他起一个登录名。"},
        widget=forms.TextInput(attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )
    desk = forms.ChoiceField(label="岗位", error_messages={"required": "请选岗位。"})
    division: "forms.ModelChoiceField[Division]" = forms.ModelChoiceField(
        label="管辖范围",
        queryset=Division.objects.none(),
        empty_label="请选择",
        help_text="村居岗位选他的村，其他岗位选镇。他只看得到这个范围内的人。",
        error_messages={"required": "请选管辖范围。", "invalid_choice": "请在列表里选一个管辖范围。"},
    )
    is_manager = forms.BooleanField(label="也让他管账号（只有镇民政办和中国人寿的岗位可以）", required=False)

    def __init__(self, *args: Any, user: User, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["desk"].choices = [("", "请选择"), *_desk_choices(user)]  # type: ignore[attr-defined]
        self.fields["division"].queryset = divisions_managed_by(user)  # type: ignore[attr-defined]


def _desk_choices(user: User) -> list[tuple[str, str]]:
    return [(desk, str(Desk(desk).label)) for desk in managed_desks(user)]


@_managers
@require_http_methods(["GET", "HEAD", "POST"])
def accounts(request: HttpRequest) -> HttpResponse:
    """List the accounts that this person manages."""
    if request.method == "POST":
        return to_address(request, "q")
    user = person(request)
    form = FilterForm(opened(request.GET, "q") or None, user=user)
    wanted = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = search_accounts(
        user, text=wanted.get("q", "").strip(), desk=wanted.get("desk", ""), state=wanted.get("state", "")
    )
    page_obj = Paginator(found, _PAGE_SIZE).get_page(request.GET.get("page"))
    keys_waiting = len(keys_to_confirm(user, wall_clock())) if user.desk == Desk.INSURER else 0
    context = {"form": form, "page_obj": page_obj, "rows": _rows(page_obj), "keys_waiting": keys_waiting}
    return page(request, _FOLDER + "list.html", context)


def _rows(users: Any) -> list[dict[str, Any]]:
    """Return what the list shows of each account (two queries for all)."""
    shown = list(users)
    locks = locked_until([user.username for user in shown], wall_clock())
    secured = with_two_factors(shown)
    return [
        {"account": user, "locked_until": locks.get(user.username), "has_two_factors": user.pk in secured}
        for user in shown
    ]


@_managers
@require_http_methods(["GET", "HEAD", "POST"])
def invite_account(request: HttpRequest) -> HttpResponse:
    """Open an account and show its link once."""
    form = InviteForm(request.POST or None, user=person(request))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"full_name": form.cleaned_data["full_name"].strip()}
        try:
            invited = invite(by=person(request), now=wall_clock(), **given)
        except AnkangError as error:
            tell(form, error)
        else:
            return _link_page(request, invited)
    return page(request, _FOLDER + "invite.html", {"form": form})


@_managers
@require_safe
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one account and what can be done to it."""
    managed = accounts_managed_by(person(request)).select_related("division", "disabled_by")
    found = get_object_or_404(managed, pk=pk)
    return page(request, _FOLDER + "one.html", _one(found, person(request)))


def _one(found: User, reader: User) -> dict[str, Any]:
    row = _rows([found])[0]
    return {"row": row, "account": found, "is_self": found.pk == reader.pk}


@_managers
@require_POST
def account_step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """Do one step to an account, and come back to it with a word about what happened."""
    get_object_or_404(accounts_managed_by(person(request)), pk=pk)
    try:
        messages.success(request, _STEPS[step](person(request), pk))
    except AnkangError as error:
        messages.error(request, error.message)
    return redirect(desk_url(request, "account", pk))


@_managers
@require_POST
def account_reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a password void and show the new link once."""
    get_object_or_404(accounts_managed_by(person(request)), pk=pk)
    try:
        return _link_page(request, reset_password(by=person(request), user_id=pk, now=wall_clock()))
    except AnkangError as error:
        messages.error(request, error.message)
        return redirect(desk_url(request, "account", pk))


def _link_page(request: HttpRequest, invited: Invited) -> HttpResponse:
    address = request.build_absolute_uri(reverse("invitation", args=[invited.token]))
    context = {
        "account": invited.user,
        "address": address,
        "expires_at": invited.expires_at,
        "back": desk_url(request, "accounts"),
    }
    return page(request, _FOLDER + "link.html", context)


def _disable(by: User, pk: int) -> str:
    return f"{disable(by=by, user_id=pk, now=wall_clock()).full_name}的账号已停用，他正开着的页面也不能再用。"


def _enable(by: User, pk: int) -> str:
    return f"{enable(by=by, user_id=pk).full_name}的账号已启用，用原来的密码登录。"


def _reset_two_factors(by: User, pk: int) -> str:
    return f"{reset_two_factors(by=by, user_id=pk).full_name}的两步验证已解除，下次登录后重新绑定手机。"


def _unlock(by: User, pk: int) -> str:
    return f"{unlock(by=by, user_id=pk).full_name}的账号已解锁，现在就可以登录。"


_STEPS: dict[str, Callable[[User, int], str]] = {
    "disable": _disable,
    "enable": _enable,
    "reset-two-factors": _reset_two_factors,
    "unlock": _unlock,
}

accounts_pages: list[URLPattern] = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/invite/", invite_account, name="account-invite"),
    path("accounts/<int:pk>/", account, name="account"),
    path("accounts/<int:pk>/reset/", account_reset, name="account-reset"),
    *(path(f"accounts/<int:pk>/{step}/", account_step, {"step": step}, name=f"account-{step}") for step in _STEPS),
]
