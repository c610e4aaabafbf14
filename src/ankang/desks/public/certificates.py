"""核对凭证: what anybody sees who scans the code of a certificate. Number and check code, a masked name, no more."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ankang.accounts.permissions import public_page
from ankang.desks.pages import shell_of, today_of
from ankang.policies.certificates import verify

_STATES = {
    "in_force": ("保障有效", True),
    "to_come": ("是真的，保障还没开始", True),
    "over": ("是真的，保障已经到期", False),
    "ended": ("是真的，但已经终止", False),
    "unpaid": ("是真的，但现在没有生效，请问村里或镇民政办", False),
}


@public_page
@never_cache
@require_safe
def certificate(request: HttpRequest, number: str, code: str) -> HttpResponse:
    """Say whether a certificate is genuine and in force. Eight random characters are too many to guess."""
    found = verify(number, code, today_of(request))
    if found is None:
        return render(request, "desks/public/certificate.html", shell_of(request) | {"kind": "nothing"})
    words, is_good = _STATES[found.state]
    context = {"kind": "found", "found": found, "words": words, "is_good": is_good}
    return render(request, "desks/public/certificate.html", shell_of(request) | context)
