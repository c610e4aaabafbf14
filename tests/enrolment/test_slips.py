"""Several people at once: a household is all or nobody, a slip goes on where it stopped, and no key counts twice."""

import uuid
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol, nothing_changes, reread, slip_of

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.errors import GiverMissing, KeyReused, PeopleRefused
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.slip_checks import Wanted, assess, quote_of
from ankang.enrolment.slip_models import EnrolmentSlip
from ankang.enrolment.slip_queries import Gift, gifts, tally
from ankang.enrolment.slips import enrol_household, go_on, leave_out, note_consents
from ankang.installation.rows import insert_one
from ankang.programmes.actions import publish_version
from ankang.programmes.queries import plan_of
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.load import load_programme
from ankang.rules.premium import quote

pytestmark = pytest.mark.django_db
KEY = "a" * 32
MACUN = Path(__file__).resolve().parents[1] / "data" / "programmes" / "macun"


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def family(worker):
    return [factories.resident(worker.division, name=name, household="001") for name in ("王秀兰", "陈大山", "王小妹")]


def wanted(version, people, payer="self", product="B", units=1, **facts):
    quoted = quote(plan_of(version), product, units, payer)
    return [Wanted(resident=one, quote=quoted, **({"consent": "resident"} | facts)) for one in people]


def house(by, version, people, key=KEY, **facts):
    return enrol_household(
        by=by, key=key, version=version, people=wanted(version, people, **facts), today=TODAY, now=NOW
    )


def run(by, slip, **facts):
    return go_on(by=by, slip=slip, today=TODAY, now=NOW, **facts)


def outcomes(slip):
    return list(slip.lines.order_by("position").values_list("resident__name", "outcome"))


def test_a_household_is_enrolled_as_one_with_a_record_of_each(worker, version, family):
    slip = house(worker, version, family, payer="child", consent="family")
    assert outcomes(slip) == [("王秀兰", "done"), ("陈大山", "done"), ("王小妹", "done")]
    assert slip.finished_at == NOW
    assert {(row.key, row.channel, row.consent) for row in Enrolment.objects.all()} == {
        (f"{KEY}-{one.pk}", "household", "family") for one in family
    }
    assert list(Funding.objects.values_list("payer", "amount_fen")) == [("child", 5000)] * 3
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == 3
    entry = AuditEntry.objects.get(action="enrolment.slip")
    assert (entry.subject_id, entry.detail) == (
        str(slip.pk),
        {"kind": "household", "done": {"lines": 3, "fen": 15000}},
    )


def test_a_household_costs_little_a_person(worker, version, family, django_assert_num_queries):
    # 6 of the form (begin, slip, lines, counts, audit, commit), 10 a person: the action within a savepoint
    with django_assert_num_queries(6 + 10 * 3):
        house(worker, version, family)


def test_one_who_cannot_be_enrolled_keeps_the_whole_household_out_and_is_named(worker, version, family):
    enrol(worker, family[1], version, units=2)
    with nothing_changes(), pytest.raises(PeopleRefused) as refused:
        house(worker, version, family)
    assert list(refused.value.fields["people"]) == [family[1].pk]
    assert "最多2份，这位老人已买2份" in refused.value.fields["people"][family[1].pk]
    slip = house(worker, version, [family[0], family[2]])
    assert outcomes(slip) == [("王秀兰", "done"), ("王小妹", "done")]


def test_a_household_without_one_consent_enrols_nobody(worker, version, family):
    people = wanted(version, family[:2]) + wanted(version, family[2:], consent="")
    with nothing_changes(), pytest.raises(PeopleRefused) as refused:
        enrol_household(by=worker, key=KEY, version=version, people=people, today=TODAY, now=NOW)
    assert list(refused.value.fields["people"]) == [family[2].pk]


def test_the_same_form_again_is_the_same_slip_and_another_content_a_conflict(worker, version, family):
    slip = house(worker, version, family)
    with nothing_changes():
        assert house(worker, version, family) == slip
        with pytest.raises(KeyReused):
            house(worker, version, family, units=2)
        with pytest.raises(KeyReused):
            house(factories.user("village"), version, family)
        with pytest.raises(InvalidInput):
            house(worker, version, [], key="b" * 32)


def test_a_foreign_village_enrols_no_household(version, family):
    stranger = factories.user("village", division=factories.village(2))
    with nothing_changes(), pytest.raises(PeopleRefused) as refused:
        house(stranger, version, family)
    assert set(refused.value.fields["people"]) == {one.pk for one in family}


@pytest.mark.parametrize("payer", ["village", "donor"])
def test_money_of_others_has_a_name(worker, version, family, payer):
    with nothing_changes(), pytest.raises(GiverMissing):
        house(worker, version, family, payer=payer, giver=" ")
    slip = house(worker, version, family, payer=payer, giver="某某公司", purpose="重阳节")
    assert set(slip.lines.values_list("giver", "purpose")) == {("某某公司", "重阳节")}


def test_a_slip_waits_until_it_is_confirmed(worker, version, family):
    slip = slip_of(worker, version, family)
    assert not Enrolment.objects.exists()
    assert tally(slip).waiting_fen == 15000
    assert run(worker, slip) == 0
    assert (tally(slip).done, tally(slip).done_fen) == (3, 15000)
    assert set(Enrolment.objects.values_list("channel", flat=True)) == {"list"}
    with nothing_changes():
        assert run(worker, slip) == 0


def test_a_slip_stopped_between_chunks_goes_on_where_it_stopped(worker, version, family, monkeypatch):
    monkeypatch.setattr("ankang.enrolment.slips.CHUNK", 2)
    slip = slip_of(worker, version, family)
    assert run(worker, slip, most=2) == 1
    assert (tally(slip).done, tally(slip).waiting) == (2, 1)
    assert EnrolmentSlip.objects.get(pk=slip.pk).finished_at is None
    assert run(worker, slip) == 0
    assert Enrolment.objects.count() == 3
    assert AuditEntry.objects.filter(action="enrolment.slip").count() == 1


def test_a_chunk_that_breaks_leaves_nothing_of_itself(worker, version, family, monkeypatch):
    monkeypatch.setattr("ankang.enrolment.slips.CHUNK", 2)
    slip = slip_of(worker, version, family)
    run(worker, slip, most=2)

    def broken(row):
        insert_one(row)
        raise RuntimeError("the machine stops")

    with nothing_changes(), monkeypatch.context() as patch:
        patch.setattr("ankang.enrolment.actions.insert_one", broken)
        with pytest.raises(RuntimeError):
            run(worker, slip)
    assert run(worker, slip) == 0
    assert [outcome for _, outcome in outcomes(slip)] == ["done"] * 3


def test_who_is_refused_at_the_confirmation_stays_on_the_slip_with_the_reason(worker, version, family):
    slip = slip_of(worker, version, family)
    enrol(worker, family[0], version, units=2)
    run(worker, slip)
    assert outcomes(slip) == [("王秀兰", "refused"), ("陈大山", "done"), ("王小妹", "done")]
    assert "最多2份" in slip.lines.get(position=1).reason
    assert reread(family[0]).units == 2


def test_a_slip_costs_little_a_person(worker, version, family, django_assert_num_queries):
    slip = slip_of(worker, version, family)
    # a chunk: begin, slip, lines, update, commit; the last look: begin, slip, lines, finish, counts, audit, commit
    with django_assert_num_queries(12 + 10 * 3):
        run(worker, slip)


def test_only_who_made_a_slip_confirms_it(worker, version, family):
    slip, other = slip_of(worker, version, family), factories.user("village")
    for call in (
        lambda: run(other, slip),
        lambda: note_consents(by=other, slip=slip, consents={}),
        lambda: leave_out(by=other, slip=slip, reasons={}),
    ):
        with nothing_changes(), pytest.raises(NotAllowed):
            call()


def test_a_slip_under_an_older_version_says_so_and_stores_nothing(worker, version, family):
    slip = slip_of(worker, version, family)
    newer = replace(factories.plan(), window_to=date(2024, 3, 21))
    publish_version(plan=newer, division=version.programme.division, by=None, at=NOW)
    with nothing_changes(), pytest.raises(Conflict, match="按新方案重新做一份"):
        run(worker, slip)


def test_consents_are_noted_line_by_line(worker, version, family):
    slip = slip_of(worker, version, family, consent="")
    first, second, third = slip.lines.order_by("position")
    note_consents(by=worker, slip=slip, consents={first.pk: "resident", second.pk: "family", third.pk: "forged"})
    leave_out(by=worker, slip=slip, reasons={third.pk: "还没同意"})
    run(worker, slip)
    assert [row.consent for row in Enrolment.objects.order_by("participation__resident_id")] == ["resident", "family"]
    assert outcomes(slip)[2] == ("王小妹", "refused")


def test_the_check_sees_what_the_person_holds_and_the_earlier_lines(worker, version, family, django_assert_num_queries):
    enrol(worker, family[0], version)
    people = wanted(version, [family[0], family[0], family[1]])
    with django_assert_num_queries(3):
        found = assess(worker, people, version, TODAY)
    assert [one.refusal and one.refusal.code for one in found] == [None, "unit_cap", None]


def test_the_check_takes_no_money_before_government_has_bought(worker, version):
    subject = factories.resident(worker.division, birth_date=date(1940, 1, 1))
    (found,) = assess(worker, wanted(version, [subject], payer="donor"), version, TODAY)
    assert found.refusal
    assert found.refusal.code == "government_first"
    bought, own = assess(
        worker, [*wanted(version, [subject], payer="government"), *wanted(version, [subject])], version, TODAY
    )
    assert (bought.refusal, own.refusal) == (None, None)


def test_a_check_of_many_costs_as_much_as_of_one(worker, version, django_assert_num_queries):
    people = [factories.resident(worker.division) for _ in range(12)]
    enrol(worker, people[0], version)
    with django_assert_num_queries(3):
        assess(worker, wanted(version, people), version, TODAY)


def test_a_givers_sum_before_and_after(worker, version, family, django_assert_num_queries):
    run(worker, slip_of(worker, version, family[:2], payer="donor", giver="某某公司"))
    slip = slip_of(worker, version, family[2:], payer="donor", giver="某某公司", product="A")
    with django_assert_num_queries(3):
        assert gifts(worker, slip) == [Gift("某某公司", 10000, 10000)]
    assert gifts(worker, slip)[0].after_fen == 20000
    cancel_enrolment(by=worker, enrolment=Enrolment.objects.first(), today=TODAY, now=NOW)
    assert gifts(worker, slip) == [Gift("某某公司", 5000, 10000)]


def test_a_price_that_the_plan_splits_keeps_its_parts():
    plan = load_programme(MACUN)
    assert quote_of(plan, plan.products[0].code, 2, "donor").fundings == (("government", 4000), ("donor", 6000))
    several = quote_of(plan, plan.products[0].code, 1, "self", [("village", 1000), ("self", 2000)])
    assert several.fundings == (("government", 2000), ("self", 2000), ("village", 1000))


def test_the_day_after_is_closed_for_a_slip_too(worker, version, family):
    slip = slip_of(worker, version, family)
    go_on(by=worker, slip=slip, today=date(2024, 3, 21), now=NOW + timedelta(days=17))
    assert {outcome for _, outcome in outcomes(slip)} == {"refused"}
    assert not Enrolment.objects.exists()


def test_a_key_is_the_forms(worker, version, family):
    slip = slip_of(worker, version, family, key=uuid.uuid4().hex)
    assert [line.key for line in slip.lines.all()] == [f"{slip.key}-{one.pk}" for one in family]
