"""Changes of a resident by hand: states, name and number, lists. After a refusal nothing has changed."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from tests import factories
from tests.races import race
from tests.roster.files import number

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.installation.models import Installation
from ankang.roster.changes import correct_identity, end_group, join_group, mark_dead, mark_moved, restore
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.queries import listed_groups
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db

TODAY = date(2024, 3, 4)
DAY = timedelta(days=1)
BIRTH = date(1954, 3, 4)
PAPER = "死亡医学证明"


@pytest.fixture
def village() -> User:
    return factories.user(Desk.VILLAGE)


@pytest.fixture
def town() -> User:
    return factories.user(Desk.TOWN)


def state(resident: Resident) -> tuple[Any, ...]:
    resident.refresh_from_db()
    return (resident.status, resident.died_on, resident.moved_on)


def last_audit() -> tuple[str, dict[str, Any]]:
    entry = AuditEntry.objects.order_by("-id")[0]
    return entry.action, entry.detail


def test_died_moved_and_back(village: User, django_assert_num_queries: Any) -> None:
    resident = factories.resident()
    with django_assert_num_queries(5):  # begin, lock, update, audit, commit
        mark_moved(by=village, resident_id=resident.pk, moved_on=TODAY, evidence="迁往邻县", today=TODAY)
    assert state(resident) == ("moved", None, TODAY)
    assert last_audit() == ("roster.become_moved", {"was": "living", "on": "2024-03-04"})
    mark_dead(by=village, resident_id=resident.pk, died_on=TODAY - DAY, evidence=PAPER, today=TODAY)
    assert state(resident) == ("dead", TODAY - DAY, None)
    assert resident.status_evidence == PAPER
    restore(by=village, resident_id=resident.pk, reason="登记有误")
    assert state(resident) == ("living", None, None)
    assert last_audit() == ("roster.become_living", {"was": "dead", "on": ""})


@pytest.mark.parametrize("day", [TODAY, BIRTH])
def test_the_first_and_the_last_day_of_a_death(village: User, day: date) -> None:
    resident = factories.resident()
    mark_dead(by=village, resident_id=resident.pk, died_on=day, evidence=PAPER, today=TODAY)
    assert state(resident) == ("dead", day, None)


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"died_on": TODAY + DAY}, InvalidInput),
        ({"died_on": BIRTH - DAY}, InvalidInput),
        ({"evidence": " 口述 "}, InvalidInput),
    ],
)
def test_a_wrong_death_changes_nothing(village: User, facts: dict[str, Any], error: type[AnkangError]) -> None:
    resident = factories.resident()
    given = {"died_on": TODAY, "evidence": PAPER} | facts
    with pytest.raises(error):
        mark_dead(by=village, resident_id=resident.pk, today=TODAY, **given)
    assert state(resident) == ("living", None, None)
    assert AuditEntry.objects.count() == 0


def test_a_state_that_stands_already_is_a_conflict(village: User) -> None:
    dead = factories.resident(status="dead", died_on=TODAY)
    with pytest.raises(Conflict):
        mark_dead(by=village, resident_id=dead.pk, died_on=TODAY - DAY, evidence=PAPER, today=TODAY)
    with pytest.raises(Conflict):
        mark_moved(by=village, resident_id=dead.pk, moved_on=TODAY, evidence="迁往邻县", today=TODAY)
    assert state(dead) == ("dead", TODAY, None)
    living = factories.resident()
    with pytest.raises(Conflict):
        restore(by=village, resident_id=living.pk, reason="已经迁回")
    assert AuditEntry.objects.count() == 0


def test_a_foreign_resident_is_not_ones_own(village: User) -> None:
    foreign = factories.resident(factories.village(2))
    membership = GroupMembership.objects.create(
        resident=foreign, village=foreign.village, group="dibao", from_on=TODAY - DAY
    )
    acts: list[Callable[[], Any]] = [
        lambda: mark_dead(by=village, resident_id=foreign.pk, died_on=TODAY, evidence=PAPER, today=TODAY),
        lambda: mark_moved(by=village, resident_id=foreign.pk, moved_on=TODAY, evidence="迁往邻县", today=TODAY),
        lambda: restore(by=village, resident_id=foreign.pk, reason="已经迁回"),
        lambda: join_group(
            by=village, resident_id=foreign.pk, group="wubao", from_on=TODAY, evidence="县局批文", today=TODAY
        ),
        lambda: end_group(by=village, resident_id=foreign.pk, membership_id=membership.pk, to_on=TODAY, today=TODAY),
        lambda: correct_identity(
            by=village, resident_id=foreign.pk, name="赵玉", number="", reason="核对原件", today=TODAY
        ),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert state(foreign) == ("living", None, None)
    assert GroupMembership.objects.get().to_on is None
    assert AuditEntry.objects.count() == 0


def test_a_dead_resident_keeps_no_day_of_moving() -> None:
    resident = factories.resident()
    with pytest.raises(IntegrityError), transaction.atomic():
        Resident.objects.filter(pk=resident.pk).update(moved_on=TODAY)
    Resident.objects.filter(pk=resident.pk).update(status="moved", moved_on=TODAY)


def test_the_town_puts_name_and_number_right(town: User) -> None:
    resident = factories.resident(name="王秀兰", number=number(2))
    new = number(3, date(1949, 12, 31))
    correct_identity(by=town, resident_id=resident.pk, name="单秀兰", number=new, reason="核对原件", today=TODAY)
    resident.refresh_from_db()
    assert resident.number is not None
    assert (resident.name, resident.initials, resident.number.reveal()) == ("单秀兰", "sxl", new)
    assert (resident.number_tail, resident.birth_date, resident.sex) == (new[-4:], date(1949, 12, 31), "1")
    assert last_audit() == ("roster.correct", {"fields": ["name", "number"]})
    with pytest.raises(Conflict):
        correct_identity(by=town, resident_id=resident.pk, name="单秀兰", number=new, reason="核对原件", today=TODAY)


def test_a_number_of_somebody_else_is_refused(town: User) -> None:
    factories.resident(factories.village(2), number=number(3))
    resident = factories.resident(number=number(2))
    with pytest.raises(Conflict) as refusal:
        correct_identity(
            by=town, resident_id=resident.pk, name="单秀兰", number=number(3), reason="核对原件", today=TODAY
        )
    assert refusal.value.fields["field"] == "number"
    resident.refresh_from_db()
    assert (resident.name, resident.number_tail) == ("王秀兰", number(2)[-4:])
    assert AuditEntry.objects.count() == 0


def test_a_list_begins_and_ends(village: User) -> None:
    resident = factories.resident()
    first = TODAY - 10 * DAY
    given = {"by": village, "resident_id": resident.pk, "group": "dibao", "evidence": "县局批文", "today": TODAY}
    made = join_group(from_on=first, **given)
    assert listed_groups(resident, first) == {"dibao"}
    assert listed_groups(resident, first - DAY) == frozenset()
    with pytest.raises(Conflict):
        join_group(from_on=TODAY, **given)
    for wrong in (first - DAY, TODAY + DAY):
        with pytest.raises(InvalidInput):
            end_group(by=village, resident_id=resident.pk, membership_id=made.pk, to_on=wrong, today=TODAY)
    end_group(by=village, resident_id=resident.pk, membership_id=made.pk, to_on=TODAY - DAY, today=TODAY)
    assert listed_groups(resident, TODAY - DAY) == {"dibao"}
    assert listed_groups(resident, TODAY) == frozenset()
    assert last_audit() == ("roster.end_group", {"group": "dibao", "to_on": "2024-03-03"})
    with pytest.raises(Conflict):
        end_group(by=village, resident_id=resident.pk, membership_id=made.pk, to_on=TODAY, today=TODAY)
    with pytest.raises(Conflict):
        join_group(from_on=TODAY - DAY, **given)
    join_group(from_on=TODAY, **given)
    assert GroupMembership.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_who_note_the_same_move_one_is_told() -> None:
    resident, people = factories.resident(), [factories.user(Desk.VILLAGE), factories.user(Desk.TOWN)]
    outcomes = race(
        *(
            lambda by=by: mark_moved(  # type: ignore[misc]
                by=by, resident_id=resident.pk, moved_on=TODAY, evidence="迁往邻县", today=TODAY
            )
            for by in people
        )
    )
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Conflict", "Resident"]
    assert AuditEntry.objects.count() == 1


def test_the_page_changes_and_tells(
    village: User, client_of: Callable[[User], Client], django_assert_num_queries: Any
) -> None:
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    resident, client = factories.resident(), client_of(village)
    address = f"/village/roster/{resident.pk}/change/"
    client.get(address)
    with django_assert_num_queries(7):
        # session, person, device, installation, resident with village, memberships, campaign
        client.get(address)
    refused = client.post(address, {"act": "dead", "died_on": "2024-03-05", "evidence": PAPER})
    assert refused.status_code == 422
    assert "还没有到" in refused.content.decode()
    assert client.post(address, {"act": "correct", "name": "赵玉", "reason": "核对原件"}).status_code == 200
    assert state(resident) == ("living", None, None)
    done = client.post(address, {"act": "dead", "died_on": "2024-03-01", "evidence": PAPER}, follow=True)
    assert "登记已故（原为在册） 2024-03-01" in done.content.decode()
    assert state(resident) == ("dead", date(2024, 3, 1), None)
