"""Machine keys: made and revoked by the insurer's manager, checked and counted at every call."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet

from ankang.accounts.key_models import MachineKey
from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.privacy.cipher import sm3
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

CALLS_A_MINUTE = 60
LONGEST_DAYS = 366
LEFT_DAYS = 30
_MARK = "ak"


class KeyNotGood(NotAllowed):
    """The key is unknown, expired or revoked, or its manager left too long ago and nobody confirmed it."""

    code = "machine_key_not_good"


class KeyTooNarrow(NotAllowed):
    """The key is good, but not for this."""

    code = "machine_key_scope"


class TooManyCalls(AnkangError):
    """The key was used more often than allowed in this minute."""

    code = "too_many_calls"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key just made, with its text: shown once, stored nowhere."""

    key: MachineKey
    text: str


@transaction.atomic
def make_key(*, by: User, name: str, scopes: Collection[str], days: int, now: datetime) -> NewKey:
    """Make a key of this manager's office and return its text, which nobody can read again.

    Errors: NotAllowed; InvalidInput (`name`, `scopes`, `days`: 1 to 366).
    """
    _require_manager(by)
    name, wanted = name.strip(), sorted(set(scopes))
    if not name:
        raise InvalidInput("请写给哪个系统用，例如“分公司核心系统”。", field="name")
    if not wanted or not set(wanted) <= set(MachineKey.Scope.values):
        raise InvalidInput("请勾选这把钥匙能做什么。", field="scopes")
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidInput(f"有效期请填1到{LONGEST_DAYS}天。", field="days")
    prefix, secret = secrets.token_hex(4), secrets.token_urlsafe(32)
    key = MachineKey.objects.create(
        owner=by,
        division=by.division,
        name=name[:40],
        prefix=prefix,
        secret_digest=_digest(secret),
        scopes=wanted,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    record(by=by, action="key.make", subject=key, division_code=by.division_id, scopes=wanted, days=days)
    return NewKey(key, f"{_MARK}_{prefix}_{secret}")


@transaction.atomic
def revoke_key(*, by: User, key: MachineKey, now: datetime) -> MachineKey:
    """End a key at once; one that is revoked already is returned as it is. Errors: NotAllowed."""
    locked = _locked(by, key)
    if locked.revoked_at is None:
        locked.revoked_by, locked.revoked_at = by, now
        locked.save(update_fields=["revoked_by", "revoked_at"])
        record(by=by, action="key.revoke", subject=locked, division_code=locked.division_id)
    return locked


@transaction.atomic
def confirm_key(*, by: User, key: MachineKey, now: datetime) -> MachineKey:
    """Take over a key whose manager has left: this manager answers for it from now on; one's own stays as it is.

    Errors: NotAllowed; Conflict when it needs no confirmation (its manager is here, it has ended).
    """
    locked = _locked(by, key)
    if locked.owner_id == by.pk:
        return locked
    if locked.revoked_at is not None or locked.expires_at <= now or answered_for(locked.owner):
        raise Conflict("这把钥匙不用确认：负责的人还在，或者已经停用、过期。请刷新页面。", field="key")
    earlier, locked.owner, locked.confirmed_at = locked.owner_id, by, now
    locked.save(update_fields=["owner", "confirmed_at"])
    record(by=by, action="key.confirm", subject=locked, division_code=locked.division_id, earlier=earlier)
    return locked


def keys_managed_by(user: User) -> QuerySet[MachineKey]:
    """Return the keys of this manager's divisions, newest first."""
    rows = MachineKey.objects.filter(division__code__startswith=user.scope)
    return rows.select_related("owner", "revoked_by").order_by("-pk")


def keys_to_confirm(user: User, now: datetime) -> list[MachineKey]:
    """Return the keys of this manager's divisions that have not ended and whose manager has left (one query)."""
    rows = keys_managed_by(user).filter(revoked_at=None, expires_at__gt=now)
    return [key for key in rows if not answered_for(key.owner)]


def answered_for(owner: User) -> bool:
    """Whether a key's person is still a manager of the insurer's."""
    return owner.is_active and owner.is_manager and owner.desk == Desk.INSURER


def works_until(key: MachineKey) -> datetime | None:
    """Return when a key ends by itself: sooner when its manager has left; None when that was at an unknown time."""
    if answered_for(key.owner):
        return key.expires_at
    left_at = key.owner.disabled_at
    return min(key.expires_at, left_at + timedelta(days=LEFT_DAYS)) if left_at else None


def use_key(*, text: str, scope: str, what: str, now: datetime) -> MachineKey:
    """Return the key of this text for one call, counted and noted; `what` names the call in the audit row.

    Errors: KeyNotGood, KeyTooNarrow, TooManyCalls. A refused call leaves no row: nobody fills the log from outside.
    """
    key = _found(text)
    until = works_until(key) if key else None
    if key is None or key.revoked_at is not None or until is None or until <= now:
        raise KeyNotGood("接口钥匙不对、过期了或已经停用。请让中国人寿管账号的人确认，或重新开一把。")
    if scope not in key.scopes:
        raise KeyTooNarrow("这把接口钥匙没有这项权限。请让管账号的人另开一把。", scope=scope)
    with transaction.atomic():
        if not _count(key, now):
            raise TooManyCalls(f"一分钟最多调用{CALLS_A_MINUTE}次，请过一分钟再试。", calls=CALLS_A_MINUTE)
        waits = {} if answered_for(key.owner) else {"unconfirmed": True}
        record(by=key.owner, action="key.use", subject=key, division_code=key.division_id, what=what, **waits)
    return key


def _found(text: str) -> MachineKey | None:
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if mark != _MARK or len(text) > 100 or "\0" in text:
        return None
    rows = MachineKey.objects.select_related("owner__division").filter(prefix=prefix)
    key = rows.first()
    return key if key is not None and secrets.compare_digest(key.secret_digest, _digest(secret)) else None


def _locked(by: User, key: MachineKey) -> MachineKey:
    _require_manager(by)
    if not key.division_id.startswith(by.scope):
        raise NotAllowed("这把钥匙不在您的管辖范围内。")
    rows = MachineKey.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    locked: MachineKey = rows.get(pk=key.pk)
    return locked


def _count(key: MachineKey, now: datetime) -> bool:
    """Count a call in its minute; False when the minute is full. Two processes never count one call for two."""
    minute, mine = now.replace(second=0, microsecond=0), MachineKey.objects.filter(pk=key.pk)
    for _ in range(2):  # the minute may begin while we look
        if mine.filter(minute=minute, calls__lt=CALLS_A_MINUTE).update(calls=F("calls") + 1, last_used_at=now):
            return True
        if mine.exclude(minute=minute).update(minute=minute, calls=1, last_used_at=now):
            return True
    return False


def _digest(secret: str) -> str:
    return sm3(secret.encode())


def _require_manager(by: User) -> None:
    if by.desk != Desk.INSURER or not by.is_manager:
        raise NotAllowed("接口钥匙由中国人寿管账号的人开和停。")
