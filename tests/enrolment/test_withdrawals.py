"""Giving an enrolment up on a later day: asked for here, decided by the insurer, and covered until then."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import TODAY, enrol, nothing_changes, reread
from tests.races import race

from ankang.audit.models import AuditEntry
from ankang.claims.cases import NOT_INSURED, programme_of
from ankang.desks.components.roster_history import history_of
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.errors import KeyReused, WithdrawalNotOpen
from ankang.enrolment.models import Withdrawal
from ankang.enrolment.queries import covers_of, participation_summary
from ankang.enrolment.withdrawals import decide_withdrawal, request_withdrawal, withdrawals
from ankang.rules.adjudicate import Cover
from ankang.rules.errors import InvalidInput, NotAllowed

LATER = date(2024, 5, 10)  # inside the cover 2024-03-21 to 2025-03-20
NOW = datetime(2024, 5, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def insurer(version):
    return factories.user("insurer", factories.town())


@pytest.fixture
def resident():
    return factories.resident()


@pytest.fixture
def enrolment(worker, resident, version):
    return enrol(worker, resident, version, product="A")


def ask(by, enrolment, **facts):
    given = {"reason": "老人已迁到外地", "key": uuid.uuid4().hex, "today": LATER, "now": NOW} | facts
    return request_withdrawal(by=by, enrolment=enrolment, **given)


def decide(by, asked, *, accept=True, note="", today=LATER):
    return decide_withdrawal(by=by, withdrawal=asked, accept=accept, note=note, today=today, now=NOW)


def test_asking_changes_nothing_until_the_insurer_accepts(worker, insurer, resident, version, enrolment):
    enrol(worker, resident, version, product="B")
    asked = ask(worker, enrolment)
    assert (asked.state, reread(resident).units) == ("waiting", 2)
    accepted = decide(insurer, asked, note="材料齐全")
    assert (accepted.state, accepted.decided_by, accepted.note) == ("accepted", insurer, "材料齐全")
    joined = reread(resident)
    assert (joined.units, joined.capped_units, joined.first_enrolled_on) == (1, 1, TODAY)
    assert [row.product for row in participation_summary(resident, version.programme).holdings] == ["B"]
    told = AuditEntry.objects.filter(subject_type="enrolment.Withdrawal").order_by("pk")
    assert [(row.action, row.actor, row.division_code, row.detail) for row in told] == [
        ("enrolment.request_withdrawal", worker, resident.village_id, {}),
        ("enrolment.accept_withdrawal", insurer, resident.village_id, {}),
    ]


def test_the_only_units_given_up_leave_nobody_insured_and_may_be_bought_again(
    worker, insurer, resident, version, enrolment
):
    decide(insurer, ask(worker, enrolment, today=date(2024, 3, 6)), today=date(2024, 3, 6))
    joined = reread(resident)
    assert (joined.units, joined.capped_units, joined.first_enrolled_on) == (0, 0, None)
    enrol(worker, resident, version, units=2, today=date(2024, 3, 7))
    assert (reread(resident).units, reread(resident).capped_units) == (2, 2)


@pytest.mark.parametrize(
    ("day", "covers"),
    [
        (date(2024, 3, 20), []),
        (date(2024, 3, 21), [Cover("A", 1, date(2024, 3, 21), date(2024, 3, 21))]),
        (LATER, [Cover("A", 1, date(2024, 3, 21), LATER)]),
    ],
)
def test_what_is_given_up_covers_to_the_end_of_that_day(insurer, resident, enrolment, day, covers):
    worker, version = factories.user("village"), enrolment.version
    decide(insurer, ask(worker, enrolment, today=day), today=day)
    assert covers_of(resident, version.programme) == covers
    for event_on in (date(2024, 3, 21), LATER):
        inside = any(cover.start <= event_on <= cover.end for cover in covers)
        assert (programme_of(resident, event_on)[1] == NOT_INSURED) is not inside


def test_a_refusal_keeps_the_units_and_one_may_ask_again(worker, insurer, resident, enrolment):
    asked = ask(worker, enrolment)
    with nothing_changes(), pytest.raises(InvalidInput, match="写明原因"):
        decide(insurer, asked, accept=False)
    refused = decide(insurer, asked, accept=False, note="已有赔案在办")
    assert (refused.state, reread(resident).units) == ("refused", 1)
    again = ask(worker, enrolment)
    assert list(withdrawals(insurer)) == [again, refused]
    assert list(withdrawals(insurer, "refused")) == [refused]


def test_the_history_of_the_person_tells_of_it(worker, insurer, resident, version, enrolment):
    taken_back = enrol(worker, resident, version)
    cancel_enrolment(by=worker, enrolment=taken_back, today=TODAY, now=NOW)
    decide(insurer, ask(worker, enrolment))
    said = [row["what"] for row in history_of(resident)]
    given_up = [f"{what} 100.00 元/份 × 1份" for what in ("登记参保", "申请退保", "退保：已同意退保")]
    assert sorted(said) == sorted([*given_up, "登记参保 50.00 元/份 × 1份", "撤销参保 50.00 元/份 × 1份"])


def test_its_own_day_is_for_cancelling(worker, enrolment):
    with nothing_changes(), pytest.raises(WithdrawalNotOpen, match="撤销这次参保"):
        ask(worker, enrolment, today=TODAY)


def test_what_is_cancelled_or_given_up_or_asked_for_is_not_asked_for_again(worker, insurer, resident, version):
    cancelled = enrol(worker, resident, version)
    cancel_enrolment(by=worker, enrolment=cancelled, today=TODAY, now=NOW)
    with nothing_changes(), pytest.raises(WithdrawalNotOpen, match="已经撤销"):
        ask(worker, cancelled)
    enrolment = enrol(worker, resident, version)
    asked = ask(worker, enrolment)
    with nothing_changes(), pytest.raises(WithdrawalNotOpen, match="已经申请过"):
        ask(worker, enrolment)
    decide(insurer, asked)
    for step in (lambda: ask(worker, enrolment), lambda: decide(insurer, asked)):
        with nothing_changes(), pytest.raises(WithdrawalNotOpen):
            step()


@pytest.mark.parametrize(("day", "open_"), [(date(2025, 3, 20), True), (date(2025, 3, 21), False)])
def test_a_cover_that_is_over_cannot_be_given_up(insurer, resident, enrolment, day, open_):
    worker = factories.user("village")
    asked = ask(worker, enrolment)
    if open_:
        assert decide(insurer, asked, today=day).state == "accepted"
        return
    with nothing_changes(), pytest.raises(WithdrawalNotOpen, match="已经到期"):
        decide(insurer, asked, today=day)
    decide(insurer, asked, accept=False, note="保障已到期", today=day)
    with nothing_changes(), pytest.raises(WithdrawalNotOpen, match="已经到期"):
        ask(worker, enrolment, today=day)


def test_the_same_key_asks_once(worker, resident, version, enrolment):
    other = enrol(worker, resident, version)
    asked = ask(worker, enrolment, key="k")
    with nothing_changes():
        assert ask(worker, enrolment, key="k") == asked
    with nothing_changes(), pytest.raises(KeyReused):
        ask(worker, other, key="k")


def test_a_reason_is_needed(worker, enrolment):
    with nothing_changes(), pytest.raises(InvalidInput, match="为什么退保"):
        ask(worker, enrolment, reason="  ")


def test_who_may_not(worker, insurer, enrolment):
    for other in (factories.user("village", factories.village(2)), insurer):
        with nothing_changes(), pytest.raises(NotAllowed):
            ask(other, enrolment)
    asked = ask(worker, enrolment)
    foreign = factories.user("insurer", factories.town("320903102000"))
    for other in (worker, factories.user("town"), foreign):
        with nothing_changes(), pytest.raises(NotAllowed):
            decide(other, asked)
    assert list(withdrawals(foreign)) == []


def test_the_database_keeps_who_and_when_together(worker, insurer, enrolment):
    asked = ask(worker, enrolment)
    rows = Withdrawal.objects.filter(pk=asked.pk)
    with pytest.raises(IntegrityError, match="withdrawal_decided_who_and_when"), transaction.atomic():
        rows.update(state="accepted")
    with pytest.raises(IntegrityError, match="withdrawal_decided_by_another"), transaction.atomic():
        rows.update(state="accepted", decided_by=worker, decided_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_two_insurers_at_once_take_the_units_off_once(worker, insurer, resident, version):
    kept, given_up = enrol(worker, resident, version), enrol(worker, resident, version)
    asked, second = ask(worker, given_up), factories.user("insurer", factories.town())
    made = race(*(lambda by=by: decide(by, asked) for by in (insurer, second)))
    assert sorted(type(one).__name__ for one in made) == ["Withdrawal", "WithdrawalNotOpen"]
    assert (reread(resident).units, kept.cancelled_at) == (1, None)


@pytest.mark.django_db(transaction=True)
def test_accepted_and_refused_at_once_is_one_of_both(worker, insurer, resident, enrolment):
    asked, second = ask(worker, enrolment), factories.user("insurer", factories.town())
    made = race(lambda: decide(insurer, asked), lambda: decide(second, asked, accept=False, note="不行"))
    assert sorted(type(one).__name__ for one in made) == ["Withdrawal", "WithdrawalNotOpen"]
    asked.refresh_from_db()
    assert reread(resident).units == (0 if asked.state == "accepted" else 1)


@pytest.mark.django_db(transaction=True)
def test_asked_for_by_two_at_once_once(worker, enrolment):
    made = race(*[lambda: ask(worker, enrolment)] * 2, lambda: ask(factories.user("town"), enrolment))
    assert sorted(type(one).__name__ for one in made) == ["Withdrawal", "WithdrawalNotOpen", "WithdrawalNotOpen"]
    assert Withdrawal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_units_added_while_others_are_given_up(worker, insurer, resident, version, enrolment):
    asked = ask(worker, enrolment)
    made = race(lambda: decide(insurer, asked), lambda: enrol(worker, resident, version, product="A"))
    assert [type(one).__name__ for one in made] == ["Withdrawal", "Enrolment"]
    assert (reread(resident).units, reread(resident).capped_units) == (1, 1)
