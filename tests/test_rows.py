"""Statements made once and many values in one: they store and find what the ORM would, under the same constraints."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F, Value
from django.db.models.functions import Upper
from tests import factories

from ankang.audit.models import AppendOnly, AuditEntry
from ankang.enrolment.models import Participation
from ankang.installation.rows import Among, Asked, insert_all, insert_one, planned_anew, update_one
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


@pytest.mark.django_db
def test_joined_models_annotations_texts_and_days_come_with_what_is_asked(django_assert_num_queries: Any) -> None:
    one, other = factories.resident(household="甲"), factories.resident(household="乙")
    asked = Asked(
        lambda household, born: (
            Resident.objects.filter(household=household, birth_date=born)
            .select_related("village")
            .annotate(shout=Upper("household"), second=Value("second"))
        )
    )
    for who in (one, other, one):
        with django_assert_num_queries(1):
            (found,) = asked(who.household, who.birth_date)
            assert (found, found.village.name) == (who, who.village.name)
            assert (found.number, found.shout, found.second) == (who.number, who.household, "second")
    assert asked("丙", one.birth_date) == asked("甲", one.birth_date + timedelta(days=1)) == []


@pytest.mark.django_db
def test_any_count_of_values_is_asked() -> None:
    people = [factories.resident() for _ in range(3)]
    asked = Asked(lambda *keys: Resident.objects.filter(pk__in=keys).order_by("pk"))
    assert asked(people[1].pk) == people[1:2]
    assert asked(people[2].pk, people[0].pk) == [people[0], people[2]]


@pytest.mark.django_db(transaction=True)
def test_a_lock_is_asked_for_inside_a_transaction_only() -> None:
    one = factories.resident()
    asked = Asked(lambda who: Resident.objects.select_for_update().filter(pk=who))
    with transaction.atomic():
        assert asked(one.pk) == [one]
    if connection.features.has_select_for_update:
        with pytest.raises(transaction.TransactionManagementError):
            asked(one.pk)


@pytest.mark.django_db
def test_several_rows_are_inserted_in_one_statement(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        rows = insert_all([AuditEntry(action=f"test.{at}", detail={"at": at}) for at in range(3)])
    assert insert_all([]) == []
    assert [(one.action, one.detail) for one in AuditEntry.objects.order_by("pk")] == [
        (f"test.{at}", {"at": at}) for at in range(3)
    ]
    assert [one.pk for one in rows] == [AuditEntry.objects.get(action=f"test.{at}").pk for at in range(3)]


@pytest.mark.django_db
def test_the_named_fields_are_written_and_no_other(django_assert_num_queries: Any) -> None:
    one = factories.resident(household="甲", address="旧")
    one.household, one.address = "乙", "新"
    with django_assert_num_queries(1):
        update_one(one, "household")
    assert (stored := Resident.objects.get(pk=one.pk)).household == "乙"
    assert stored.address == "旧"
    update_one(one)
    stored = Resident.objects.get(pk=one.pk)
    assert (stored.address, stored.number.reveal(), stored.updated_at) == ("新", one.number.reveal(), one.updated_at)
    Resident.objects.filter(pk=one.pk).delete()
    with pytest.raises(Resident.DoesNotExist):
        update_one(one, "household")


@pytest.mark.django_db
def test_what_is_only_appended_is_not_written_around() -> None:
    entry = insert_one(AuditEntry(action="test"))
    entry.action = "other"
    with pytest.raises(TypeError):
        update_one(entry, "action")
    assert AuditEntry.objects.get().action == "test"


@pytest.mark.django_db
def test_a_report_is_planned_for_its_own_values_and_prepares_nothing() -> None:
    def ask() -> int:
        for _ in range(4):
            assert Participation.objects.filter(units=7).count() == 0
        if connection.vendor != "postgresql":
            return 0
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            return int(cursor.fetchone()[0])

    with planned_anew():
        first = ask()
        with pytest.raises(ZeroDivisionError), planned_anew():
            raise ZeroDivisionError
        assert ask() == first
    assert ask() >= first
    if connection.vendor == "postgresql":
        assert connection.connection.prepare_threshold == 2
