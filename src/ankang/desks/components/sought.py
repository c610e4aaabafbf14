"""Whom somebody looks for: the words come by POST and stand sealed in the address, so in no log and no history.

The address still keeps every filter: pages, exports and the way back work, and a form sent again does nothing twice.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect

from ankang.privacy.cipher import SealBroken, seal, unseal

_PURPOSE = "desks.sought"


def to_address(request: HttpRequest, name: str) -> HttpResponse:
    """Lead to the list with the filters that a form sent, the words of the field `name` sealed."""
    said = QueryDict(mutable=True)
    for field, value in request.POST.dict().items():
        if value and field != "csrfmiddlewaretoken":
            said[field] = sealed(str(value).strip()) if field == name else str(value)
    return redirect(f"{request.path}?{said.urlencode()}".rstrip("?"))


def sealed(words: str) -> str:
    """Return words as an address may hold them; nothing for none."""
    return urlsafe_b64encode(seal(words, _PURPOSE)).decode() if words else ""


def opened(query: QueryDict, name: str) -> QueryDict:
    """Return the filters of an address with the words of `name` as they were typed; nothing where it is no seal."""
    said = query.copy()
    if name in said:
        said[name] = _words(str(said[name]))
    return said


def _words(token: str) -> str:
    try:
        return unseal(urlsafe_b64decode(token), _PURPOSE)
    except (SealBroken, ValueError):
        return ""
