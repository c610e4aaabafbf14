"""Locked rows of accounts, ordered by key."""

from datetime import datetime

from ankang.accounts.models import Invitation, User
from ankang.accounts.queries import accounts_managed_by
from ankang.privacy.cipher import sm3
from ankang.rules.errors import Conflict, NotAllowed


def locked_account(by: User, user_id: int) -> User:
    """Return the account, locked until the end of the transaction.

    Errors: NotAllowed when `by` does not manage it, or it is his own.
    """
    if user_id == by.pk:
        raise NotAllowed("不能对自己的账号做这一步，请找另一位管账号的人。", field="user_id")
    found = accounts_managed_by(by).select_for_update(of=("self",)).order_by("pk").filter(pk=user_id).first()
    if found is None:
        raise NotAllowed("这个账号不在您的管理范围内，请找它所在单位管账号的人。", field="user_id")
    return found


def locked_invitation(token: str, now: datetime) -> Invitation:
    """Return the invitation of a link, locked. Errors: Conflict when the link is used, replaced or too old."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(token_digest=sm3(token.encode()), used_at__isnull=True, expires_at__gt=now, user__is_active=True)
        .order_by("pk")
        .first()
    )
    if found is None:
        raise Conflict("这个链接已经用过或过期了，请找管账号的人重新发一个。", field="token")
    return found
