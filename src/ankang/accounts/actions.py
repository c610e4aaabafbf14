"""What can be done to an account: one atomic function each, with its audit row."""

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from ankang.accounts.lockout import forget_failures
from ankang.accounts.locks import locked_account, locked_invitation
from ankang.accounts.management import MANAGED_DESKS, fits, manages
from ankang.accounts.models import Desk, Invitation, User
from ankang.accounts.two_factors import remove_devices
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.privacy.cipher import sm3
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

LINK_VALID = timedelta(hours=72)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")


@dataclass(frozen=True, slots=True)
class Invited:
    """An account and the token of its link, which is told this once and never stored."""

    user: User
    token: str
    expires_at: datetime


@transaction.atomic
def invite(
    *,
    by: User | None,
    username: str,
    full_name: str,
    desk: str,
    division: Division,
    is_manager: bool = False,
    now: datetime,
    is_sample: bool = False,
) -> Invited:
    """Open an account without a password and return the link's token, good for 72 hours.

    `by` is None only at the command line, which may open any account: the first manager of an installation.
    Errors: NotAllowed outside what `by` manages; InvalidInput for a desk at the wrong level; Conflict for a taken name.
    """
    _check_place(by, desk, division, is_manager)
    user = _new_user(
        username=username,
        full_name=full_name,
        desk=desk,
        division=division,
        is_manager=is_manager,
        is_sample=is_sample,
    )
    record(
        by=by,
        action="account.invite",
        subject=user,
        division_code=division.code,
        desk=desk,
        is_manager=is_manager,
    )
    return _issue_link(user=user, by=by, now=now)


@transaction.atomic
def reset_password(*, by: User, user_id: int, now: datetime) -> Invited:
    """Make the password void, which ends the person's sessions, and return a new link.

    Errors: NotAllowed outside what `by` manages or for himself; Conflict for a disabled account.
    """
    user = locked_account(by, user_id)
    if not user.is_active:
        raise Conflict("这个账号已停用，请先启用再重设密码。", field="user_id")
    user.set_unusable_password()
    user.save(update_fields=["password"])
    record(by=by, action="account.reset_password", subject=user, division_code=user.division_id)
    return _issue_link(user=user, by=by, now=now)


@transaction.atomic
def disable(*, by: User, user_id: int, now: datetime) -> User:
    """Close an account: its sessions end with the next page. Errors: NotAllowed; Conflict when it is disabled."""
    user = locked_account(by, user_id)
    if not user.is_active:
        raise Conflict("这个账号已经是停用的了。", field="user_id")
    user.is_active, user.disabled_at, user.disabled_by = False, now, by
    user.save(update_fields=["is_active", "disabled_at", "disabled_by"])
    user.invitations.filter(used_at__isnull=True).delete()
    record(by=by, action="account.disable", subject=user, division_code=user.division_id)
    return user


@transaction.atomic
def enable(*, by: User, user_id: int) -> User:
    """Open a disabled account again. Errors: NotAllowed; Conflict when it is enabled."""
    user = locked_account(by, user_id)
    if user.is_active:
        raise Conflict("这个账号已经是启用的了。", field="user_id")
    user.is_active, user.disabled_at, user.disabled_by = True, None, None
    user.save(update_fields=["is_active", "disabled_at", "disabled_by"])
    record(by=by, action="account.enable", subject=user, division_code=user.division_id)
    return user


@transaction.atomic
def reset_two_factors(*, by: User, user_id: int) -> User:
    """Forget a person's devices and recovery codes, for a lost phone. Errors: NotAllowed; Conflict without one."""
    user = locked_account(by, user_id)
    if remove_devices(user) == 0:
        raise Conflict("这个账号没有绑定两步验证，不用解除。", field="user_id")
    record(by=by, action="account.reset_two_factors", subject=user, division_code=user.division_id)
    return user


@transaction.atomic
def unlock(*, by: User, user_id: int) -> User:
    """Lift the lock after wrong passwords. Errors: NotAllowed; Conflict when there were no failures."""
    user = locked_account(by, user_id)
    if forget_failures(user.username) == 0:
        raise Conflict("这个账号没有被锁，可以直接登录。", field="user_id")
    record(by=by, action="account.unlock", subject=user, division_code=user.division_id)
    return user


@transaction.atomic
def accept_invitation(*, token: str, password: str, now: datetime) -> User:
    """Set the password of a link's account and use the link up.

    Errors: Conflict for a link that is not good; InvalidInput for a weak password.
    """
    invitation = locked_invitation(token, now)
    user = invitation.user
    _set_password(user, password)
    invitation.used_at = now
    invitation.save(update_fields=["used_at"])
    forget_failures(user.username)
    record(by=user, action="account.accept_invitation", subject=user, division_code=user.division_id)
    return user


@transaction.atomic
def change_password(*, by: User, current: str, new: str) -> User:
    """Change one's own password. Errors: InvalidInput for a wrong current, an unchanged or a weak new one."""
    user = User.objects.select_for_update(of=("self",)).order_by("pk").get(pk=by.pk)
    if not user.check_password(current):
        raise InvalidInput("现在的密码不对，请重新输入。", field="current")
    if current == new:
        raise InvalidInput("新密码和现在的一样，请换一个。", field="new")
    _set_password(user, new, field="new")
    record(by=user, action="account.change_password", subject=user, division_code=user.division_id)
    return user


def _check_place(by: User | None, desk: str, division: Division, is_manager: bool) -> None:
    if by is not None and not manages(by, desk, division.code):
        raise NotAllowed(
            f"您不能给{division.name}开{Desk(desk).label}的账号，只能开自己管理范围内的。", field="division"
        )
    if not fits(desk, division):
        fix = "请选一个村（居）" if desk == Desk.VILLAGE else "请选镇一级或以上"
        raise InvalidInput(f"{Desk(desk).label}的账号不能放在{division.name}，{fix}。", field="division")
    if is_manager and desk not in MANAGED_DESKS:
        raise InvalidInput(f"{Desk(desk).label}没有账号管理页面，请不要勾选管账号。", field="is_manager")


def _new_user(*, username: str, **facts: Any) -> User:
    if not USERNAME.fullmatch(username):
        raise InvalidInput("登录名用3到40个小写字母、数字、点或横线，以字母或数字开头。", field="username")
    user = User(username=username, **facts)
    user.set_unusable_password()
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as error:
        raise Conflict(f"登录名“{username}”已经有人用了，请换一个，例如在后面加数字。", field="username") from error
    return user


def _set_password(user: User, password: str, *, field: str = "password") -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidInput("".join(error.messages), field=field) from error
    user.set_password(password)
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])


def _issue_link(*, user: User, by: User | None, now: datetime) -> Invited:
    """Replace the person's open link, if any, by a new one."""
    token = secrets.token_urlsafe(32)
    user.invitations.filter(used_at__isnull=True).delete()
    Invitation.objects.create(
        user=user,
        token_digest=sm3(token.encode()),
        created_at=now,
        created_by=by,
        expires_at=now + LINK_VALID,
    )
    return Invited(user, token, now + LINK_VALID)
