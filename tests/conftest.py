"""What every test may use. Rows come from `tests.factories`, two-at-once from `tests.races`."""

from collections.abc import Callable

import hypothesis
import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import DjangoDbBlocker
from tests.logins import logged_in

from ankang.accounts.models import User

# A slow machine is no failure: nothing here is timed.
hypothesis.settings.register_profile("ankang", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("ankang")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The tables came from the models: note the migrations as done, for a command's `migrate`."""
    with django_db_blocker.unblock():
        call_command("migrate", fake=True, verbosity=0)


@pytest.fixture
def client_of(db: None) -> Callable[[User], Client]:
    """Return a function: a person in, a test client out that is logged in with both factors."""
    return logged_in


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database-only", action="store_true", help="only tests whose answer may differ on another database"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, on request, what would give the same answer on every database."""
    if not config.getoption("--database-only"):
        return
    config.hook.pytest_deselected(items=[item for item in items if not _may_differ(item)])
    items[:] = [item for item in items if _may_differ(item)]


def _may_differ(item: pytest.Item) -> bool:
    if item.get_closest_marker("one_database") is not None:
        return False
    fixtures = set(getattr(item, "fixturenames", ()))
    return item.get_closest_marker("django_db") is not None or bool(fixtures & {"db", "transactional_db"})
