"""One enrolment: what it stores, in how many queries, and everything that stands in its way."""

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from tests import factories, towns
from tests.enrolment.acts import TODAY, enrol, nothing_changes, reread

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.errors import CancelTooLate, ConsentMissing, KeyReused, ResidentNotLiving, VersionOutdated
from ankang.enrolment.models import CONSENT_WAYS, CONSENTS_GIVEN, Enrolment, Funding, Participation
from ankang.roster.models import GroupMembership
from ankang.rules.eligibility import NotEligible, WindowClosed
from ankang.rules.errors import InvalidInput, NotAllowed
from ankang.rules.premium import WrongGovernmentPurchase
from ankang.rules.units import GovernmentUnitsHeld, MixedUnits, TopUpRefused, UnitCapReached

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 3, 4, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


def with_terms(**terms):
    plan = factories.plan()
    return factories.version(replace(plan, terms=replace(plan.terms, **terms)))


def test_one_enrolment_stores_who_paid_what_for_how_long(version, worker):
    resident = factories.resident(birth_date=date(1950, 5, 5))
    enrolment = enrol(worker, resident, version, product="A", units=2, fundings=[("self", 15000), ("child", 5000)])
    assert (enrolment.enrolled_on, enrolment.by, enrolment.consent) == (TODAY, worker, "resident")
    assert (enrolment.village_id, enrolment.version, enrolment.channel) == (resident.village_id, version, "single")
    holding = enrolment.holdings.get()
    assert (holding.product, holding.units, holding.unit_price_fen) == ("A", 2, 10000)
    assert (holding.cover_from, holding.cover_to) == (date(2024, 3, 21), date(2025, 3, 20))
    assert list(holding.fundings.values_list("payer", "amount_fen").order_by("pk")) == [
        ("self", 15000),
        ("child", 5000),
    ]
    participation = Participation.objects.get()
    assert (participation.units, participation.capped_units, participation.unit_cap) == (2, 2, 2)
    assert participation.first_enrolled_on == TODAY
    entry = AuditEntry.objects.get(action="enrolment.enrol")
    assert (entry.actor, entry.subject_id, entry.division_code) == (worker, str(enrolment.pk), resident.village_id)
    assert entry.detail == {
        "programme": "2024-yandu", "version": 1, "product": "A", "units": 2, "consent": "resident",
        "channel": "single", "fundings": {"self": 15000, "child": 5000},
    }  # fmt: skip


def test_a_first_enrolment_takes_eight_queries(version, worker, django_assert_num_queries):
    resident = factories.resident()
    # the lock, how they stand, the lists; five rows; and the two of its transaction
    with django_assert_num_queries(8 + 2):
        enrol(worker, resident, version)


def test_a_further_enrolment_takes_eight_queries(version, worker, django_assert_num_queries):
    resident = factories.resident()
    enrol(worker, resident, version)
    with django_assert_num_queries(8 + 2):
        enrol(worker, resident, version)


def test_several_payers_are_written_at_once(version, worker, django_assert_num_queries):
    resident, payers = factories.resident(), [("self", 2000), ("child", 2000), ("village", 1000)]
    with django_assert_num_queries(8 + 2):
        enrolment = enrol(worker, resident, version, fundings=payers)
    assert list(enrolment.holdings.get().fundings.order_by("pk").values_list("payer", "amount_fen")) == payers


def test_government_buying_takes_eight_queries_the_first_time(version, worker, django_assert_num_queries):
    resident = factories.resident(birth_date=date(1940, 1, 1))
    with django_assert_num_queries(8 + 2):
        enrol(worker, resident, version, payer="government", consent="not_needed")


def test_adding_to_what_government_bought_asks_for_no_list(version, worker, django_assert_num_queries):
    resident = factories.resident(birth_date=date(1940, 1, 1))
    enrol(worker, resident, version, payer="government", consent="not_needed")
    with django_assert_num_queries(7 + 2):
        enrol(worker, resident, version)


def test_government_buying_after_own_units_takes_eight_queries(version, worker, django_assert_num_queries):
    resident = factories.resident()
    enrol(worker, resident, version)
    towns.listed(resident, "dibao")
    with django_assert_num_queries(8 + 2):
        enrol(worker, resident, version, payer="government", consent="not_needed")


def test_the_same_key_again_is_the_same_enrolment(version, worker):
    resident = factories.resident()
    first = enrol(worker, resident, version, key="once")
    with nothing_changes():
        assert enrol(worker, resident, version, key="once") == first
    cancel_enrolment(by=worker, enrolment=first, today=TODAY, now=NOW)
    with nothing_changes():
        assert enrol(worker, resident, version, key="once").cancelled_at == NOW


def test_the_same_key_for_something_else_is_a_conflict(version, worker):
    resident, other = factories.resident(), factories.resident()
    enrol(worker, resident, version, product="B", key="once")
    for changed in ({"product": "A"}, {"units": 2}, {"payer": "child"}, {"consent": "family"}):
        with nothing_changes(), pytest.raises(KeyReused, match="已经提交过"):
            enrol(worker, resident, version, **{"product": "B", "key": "once"} | changed)
    with nothing_changes(), pytest.raises(KeyReused, match="已经提交过"):
        enrol(worker, other, version, product="B", key="once")


@pytest.mark.parametrize(
    ("today", "message"),
    [(date(2024, 1, 31), "还没开始.*2024年2月1日至2024年3月20日"), (date(2024, 3, 21), "已经截止.*批准逾期补登")],
)
def test_outside_the_window_nothing_is_stored(version, worker, today, message):
    with nothing_changes(), pytest.raises(WindowClosed, match=message):
        enrol(worker, factories.resident(), version, today=today)


@pytest.mark.parametrize("today", [date(2024, 2, 1), date(2024, 3, 20)])
def test_both_ends_of_the_window_are_inside(version, worker, today):
    assert enrol(worker, factories.resident(), version, today=today).enrolled_on == today


@pytest.mark.parametrize(
    ("facts", "message"),
    [({"status": "dead", "died_on": date(2024, 1, 2)}, "王秀兰已经去世"), ({"status": "moved"}, "王秀兰已经迁出")],
)
def test_the_dead_and_the_moved_are_refused(version, worker, facts, message):
    resident = factories.resident(**facts)
    with nothing_changes(), pytest.raises(ResidentNotLiving, match=message):
        enrol(worker, resident, version)


def test_the_row_in_the_database_counts_not_the_one_on_the_page(version, worker):
    shown = factories.resident()
    type(shown).objects.filter(pk=shown.pk).update(status="moved")
    with nothing_changes(), pytest.raises(ResidentNotLiving):
        enrol(worker, shown, version)


def test_an_older_version_is_refused(version, worker):
    with_terms(unit_cap=3)
    with nothing_changes(), pytest.raises(VersionOutdated, match=r"第2版.*第1版"):
        enrol(worker, factories.resident(), version)


def test_another_towns_plan_is_refused(version):
    other = factories.village(1, "320903102000")
    by = factories.user("village", division=other)
    with nothing_changes(), pytest.raises(VersionOutdated, match="所在镇街"):
        enrol(by, factories.resident(other), version)


@pytest.mark.parametrize("consent", CONSENTS_GIVEN)
def test_consent_says_who_and_how(version, worker, consent):
    enrolment = enrol(worker, factories.resident(), version, consent=consent)
    assert (enrolment.consent, enrolment.enrolled_at.date(), enrolment.by) == (consent, TODAY, worker)
    assert any(words in enrolment.get_consent_display() for words in CONSENT_WAYS.values())
    assert AuditEntry.objects.get(action="enrolment.enrol").detail["consent"] == consent


@pytest.mark.parametrize("consent", ["not_needed", "", "by_dream"])
def test_nobody_pays_without_consent(version, worker, consent):
    with nothing_changes(), pytest.raises(ConsentMissing, match="同意"):
        enrol(worker, factories.resident(), version, consent=consent)


def test_only_the_village_and_its_town_may_enrol(version):
    resident = factories.resident()
    foreign = factories.user("village", division=factories.village(2))
    insurer, district = factories.user("insurer"), factories.user("district")
    for by in (foreign, insurer, district):
        with nothing_changes(), pytest.raises(NotAllowed):
            enrol(by, resident, version)
    assert enrol(factories.user("town"), resident, version).pk


@pytest.mark.parametrize(
    ("birth", "joins"), [(date(1964, 3, 20), True), (date(1964, 3, 21), True), (date(1964, 3, 22), False)]
)
def test_sixty_must_be_completed_by_the_first_day_of_cover(version, worker, birth, joins):
    resident = factories.resident(birth_date=birth)
    if joins:
        assert enrol(worker, resident, version).pk
        return
    with nothing_changes(), pytest.raises(NotEligible, match=r"59周岁.*口径 K12"):
        enrol(worker, resident, version)


def test_two_units_over_both_products_and_no_third(version, worker):
    resident = factories.resident()
    enrol(worker, resident, version, product="A")
    enrol(worker, resident, version, product="B", payer="donor")
    with nothing_changes(), pytest.raises(UnitCapReached, match=r"最多2份.*已买2份.*K10"):
        enrol(worker, resident, version, product="B")
    assert reread(resident).capped_units == 2


def test_the_third_unit_at_once_says_how_many_are_left(version, worker):
    resident = factories.resident()
    enrol(worker, resident, version)
    with nothing_changes(), pytest.raises(UnitCapReached, match="请改成1份以内"):
        enrol(worker, resident, version, units=2)


def test_governments_unit_does_not_count_towards_the_cap(version, worker):
    resident = factories.resident(birth_date=date(1944, 3, 21))  # 80 on the first day of cover
    bought = enrol(worker, resident, version, payer="government", consent="not_needed")
    assert bought.holdings.get().product == "B"
    enrol(worker, resident, version, product="A", units=2)
    participation = reread(resident)
    assert (participation.units, participation.capped_units) == (3, 2)
    with nothing_changes(), pytest.raises(UnitCapReached):
        enrol(worker, resident, version, product="B")


def test_k10_otherwise_counts_governments_unit_too(worker):
    version = with_terms(cap_counts_government=True)
    resident = factories.resident(birth_date=date(1940, 1, 1))
    enrol(worker, resident, version, payer="government", consent="not_needed")
    enrol(worker, resident, version, product="A")
    with nothing_changes(), pytest.raises(UnitCapReached, match="已买2份"):
        enrol(worker, resident, version, product="A")


def test_k11_otherwise_a_subject_may_not_add_units(worker):
    version = with_terms(subject_may_top_up=False)
    resident = factories.resident(birth_date=date(1940, 1, 1))
    with nothing_changes(), pytest.raises(TopUpRefused, match="K11"):
        enrol(worker, resident, version)
    assert enrol(worker, factories.resident(), version).pk  # who is no subject may


def test_k14_otherwise_both_units_are_of_one_product(worker):
    version = with_terms(mixed_products=False)
    resident = factories.resident()
    enrol(worker, resident, version, product="A")
    with nothing_changes(), pytest.raises(MixedUnits, match="K14"):
        enrol(worker, resident, version, product="B")
    assert enrol(worker, resident, version, product="A").pk


def test_k08_otherwise_covers_a_year_from_the_day_after_payment(worker):
    version = with_terms(cover_rule="day-after-payment")
    holding = enrol(worker, factories.resident(), version, today=date(2024, 2, 28)).holdings.get()
    assert (holding.cover_from, holding.cover_to) == (date(2024, 2, 29), date(2025, 2, 28))


def test_government_buys_once_and_only_what_the_plan_says(version, worker):
    subject = factories.resident(birth_date=date(1940, 1, 1))
    with nothing_changes(), pytest.raises(WrongGovernmentPurchase, match="K09"):
        enrol(worker, subject, version, product="A", payer="government", consent="not_needed")
    with nothing_changes(), pytest.raises(WrongGovernmentPurchase, match="1份"):
        enrol(worker, subject, version, units=2, payer="government", consent="not_needed")
    enrol(worker, subject, version, payer="government", consent="not_needed")
    with nothing_changes(), pytest.raises(GovernmentUnitsHeld, match="已经给这位老人买过1份"):
        enrol(worker, subject, version, payer="government", consent="not_needed")


def test_k09_otherwise_government_buys_the_other_product(worker):
    version = with_terms(government_product="A")
    subject = factories.resident(birth_date=date(1940, 1, 1))
    with nothing_changes(), pytest.raises(WrongGovernmentPurchase):
        enrol(worker, subject, version, product="B", payer="government", consent="not_needed")
    bought = enrol(worker, subject, version, product="A", payer="government", consent="not_needed")
    assert Funding.objects.get(holding__enrolment=bought).amount_fen == 10000


def test_government_pays_for_subjects_only(version, worker):
    other = factories.resident(birth_date=date(1954, 1, 1))
    with nothing_changes(), pytest.raises(NotEligible, match="不是政府购买对象"):
        enrol(worker, other, version, payer="government", consent="not_needed")
    GroupMembership.objects.create(resident=other, village=other.village, group="dibao", from_on=date(2024, 1, 1))
    assert enrol(worker, other, version, payer="government", consent="not_needed").pk


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"product": "C"}, "没有这个险种"),
        ({"units": 0}, "至少是1份"),
        ({"fundings": [("self", 4999)]}, "还差0.01元"),
        ({"fundings": [("self", 5001)]}, "多了0.01元"),
        ({"fundings": [("self", 2500), ("self", 2500)]}, "写了两次"),
        ({"fundings": [("bank", 5000)]}, "出资人只能是"),
        ({"fundings": [("self", 5100), ("child", -100)]}, "要大于0元"),
        ({"fundings": [("self", 3000), ("government", 2000)]}, "不能只出一部分"),
    ],
)
def test_a_wrong_product_number_or_sum_is_refused(version, worker, wrong, message):
    with nothing_changes(), pytest.raises(InvalidInput, match=message):
        enrol(worker, factories.resident(), version, **wrong)


def test_cancelling_on_the_same_day_gives_the_units_back(version, worker):
    resident = factories.resident()
    enrolment = enrol(worker, resident, version, units=2)
    cancelled = cancel_enrolment(by=worker, enrolment=enrolment, today=TODAY, now=NOW)
    assert (cancelled.cancelled_at, cancelled.cancelled_by) == (NOW, worker)
    participation = reread(resident)
    assert (participation.units, participation.capped_units, participation.first_enrolled_on) == (0, 0, None)
    assert AuditEntry.objects.get(action="enrolment.cancel").subject_id == str(enrolment.pk)
    with nothing_changes():
        cancel_enrolment(by=worker, enrolment=enrolment, today=TODAY, now=NOW)
    assert enrol(worker, resident, version, units=2).pk


def test_cancelling_one_of_two_keeps_the_first_day(version, worker):
    resident = factories.resident()
    enrol(worker, resident, version, today=date(2024, 3, 1))
    second = enrol(worker, resident, version)
    cancel_enrolment(by=worker, enrolment=second, today=TODAY, now=NOW)
    participation = reread(resident)
    assert (participation.units, participation.first_enrolled_on) == (1, date(2024, 3, 1))


def test_on_a_later_day_it_is_a_withdrawal(version, worker):
    enrolment = enrol(worker, factories.resident(), version)
    with nothing_changes(), pytest.raises(CancelTooLate, match=r"2024-03-04登记的.*退保"):
        cancel_enrolment(by=worker, enrolment=enrolment, today=date(2024, 3, 5), now=NOW)
    assert Enrolment.objects.get().cancelled_at is None


def test_another_village_cannot_cancel(version, worker):
    enrolment = enrol(worker, factories.resident(), version)
    with nothing_changes(), pytest.raises(NotAllowed):
        cancel_enrolment(
            by=factories.user("village", division=factories.village(2)), enrolment=enrolment, today=TODAY, now=NOW
        )
    assert Enrolment.objects.get().cancelled_at is None


def test_cancelling_takes_six_queries(version, worker, django_assert_num_queries):
    enrolment = enrol(worker, factories.resident(), version)
    with django_assert_num_queries(6 + 2):
        cancel_enrolment(by=worker, enrolment=enrolment, today=TODAY, now=NOW)


def test_a_reading_that_changed_is_counted_anew(version, worker):
    resident = factories.resident(birth_date=date(1940, 1, 1))
    enrol(worker, resident, version, payer="government", consent="not_needed")
    assert reread(resident).capped_units == 0
    enrol(worker, resident, with_terms(cap_counts_government=True))
    assert reread(resident).capped_units == 2
