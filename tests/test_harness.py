"""The ground that all tests stand on: it must itself hold."""

import socket
import sqlite3
import stat
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction
from pytest_socket import SocketConnectBlockedError
from tests import factories
from tests.races import race

from ankang.divisions.models import Division
from ankang.privacy.keys import keyring
from ankang.roster.models import Resident


def test_data_and_keys_stay_in_a_temporary_folder() -> None:
    assert keyring().current == 1
    assert Path(settings.KEY_FILE).parent == Path(settings.DATA)
    assert Path(settings.DATA).name.startswith("ankang-test-")
    assert stat.S_IMODE(Path(settings.KEY_FILE).stat().st_mode) == 0o600


def test_the_world_outside_is_blocked() -> None:
    with socket.socket() as outside:
        outside.settimeout(0.01)
        with pytest.raises(SocketConnectBlockedError):
            outside.connect(("192.0.2.1", 80))


@pytest.mark.django_db
def test_factories_make_true_rows() -> None:
    elder = factories.resident()
    found = Resident.objects.get(village=factories.user("village").division)
    assert found == elder
    assert found.number.reveal()[-4:] == found.number_tail
    assert str(found.number) == "••••"
    assert Division.objects.filter(parent=factories.town()).count() == 2


def test_numbers_carry_their_check_digit() -> None:
    assert factories.identity_number(date(1949, 12, 31), 2, "110105") == "11010519491231002X"  # GB 11643, example


@pytest.mark.django_db(transaction=True)
def test_a_race_runs_in_real_transactions() -> None:
    factories.town()

    def rename_if(name: str, new: str) -> bool:
        with transaction.atomic():
            division = Division.objects.select_for_update().get(code=factories.TOWN)
            if division.name != name:
                return False
            division.name = new
            division.save()
            return True

    name = Division.objects.get(code=factories.TOWN).name
    outcomes = race(lambda: rename_if(name, "甲镇"), lambda: rename_if(name, "乙镇"))
    assert sorted(outcomes) == [False, True]
    assert Division.objects.get(code=factories.TOWN).name in {"甲镇", "乙镇"}


@pytest.mark.django_db
def test_the_database_is_set_as_in_production() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            assert cursor.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert cursor.execute("PRAGMA foreign_keys").fetchone() == (1,)
            assert sqlite3.threadsafety
        else:
            cursor.execute("SHOW server_encoding")
            assert cursor.fetchone() == ("UTF8",)
