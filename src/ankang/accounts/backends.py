"""How an account is found from its name or its session."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from ankang.accounts.models import User
from ankang.installation.rows import Asked


class DeskBackend(ModelBackend):
    """Django's own, bringing the division along: every page asks for the person's scope."""

    def get_user(self, user_id: Any) -> User | None:
        found = _working(int(user_id))
        return found[0] if found else None


_working = Asked(lambda key: User.objects.select_related("division").filter(pk=key, is_active=True))
