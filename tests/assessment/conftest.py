"""A small town with a manager, a second person and a village's worker."""

import pytest
from tests import factories
from tests.assessment.acts import frozen, insured_town, town_of


@pytest.fixture
def version(db):
    return insured_town()


@pytest.fixture
def manager(version):
    return town_of(version, is_manager=True)


@pytest.fixture
def second(version):
    return town_of(version)


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def run(version, manager):
    return frozen(manager, version)
