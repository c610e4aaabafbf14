"""How an account is found from its name or its session."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from ankang.accounts.models import User


class DeskBackend(ModelBackend):
    """Django's own, bringing the division along: every page asks for the person's scope."""

    def get_user(self, user_id: Any) -> User | None:
        return User.objects.select_related("division").filter(pk=user_id, is_active=True).first()
