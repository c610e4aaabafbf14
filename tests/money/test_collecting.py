"""From what a household owes to a receipt: exact sums, keys, transfers, what falls away, what must be paid back."""

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.money.acts import at, close, collect, fundings_of, hand_over, no_money_moves, owed_fen, owing, void

from ankang.audit.models import AuditEntry
from ankang.enrolment.actions import cancel_enrolment
from ankang.money import actions, queries
from ankang.money.errors import (
    AlreadyOrdered,
    DayClosed,
    KeyReused,
    NothingOwed,
    OrderNotOpen,
    PaymentNotWaiting,
    ReceiptNotVoidable,
    ReferenceUsed,
    WrongAmount,
)
from ankang.money.ledger import unbalanced
from ankang.money.models import Order, Payment, Receipt
from ankang.money.receipts import note_print
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def town(version):
    return factories.user("town")


def order_of(worker, enrolments, key="order"):
    return actions.open_order(
        by=worker, village=worker.division, programme=enrolments[0].version.programme, kind="household",
        fundings=fundings_of(enrolments), payer_name="王秀兰", key=key, today=TODAY, now=NOW,
    )  # fmt: skip


def settle(order, amount, key="notice", reference="wx-1", today=TODAY):
    return actions.settle_order(
        by=None, order=order, means="gateway", amount_fen=amount, reference=reference, key=key, today=today, now=NOW
    )


def test_a_household_pays_and_gets_its_receipt(worker, version):
    home = owing(worker, version, 2)
    payment = collect(worker, home, key="form")
    assert (payment.state, payment.amount_fen, payment.receipt.number) == (
        "done", 10000, "SJ-320903101201-20240304-0001",
    )  # fmt: skip
    assert [(e.account, e.owner, e.amount_fen, e.funding_id) for e in payment.posting.entries.all()] == [
        ("village_cash", "320903101201", 10000, None),
        *[("premium_held", "320903101201", -5000, funding) for funding in fundings_of(home)],
    ]
    assert owed_fen(worker, version) == 0
    assert queries.funded_holdings(version.programme).count() == 2
    actions_told = ["money.open_order", "money.pay"]
    assert list(AuditEntry.objects.filter(action__startswith="money").values_list("action", flat=True)) == actions_told
    with no_money_moves():
        assert collect(worker, home, key="form") == payment
        with pytest.raises(KeyReused):
            collect(worker, home, key="form", fundings=fundings_of(home)[:1])
        with pytest.raises(AlreadyOrdered):
            collect(worker, home)
    assert collect(worker, owing(worker, version)).receipt.serial == 2


@pytest.mark.parametrize("shown", [4999, 5001])
def test_another_sum_than_the_one_shown_is_not_taken(worker, version, shown):
    home = owing(worker, version)
    with no_money_moves(), pytest.raises(WrongAmount):
        collect(worker, home, amount_fen=shown)


def test_who_may_not(worker, version, town):
    home = owing(worker, version)
    elsewhere = factories.user("village", factories.village(2))
    for by in (town, elsewhere):
        with no_money_moves(), pytest.raises(NotAllowed):
            collect(by, home, village=worker.division)
    with no_money_moves(), pytest.raises(AlreadyOrdered):
        collect(elsewhere, home)  # not of this village
    with no_money_moves(), pytest.raises(NothingOwed):
        actions.open_order(
            by=worker, village=worker.division, programme=version.programme, kind="household", fundings=[],
            payer_name="", key="k", today=TODAY, now=NOW,
        )  # fmt: skip


def test_government_and_donors_are_not_asked(worker, version):
    home = owing(worker, version, fundings=[("self", 3000), ("donor", 2000)])
    with pytest.raises(AlreadyOrdered):
        collect(worker, home)
    own = home[0].holdings.get().fundings.get(payer="self").pk
    assert collect(worker, home, fundings=[own]).amount_fen == 3000
    assert not queries.funded_holdings(version.programme).exists()
    assert queries.unfunded(version.programme).count() == 1


def test_what_was_cancelled_meanwhile_falls_away(worker, version):
    home = owing(worker, version, 2)
    order = order_of(worker, home)
    cancel_enrolment(by=worker, enrolment=home[0], today=TODAY, now=NOW)
    facts = {"by": worker, "order": order, "means": "cash", "key": "pay", "today": TODAY, "now": NOW}
    with no_money_moves(), pytest.raises(WrongAmount, match="应收 50"):
        actions.pay_order(amount_fen=10000, **facts)
    assert actions.pay_order(amount_fen=5000, **facts).state == "done"
    assert list(order.lines.order_by("pk").values_list("dropped_at", flat=True)) == [NOW, None]
    assert not queries.refunds_due(version.programme).exists()


def test_nothing_is_left_to_pay(worker, version):
    home = owing(worker, version)
    order = order_of(worker, home)
    cancel_enrolment(by=worker, enrolment=home[0], today=TODAY, now=NOW)
    with no_money_moves(), pytest.raises(NothingOwed):
        actions.pay_order(by=worker, order=order, means="cash", amount_fen=5000, key="p", today=TODAY, now=NOW)
    assert actions.cancel_order(by=worker, order=order, now=NOW).state == "cancelled"
    assert actions.cancel_order(by=worker, order=order, now=NOW).state == "cancelled"


def test_a_platforms_notice_comes_twice_late_and_wrong(worker, version):
    home = owing(worker, version, 2)
    order = order_of(worker, home)
    for amount in (9999, 10001):
        with no_money_moves(), pytest.raises(WrongAmount):
            settle(order, amount)
    cancel_enrolment(by=worker, enrolment=home[0], today=TODAY, now=NOW)
    collect(worker, owing(worker, version))
    close(worker)
    payment = settle(order, 10000)
    assert (payment.on.isoformat(), payment.receipt.number) == ("2024-03-05", "SJ-320903101201-20240305-0001")
    assert [row.funding_id for row in queries.refunds_due(version.programme)] == fundings_of(home[:1])
    with no_money_moves():
        assert settle(order, 10000) == payment
        with pytest.raises(KeyReused):
            settle(order, 10000, reference="wx-2")
        with pytest.raises(OrderNotOpen):
            settle(order, 10000, key="another")
        with pytest.raises(ReceiptNotVoidable, match="不是现金"):
            void(worker, payment)
    assert unbalanced() == []


def test_a_transfer_waits_for_the_town(worker, town, version):
    home = owing(worker, version)
    with no_money_moves(), pytest.raises(InvalidInput, match="流水号"):
        collect(worker, home, means="transfer")
    waits = collect(worker, home, means="transfer", reference="A-1")
    assert (waits.state, owed_fen(worker, version), Receipt.objects.count()) == ("waiting", 5000, 0)
    other = owing(worker, version)
    with no_money_moves():
        with pytest.raises(ReferenceUsed):
            collect(worker, other, means="transfer", reference="A-1")
        with pytest.raises(OrderNotOpen):
            actions.cancel_order(by=worker, order=waits.order, now=NOW)
        with pytest.raises(NotAllowed):
            actions.decide_transfer(by=worker, payment=waits, arrived=True, note="", today=TODAY, now=NOW)
        with pytest.raises(InvalidInput):
            actions.decide_transfer(by=town, payment=waits, arrived=False, note=" ", today=TODAY, now=NOW)
    done = actions.decide_transfer(by=town, payment=waits, arrived=True, note="", today=TODAY, now=NOW)
    assert (done.state, done.receipt.serial) == ("done", 1)
    assert queries.balance("town_bank", factories.TOWN) == 5000
    assert queries.balance("village_cash", worker.division_id) == 0
    with no_money_moves(), pytest.raises(PaymentNotWaiting):
        actions.decide_transfer(by=town, payment=waits, arrived=False, note="没有", today=TODAY, now=NOW)


def test_a_transfer_that_never_came_is_owed_again(worker, town, version):
    home = owing(worker, version)
    waits = collect(worker, home, means="transfer", reference="A-1")
    for told in ({"decided_by": town}, {"decided_at": NOW}, {"state": "refused"}):
        with pytest.raises(IntegrityError, match="payment_decided_who_and_when"), transaction.atomic():
            Payment.objects.filter(pk=waits.pk).update(**told)
    actions.decide_transfer(by=town, payment=waits, arrived=False, note="查无此笔", today=TODAY, now=NOW)
    for told in ({"decided_by": None}, {"decided_at": None}, {"decided_by": worker}):
        with pytest.raises(IntegrityError, match="payment_decided_who_and_when"), transaction.atomic():
            Payment.objects.filter(pk=waits.pk).update(**told)
    done = actions.pay_order(
        by=worker, order=waits.order, means="cash", amount_fen=5000, key="cash", today=TODAY, now=NOW
    )
    assert (done.state, owed_fen(worker, version)) == ("done", 0)
    assert Payment.objects.get(pk=waits.pk).state == "refused"


def test_a_void_receipt_keeps_its_number_and_is_owed_again(worker, version):
    home = owing(worker, version)
    payment = collect(worker, home)
    receipt = void(worker, payment)
    assert (receipt.is_void, receipt.number[-4:], receipt.void_posting.kind) == (True, "0001", "void")
    assert queries.balance("village_cash", worker.division_id) == 0
    assert owed_fen(worker, version) == 5000
    assert Order.objects.get().state == "cancelled"
    with no_money_moves():
        assert void(worker, payment) == receipt
    again = collect(worker, home)
    assert again.receipt.serial == 2
    hand_over(worker)
    with no_money_moves(), pytest.raises(ReceiptNotVoidable, match="已经交到镇里"):
        void(worker, again)


def test_after_closing_cash_waits_for_tomorrow_and_a_void_is_dated_on_it(worker, version):
    payment = collect(worker, owing(worker, version))
    day = close(worker)
    home = owing(worker, version)
    with no_money_moves(), pytest.raises(DayClosed):
        collect(worker, home)
    assert void(worker, payment).void_posting.on.isoformat() == "2024-03-05"
    day.refresh_from_db()
    assert (day.cash_fen, day.left_fen, day.receipts, day.voided) == (5000, 5000, 1, 0)
    tomorrow = at(TODAY).date().replace(day=5)
    assert collect(worker, home, today=tomorrow).receipt.number == "SJ-320903101201-20240305-0001"


def test_a_second_print_is_counted(worker, version):
    receipt = collect(worker, owing(worker, version)).receipt
    assert [note_print(by=worker, receipt=receipt).prints for _ in range(3)] == [1, 2, 3]
    assert AuditEntry.objects.filter(action="money.print_receipt").count() == 3


def test_what_a_collection_costs(worker, version, django_assert_num_queries):
    collect(worker, owing(worker, version))
    home = owing(worker, version, 5)
    fundings = fundings_of(home)
    with django_assert_num_queries(42):
        collect(worker, home, fundings=fundings)
