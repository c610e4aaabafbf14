"""A form that arrived when nobody was logged in any more waits in the log-in page, sealed, and not on the server.

It comes back to the person whose session it was, to nobody else, and is sent again only when he presses.
"""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from dataclasses import asdict, dataclass

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest

from ankang.accounts.models import User
from ankang.privacy.cipher import SealBroken, seal, unseal

_PURPOSE = "accounts.kept_form"
_MOST = 200_000  # characters of one form: a household's slip takes five thousand
_OWN_SECONDS, _NOBODYS_SECONDS = 12 * 60 * 60, 10 * 60
_NEVER = {"password", "again", "current", "code"}  # secrets are typed anew
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_CODE = re.compile(r"[0-9a-f-]{32,}", re.I)  # keys and signs of the page, which nobody typed


@dataclass(frozen=True, slots=True)
class KeptForm:
    """What was sent, where and when (seconds since 1970). `owner`: whose session it was, None when nobody knows."""

    path: str
    sent_at: int
    owner: int | None
    had_files: bool
    fields: tuple[tuple[str, str], ...]

    @property
    def typed(self) -> list[str]:
        """The texts by which a person knows his form again."""
        return [value for _, value in self.fields if 1 < len(value) <= 60 and not _CODE.fullmatch(value)][:12]


def kept_form(request: HttpRequest) -> KeptForm | None:
    """Return the form that a request brought, or None when it is none, or none that may be kept."""
    if request.method != "POST" or request.content_type not in _FORMS or request.headers.get("HX-Request"):
        return None
    fields = tuple(
        (name, value)
        for name, values in request.POST.lists()
        if name != "csrfmiddlewaretoken"
        for value in values
        if isinstance(value, str)
    )
    if not fields or _NEVER & set(request.POST) or sum(len(name) + len(value) for name, value in fields) > _MOST:
        return None
    return KeptForm(request.get_full_path(), int(time.time()), _last_person(request), bool(request.FILES), fields)


def _last_person(request: HttpRequest) -> int | None:
    """Return whose session ended: its row stays until the night."""
    if request.user.is_authenticated:
        return request.user.pk
    row = Session.objects.filter(session_key=request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")).first()
    found = row.get_decoded().get(SESSION_KEY) if row else None
    return int(found) if found else None


def closed(form: KeptForm) -> str:
    """Return a form as a page may carry it: sealed."""
    return urlsafe_b64encode(seal(json.dumps(asdict(form)), _PURPOSE)).decode()


def opened(text: str, user: User) -> KeptForm | None:
    """Return the form of a sealed text for this person; None for another's, for what is too old or is no such text."""
    try:
        found = json.loads(unseal(urlsafe_b64decode(text), _PURPOSE))
    except (Error, SealBroken, ValueError):
        return None
    form = KeptForm(**found | {"fields": tuple((name, value) for name, value in found["fields"])})
    age = time.time() - form.sent_at
    if form.owner is None:
        return form if age <= _NOBODYS_SECONDS else None
    return form if form.owner == user.pk and age <= _OWN_SECONDS else None
