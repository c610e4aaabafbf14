"""Statements made once and many values in one: they store and find what the ORM would, under the same constraints."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from tests import factories

from ankang.audit.models import AppendOnly, AuditEntry
from ankang.enrolment.models import Participation
from ankang.installation.rows import Among, Asked, insert_one
from ankang.roster.models import Resident

TODAY = date(2024, 3, 4)


def participation(**facts: Any) -> Participation:
    version = factories.version()
    resident = factories.resident()
    given = {"units": 1, "capped_units": 1, "unit_cap": 2, "first_enrolled_on": TODAY} | facts
    return Participation(resident=resident, programme=version.programme, village_id=resident.village_id, **given)


@pytest.mark.django_db
def test_the_row_is_the_one_that_save_stores(django_assert_num_queries: Any) -> None:
    row = participation()
    with django_assert_num_queries(1):
        made = insert_one(row)
    assert made is row
    stored = Participation.objects.get(pk=row.pk)
    names = [field.attname for field in Participation._meta.local_concrete_fields]
    assert {name: getattr(stored, name) for name in names} == {name: getattr(row, name) for name in names}
    row.units = 2
    row.save()
    assert Participation.objects.get().units == 2


@pytest.mark.django_db
def test_a_constraint_refuses_it() -> None:
    row = participation(capped_units=3)
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_one(row)
    assert not Participation.objects.exists()


@pytest.mark.django_db
def test_a_document_and_the_instant_of_writing_are_kept() -> None:
    entry = insert_one(AuditEntry(actor=None, action="test", detail={"人数": 3}))
    stored = AuditEntry.objects.get()
    assert (stored.detail, stored.at) == ({"人数": 3}, entry.at)
    with pytest.raises(AppendOnly):
        entry.save()


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written() -> None:
    with pytest.raises(transaction.TransactionManagementError):
        insert_one(AuditEntry(actor=None, action="test"))
    assert not AuditEntry.objects.exists()


@pytest.mark.django_db
def test_what_is_asked_is_what_the_query_says(django_assert_num_queries: Any) -> None:
    first, second = factories.resident(), factories.resident()
    asked = Asked(lambda who, no: Resident.objects.filter(pk=who).exclude(pk=no).only("name"))
    for _ in range(2):
        with django_assert_num_queries(1):
            assert asked(second.pk, first.pk) == [second]
    assert asked(first.pk, first.pk) == []
    with django_assert_num_queries(1):
        assert asked(first.pk, 0)[0].name == first.name


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 3, 2000])
def test_any_number_of_values_is_one_parameter(count: int, django_assert_num_queries: Any) -> None:
    people = [factories.resident() for _ in range(4)]
    keys = [each.pk for each in people[: min(count, 3)]] + [10**9 + one for one in range(max(count - 3, 0))]
    names = [str(each.number_index) for each in people[: min(count, 3)]] + ["无此人'\"\\"]
    with django_assert_num_queries(2):
        by_key = set(Resident.objects.filter(Among(F("pk"), keys)))
        by_index = set(Resident.objects.filter(Among(F("number_index"), names)))
    assert by_key == by_index == set(people[: min(count, 3)])


@pytest.mark.django_db
@pytest.mark.parametrize("household", ["", "甲,乙", "{甲}", '甲"', "甲\x1f乙", "NULL"])
def test_a_text_is_found_whatever_signs_it_holds(household: str) -> None:
    kept, other = factories.resident(household=household), factories.resident(household="另一户")
    for values in ([household], [household, "甲"], ["乙", household, ""]):
        assert set(Resident.objects.filter(Among(F("household"), values))) == {kept}
    assert set(Resident.objects.filter(Among(F("household"), ["甲", "乙", "nobody"]))) == set()
    assert set(Resident.objects.filter(Among(F("household"), [other.household]))) == {other}
