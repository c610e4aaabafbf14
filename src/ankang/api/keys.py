"""A call is let in by the machine key in its `Authorization: Bearer` head, and by nothing else: no session counts."""

from typing import Any

from django.http import HttpRequest
from ninja.security import HttpBearer

from ankang.accounts.key_models import MachineKey
from ankang.accounts.machine_keys import use_key
from ankang.installation.clock import wall_clock


class Key(HttpBearer):
    """Lets calls of one scope in; the key is in `request.auth`, its person acts."""

    openapi_name = "machineKey"

    def __init__(self, scope: MachineKey.Scope) -> None:
        super().__init__()
        self.scope = scope.value

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        what = f"{request.method} {request.resolver_match.view_name if request.resolver_match else ''}"
        return use_key(text=token, scope=self.scope, what=what, now=wall_clock())
