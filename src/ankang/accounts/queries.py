"""Reads of accounts, always inside what the reader manages."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from ankang.accounts.management import managed_desks
from ankang.accounts.models import Invitation, User
from ankang.divisions.models import Division
from ankang.privacy.cipher import sm3

STATES = {"active": "启用", "invited": "等待设密码", "disabled": "已停用"}
_NO_PASSWORD = "!"  # how Django marks a password that nobody can give


def accounts_managed_by(user: User) -> QuerySet[User]:
    """Return the accounts that this person manages, himself included."""
    return User.objects.filter(desk__in=managed_desks(user), division__code__startswith=user.scope)


def search_accounts(user: User, *, text: str = "", desk: str = "", state: str = "") -> QuerySet[User]:
    """Return managed accounts whose name or log-in name contains `text`, at a desk, in a state of `STATES`."""
    found = accounts_managed_by(user).select_related("division").order_by("desk", "division_id", "username")
    if text:
        found = found.filter(Q(full_name__icontains=text) | Q(username__icontains=text))
    if desk:
        found = found.filter(desk=desk)
    match state:
        case "active":
            return found.filter(is_active=True).exclude(password__startswith=_NO_PASSWORD)
        case "invited":
            return found.filter(is_active=True, password__startswith=_NO_PASSWORD)
        case "disabled":
            return found.filter(is_active=False)
    return found


def divisions_managed_by(user: User) -> QuerySet[Division]:
    """Return the divisions at which this person may open an account."""
    if not managed_desks(user):
        return Division.objects.none()
    return Division.objects.filter(code__startswith=user.scope)


def villages_of(user: User) -> QuerySet[Division]:
    """Return the villages that this person sees, in the order of their serial numbers (one query)."""
    villages = Division.objects.filter(level=Division.Level.VILLAGE, code__startswith=user.scope)
    return villages.order_by("serial", "code")


def open_invitation(token: str, now: datetime) -> Invitation | None:
    """Return the invitation of this link while it is good: not used, not replaced, not too old, account enabled."""
    return (
        Invitation.objects.select_related("user", "user__division")
        .filter(token_digest=sm3(token.encode()), used_at__isnull=True, expires_at__gt=now, user__is_active=True)
        .first()
    )


def with_two_factors(users: Iterable[User]) -> set[int]:
    """Return the keys of those of the users who log in with a second step (one query)."""
    found = TOTPDevice.objects.filter(user__in=[user.pk for user in users], confirmed=True)
    return set(found.values_list("user_id", flat=True))
