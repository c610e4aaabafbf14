"""Government's purchase in a batch: the list by the rules, two persons, chunks that go on, exactly `enrol`'s rows."""

from datetime import date
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, transaction
from tests import factories, towns
from tests.enrolment.acts import TODAY, enrol, nothing_changes, reread
from tests.enrolment.purchase_acts import NOW, OLD, listed, old_people, outcomes, prepare, review, run
from tests.golden.cases import with_choice

from ankang.audit.models import AuditEntry
from ankang.enrolment import purchases
from ankang.enrolment.errors import (
    BatchChanged,
    BatchEmpty,
    BatchInterrupted,
    BatchNotWaiting,
    KeyReused,
    SecondPersonNeeded,
)
from ankang.enrolment.models import Enrolment, Funding, GovernmentBatch, Holding, Participation
from ankang.enrolment.purchase_list import government_terms, purchase_list
from ankang.enrolment.purchases import batches
from ankang.enrolment.withdrawals import decide_withdrawal, request_withdrawal
from ankang.programmes.actions import publish_version
from ankang.rules.eligibility import WindowClosed
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def first(version):
    return factories.user("town")


@pytest.fixture
def second(version):
    return factories.user("town")


def test_the_list_names_who_is_bought_for_and_why_others_are_not(first, version):
    poor = factories.resident(birth_date=date(1960, 1, 1), name="李贫")
    towns.listed(poor, "dibao")
    aged = old_people(1)[0]
    young = factories.resident(birth_date=date(1964, 3, 22))  # 60 the day after the cover's first day
    towns.listed(young, "wubao")
    dead = towns.dead(factories.resident(birth_date=OLD))
    towns.listed(dead, "sanwu")
    towns.dead(factories.resident(birth_date=OLD))  # on no list: gone, not left out
    bought = old_people(1)[0]
    enrol(first, bought, version, payer="government", consent="not_needed")
    own = factories.resident()
    enrol(first, own, version, product="A")
    towns.listed(own, "dibao")
    factories.resident()  # 70 and on no list
    found = listed(first, version)
    assert {one.resident: one.groups for one in found.chosen} == {
        poor: ("dibao",),
        aged: ("aged80",),
        own: ("dibao",),
    }
    assert {one.resident: one.reason for one in found.left_out} == {
        young: "not_eligible",
        dead: "resident_not_living",
    }
    assert (found.bought_before, found.total_fen, found.quote.product, found.quote.units) == (1, 15000, "B", 1)


@pytest.mark.parametrize(("day", "stands"), [(21, "chosen"), (22, "left_out")])
def test_sixty_by_the_first_day_of_cover(first, version, day, stands):
    resident = factories.resident(birth_date=date(1964, 3, day))
    towns.listed(resident, "dibao")
    found = listed(first, version)
    assert [one.resident for one in getattr(found, stands)] == [resident]
    assert len(found.chosen) + len(found.left_out) == 1


def test_the_list_costs_six_queries_whatever_its_length(first, version, django_assert_num_queries):
    old_people(3)
    holder = factories.resident()
    enrol(first, holder, version)
    towns.listed(holder, "dibao")
    terms = government_terms(first, version, TODAY, NOW)
    with django_assert_num_queries(6):
        assert len(purchase_list(terms).chosen) == 4


def test_chosen_villages_only_and_nobody_of_another_town(first, version):
    here, there = old_people(1, 1)[0], old_people(1, 2)[0]
    factories.resident(factories.village(1, "320903102000"), birth_date=OLD)
    assert [one.resident for one in listed(first, version, [there.village_id]).chosen] == [there]
    assert {one.resident for one in listed(first, version).chosen} == {here, there}


def test_k09_says_what_is_bought(first):
    version = factories.version(factories.issued_by_town(with_choice(factories.plan(), "K09", "A")))
    old_people(1)
    found = listed(first, version)
    assert (found.quote.product, found.total_fen) == ("A", 10000)


def test_bought_by_a_batch_are_exactly_the_rows_of_enrol(first, second, version):
    """Village by village: one with `enrol`, one with the batch; a fresh person and one with units in each."""
    rows = []
    for serial in (1, 2):
        fresh, holder = old_people(1, serial)[0], factories.resident(factories.village(serial))
        enrol(first, holder, version, product="A", today=date(2024, 2, 20), key=f"own-{serial}")
        towns.listed(holder, "dibao")
        seen = AuditEntry.objects.latest("pk").pk
        if serial == 1:
            for one in (fresh, holder):
                enrol(second, one, version, payer="government", consent="not_needed", channel="batch")
        else:
            batch = prepare(first, version, villages=[fresh.village_id])
            run(second, review(second, batch))
        told = AuditEntry.objects.filter(pk__gt=seen, action="enrolment.enrol").order_by("pk")
        rows.append(
            {
                "participations": list(_plain(Participation, resident__in=(fresh, holder))),
                "enrolments": list(_plain(Enrolment, participation__resident__in=(fresh, holder))),
                "holdings": list(_plain(Holding, enrolment__participation__resident__in=(fresh, holder))),
                "fundings": list(_plain(Funding, holding__enrolment__participation__resident__in=(fresh, holder))),
                "audit": [(row.actor_id, row.subject_type, row.detail) for row in told],
            }
        )
        assert [row.subject_id for row in told] == [
            str(key)
            for key in Enrolment.objects.filter(participation__resident__in=(fresh, holder), consent="not_needed")
            .order_by("pk")
            .values_list("pk", flat=True)
        ]
        assert {row.division_code for row in told} == {fresh.village_id}
    assert rows[0] == rows[1]
    assert [len(part) for part in rows[0].values()] == [2, 3, 3, 3, 2]


def _plain(model, **which):
    """Every column but keys and what names the person."""
    own = {"id", "key", "resident_id", "participation_id", "enrolment_id", "holding_id", "village_id"}
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in own]
    return model.objects.filter(**which).order_by("pk").values(*names)


def test_the_first_person_is_never_the_second(first, second, version):
    old_people(1)
    batch = prepare(first, version)
    with nothing_changes(), pytest.raises(SecondPersonNeeded, match="另一位同事复核"):
        review(first, batch)
    with pytest.raises(IntegrityError, match="government_batch_second_person"), transaction.atomic():
        GovernmentBatch.objects.filter(pk=batch.pk).update(state="running", reviewed_by=first, reviewed_at=NOW)
    with pytest.raises(IntegrityError, match="government_batch_reviewed_who_and_when"), transaction.atomic():
        GovernmentBatch.objects.filter(pk=batch.pk).update(state="running")


@pytest.mark.parametrize("desk", ["village", "insurer"])
def test_other_desks_and_other_towns_may_not(first, version, desk):
    old_people(1)
    batch = prepare(first, version)
    other, foreign = factories.user(desk), factories.user("town", factories.town("320903102000"))
    for who in (other, foreign):
        with nothing_changes(), pytest.raises(NotAllowed):
            review(who, batch)
        with nothing_changes(), pytest.raises(NotAllowed):
            run(who, batch)
    with nothing_changes(), pytest.raises(NotAllowed):
        prepare(other, version, shown="x")
    assert list(batches(foreign)) == []


def test_a_refusal_needs_its_reason_and_enrols_nobody(first, second, version):
    old_people(2)
    batch = prepare(first, version)
    with nothing_changes(), pytest.raises(InvalidInput, match="写明原因"):
        review(second, batch, approve=False, note=" ")
    refused = review(second, batch, approve=False, note="03村名单不对")
    assert (refused.state, refused.reviewed_note) == ("refused", "03村名单不对")
    with nothing_changes(), pytest.raises(BatchNotWaiting):
        review(second, batch)
    with nothing_changes(), pytest.raises(BatchNotWaiting):
        run(second, batch)
    assert len(listed(first, version).chosen) == 2  # free for the next batch


def test_what_is_frozen_is_what_was_shown(first, version):
    old_people(1)
    shown = listed(first, version).sign
    old_people(1)
    with nothing_changes(), pytest.raises(BatchChanged):
        prepare(first, version, shown=shown)


def test_nobody_to_buy_for_is_no_batch(first, version):
    with nothing_changes(), pytest.raises(BatchEmpty):
        prepare(first, version)


def test_the_same_key_is_the_same_batch(first, second, version):
    old_people(1)
    batch = prepare(first, version, key="k-1")
    assert prepare(first, version, key="k-1", shown="whatever") == batch
    with nothing_changes(), pytest.raises(KeyReused):
        prepare(second, version, key="k-1", shown="whatever")


@pytest.mark.parametrize("day", [date(2024, 1, 31), date(2024, 3, 21)])
def test_only_inside_the_window(first, second, version, day):
    old_people(1)
    with pytest.raises(WindowClosed):
        listed(first, version, today=day)
    batch = prepare(first, version)
    with nothing_changes(), pytest.raises(WindowClosed):
        review(second, batch, today=day)


def test_a_newer_plan_must_be_prepared_anew(first, second, version):
    old_people(1)
    batch = prepare(first, version)
    plan = factories.issued_by_town(with_choice(factories.plan(), "K09", "A"))
    publish_version(plan=plan, division=version.programme.division, by=None, at=NOW)
    with nothing_changes(), pytest.raises(Conflict, match="方案已更新到第2版"):
        review(second, batch)


def test_who_can_no_longer_be_enrolled_gets_a_reason(first, second, version):
    stays, dies, moves, joins = old_people(4)
    batch = prepare(first, version)
    towns.dead(dies)
    moves.status = "moved"
    moves.save()
    enrol(first, joins, version, payer="government", consent="not_needed")
    done = run(second, review(second, batch))
    assert outcomes(done) == [
        (stays.pk, "enrolled", ""),
        (dies.pk, "not_enrolled", "resident_not_living"),
        (moves.pk, "not_enrolled", "resident_not_living"),
        (joins.pk, "not_enrolled", "government_units_held"),
    ]
    assert (done.state, done.finished_at) == ("done", NOW)
    assert reread(joins).units == 1
    told = AuditEntry.objects.get(action="purchase.finish")
    assert told.detail == {"enrolled": 1, "not_enrolled": 3}


def test_a_later_batch_finds_the_newcomers_only(first, second, version):
    old_people(3)
    run(second, review(second, prepare(first, version)))
    assert listed(first, version).chosen == ()
    newcomer = old_people(1)[0]
    found = listed(first, version)
    assert ([one.resident for one in found.chosen], found.bought_before) == ([newcomer], 3)


def test_who_waits_in_another_batch_is_not_listed_twice(first, version):
    old_people(1)
    prepare(first, version)
    found = listed(first, version)
    assert ([one.reason for one in found.left_out], found.chosen) == (["in_batch"], ())


def test_who_gave_governments_unit_up_is_not_bought_for_again(first, second, version):
    resident = old_people(1)[0]
    run(second, review(second, prepare(first, version)))
    enrolment = Enrolment.objects.get()
    later = date(2024, 3, 6)
    asked = request_withdrawal(by=first, enrolment=enrolment, reason="家属不同意", key="w", today=later, now=NOW)
    insurer = factories.user("insurer", factories.town())
    decide_withdrawal(by=insurer, withdrawal=asked, accept=True, note="", today=later, now=NOW)
    found = listed(first, version, today=later)
    assert ([(one.resident, one.reason) for one in found.left_out], found.chosen) == ([(resident, "gave_up")], ())


def test_a_killed_process_leaves_whole_chunks_and_the_same_call_goes_on(first, second, version, monkeypatch):
    monkeypatch.setattr(purchases, "CHUNK", 2)
    people = old_people(5)
    batch = review(second, prepare(first, version))
    whole = purchases.enrol_together
    calls = []

    def killed(*given):
        calls.append(given)
        made = whole(*given)
        if len(calls) == 2:
            raise KeyboardInterrupt  # after the second chunk's rows are written, before they are committed
        return made

    with patch.object(purchases, "enrol_together", killed), pytest.raises(KeyboardInterrupt):
        run(second, batch)
    stopped = batches(first).get()
    assert (stopped.state, stopped.enrolled, stopped.waiting) == ("running", 2, 3)
    assert Enrolment.objects.count() == Participation.objects.count() == 2
    third = factories.user("town")
    done = run(third, batch)
    assert [row[:2] for row in outcomes(done)] == [(one.pk, "enrolled") for one in people]
    assert Enrolment.objects.count() == 5
    assert set(Enrolment.objects.values_list("by", flat=True)) == {second.pk}  # who approved
    assert AuditEntry.objects.filter(action="enrolment.enrol").count() == 5
    assert AuditEntry.objects.get(action="purchase.finish").actor == third
    with nothing_changes():
        run(third, batch)


def test_a_row_that_was_enrolled_already_by_its_own_key_is_not_doubled(first, second, version):
    resident = old_people(1)[0]
    batch = review(second, prepare(first, version))
    key = purchases.row_key(batch, batch.rows.get())
    made = enrol(second, resident, version, payer="government", consent="not_needed", channel="batch", key=key)
    assert outcomes(run(second, batch)) == [(resident.pk, "enrolled", "")]
    assert batch.rows.get().enrolment == made
    assert Enrolment.objects.count() == 1


def test_writers_in_the_way_are_waited_for_and_then_told(first, second, version):
    old_people(1)
    batch = review(second, prepare(first, version))
    whole = purchases.enrol_together
    in_the_way = patch.object(purchases, "enrol_together", side_effect=[IntegrityError, *[OperationalError] * 2])
    with in_the_way, nothing_changes(), pytest.raises(BatchInterrupted, match="接着登记"):
        run(second, batch)
    fails = iter([IntegrityError("late"), None])

    def once(*given):
        if error := next(fails):
            raise error
        return whole(*given)

    with patch.object(purchases, "enrol_together", once):
        assert run(second, batch).state == "done"


def test_a_chunk_costs_as_many_queries_for_one_as_for_fifty(first, second, version, django_assert_num_queries):
    for count in (1, 50):
        old_people(count)
        batch = review(second, prepare(first, version))
        with django_assert_num_queries(26):
            run(second, batch)
