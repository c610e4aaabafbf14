"""A session of a person who gave the password and the second factor, without the pages that ask for them."""

from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_totp.models import TOTPDevice

from ankang.accounts.models import User

_BACKEND = "ankang.accounts.backends.DeskBackend"


def logged_in(user: User) -> Client:
    """Return a test client in such a session."""
    client = Client()
    client.force_login(user, backend=_BACKEND)
    device = TOTPDevice.objects.get_or_create(user=user, defaults={"name": "test", "confirmed": True})[0]
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    return client
