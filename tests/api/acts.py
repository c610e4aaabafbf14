"""A machine key and a caller in a test."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from tests import factories

from ankang.accounts.key_models import MachineKey
from ankang.accounts.machine_keys import NewKey, make_key
from ankang.accounts.models import Desk, User
from ankang.divisions.models import Division
from ankang.installation.clock import wall_clock

ALL = tuple(MachineKey.Scope.values)


def key_of(division: Division | None = None, scopes: Collection[str] = ALL, by: User | None = None) -> NewKey:
    """Return a key made a minute ago for 10 days by a manager of the insurer over a town."""
    by = by or factories.user(Desk.INSURER, division or factories.town(), is_manager=True)
    return make_key(by=by, name="核心系统", scopes=scopes, days=10, now=wall_clock() - timedelta(minutes=1))


def call(text: str, path: str, body: Any = None) -> HttpResponse:
    """Return the API's answer: GET, or POST of a body, with this key."""
    client, headers = Client(enforce_csrf_checks=True), {"authorization": f"Bearer {text}"} if text else {}
    address = f"/api/v1/applications{path}"
    if body is None:
        return client.get(address, headers=headers)  # type: ignore[return-value]
    return client.post(address, body, content_type="application/json", headers=headers)  # type: ignore[return-value]
