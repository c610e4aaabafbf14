"""Rows put in by executemany are the rows that bulk_create would have put in."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.roster.files import number

from ankang.roster.bulk import insert_many
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.residents import new_resident
from ankang.rules.identity import parse_number

NOW = datetime(2024, 3, 4, 2, 30, 15, 123456, tzinfo=UTC)
OWN = {"id", "number", "phone", "number_index"}


def made(sequence: int) -> Resident:
    resident = new_resident(factories.village().pk, "单秀兰", parse_number(number(sequence)), "13812345678")
    resident.created_at = resident.updated_at = NOW
    return resident


@pytest.mark.django_db
def test_the_same_rows_as_bulk_create() -> None:
    insert_many([made(2)])
    Resident.objects.bulk_create([made(4)])
    Resident.objects.update(created_at=NOW, updated_at=NOW, number_tail="")
    first, second = Resident.objects.order_by("id").values()
    assert {name: value for name, value in first.items() if name not in OWN} == {
        name: value for name, value in second.items() if name not in OWN
    }
    assert first["number"].reveal() == number(2)
    assert first["phone"].reveal() == "13812345678"


@pytest.mark.django_db
def test_instants_days_and_nothing_survive() -> None:
    insert_many([made(2)])
    stored = Resident.objects.get()
    assert (stored.created_at, stored.birth_date, stored.died_on, stored.is_sample) == (
        NOW,
        date(1950, 5, 6),
        None,
        False,
    )
    row = GroupMembership(resident=stored, village=stored.village, group="dibao", from_on=date(2024, 3, 4))
    insert_many([row])
    assert GroupMembership.objects.get().resident == stored


@pytest.mark.django_db
def test_nothing_of_a_batch_with_a_bad_row() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_many([made(2), made(2)])
    assert Resident.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_only_inside_a_transaction() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        insert_many([made(2)])
    insert_many([])
    assert Resident.objects.count() == 0
