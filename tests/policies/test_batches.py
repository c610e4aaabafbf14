"""投保批次: the check by row, frozen rows, two persons, the insurer's answers, certificates in the same transaction."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import enrol
from tests.policies.acts import (
    NOW,
    POLICY,
    TODAY,
    accept,
    covered,
    insured,
    insurer,
    nothing_changes,
    outcomes,
    prepare,
    promise,
    sent,
    take_money_back,
    units_differ,
)

from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, Holding, Participation
from ankang.policies.answers import Answer, accept_waiting, answer_rows, policy_number
from ankang.policies.batches import cancel_application, send_application
from ankang.policies.errors import (
    BatchChanged,
    BatchEmpty,
    BatchNotInState,
    KeyReused,
    PolicyNumberFaulty,
    SecondPersonNeeded,
)
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, GroupPolicy
from ankang.policies.precheck import check
from ankang.policies.queries import in_force, money_without_policy, policy_without_money
from ankang.privacy.cipher import blind_index
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def first(version):
    return factories.user("town")


def test_the_list_is_frozen_as_the_page_showed_it(first, version):
    made = insured(2, version)
    found = check(first, version)
    assert (len(found.chosen), found.people, found.total_fen, found.left_out) == (2, 2, 10_000, ())
    assert found.by_village() == [(factories.village(1).name, 2, 10_000, 0)]
    batch = prepare(first, version, note=" 第一批 ", key="k")
    assert (batch.number, batch.state, batch.prepared_note) == ("TB-320903101000-2024-0001", "prepared", "第一批")
    row = batch.rows.get(serial=1)
    resident = made[0].participation.resident
    assert (row.name, row.identity.reveal(), row.units, row.premium_fen) == (
        "王01", Resident.objects.get(pk=resident.pk).number.reveal(), 1, 5000,
    )  # fmt: skip
    assert row.identity_index == blind_index(row.identity.reveal(), "roster.resident.number")
    assert (row.cover_from, row.cover_to) == (date(2024, 3, 21), date(2025, 3, 20))
    resident.name = "改名"
    resident.save()
    assert batch.rows.get(serial=1).name == "王01"
    assert prepare(first, version, key="k", shown="whatever").pk == batch.pk
    with pytest.raises(KeyReused):
        prepare(factories.user("town"), version, key="k", shown="whatever")
    assert check(first, version).chosen == ()
    with pytest.raises(BatchEmpty):
        prepare(first, version)
    assert prepare_again(first, version).number == "TB-320903101000-2024-0002"


def prepare_again(first, version):
    insured(1, version, serial=2)
    return prepare(first, version)


def test_a_list_that_changed_is_not_frozen(first, version):
    insured(1, version)
    shown = check(first, version).sign
    insured(1, version, serial=2)
    with nothing_changes(), pytest.raises(BatchChanged):
        prepare(first, version, shown=shown)


def test_what_stands_in_the_way_is_told_row_by_row(first, version):
    young, dead, faulty, many, good, twin = insured(6, version)
    people = [one.participation.resident for one in (young, dead, faulty, many, good, twin)]
    Resident.objects.filter(pk=people[0].pk).update(birth_date=date(1964, 3, 22))
    Resident.objects.filter(pk=people[1].pk).update(status="dead", died_on=date(2024, 3, 9))
    wrong = people[2]
    wrong.number = "329900195403040017"
    wrong.save()
    Participation.objects.filter(pk=many.participation_id).update(unit_cap=3, units=3, capped_units=3)
    Resident.objects.filter(pk=people[5].pk).update(name=people[4].name, number_tail=people[4].number_tail)
    found = check(first, version)
    assert found.chosen == ()
    assert [(one.row.resident, one.code) for one in found.left_out] == [
        (people[0].pk, "age"),
        (people[1].pk, "not_living"),
        (people[2].pk, "number"),
        (people[3].pk, "unit_cap"),
        (people[4].pk, "duplicate"),
        (people[5].pk, "duplicate"),
    ]
    assert "59周岁" in found.left_out[0].words
    assert "校验码不对" in found.left_out[2].words
    insured(1, version, serial=2)
    batch = prepare(first, version)
    assert outcomes(batch)[0] == (1, "waiting", "")
    left = batch.rows.filter(outcome="left_out")
    assert left.count() == 6
    assert {(row.identity, row.phone, row.identity_index) for row in left} == {(None, None, "")}


def test_the_age_on_the_first_day_of_cover_decides(first, version):
    for birth in (date(1964, 3, 20), date(1964, 3, 21), date(1964, 3, 22)):
        made = insured(1, version)[0]
        Resident.objects.filter(pk=made.participation.resident_id).update(birth_date=birth)
    found = check(first, version)
    assert (len(found.chosen), [one.code for one in found.left_out]) == (2, ["age"])


def test_one_prepares_another_sends(first, version):
    insured(1, version)
    batch = prepare(first, version)
    with nothing_changes():
        with pytest.raises(SecondPersonNeeded):
            send_application(by=first, batch=batch, now=NOW)
        with pytest.raises(NotAllowed):
            send_application(by=factories.user("village"), batch=batch, now=NOW)
        with pytest.raises(BatchNotInState):
            accept(insurer(), batch)
    assert send_application(by=factories.user("town"), batch=batch, now=NOW).state == "sent"
    with nothing_changes(), pytest.raises(BatchNotInState):
        send_application(by=factories.user("town"), batch=batch, now=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        ApplicationBatch.objects.filter(pk=batch.pk).update(sent_by=first)


def test_accepted_rows_have_a_policy_and_certificates_without_a_gap(first, version):
    made = insured(3, version)
    batch, by = sent(version), insurer()
    assert (accept(by, batch, " gp2024-0001 ").accepted, GroupPolicy.objects.get().number) == (3, POLICY)
    batch.refresh_from_db()
    assert (batch.state, batch.decided_at) == ("decided", NOW)
    numbers = list(Certificate.objects.order_by("number").values_list("number", "holding__enrolment", "units"))
    assert numbers == [(f"{POLICY}-{at:04d}", one.pk, 1) for at, one in enumerate(made, 1)]
    one = Certificate.objects.first()
    assert one.identity.reveal() == Resident.objects.get(pk=one.resident_id).number.reveal()
    assert len(one.check_code) == 8
    assert list(units_differ(version.programme)) == []
    days = (date(2024, 3, 20), date(2024, 3, 21), date(2025, 3, 20), date(2025, 3, 21))
    assert [in_force(version.programme, day).count() for day in days] == [0, 3, 3, 0]
    with nothing_changes():
        again = answer_rows(by=by, batch=batch, answers=[Answer(row.pk, POLICY) for row in batch.rows.all()], now=NOW)
    assert (again.accepted, again.already, again.problems) == (0, 3, {})
    assert AuditEntry.objects.filter(action="policies.answer").count() == 1


def test_a_refused_row_is_free_for_another_batch(first, version):
    insured(2, version)
    batch, by = sent(version), insurer()
    one, other = batch.rows.order_by("serial")
    told = answer_rows(by=by, batch=batch, answers=[Answer(one.pk, reason="联系不上本人"), Answer(other.pk)], now=NOW)
    assert (told.refused, [type(error) for error in told.problems.values()]) == (1, [InvalidInput])
    assert outcomes(batch) == [(1, "refused", "insurer"), (2, "waiting", "")]
    assert [found.row.holding for found in check(first, version).chosen] == [one.holding_id]
    told = answer_rows(by=by, batch=batch, answers=[Answer(one.pk, POLICY)], now=NOW)
    assert [error.code for error in told.problems.values()] == ["row_state"]
    accept(by, batch)
    assert ApplicationBatch.objects.get(pk=batch.pk).state == "decided"


def test_a_policy_number_is_one_villages_of_one_year(first, version):
    covered(1, version)
    insured(1, version, serial=2)
    batch = sent(version)
    with nothing_changes():
        told = accept(insurer(), batch, POLICY, serial=2)
    assert [error.code for error in told.problems.values()] == ["policy_number_taken"]
    assert [row[1] for row in outcomes(batch)] == ["waiting"]


@pytest.mark.parametrize(
    ("text", "good"), [("GP123", False), ("GP1234", True), ("G" * 40, True), ("G" * 41, False), ("保单1234", False)]
)
def test_what_a_policy_number_looks_like(text, good):
    if good:
        assert policy_number(text) == text
    else:
        with pytest.raises(PolicyNumberFaulty):
            policy_number(text)


def test_what_was_given_up_meanwhile_is_not_accepted(first, version):
    made = insured(2, version)
    batch = sent(version)
    Enrolment.objects.filter(pk=made[0].pk).update(withdrawn_on=TODAY)
    told = accept(insurer(), batch)
    assert (told.accepted, [error.code for error in told.problems.values()]) == (1, ["conflict"])
    assert Certificate.objects.count() == 1


def test_a_cancelled_batch_frees_its_people(first, version):
    insured(1, version)
    batch = sent(version)
    with nothing_changes(), pytest.raises(InvalidInput):
        cancel_application(by=first, batch=batch, note=" ", now=NOW)
    cancel_application(by=first, batch=batch, note="还要补名单", now=NOW)
    assert outcomes(batch) == [(1, "cancelled", "")]
    with nothing_changes(), pytest.raises(BatchNotInState):
        accept(insurer(), batch)
    other = sent(version)
    accept(insurer(), other)
    with nothing_changes(), pytest.raises(BatchNotInState):
        cancel_application(by=first, batch=other, note="反悔", now=NOW)


def test_nobody_else_answers(first, version):
    insured(1, version)
    batch = sent(version)
    for by in (first, factories.user("village"), factories.user("insurer", factories.town("320903102000"))):
        with nothing_changes(), pytest.raises(NotAllowed):
            accept(by, batch)
    with nothing_changes(), pytest.raises(InvalidInput):
        accept_waiting(by=insurer(), batch=batch, numbers={factories.village().pk: " "}, now=NOW)


def test_the_database_holds_one_living_row_and_certificate_a_holding(first, version):
    (one,) = covered(1, version)
    with pytest.raises(IntegrityError), transaction.atomic():
        Certificate.objects.create(
            number="X-0002", check_code="A", policy=one.policy, holding=one.holding, resident=one.resident,
            village=one.village, name="X", birth_date=one.birth_date, product="B", units=1, premium_fen=5000,
            cover_from=one.cover_from, cover_to=one.cover_to, issued_at=NOW,
        )  # fmt: skip
    row = ApplicationRow.objects.get()
    row.pk, row.serial, row.outcome, row.policy, row.decided_by, row.decided_at = None, 2, "waiting", None, None, None
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_units_of_one_person_in_two_enrolments_are_two_certificates_that_add_up(first, version):
    resident, worker = factories.resident(), factories.user("village")
    promise(*[enrol(worker, resident, version, product=product) for product in ("A", "B")])
    accept(insurer(), sent(version))
    held = Holding.objects.filter(enrolment__participation__resident=resident)
    assert sum(one.units for one in Certificate.objects.filter(resident=resident)) == 2
    assert {one.holding_id for one in Certificate.objects.all()} == {one.pk for one in held}


def test_no_policy_without_money_and_no_money_without_policy(first, version):
    worker = factories.user("village")
    unpaid = enrol(worker, factories.resident(), version)
    found = check(first, version)
    assert [(one.row.enrolment, one.code) for one in found.left_out] == [(unpaid.pk, "not_funded")]
    made = insured(3, version)
    batch, programme, day = sent(version), version.programme, date(2024, 3, 21)
    holdings = [one.holdings.get() for one in made]
    assert [one.asked for one in money_without_policy(first, programme)] == ["waiting"] * 3
    take_money_back(holdings[0])
    told = accept(insurer(), batch)
    assert (told.accepted, [error.code for error in told.problems.values()]) == (2, ["conflict"])
    assert list(money_without_policy(first, programme)) == list(policy_without_money(first, programme)) == []
    assert in_force(programme, day).count() == 2
    take_money_back(holdings[1])
    assert [one.holding_id for one in policy_without_money(first, programme)] == [holdings[1].pk]
    assert [one.holding_id for one in in_force(programme, day)] == [holdings[2].pk]
