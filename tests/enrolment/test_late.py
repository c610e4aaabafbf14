"""After the window: only with a town manager's exception for this resident, on its days, which the enrolment names."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import TODAY, enrol, nothing_changes, slip_of
from tests.enrolment.test_slip_files import HEAD, row
from tests.races import race
from tests.roster.files import xlsx

from ankang.audit.models import AuditEntry
from ankang.enrolment.late import LateEntryNotNeeded, grant_late_entry, late_entries
from ankang.enrolment.models import Enrolment, Holding, LateEntry
from ankang.enrolment.offer import offer_for, offers_for
from ankang.enrolment.slip_checks import Wanted
from ankang.enrolment.slip_files import prepare_file
from ankang.enrolment.slip_models import SlipLine
from ankang.enrolment.slips import enrol_household, go_on
from ankang.programmes.queries import plan_of
from ankang.rules.eligibility import WindowClosed
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.premium import quote
from ankang.rules.units import UnitCapReached

CLOSED = date(2024, 3, 21)  # the day after the window's last
NOW = datetime(2024, 3, 21, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def manager(version):
    return factories.user("town", is_manager=True)


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def resident():
    return factories.resident()


def grant(by, resident, version, **facts):
    given = {"reason": "在外地", "paper": "会议记录3号", "days": 7, "key": uuid.uuid4().hex, "today": CLOSED} | facts
    return grant_late_entry(by=by, resident=resident, version=version, now=NOW, **given)


def test_without_an_exception_the_window_is_closed(worker, resident, version):
    enrol(worker, resident, version, today=date(2024, 3, 20))
    with nothing_changes(), pytest.raises(WindowClosed):
        enrol(worker, resident, version, today=CLOSED)


@pytest.mark.parametrize(("day", "open_"), [(21, True), (27, True), (28, False)])
def test_the_exception_holds_on_its_days_and_is_named(manager, resident, version, day, open_):
    worker = factories.user("village")
    granted = grant(manager, resident, version)
    assert (granted.valid_from, granted.valid_to) == (CLOSED, date(2024, 3, 27))
    today = date(2024, 3, day)
    assert (offer_for(resident, version, today).refusal is None) is open_
    if not open_:
        with nothing_changes(), pytest.raises(WindowClosed):
            enrol(worker, resident, version, today=today)
        return
    made = enrol(worker, resident, version, today=today)
    assert made.late_entry == granted
    assert AuditEntry.objects.get(action="enrolment.enrol").detail["late_entry"] == granted.pk
    held = Holding.objects.get()
    assert (held.cover_from, held.cover_to) == (date(2024, 3, day + 1), date(2025, 3, 20))


def test_nobody_else_profits(manager, worker, resident, version):
    grant(manager, resident, version)
    with nothing_changes(), pytest.raises(WindowClosed):
        enrol(worker, factories.resident(), version, today=CLOSED)


def test_all_other_rules_stay(manager, worker, resident, version):
    grant(manager, resident, version)
    enrol(worker, resident, version, units=2, today=CLOSED)
    with nothing_changes(), pytest.raises(UnitCapReached):
        enrol(worker, resident, version, today=CLOSED)


def test_in_the_window_an_enrolment_names_no_exception_and_covers_as_ever(worker, resident, version):
    assert enrol(worker, resident, version).late_entry is None
    assert Holding.objects.get().cover_from == date(2024, 3, 21)


def test_an_exception_is_taken_by_household_list_and_file(manager, worker, version):
    people = [factories.resident(name=name) for name in ("王秀兰", "陈大山", "王小妹", "没批准的")]
    for one in people[:3]:
        one.refresh_from_db()
        grant(manager, one, version)
    quoted = quote(plan_of(version), "B", 1)
    wanted = [Wanted(resident=people[0], quote=quoted, consent="resident")]
    enrol_household(by=worker, key="a" * 32, version=version, people=wanted, today=CLOSED, now=NOW)
    go_on(by=worker, slip=slip_of(worker, version, [people[1], people[3]]), today=CLOSED, now=NOW)
    content = xlsx(row(people[2]), header=HEAD)
    file = prepare_file(by=worker, version=version, file_name="a.xlsx", content=content, today=CLOSED, now=NOW)
    assert [line.outcome for line in file.lines.all()] == ["waiting"]
    go_on(by=worker, slip=file, today=CLOSED, now=NOW)
    taken = Enrolment.objects.exclude(late_entry=None).values_list("participation__resident__name", flat=True)
    assert sorted(taken) == sorted(one.name for one in people[:3])
    refused = SlipLine.objects.get(outcome="refused")
    assert (refused.resident, "请镇民政办批准逾期补登" in refused.reason) == (people[3], True)


def test_exceptions_of_many_are_read_in_one_query(manager, worker, version, django_assert_num_queries):
    people = [factories.resident() for _ in range(5)]
    for one in people[:2]:
        grant(manager, one, version)
    with django_assert_num_queries(3):  # lists, holdings, exceptions
        offers = offers_for(people, version, CLOSED)
    assert [offers[one.pk].refusal is None for one in people] == [True, True, False, False, False]


def test_late_costs_one_query_more(manager, worker, resident, version, django_assert_num_queries):
    grant(manager, resident, version)
    with django_assert_num_queries(9 + 2):
        enrol(worker, resident, version, today=CLOSED)


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"reason": " "}, "reason"), ({"paper": ""}, "paper"), ({"days": 0}, "days"), ({"days": 31}, "days")],
)
def test_reason_paper_and_days_are_needed(manager, resident, version, facts, field):
    with nothing_changes(), pytest.raises(InvalidInput) as refused:
        grant(manager, resident, version, **facts)
    assert refused.value.fields["field"] == field


@pytest.mark.parametrize("days", [1, 30])
def test_from_one_to_thirty_days(manager, resident, version, days):
    granted = grant(manager, resident, version, days=days)
    assert (granted.valid_to - granted.valid_from).days == days - 1


@pytest.mark.parametrize("facts", [{"today": TODAY}, {"today": date(2024, 3, 20)}, {"today": date(2025, 3, 14)}])
def test_not_before_the_end_of_the_window_nor_when_no_cover_is_left(manager, resident, version, facts):
    with nothing_changes(), pytest.raises(LateEntryNotNeeded):
        grant(manager, resident, version, **facts)


def test_the_last_day_leaves_a_day_of_cover(manager, worker, resident, version):
    grant(manager, resident, version, today=date(2025, 3, 13))  # to 2025-03-19
    enrol(worker, resident, version, today=date(2025, 3, 19))
    held = Holding.objects.get()
    assert (held.cover_from, held.cover_to) == (date(2025, 3, 20), date(2025, 3, 20))


def test_only_a_manager_of_the_town(manager, worker, resident, version):
    others = [
        worker,
        factories.user("town"),
        factories.user("insurer", factories.town(), is_manager=True),
        factories.user("town", factories.town("320903102000"), is_manager=True),
    ]
    for other in others:
        with nothing_changes(), pytest.raises(NotAllowed):
            grant(other, resident, version)
    grant(manager, resident, version)
    assert list(late_entries(others[-1], version.programme_id)) == []


def test_the_same_key_is_one_exception(manager, resident, version):
    granted = grant(manager, resident, version, key="k")
    with nothing_changes():
        assert grant(manager, resident, version, key="k") == granted
    with nothing_changes(), pytest.raises(Conflict):
        grant(manager, factories.resident(), version, key="k")


def test_the_database_wants_reason_paper_and_days_in_order(manager, resident, version):
    rows = LateEntry.objects.filter(pk=grant(manager, resident, version).pk)
    for name, wrong in (
        ("late_entry_reason_and_paper", {"reason": ""}),
        ("late_entry_reason_and_paper", {"paper": ""}),
        ("late_entry_days", {"valid_to": TODAY}),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            rows.update(**wrong)


@pytest.mark.django_db(transaction=True)
def test_granted_twice_at_once_by_one_form_is_one(manager, resident, version):
    made = race(*[lambda: grant(manager, resident, version, key="k")] * 2)
    assert [one.pk for one in made] == [LateEntry.objects.get().pk] * 2
    assert AuditEntry.objects.filter(action="enrolment.grant_late").count() == 1
