"""无民事行为能力: who reports, who decides on what paper, and that nothing changes on a refusal."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests import factories

from ankang.audit.models import AuditEntry
from ankang.roster.capacity import dismiss_report, end_incapacity, find_incapacity, incapacities, report_incapacity
from ankang.roster.looks import look_at_report
from ankang.roster.models import Incapacity
from ankang.roster.queries import incapacities_of
from ankang.rules.capacity import Incapacity as Known
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
TODAY = date(2024, 3, 4)
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
PAPER = "（2024）苏0903民特12号"


@pytest.fixture
def village():
    return factories.user("village")


@pytest.fixture
def town():
    return factories.user("town")


@pytest.fixture
def resident(village):
    return factories.resident(village.division)


def report(by, resident, seen="认不出家人"):
    return report_incapacity(by=by, resident_id=resident.pk, seen=seen, today=TODAY, now=NOW)


def find(by, resident, from_on=date(2024, 1, 5), paper=PAPER):
    return find_incapacity(by=by, resident_id=resident.pk, from_on=from_on, paper=paper, today=TODAY, now=NOW)


def known(resident):
    resident.refresh_from_db()
    return incapacities_of(resident)


def test_a_report_waits_for_the_town_which_finds_or_dismisses(village, town, resident):
    report(village, resident)
    assert known(resident) == (Known(TODAY, None, found=False),)
    made = find(town, resident)
    assert known(resident) == (Known(date(2024, 1, 5), None, found=True),)
    assert (made.reported_by, made.decided_by, made.paper) == (village, town, PAPER)
    actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
    assert actions == ["roster.report_incapacity", "roster.find_incapacity"]


def test_a_dismissed_report_leaves_nothing_that_the_rules_see_and_may_be_made_again(village, town, resident):
    report(village, resident)
    dismiss_report(by=town, resident_id=resident.pk, paper="民政办上门核实", now=NOW)
    assert known(resident) == ()
    report(village, resident)
    assert [row.found for row in known(resident)] == [False]


def test_an_ended_time_keeps_its_dates(town, resident):
    find(town, resident)
    end_incapacity(
        by=town, resident_id=resident.pk, to_on=date(2024, 3, 1), paper="（2024）苏0903民特99号", today=TODAY
    )
    assert known(resident) == (Known(date(2024, 1, 5), date(2024, 3, 1), found=True),)
    assert find(town, resident, from_on=date(2024, 3, 3)).pk


def test_a_person_with_capacity_costs_no_query(resident, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert incapacities_of(resident) == ()


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda v, t, o, r: report(o, r), NotAllowed),
        (lambda v, t, o, r: report(v, r, "傻"), InvalidInput),
        (lambda v, t, o, r: find(v, r), NotAllowed),
        (lambda v, t, o, r: find(t, r, paper=" "), InvalidInput),
        (lambda v, t, o, r: find(t, r, from_on=date(2024, 3, 5)), InvalidInput),
        (lambda v, t, o, r: find(t, r, from_on=date(1900, 1, 1)), InvalidInput),
        (lambda v, t, o, r: dismiss_report(by=t, resident_id=r.pk, paper="上门核实过了", now=NOW), Conflict),
        (lambda v, t, o, r: end_incapacity(by=t, resident_id=r.pk, to_on=TODAY, paper=PAPER, today=TODAY), Conflict),
    ],
)
def test_a_refusal_changes_nothing(village, town, resident, act, error):
    other = factories.user("village", factories.village(2))
    with pytest.raises(error):
        act(village, town, other, resident)
    resident.refresh_from_db()
    assert (resident.has_incapacity, Incapacity.objects.count(), AuditEntry.objects.count()) == (False, 0, 0)


def test_nobody_is_reported_or_found_twice(village, town, resident):
    report(village, resident)
    with pytest.raises(Conflict, match="待镇里核实"):
        report(village, resident)
    find(town, resident)
    with pytest.raises(Conflict, match="已经登记"):
        find(town, resident)
    assert Incapacity.objects.count() == 1


def test_the_database_keeps_one_open_row_decided_on_paper(town, resident):
    find(town, resident)
    for facts in (
        {"state": "found", "from_on": TODAY, "paper": PAPER, "decided_by": town, "decided_at": NOW},
        {"state": "dismissed", "from_on": TODAY, "decided_by": town, "decided_at": NOW},
        {"state": "reported", "from_on": TODAY, "reported_by": town},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Incapacity.objects.create(resident=resident, **facts)


def test_the_list_is_the_towns_own_and_what_waits_stands_first(village, town, resident):
    find(town, factories.resident(village.division, name="陈大山"))
    report(village, resident)
    stranger = factories.user("town", factories.town("320903102000"))
    assert [row.state for row in incapacities(town)] == ["reported", "found"]
    assert [row.resident for row in incapacities(town, "reported")] == [resident]
    assert not incapacities(stranger)


def test_what_the_village_saw_is_sealed_and_a_look_is_noted(village, town, resident):
    made = report(village, resident, "认不出家人")
    assert "认不出家人".encode() not in bytes(Incapacity.objects.get(pk=made.pk).seen.stored)
    with pytest.raises(NotAllowed):
        look_at_report(by=village, incapacity=made)
    assert look_at_report(by=town, incapacity=made) == "认不出家人"
    assert AuditEntry.objects.filter(action="roster.look_at_incapacity").count() == 1
