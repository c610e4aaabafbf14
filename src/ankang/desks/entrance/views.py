"""The door: log in, the second step, a device, a password, a link, out."""

from datetime import datetime

import segno
from django.contrib import messages
from django.contrib.auth import authenticate, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ankang.accounts.actions import accept_invitation, change_password
from ankang.accounts.kept import KeptForm, closed, opened
from ankang.accounts.lockout import count_failure, is_locked, locked_until
from ankang.accounts.models import Desk, User
from ankang.accounts.permissions import desk_page, public_page
from ankang.accounts.queries import open_invitation
from ankang.accounts.sessions import enter, held, hold, settle_second_factor
from ankang.accounts.two_factors import (
    confirm_device,
    has_device,
    pending_device,
    recovery_codes_left,
    setup_address,
    setup_key,
    verify_second_step,
)
from ankang.desks.components import limits
from ankang.desks.components.refusals import tell
from ankang.desks.entrance.forms import ChangePasswordForm, CodeForm, DeviceForm, LogInForm, NewPasswordForm
from ankang.desks.errors import kept_page
from ankang.desks.menus import home_of
from ankang.desks.pages import installation_of, page
from ankang.desks.people import person
from ankang.installation.clock import wall_clock
from ankang.rules.errors import AnkangError

EVERY_DESK = tuple(Desk.values)
TOO_MANY = 429
GONE = 410


@public_page
@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Ask for name and password."""
    if request.user.is_authenticated:
        return _come_in(request, person(request), "", request.POST.get("kept", ""))
    if request.method != "POST":
        return _log_in_page(request, LogInForm(initial={"next": request.GET.get("next", "")}))
    form = LogInForm(request.POST)
    if not form.is_valid():
        return _log_in_page(request, form)
    if limits.is_over(limits.origin_of(request), limits.LOG_IN):
        form.add_error(
            None, f"从这个网络登录错得太多，请过{limits.MINUTES}分钟再试。急用请换一个网络，或找管账号的人。"
        )
        return _log_in_page(request, form, status=TOO_MANY)
    name = form.cleaned_data["username"].strip()
    user = authenticate(request, username=name, password=form.cleaned_data["password"])
    if user is None:
        return _log_in_refused(request, form, name)
    return _first_step_done(request, user, form.cleaned_data["next"], form.cleaned_data["kept"])


@never_cache
def logged_out(request: HttpRequest, form: KeptForm) -> HttpResponse:
    """Answer a form that came after its session's end: the log-in page keeps it, sealed."""
    return _log_in_page(request, LogInForm(initial={"kept": closed(form)}))


def _first_step_done(request: HttpRequest, user: User, next_page: str, kept: str) -> HttpResponse:
    if has_device(user):
        hold(request, user, next_page, kept)
        return redirect("second-step")
    due = installation_of(request).require_two_factors
    enter(request, user, second_factor_due=due)
    return redirect("device") if due else _come_in(request, user, next_page, kept)


def _come_in(request: HttpRequest, user: User, next_page: str, kept: str) -> HttpResponse:
    """Go to the form that waits, to the page that was asked for when it is one of ours, else to the desk."""
    if kept and not user.must_change_password:
        if form := opened(kept, user):
            return kept_page(request, form)
        messages.info(request, "登录前填的那张表放得太久，或者是另一个账号填的，没有保留，也没有交上去。")
    ours = url_has_allowed_host_and_scheme(next_page, {request.get_host()}, require_https=request.is_secure())
    return redirect(next_page if ours else home_of(user.desk))


def _log_in_refused(request: HttpRequest, form: LogInForm, name: str) -> HttpResponse:
    limits.count_miss(limits.origin_of(request), limits.LOG_IN)
    ends = locked_until([name], wall_clock()).get(name)
    if ends is not None:
        form.add_error(None, _locked_words(ends))
        return _log_in_page(request, form, status=TOO_MANY)
    form.add_error(None, "登录名或密码不对，请检查后重新输入。15分钟内错满5次，账号会锁15分钟。")
    return _log_in_page(request, form)


def _locked_words(ends: datetime) -> str:
    return (
        f"密码错了5次，这个账号已锁住，{ends:%H:%M}以后可以再试（约{_minutes_to(ends)}分钟）。急用请找管账号的人解锁。"
    )


def _minutes_to(ends: datetime) -> int:
    return max(1, -(-int((ends - wall_clock()).total_seconds()) // 60))


def _log_in_page(request: HttpRequest, form: LogInForm, *, status: int = 200) -> HttpResponse:
    return page(request, "desks/entrance/log_in.html", {"form": form}, status=status)


@public_page
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask for the phone's six digits or a recovery code."""
    waiting = held(request)
    if waiting is None:
        messages.info(request, "输入密码后超过5分钟没有输验证码，请重新登录。")
        return redirect("login")
    user, next_page, kept = waiting
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return page(request, "desks/entrance/second_step.html", {"form": form, "account": user})
    if is_locked(request, user.username):
        return _second_step_locked(request, form, user)
    device = verify_second_step(user, form.cleaned_data["code"])
    if device is None:
        return _second_step_refused(request, form, user)
    enter(request, user, device=device)
    return _come_in(request, user, next_page, kept)


def _second_step_refused(request: HttpRequest, form: CodeForm, user: User) -> HttpResponse:
    count_failure(request, user.username)
    if is_locked(request, user.username):
        return _second_step_locked(request, form, user)
    form.add_error("code", "验证码不对或已经用过，请等手机上换了新的6位数字再输。")
    return page(request, "desks/entrance/second_step.html", {"form": form, "account": user})


def _second_step_locked(request: HttpRequest, form: CodeForm, user: User) -> HttpResponse:
    ends = locked_until([user.username], wall_clock()).get(user.username, wall_clock())
    form.add_error(None, _locked_words(ends))
    return page(request, "desks/entrance/second_step.html", {"form": form, "account": user}, status=TOO_MANY)


@public_page
@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    messages.success(request, "已退出。用完公用电脑请把浏览器也关掉。")
    return redirect("login")


@desk_page(*EVERY_DESK, unsettled=True)
@require_http_methods(["GET", "HEAD", "POST"])
def device(request: HttpRequest) -> HttpResponse:
    """Set up the second step, or say that it is set up."""
    user = person(request)
    if has_device(user):
        return page(request, "desks/entrance/device_ready.html", {"codes_left": recovery_codes_left(user)})
    form = DeviceForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            confirmed, codes = confirm_device(by=user, code=form.cleaned_data["code"].strip())
        except AnkangError as error:
            tell(form, error)
        else:
            settle_second_factor(request, confirmed)
            return page(request, "desks/entrance/recovery_codes.html", {"codes": codes, "home": home_of(user.desk)})
    waiting = pending_device(user)
    drawn = segno.make(setup_address(waiting), error="m").svg_inline(omitsize=True, border=2, dark="#10304f")
    picture = mark_safe(drawn)  # drawn by segno from our own words
    return page(request, "desks/entrance/device.html", {"form": form, "picture": picture, "key": setup_key(waiting)})


@desk_page(*EVERY_DESK, unsettled=True)
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    user = person(request)
    form = ChangePasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            changed = change_password(by=user, current=given["current"], new=given["password"])
        except AnkangError as error:
            tell(form, error, new="password")
        else:
            update_session_auth_hash(request, changed)
            messages.success(request, "密码已改，其他地方的登录都已退出。")
            return redirect(home_of(user.desk))
    return page(request, "desks/entrance/password.html", {"form": form, "forced": user.must_change_password})


@public_page
@never_cache
@require_safe
def here(request: HttpRequest) -> JsonResponse:
    """Tell a page that stood long whether its person is still logged in, before its form is sent."""
    return JsonResponse({"here": request.user.is_authenticated})


@public_page
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Set the password of an account by its one-time link."""
    found = open_invitation(token, wall_clock())
    if found is None:
        return page(request, "desks/entrance/invitation_over.html", status=GONE)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            accept_invitation(token=token, password=form.cleaned_data["password"], now=wall_clock())
        except AnkangError as error:
            tell(form, error)
        else:
            messages.success(request, "密码设好了，请用它登录。")
            return redirect("login")
    return page(request, "desks/entrance/invitation.html", {"form": form, "account": found.user})
