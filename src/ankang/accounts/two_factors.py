"""The second step of a log-in: a phone's six digits (TOTP), or one of ten recovery codes used once."""

from base64 import b32encode
from typing import Any
from urllib.parse import quote

from django.db import transaction
from django_otp import devices_for_user
from django_otp.models import Device
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.rules.errors import Conflict, InvalidInput

RECOVERY_CODES = 10
_DIGITS = 6
_ISSUER = "安康关爱行动"


def has_device(user: User) -> bool:
    """Return whether this person logs in with a second step (one query)."""
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def pending_device(user: User) -> Any:
    """Return the device being set up, a new one the first time: the picture stays the same until it is confirmed."""
    device, _ = TOTPDevice.objects.get_or_create(user=user, confirmed=False, defaults={"name": "手机验证器"})
    return device


def setup_address(device: Any) -> str:
    """Return the otpauth address that the QR picture carries."""
    label = quote(f"{_ISSUER}:{device.user.username}")
    return f"otpauth://totp/{label}?secret={setup_key(device)}&issuer={quote(_ISSUER)}&digits=6&period=30"


def setup_key(device: Any) -> str:
    """Return the key in base 32, for typing it where a picture cannot be scanned."""
    return b32encode(device.bin_key).decode().rstrip("=")


@transaction.atomic
def confirm_device(*, by: User, code: str) -> tuple[Any, list[str]]:
    """Take the device into use and return it with ten recovery codes, which are told this once.

    Errors: Conflict when a device is in use; InvalidInput when the six digits are wrong.
    """
    User.objects.select_for_update(of=("self",)).order_by("pk").get(pk=by.pk)
    if has_device(by):
        raise Conflict("您已经绑定了两步验证。换手机请找管账号的人先解除。", field="code")
    device = pending_device(by)
    if not device.verify_token(code):
        raise InvalidInput("验证码不对。请核对手机时间是否准确，再输入现在显示的6位数字。", field="code")
    device.confirmed = True
    device.save()
    codes = _new_recovery_codes(by)
    record(by=by, action="account.confirm_two_factors", subject=by, division_code=by.division_id)
    return device, codes


def _new_recovery_codes(user: User) -> list[str]:
    device = StaticDevice.objects.create(user=user, name="恢复码", confirmed=True)
    codes = [StaticToken.random_token() for _ in range(RECOVERY_CODES)]
    StaticToken.objects.bulk_create([StaticToken(device=device, token=code) for code in codes])
    return codes


def verify_second_step(user: User, code: str) -> Device | None:
    """Return the device that accepts the code, or None. A recovery code is used up; six digits work once."""
    text = code.strip().replace(" ", "").lower()
    with transaction.atomic():
        for device in devices_for_user(user, for_verify=True):
            if isinstance(device, StaticDevice) == (len(text) == _DIGITS):
                continue  # six digits are not tried on the recovery codes, nor the reverse: each slows down by itself
            if device.verify_token(text):
                if isinstance(device, StaticDevice):
                    record(by=user, action="account.use_recovery_code", subject=user, division_code=user.division_id)
                return device
    return None


def recovery_codes_left(user: User) -> int:
    return int(StaticToken.objects.filter(device__user=user).count())


def remove_devices(user: User) -> int:
    """Forget every device and recovery code; return how many devices were in use."""
    confirmed = sum(1 for _ in devices_for_user(user))
    for device in list(devices_for_user(user, confirmed=None)):
        device.delete()
    return confirmed
