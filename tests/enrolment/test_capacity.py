"""A person without legal capacity is insured against death by no door: the rule stands in the action itself."""

from datetime import date
from io import BytesIO

import pytest
from python_calamine import load_workbook
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol, nothing_changes, slip_of
from tests.enrolment.purchase_acts import listed, old_people, outcomes, prepare, review, run
from tests.enrolment.test_slip_files import HEAD, row
from tests.logins import logged_in
from tests.roster.files import xlsx

from ankang.enrolment.errors import PeopleRefused
from ankang.enrolment.late import grant_late_entry
from ankang.enrolment.models import Enrolment
from ankang.enrolment.offer import offer_for
from ankang.enrolment.slip_checks import Wanted
from ankang.enrolment.slip_files import prepare_file
from ankang.enrolment.slips import enrol_household, go_on
from ankang.installation.models import Installation
from ankang.programmes.queries import plan_of
from ankang.roster.capacity import dismiss_report, find_incapacity, report_incapacity
from ankang.rules.capacity import CapacityInDoubt, NoLegalCapacity
from ankang.rules.premium import quote

pytestmark = pytest.mark.django_db
PAPER = "（2024）苏0903民特12号"


@pytest.fixture
def version(db):
    Installation.objects.create(pk=1, is_sample=True, demo_today=TODAY)
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def town(version):
    return factories.user("town")


@pytest.fixture
def resident(worker, town):
    one = factories.resident(worker.division, household="001")
    find(town, one)
    return one


def find(town, one, day=date(2024, 1, 5)):
    find_incapacity(by=town, resident_id=one.pk, from_on=day, paper=PAPER, today=TODAY, now=NOW)
    one.refresh_from_db()


@pytest.mark.parametrize("facts", [{}, {"product": "A"}, {"consent": "family"}, {"payer": "donor"}])
def test_enrolling_one_is_refused_whoever_pays_and_agrees(worker, version, resident, facts):
    with nothing_changes(), pytest.raises(NoLegalCapacity, match="监护人和家属也不能代他同意"):
        enrol(worker, resident, version, **facts)


def test_government_may_not_buy_either(worker, town, version):
    subject = factories.resident(worker.division, birth_date=date(1940, 1, 1))
    find(town, subject)
    with nothing_changes(), pytest.raises(NoLegalCapacity):
        enrol(worker, subject, version, payer="government", consent="not_needed")


def test_a_report_stops_until_it_is_dismissed(worker, town, version):
    one = factories.resident(worker.division)
    report_incapacity(by=worker, resident_id=one.pk, seen="认不出家人", today=TODAY, now=NOW)
    with nothing_changes(), pytest.raises(CapacityInDoubt, match="等镇民政办核实"):
        enrol(worker, one, version)
    dismiss_report(by=town, resident_id=one.pk, paper="民政办上门核实", now=NOW)
    assert enrol(worker, one, version).pk


def test_a_household_is_stopped_whole_and_names_the_person(worker, version, resident):
    other = factories.resident(worker.division, name="陈大山", household="001")
    quoted = quote(plan_of(version), "B", 1)
    people = [Wanted(resident=one, quote=quoted, consent="resident") for one in (resident, other)]
    with nothing_changes(), pytest.raises(PeopleRefused) as refused:
        enrol_household(by=worker, key="a" * 32, version=version, people=people, today=TODAY, now=NOW)
    assert list(refused.value.fields["people"]) == [resident.pk]


@pytest.mark.parametrize("payer", ["village", "donor"])
def test_a_list_leaves_the_person_out_with_the_reason(worker, version, resident, payer):
    slip = slip_of(worker, version, [resident], payer=payer, giver="01村村委会")
    go_on(by=worker, slip=slip, today=TODAY, now=NOW)
    line = slip.lines.get()
    assert (line.outcome, "保险法第三十三条" in line.reason, Enrolment.objects.count()) == ("refused", True, 0)


def test_a_file_says_it_beside_the_row(worker, version, resident):
    content = xlsx(row(resident), header=HEAD)
    slip = prepare_file(by=worker, version=version, file_name="a.xlsx", content=content, today=TODAY, now=NOW)
    assert "保险法第三十三条" in slip.lines.get(outcome="refused").reason


def test_a_batch_leaves_the_person_out_also_when_found_after_it_was_prepared(version, town):
    second = factories.user("town")
    kept, found_before, found_later = old_people(3)
    find(town, found_before)
    assert [one.reason for one in listed(town, version).left_out] == ["no_legal_capacity"]
    batch = prepare(town, version)
    find(town, found_later)
    run(second, review(second, batch))
    told = {pk: (outcome, reason) for pk, outcome, reason, *_ in outcomes(batch)}
    assert told[kept.pk][0] == "enrolled"
    assert told[found_later.pk] == ("not_enrolled", "no_legal_capacity")
    assert told[found_before.pk][0] == "left_out"


def test_no_late_exception_for_whom_no_product_may_insure(version, resident):
    manager = factories.user("town", is_manager=True)
    with nothing_changes(), pytest.raises(NoLegalCapacity):
        grant_late_entry(
            by=manager, resident=resident, version=version, reason="刚回村", paper="会议记录〔2024〕3号", days=7,
            key="k", today=date(2024, 3, 25), now=NOW,
        )  # fmt: skip


def test_the_offer_is_empty_and_says_why(version, resident, worker):
    offer = offer_for(resident, version, TODAY)
    assert (offer.cards, offer.government, offer.refusal.code) == ((), None, "no_legal_capacity")


def test_the_page_says_it_before_anything_is_chosen(worker, version, resident):
    answer = logged_in(worker).get(f"/village/enrol/?resident={resident.pk}").content.decode()
    assert "经认定无民事行为能力" in answer
    assert 'value="confirm"' not in answer


def test_a_worker_reports_and_the_town_decides_by_the_pages(worker, town, version, django_assert_num_queries):
    one = factories.resident(worker.division, name="李秀英")
    village, desk = logged_in(worker), logged_in(town)
    desk.get("/me/password/")  # the session notes once a minute that somebody is there
    page = f"/village/roster/{one.pk}/capacity/"
    assert village.post(page, {"act": "report", "seen": ""}).status_code == 422
    assert village.post(page, {"act": "find", "from_on": "2024-01-05", "paper": PAPER}).status_code == 422
    assert village.post(page, {"act": "report", "seen": "认不出家人"}).status_code == 302
    assert "认不出家人" not in village.get(page).content.decode()
    with django_assert_num_queries(9):
        shown = desk.get("/town/capacity/?state=reported").content.decode()
    assert "1 人等镇里核实" in shown
    page = f"/town/roster/{one.pk}/capacity/"
    report = one.incapacities.get()
    assert "认不出家人" in desk.post(page, {"act": "look", "report": report.pk}).content.decode()
    assert desk.post(page, {"act": "find", "from_on": "2024-01-05", "paper": PAPER}).status_code == 302
    with django_assert_num_queries(6):
        assert "经认定无民事行为能力，2024年1月5日起" in desk.get(page).content.decode()
    assert "含身故责任的险种不能投保" in village.get(f"/village/roster/{one.pk}/").content.decode()
    book = load_workbook(BytesIO(desk.get("/town/capacity/export/").content)).get_sheet_by_index(0).to_python()
    assert book[2][1:5:2] == ["李秀英", "经认定无民事行为能力"]
    assert desk.post(page, {"act": "end", "to_on": "2024-03-01", "paper": "恢复判决"}).status_code == 302
    assert "没有等核实的人" in desk.get("/town/capacity/").content.decode()
