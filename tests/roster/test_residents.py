"""Adding one resident, and finding people: by number, by name, by initials, by tail."""

from datetime import date
from typing import Any

import pytest
from tests import factories
from tests.races import race

from ankang.accounts.models import Desk
from ankang.audit.models import AuditEntry
from ankang.roster.actions import add_resident
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.queries import find_by_number, listed_groups, search
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
NUMBER = factories.identity_number(date(1948, 3, 4), 2)


def add(**facts: Any) -> Resident:
    by = facts.pop("by", None) or factories.user(Desk.VILLAGE)
    village = facts.pop("village", None) or factories.village()
    return add_resident(by=by, village=village, **{"name": "单秀兰", "number": NUMBER, "today": TODAY} | facts)


def test_add_seals_and_indexes(django_assert_num_queries: Any) -> None:
    user, village = factories.user(Desk.VILLAGE), factories.village()
    with django_assert_num_queries(8):  # sample?, plan, begin, look, insert, groups, audit, commit
        made = add(by=user, village=village, phone="13812345678", groups=["dibao", "wubao"], address=" 3组 ")
    stored = Resident.objects.get()
    assert stored.pk == made.pk
    assert stored.number is not None
    assert stored.phone is not None
    assert (stored.number.reveal(), stored.number_tail, stored.phone.reveal()) == (NUMBER, NUMBER[-4:], "13812345678")
    assert (stored.birth_date, stored.sex, stored.initials) == (date(1948, 3, 4), "2", "sxl")
    assert (stored.address, stored.phone_tail, stored.child_phone) == ("3组", "5678", None)
    assert listed_groups(stored, TODAY) == {"dibao", "wubao"}
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id, entry.division_code) == ("roster.add", str(made.pk), village.pk)
    assert NUMBER not in str(entry.detail)


@pytest.mark.parametrize("facts", [{"number": "123"}, {"name": ""}, {"phone": "12"}])
def test_bad_values_change_nothing(facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        add(**facts)
    assert (Resident.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.parametrize("has_plan", [False, True])
def test_a_roster_takes_who_turns_60_within_a_year(has_plan: bool) -> None:
    if has_plan:
        factories.version()
    older, younger = date(TODAY.year - 59, TODAY.month, TODAY.day), date(TODAY.year - 59, TODAY.month, TODAY.day + 1)
    add(number=factories.identity_number(older, 1))
    with pytest.raises(InvalidInput, match="不满60周岁，一年内也不会满"):
        add(number=factories.identity_number(younger, 1))
    assert (Resident.objects.count(), AuditEntry.objects.filter(action="roster.add").count()) == (1, 1)


def test_another_village_is_not_ones_own() -> None:
    with pytest.raises(NotAllowed):
        add(village=factories.village(2))
    with pytest.raises(NotAllowed):
        add(by=factories.user(Desk.TOWN), village=factories.town())
    assert Resident.objects.count() == 0


def test_a_listed_number_names_the_village_only_to_who_may_see_it() -> None:
    listed = factories.resident(factories.village(2), number=NUMBER)
    with pytest.raises(Conflict) as hidden:
        add()
    with pytest.raises(Conflict) as shown:
        add(by=factories.user(Desk.TOWN))
    assert "02村" not in hidden.value.message
    assert "在册" not in hidden.value.message
    assert hidden.value.fields["resident"] is None
    assert "02村" in shown.value.message
    assert shown.value.fields["resident"] == listed.pk
    assert (Resident.objects.count(), AuditEntry.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_add_one() -> None:
    user = factories.user(Desk.VILLAGE)
    outcomes = race(lambda: add(by=user), lambda: add(by=user))
    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]
    assert (Resident.objects.count(), AuditEntry.objects.filter(action="roster.add").count()) == (1, 1)


def test_find_by_number_stays_in_ones_division(django_assert_num_queries: Any) -> None:
    listed = factories.resident(factories.village(2), number=NUMBER)
    town = factories.user(Desk.TOWN)
    with django_assert_num_queries(1):
        assert find_by_number(town, f" {NUMBER[:6]} {NUMBER[6:]}") == listed
    assert find_by_number(factories.user(Desk.VILLAGE), NUMBER) is None
    with pytest.raises(InvalidInput):
        find_by_number(town, "3299")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", {"王秀兰", "单玉英"}),
        ("秀", {"王秀兰"}),
        ("wx", {"王秀兰"}),
        ("SYY", {"单玉英"}),
        ("xl", set()),
        (NUMBER, {"王秀兰"}),
        (NUMBER[-4:].lower(), {"王秀兰"}),
        ("329900194803", set()),
        ("李", set()),
    ],
)
def test_search(text: str, found: set[str]) -> None:
    factories.resident(name="王秀兰", initials="wxl", number=NUMBER)
    factories.resident(name="单玉英", initials="syy", number=factories.identity_number(date(1950, 1, 1), 777))
    factories.resident(factories.village(2), name="王秀英", initials="wxy")
    assert {row.name for row in search(factories.user(Desk.VILLAGE), text)} == found


def test_listed_groups_count_both_ends(django_assert_num_queries: Any) -> None:
    resident = factories.resident()
    for group, start, end in (
        ("dibao", date(2024, 3, 4), None),
        ("wubao", date(2024, 1, 1), date(2024, 3, 4)),
        ("sanwu", date(2024, 1, 1), date(2024, 3, 3)),
    ):
        GroupMembership.objects.create(
            resident=resident, village=resident.village, group=group, from_on=start, to_on=end
        )
    with django_assert_num_queries(1):
        assert listed_groups(resident, TODAY) == {"dibao", "wubao"}
    assert listed_groups(resident, date(2024, 3, 3)) == {"wubao", "sanwu"}
    assert listed_groups(resident, date(2024, 3, 5)) == {"dibao"}
    assert listed_groups(resident, date(2023, 12, 31)) == frozenset()
