"""A page asks the database as often for many rows as for one: every page without an argument, of every desk."""

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve
from tests import factories as make
from tests.health.permission_table import OBJECTS, Place
from tests.health.test_foreign_keys import pages_of
from tests.logins import logged_in
from tests.outreach.acts import TODAY

from ankang.accounts.models import Desk
from ankang.installation.models import Installation
from ankang.rules.errors import Conflict


def fill(place: Place) -> int:
    """Make one of every object of the permission table, and return how many could be made.

    Of some a town has one only: its first scheme, its opening balance.
    """
    made = 0
    for maker in OBJECTS.values():
        before = dict(place.made)
        try:
            with transaction.atomic():
                maker(place)
            made += 1
        except (IntegrityError, Conflict):
            place.made = before
    return made


def clients() -> dict[str, Client]:
    places = {Desk.VILLAGE: make.village(1)}
    return {desk: logged_in(make.user(desk, places.get(desk, make.town()), is_manager=True)) for desk in Desk}


def addresses() -> Iterator[tuple[str, str]]:
    """Return desk and address of each page once: what desks share is one view."""
    seen = set()
    for desk in Desk.values:
        for address in pages_of(desk):
            view = resolve(address).func
            if view not in seen:
                seen.add(view)
                yield desk, address


@pytest.mark.django_db
@pytest.mark.one_database
def test_no_page_asks_more_often_for_more_rows() -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    make.version()
    assert fill(Place(make.village(1))) == len(OBJECTS)
    logged, pages = clients(), list(addresses())
    assert len(pages) > 150

    def counted() -> dict[str, int]:
        found = {}
        for desk, address in pages:
            with CaptureQueriesContext(connection) as asked:
                logged[desk].get(address)
            found[address] = len(asked)
        return found

    counted()  # plans and content types are remembered
    few = counted()
    for number in (2, 3, 4):
        assert fill(Place(make.village(number))) > len(OBJECTS) * 0.8
    assert {address: (few[address], asked) for address, asked in counted().items() if asked > few[address]} == {}
