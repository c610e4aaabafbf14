"""Who a request comes from, for views behind `desk_page`."""

from typing import cast

from django.http import HttpRequest

from ankang.accounts.models import User


def person(request: HttpRequest) -> User:
    """Return the logged-in person of a page that `desk_page` guards."""
    return cast(User, request.user)
