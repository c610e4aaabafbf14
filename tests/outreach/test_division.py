"""Who looks after whom: the lead divides, by hand or in equal parts; households hold together; each change audited."""

import pytest
from tests import factories, towns
from tests.outreach.acts import NOW, household, nothing_changes

from ankang.audit.models import AuditEntry
from ankang.outreach.division import MOST_TICKS, assign, divide, name_lead
from ankang.outreach.errors import NotTheLead
from ankang.outreach.models import Assignment, VillageLead
from ankang.outreach.permissions import lead_of
from ankang.programmes.queries import plan_of
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(db):
    return plan_of(towns.campaign())


@pytest.fixture
def place(plan):
    return factories.village(1)


@pytest.fixture
def pair(place):
    return factories.user("village", place), factories.user("village", place)


def care() -> dict[str, int]:
    return dict(Assignment.objects.values_list("resident__name", "worker_id"))


def test_equal_parts_by_household_in_their_order(plan, place, pair, django_assert_num_queries):
    for number, people in (("1组10号", 2), ("1组2号", 2), ("2组1号", 1), ("2组3号", 1)):
        household(place, number, people)
    towns.dead(factories.resident(place, household="1组2号", name="已故者"))
    household(factories.village(2), "1组1号", 3)
    with django_assert_num_queries(8):  # savepoint, lead, residents, who has them (twice), rows, audit, release
        assert divide(by=pair[0], village=place, plan=plan, workers=pair, now=NOW) == 6
    first, second = pair
    assert care() == {
        "1组2号之0": first.pk,
        "1组2号之1": first.pk,
        "1组10号之0": second.pk,
        "1组10号之1": second.pk,
        "2组1号之0": second.pk,
        "2组3号之0": second.pk,
    }


def test_a_newcomer_joins_the_worker_of_the_household(plan, place, pair):
    household(place, "1", 1)
    household(place, "2", 1)
    divide(by=pair[0], village=place, plan=plan, workers=pair, now=NOW)
    newcomer = factories.resident(place, household="2", name="新来的")
    before = care()
    assert divide(by=pair[0], village=place, plan=plan, workers=pair[:1], now=NOW) == 1
    assert care() == before | {newcomer.name: pair[1].pk}
    assert divide(by=pair[0], village=place, plan=plan, workers=pair[:1], everybody=True, now=NOW) == 2
    assert set(care().values()) == {pair[0].pk}
    entry = AuditEntry.objects.latest("id")
    assert entry.action == "outreach.divide"
    assert entry.detail["people"] == {str(pair[0].pk): 2}
    assert [newcomer.pk, pair[1].pk, pair[0].pk] in entry.detail["changes"]
    with nothing_changes():
        assert divide(by=pair[0], village=place, plan=plan, workers=pair[:1], everybody=True, now=NOW) == 0


def test_ticks_give_whole_households_and_single_people(place, pair):
    household(place, "1", 2)
    alone = factories.resident(place, name="单独", household="")
    other = factories.resident(place, name="没勾", household="")
    foreign = factories.resident(factories.village(2), name="邻村", household="1")
    first, second = pair
    ticks = {"residents": [alone.pk, foreign.pk], "households": ["1", ""]}
    assert assign(by=first, village=place, worker=second, now=NOW, **ticks) == 3
    assert care() == {"1之0": second.pk, "1之1": second.pk, "单独": second.pk}
    assert assign(by=first, village=place, worker=first, residents=[alone.pk], now=NOW) == 1
    assert care()["单独"] == first.pk
    assert assign(by=first, village=place, worker=None, households=["1"], now=NOW) == 2
    assert care() == {"单独": first.pk}
    assert other.name not in care()


@pytest.mark.parametrize("ticks", [0, MOST_TICKS + 1])
def test_no_tick_and_too_many_are_refused(place, pair, ticks):
    with nothing_changes(), pytest.raises(InvalidInput, match="500"):
        assign(by=pair[0], village=place, worker=pair[0], residents=range(ticks), now=NOW)


def test_only_the_lead_divides_once_the_town_named_one(plan, place, pair):
    lead, worker = pair
    household(place, "1", 1)
    name_lead(by=factories.user("town", is_manager=True), village=place, user=lead, now=NOW)
    assert lead_of(place.code) == lead
    with nothing_changes():
        for act in (
            lambda: divide(by=worker, village=place, plan=plan, workers=pair, now=NOW),
            lambda: assign(by=worker, village=place, worker=worker, households=["1"], now=NOW),
        ):
            with pytest.raises(NotTheLead, match=lead.full_name):
                act()
    assert divide(by=lead, village=place, plan=plan, workers=pair, now=NOW) == 1


def test_a_lead_whose_account_is_closed_binds_nobody(place, pair):
    boss = factories.user("town", is_manager=True)
    name_lead(by=boss, village=place, user=pair[0], now=NOW)
    pair[0].is_active, pair[0].disabled_at, pair[0].disabled_by = False, NOW, boss
    pair[0].save()
    assert lead_of(place.code) is None
    with nothing_changes(), pytest.raises(InvalidInput):
        name_lead(by=boss, village=place, user=pair[0], now=NOW)
    name_lead(by=boss, village=place, user=pair[1], now=NOW)
    assert VillageLead.objects.get().user == pair[1]


def test_who_may_not_name_divide_or_be_given_people(plan, place, pair):
    neighbour = factories.user("village", factories.village(2))
    household(place, "1", 1)
    with nothing_changes():
        for by in (pair[0], factories.user("town"), factories.user("insurer", is_manager=True)):
            with pytest.raises(NotAllowed):
                name_lead(by=by, village=place, user=pair[0], now=NOW)
        with pytest.raises(NotAllowed):
            divide(by=neighbour, village=place, plan=plan, workers=[neighbour], now=NOW)
        for workers in ([], [neighbour], [factories.user("town")]):
            with pytest.raises(InvalidInput):
                divide(by=pair[0], village=place, plan=plan, workers=workers, now=NOW)
        with pytest.raises(InvalidInput):
            assign(by=pair[0], village=place, worker=neighbour, households=["1"], now=NOW)
