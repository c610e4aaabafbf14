"""What every test may use. Rows come from `tests.factories`, two-at-once from `tests.races`."""

from collections.abc import Callable

import pytest
from django.test import Client
from tests.logins import logged_in

from ankang.accounts.models import User


@pytest.fixture
def client_of(db: None) -> Callable[[User], Client]:
    """Return a function: a person in, a test client out that is logged in with both factors."""
    return logged_in
