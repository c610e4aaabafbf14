"""Keys of another place, sent in every field of every page that has no argument: nothing is shown, nothing changes."""

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import models
from django.urls import resolve, reverse
from tests import factories as make
from tests.health.permission_table import OBJECTS, PAGES, PLAIN_ARGUMENTS, Place
from tests.logins import logged_in
from tests.outreach.acts import TODAY

from ankang.accounts.models import Desk
from ankang.divisions.models import Division
from ankang.installation.models import Installation
from ankang.roster.models import Resident

NAME = "隐村隐名"
OF_A_PERSON = ("account", "donor", "lead", "user", "who", "whom", "worker")
OF_A_PLAN = ("base", "based_on", "from", "to", "version")
# Of these some take many, some the last.
OF_A_ROW = (
    "amend answering chosen claim current donation entry funding giver household item match membership_id money one"
)
OF_A_ROW += " payee payout people pick previous report resident row run sequence take"
OF_A_PLACE = ("code", "division", "place", "to_village", "town", "village", "villages")
ANSWERED = {"reason": "理由", "note": "理由", "days": "3", "means": "cash", "units": "1", "event_on": "2024-04-01"}
# What a page writes whatever it is told: the person's own log-in, the installation's settings, files that were taken.
OF_NO_PLACE = {"AuditEntry", "Installation", "OfflineList", "SentBundle", "User"}


def ours() -> Iterator[type[models.Model]]:
    return (model for model in apps.get_models() if model.__module__.startswith("ankang."))


def rows() -> dict[tuple[str, Any], dict[str, Any]]:
    return {
        (model.__name__, row[model._meta.pk.attname]): row for model in ours() for row in model._base_manager.values()
    }  # type: ignore[union-attr]


def words(response: Any) -> str:
    content = b"".join(response) if response.streaming else response.content
    if not content.startswith(b"PK"):
        return content.decode(errors="replace")  # type: ignore[no-any-return]
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return "".join(package.read(name).decode() for name in package.namelist() if name.endswith(".xml"))


def pages_of(desk: str) -> Iterator[str]:
    """Return the addresses that a manager of a desk may open and that name no object."""
    for name, who in PAGES.items():
        space = name.split(":")[0]
        if desk in who.desks and name not in OBJECTS and (space == desk or space not in Desk.values):
            yield reverse(name, kwargs=PLAIN_ARGUMENTS.get(name, {}))


def own_pages(desk: str) -> list[str]:
    """Return the same without the pages that a village shares, where a neighbour is as foreign as can be."""
    shared = {resolve(address).func for address in pages_of(Desk.VILLAGE)} if desk != Desk.VILLAGE else set()
    return [address for address in pages_of(desk) if resolve(address).func not in shared]


def whole_place(village: Division) -> Place:
    """Return a place in which every object of the permission table lives, all people and the village of one name."""
    there = Place(village)
    for maker in OBJECTS.values():
        maker(there)
    Division.objects.filter(pk=village.pk).update(name=NAME)
    Resident.objects.filter(village=village).update(name=NAME)
    return there


@pytest.mark.django_db
@pytest.mark.one_database
@pytest.mark.parametrize(
    ("desk", "town"), [("town", "320903102000"), ("village", make.TOWN), ("insurer", "320903102000")]
)
def test_keys_of_another_place_show_and_change_nothing(desk: str, town: str, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    there = whole_place(make.village(7, town))
    make.version()
    keys = [
        *sorted({key for name, key in rows() if isinstance(key, int) and name != "AuditEntry"}),
        there.resident().pk,
    ]
    sent: dict[str, Any] = (
        dict.fromkeys(OF_A_PLACE, there.village.pk) | dict.fromkeys(OF_A_ROW.split(), keys) | ANSWERED
    )
    sent |= dict.fromkeys(OF_A_PERSON, there.account("village").pk) | dict.fromkeys(OF_A_PLAN, there.version().pk)
    sent |= {"programme": there.version().programme.slug, "key": "1" * 32}
    client = logged_in(make.user(desk, make.village(1) if desk == "village" else make.town(), is_manager=True))
    before = rows()
    for address in own_pages(desk):
        assert NAME not in words(client.get(address, sent)), address
        for step in ("lookup", "confirm"):
            answer = client.post(address, sent | {"step": step, "act": step})
            assert NAME not in words(answer), (address, step)
    after = rows()
    touched = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    assert {key for key in touched if key[0] not in OF_NO_PLACE} == set()
