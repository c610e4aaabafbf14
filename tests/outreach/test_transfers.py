"""Transfer between villages: asked, accepted, refused, withdrawn, over. After a refusal nothing has changed."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from tests import factories, towns
from tests.outreach.acts import follow_up
from tests.races import race
from tests.roster.transfer_acts import NOW, TODAY, ask, transfer_of

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.coverage import town_coverage
from ankang.enrolment.models import Participation
from ankang.enrolment.queries import enrolments_visible_to
from ankang.enrolment.withdrawals import request_withdrawal
from ankang.outreach.division import assign
from ankang.outreach.models import Assignment, FollowUp
from ankang.outreach.transfers import accept_transfer
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.changes import mark_dead, mark_moved
from ankang.roster.imports.undoing import undo_import
from ankang.roster.models import Resident
from ankang.roster.transfer_models import Transfer
from ankang.roster.transfers import (
    look_elsewhere,
    refuse_transfer,
    transfers,
    waiting_answers,
    withdraw_transfer,
)
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)
THIRD = 3


@pytest.fixture
def holder() -> User:
    factories.town(villages=THIRD)
    return factories.user(Desk.VILLAGE, factories.village(1))


@pytest.fixture
def asker(holder: User) -> User:
    return factories.user(Desk.VILLAGE, factories.village(2))


@pytest.fixture
def resident(holder: User) -> Resident:
    return factories.resident(holder.division, household="007", address="1组3号")


def rows() -> dict[str, list[Any]]:
    models = (Resident, Transfer, Participation, Assignment, AuditEntry)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


def answer(act: Any, by: User, transfer: Transfer, **facts: Any) -> Transfer:
    return act(by=by, transfer_id=transfer.pk, **({"today": TODAY, "now": NOW} | facts))


def accept(by: User, transfer: Transfer, **facts: Any) -> Transfer:
    return answer(accept_transfer, by, transfer, **facts)


def counts(town: User, version: ProgrammeVersion) -> list[tuple[int, int]]:
    return [(one.insured, one.roster) for one in town_coverage(town, version, TODAY).villages]


def village_of(resident: Resident) -> str:
    resident.refresh_from_db()
    return resident.village.name


def test_the_asker_sees_a_masked_name_and_the_village_and_the_look_is_noted(asker: User, resident: Resident) -> None:
    held = look_elsewhere(by=asker, index=resident.number_index or "")
    assert (held.name, held.village.name) == ("王*兰", "01村")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.subject_id) == ("roster.look_elsewhere", str(resident.pk))


def test_accepted_the_resident_moves_with_lists_and_history(holder: User, asker: User, resident: Resident) -> None:
    version = factories.version()
    listed = towns.listed(resident, "dibao")
    assign(by=holder, village=holder.division, worker=holder, residents=[resident.pk], now=NOW)
    contact = follow_up(holder, resident, version)
    made = ask(asker, resident, household="021", address="5组1号")
    accept(holder, made, note="情况属实")
    assert village_of(resident) == "02村"
    assert (resident.household, resident.address) == ("021", "5组1号")
    listed.refresh_from_db()
    assert listed.village_id == asker.division_id
    assert not Assignment.objects.exists()
    contact = FollowUp.objects.get(pk=contact.pk)
    assert (contact.is_latest, contact.village_id) == (True, holder.division_id)
    made.refresh_from_db()
    assert (made.state, made.household_before, made.address_before) == ("accepted", "007", "1组3号")
    assert (made.decided_by, made.on_behalf, made.note) == (holder, False, "情况属实")


def test_both_villages_find_it_in_their_records(holder: User, asker: User, resident: Resident) -> None:
    accept(holder, ask(asker, resident))
    told = AuditEntry.objects.filter(subject_type="roster.Transfer").order_by("pk")
    assert [(entry.action, entry.division_code) for entry in told] == [
        ("roster.request_transfer", holder.division_id),
        ("roster.request_transfer", asker.division_id),
        ("roster.accept_transfer", holder.division_id),
        ("roster.accept_transfer", asker.division_id),
    ]


def test_who_is_insured_stays_counted_where_they_were_insured(holder: User, asker: User) -> None:
    version = towns.campaign()
    resident = factories.resident(holder.division)
    enrolment = towns.insure(resident, version, on=TODAY)
    accept(holder, ask(asker, resident))
    town = factories.user(Desk.TOWN)
    assert counts(town, version) == [(1, 0), (0, 1), (0, 0)]  # the one insured them, the other has them on its roster
    cancel_enrolment(by=holder, enrolment=enrolment, today=TODAY, now=NOW)
    assert counts(town, version) == [(0, 0), (0, 1), (0, 0)]


def test_whom_the_new_village_insures_again_is_counted_there(holder: User, asker: User) -> None:
    from tests.enrolment.acts import enrol

    version = factories.version()
    resident = factories.resident(holder.division)
    first = enrol(holder, resident, version)
    accept(holder, ask(asker, resident))
    cancel_enrolment(by=holder, enrolment=first, today=TODAY, now=NOW)
    resident.refresh_from_db()
    enrol(asker, resident, version)
    assert Participation.objects.get().village_id == asker.division_id


def test_an_empty_participation_moves_along(holder: User, asker: User, resident: Resident) -> None:
    version = factories.version()
    Participation.objects.create(resident=resident, programme=version.programme, village=holder.division, unit_cap=2)
    accept(holder, ask(asker, resident))
    assert Participation.objects.get().village_id == asker.division_id


def test_refused_with_a_reason_nothing_moves(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    with pytest.raises(InvalidInput, match="为什么不同意"):
        answer(refuse_transfer, holder, made, note="不行")
    answer(refuse_transfer, holder, made, note="人还住在本村")
    made.refresh_from_db()
    assert (made.state, made.note, made.decided_by) == ("refused", "人还住在本村", holder)
    assert village_of(resident) == "01村"
    assert ask(asker, resident).state == "waiting"  # with better evidence they may ask again


def test_each_act_twice_is_once(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident, key="one-form")
    assert ask(asker, resident, key="one-form").pk == made.pk
    answer(withdraw_transfer, asker, made)
    answer(withdraw_transfer, asker, made)
    again = ask(asker, resident)
    accept(holder, again)
    accept(holder, again)
    assert [row.state for row in Transfer.objects.order_by("pk")] == ["withdrawn", "accepted"]
    assert AuditEntry.objects.filter(action="roster.accept_transfer").count() == 2  # one a village


def test_one_key_for_two_residents_is_refused(asker: User, resident: Resident) -> None:
    ask(asker, resident, key="one-form")
    with pytest.raises(Conflict, match="内容和现在的不一样"):
        ask(asker, factories.resident(resident.village), key="one-form")
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"reason": "because"}, "选一个原因"),
        ({"evidence": "证明"}, "至少4个字"),
        ({"moves_on": TODAY + timedelta(days=1)}, "还没有到"),
        ({"moves_on": date(1954, 3, 3)}, "早于出生日期"),
    ],
)
def test_what_is_missing_is_said(asker: User, resident: Resident, facts: dict[str, Any], words: str) -> None:
    before = rows()
    with pytest.raises(InvalidInput, match=words):
        ask(asker, resident, **facts)
    assert rows() == before


def test_who_may_not_ask(holder: User, asker: User, resident: Resident) -> None:
    before = rows()
    with pytest.raises(NotAllowed):
        ask(asker, resident, to_village=factories.village(THIRD))
    with pytest.raises(NotAllowed):
        ask(factories.user(Desk.INSURER), resident, to_village=asker.division)
    with pytest.raises(Conflict, match="不用转"):
        ask(holder, resident)
    gone = factories.resident(holder.division)
    gone.number_index = "f" * 64
    with pytest.raises(Conflict, match="没有一个村居"):
        ask(asker, gone)
    assert rows()["Transfer"] == before["Transfer"]
    assert rows()["AuditEntry"] == before["AuditEntry"]


def test_one_village_asks_once_while_it_waits(asker: User, resident: Resident) -> None:
    ask(asker, resident)
    with pytest.raises(Conflict, match="已经申请过"):
        ask(asker, resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        Transfer.objects.create(
            **Transfer.objects.values(
                "resident_id", "from_village_id", "to_village_id", "reason", "evidence", "moves_on", "requested_by_id",
                "requested_at", "expires_on",
            )[0],
            key="another",
        )  # fmt: skip


def test_only_the_holding_village_answers(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    third = factories.user(Desk.VILLAGE, factories.village(THIRD))
    before = rows()
    for by in (asker, third, factories.user(Desk.TOWN), factories.user(Desk.INSURER, is_manager=True)):
        for act in (accept_transfer, refuse_transfer):
            with pytest.raises(NotAllowed):
                answer(act, by, made, note="依据在此处")
    with pytest.raises(NotAllowed):
        answer(withdraw_transfer, holder, made)
    assert rows()["Transfer"] == before["Transfer"]
    assert village_of(resident) == "01村"


def test_a_town_manager_answers_after_seven_days_with_a_basis(asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    manager = factories.user(Desk.TOWN, is_manager=True)
    late = {"now": NOW + WEEK, "today": TODAY + WEEK}
    with pytest.raises(NotAllowed, match="7天答复期内"):
        accept(manager, made, note="电话核实过", now=NOW + WEEK - timedelta(seconds=1))
    with pytest.raises(InvalidInput, match="写明依据"):
        accept(manager, made, note="", **late)
    assert village_of(resident) == "01村"
    accept(manager, made, note="已与原村居电话核实", **late)
    made.refresh_from_db()
    assert (made.on_behalf, made.decided_by, village_of(resident)) == (True, manager, "02村")


def test_a_town_manager_does_not_answer_what_he_asked(asker: User, resident: Resident) -> None:
    manager = factories.user(Desk.TOWN, is_manager=True)
    made = ask(manager, resident, to_village=asker.division)
    with pytest.raises(NotAllowed, match="您自己提的"):
        accept(manager, made, note="已电话核实过", now=NOW + WEEK)
    with pytest.raises(IntegrityError, match="transfer_decided_by_another"), transaction.atomic():
        Transfer.objects.update(state="accepted", decided_by=manager, decided_at=NOW)


def test_after_thirty_days_it_is_over_and_may_be_asked_anew(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    last, over = TODAY + timedelta(days=30), TODAY + timedelta(days=31)
    assert waiting_answers(holder, last, NOW + WEEK) == (1, 1)
    assert waiting_answers(holder, over, NOW + WEEK) == (0, 0)
    with pytest.raises(Conflict, match="过期"):
        accept(holder, made, today=over)
    assert [row.shows for row in transfers(holder, over)] == ["expired"]  # type: ignore[attr-defined]
    assert list(transfers(holder, over, "waiting")) == []
    again = ask(asker, resident, today=over)
    assert [row.state for row in Transfer.objects.order_by("pk")] == ["expired", "waiting"]
    accept(holder, again, today=over)
    assert village_of(resident) == "02村"


def test_who_died_meanwhile_does_not_move(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    mark_dead(by=holder, resident_id=resident.pk, died_on=TODAY, evidence="死亡医学证明", today=TODAY)
    with pytest.raises(Conflict, match="已登记为已故"):
        accept(holder, made)
    assert (village_of(resident), Transfer.objects.get().state) == ("01村", "waiting")


def test_who_was_noted_as_gone_lives_in_the_new_village(holder: User, asker: User, resident: Resident) -> None:
    mark_moved(by=holder, resident_id=resident.pk, moved_on=TODAY, evidence="去了02村", today=TODAY)
    accept(holder, ask(asker, resident))
    assert (village_of(resident), resident.status, resident.moved_on) == ("02村", "living", None)


def test_of_two_villages_that_ask_one_gets_the_resident(holder: User, asker: User, resident: Resident) -> None:
    third = factories.user(Desk.VILLAGE, factories.village(THIRD))
    first, second = ask(asker, resident), ask(third, resident)
    accept(holder, second)
    first.refresh_from_db()
    assert (first.state, village_of(resident)) == ("lapsed", "03村")
    with pytest.raises(Conflict, match="作废"):
        accept(holder, first)


def test_an_import_that_holds_a_request_is_not_undone(holder: User, asker: User) -> None:
    run = factories.import_run(holder.division, holder)
    resident = factories.resident(holder.division, brought_by=run)
    Resident.objects.update(updated_at=run.at)
    made = ask(asker, resident)
    with pytest.raises(Conflict, match="王秀兰1人有村居申请转入"):
        undo_import(by=holder, run_id=run.pk, now=NOW)
    answer(refuse_transfer, holder, made, note="是我们导错了")
    undo_import(by=holder, run_id=run.pk, now=NOW)
    assert not Resident.objects.exists()
    assert AuditEntry.objects.filter(action="roster.refuse_transfer").count() == 2


def test_a_stranger_sees_no_request(holder: User, asker: User, resident: Resident) -> None:
    ask(asker, resident)
    third = factories.user(Desk.VILLAGE, factories.village(THIRD))
    seen = {by.division.name: transfers(by, TODAY).count() for by in (holder, asker, third)}
    assert seen == {"01村": 1, "02村": 1, "03村": 0}


@pytest.mark.django_db(transaction=True)
def test_accepting_for_two_villages_at_once_moves_once(holder: User, asker: User, resident: Resident) -> None:
    third = factories.user(Desk.VILLAGE, factories.village(THIRD))
    asked = [ask(asker, resident), ask(third, resident)]
    outcomes = race(*(lambda one=one: accept(holder, one) for one in asked))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Transfer"]
    assert sorted(Transfer.objects.values_list("state", flat=True)) == ["accepted", "lapsed"]


@pytest.mark.django_db(transaction=True)
def test_the_same_request_pressed_twice_at_once_is_one(asker: User, resident: Resident) -> None:
    race(*[lambda: ask(asker, resident, key="one-form")] * 2)
    assert Transfer.objects.count() == 1
    race(*[lambda: ask(asker, resident)] * 2)
    assert Transfer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_accepting_and_refusing_at_once_is_one_answer(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    outcomes = race(lambda: accept(holder, made), lambda: answer(refuse_transfer, holder, made, note="人还住在本村"))
    assert [isinstance(one, AnkangError) for one in outcomes].count(True) == 1
    state = Transfer.objects.get().state
    assert village_of(resident) == ("02村" if state == "accepted" else "01村")


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_old_village_enrols_counts_the_person_once(holder: User, asker: User) -> None:
    from tests.enrolment.acts import enrol

    version = factories.version()
    resident = factories.resident(holder.division)
    made = ask(asker, resident)
    outcomes = race(lambda: accept(holder, made), lambda: enrol(holder, resident, version))
    assert isinstance(outcomes[0], Transfer)
    assert village_of(resident) == "02村"
    insured = list(Participation.objects.values_list("village__name", "units"))
    assert insured == ([] if isinstance(outcomes[1], NotAllowed) else [("01村", 1)])


@pytest.mark.django_db(transaction=True)
def test_accepting_while_the_death_is_noted_is_one_of_the_two(holder: User, asker: User, resident: Resident) -> None:
    made = ask(asker, resident)
    died = {"resident_id": resident.pk, "died_on": TODAY, "evidence": "死亡医学证明", "today": TODAY}
    outcomes = race(lambda: accept(holder, made), lambda: mark_dead(by=holder, **died))
    assert [isinstance(one, AnkangError) for one in outcomes].count(True) == 1
    resident.refresh_from_db()
    assert (resident.village.name, resident.status) in {("02村", "living"), ("01村", "dead")}


def test_a_request_in_the_permission_table_comes_from_the_second_village(resident: Resident) -> None:
    assert transfer_of(resident).to_village.name == "02村"


def test_the_new_village_sees_what_was_enrolled_and_may_ask_to_withdraw_it(holder: User, asker: User) -> None:
    version = towns.campaign()
    resident = factories.resident(holder.division)
    enrolment = towns.insure(resident, version)
    third = factories.user(Desk.VILLAGE, factories.village(THIRD))
    accept(holder, ask(asker, resident))
    assert {by.division.name: enrolments_visible_to(by).count() for by in (holder, asker, third)} == {
        "01村": 1,
        "02村": 1,
        "03村": 0,
    }
    wish = {"enrolment": enrolment, "reason": "老人不要了", "key": "w", "today": TODAY, "now": NOW}
    with pytest.raises(NotAllowed):
        request_withdrawal(by=third, **wish)
    assert request_withdrawal(by=asker, **wish).village == holder.division
