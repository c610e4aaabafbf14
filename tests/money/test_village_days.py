"""交款 and 日结: the expected sum from the entries, differences explained, two persons, closed days in order."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.money.acts import at, close, collect, hand_over, no_money_moves, owing, void

from ankang.money import handovers, queries
from ankang.money.closings import day_figures, open_days
from ankang.money.errors import (
    DayClosed,
    DayNotReady,
    DifferenceUnexplained,
    HandoverNotWaiting,
    KeyReused,
    NothingOwed,
    WrongAmount,
)
from ankang.money.ledger import unbalanced
from ankang.money.models import Handover, Payment, Till
from ankang.rules.errors import InvalidInput, NotAllowed

pytestmark = pytest.mark.django_db
TOMORROW = date(2024, 3, 5)


@pytest.fixture
def version(db):
    return factories.version()


@pytest.fixture
def worker(version):
    return factories.user("village")


@pytest.fixture
def town(version):
    return factories.user("town")


def confirm(town, slip, received=None):
    received = slip.counted_fen if received is None else received
    return handovers.confirm_handover(by=town, handover=slip, received_fen=received, note="", today=TODAY, now=NOW)


def sums(worker):
    kinds = ("village_cash", "in_transit", "town_cash", "cash_difference")
    owners = {"town_cash": factories.TOWN}
    return [queries.balance(kind, owners.get(kind, worker.division_id)) for kind in kinds]


def test_cash_goes_to_the_town(worker, town, version):
    with no_money_moves(), pytest.raises(NothingOwed):
        hand_over(worker)
    payment = collect(worker, owing(worker, version, 2))
    slip = hand_over(worker, key="slip")
    assert (slip.expected_fen, slip.counted_fen, slip.difference_fen) == (10000, 10000, 0)
    assert Payment.objects.get(pk=payment.pk).handover == slip
    assert sums(worker) == [0, 10000, 0, 0]
    with no_money_moves():
        assert hand_over(worker, 10000, key="slip") == slip
        with pytest.raises(KeyReused):
            hand_over(worker, 9999, key="slip")
        with pytest.raises(WrongAmount, match="退回"):
            confirm(town, slip, 9999)
        with pytest.raises(NotAllowed):
            confirm(worker, slip)
    done = confirm(town, slip)
    assert (done.state, sums(worker)) == ("confirmed", [0, 0, 10000, 0])
    with no_money_moves():
        assert confirm(town, slip) == done
        with pytest.raises(HandoverNotWaiting):
            handovers.return_handover(by=town, handover=slip, note="不对", today=TODAY, now=NOW)


@pytest.mark.parametrize(("counted", "difference"), [(4999, 1), (5001, -1)])
def test_a_difference_is_explained_or_it_does_not_close(worker, town, version, counted, difference):
    collect(worker, owing(worker, version))
    with no_money_moves(), pytest.raises(DifferenceUnexplained):
        hand_over(worker, counted)
    slip = hand_over(worker, counted, explanation="找零差一分")
    assert sums(worker) == [0, counted, 0, difference]
    confirm(town, slip)
    assert sums(worker) == [0, 0, counted, difference]
    with pytest.raises(IntegrityError, match="handover_difference_explained"), transaction.atomic():
        Handover.objects.update(explanation="")
    assert unbalanced() == []


def test_the_expected_sum_has_changed(worker, version):
    collect(worker, owing(worker, version))
    for expected in (4999, 5001):
        with no_money_moves(), pytest.raises(WrongAmount):
            hand_over(worker, 5000, expected_fen=expected)
    with no_money_moves(), pytest.raises(InvalidInput):
        hand_over(worker, 0, explanation="全丢了")


def test_a_slip_sent_back_leaves_the_cash_in_the_village(worker, town, version):
    payment = collect(worker, owing(worker, version))
    slip = hand_over(worker)
    more = collect(worker, owing(worker, version))
    with no_money_moves():
        with pytest.raises(HandoverNotWaiting, match="还没点收"):
            hand_over(worker)
        with pytest.raises(InvalidInput):
            handovers.return_handover(by=town, handover=slip, note="", today=TODAY, now=NOW)
    handovers.return_handover(by=town, handover=slip, note="少一张", today=TODAY, now=NOW)
    assert sums(worker) == [10000, 0, 0, 0]
    assert set(Payment.objects.values_list("handover", flat=True)) == {None}
    again = hand_over(worker)
    assert set(again.payments.all()) == {payment, more}
    with pytest.raises(IntegrityError, match="handover_second_person"), transaction.atomic():
        Handover.objects.filter(pk=slip.pk).update(decided_by=worker)


def test_a_day_closes_with_its_sums(worker, town, version):
    first = collect(worker, owing(worker, version))
    collect(worker, owing(worker, version, product="A"))
    collect(worker, owing(worker, version), means="transfer", reference="T1")
    void(worker, first)
    hand_over(worker)
    figures = day_figures(worker.division, TODAY)
    assert (figures.receipts, figures.voided, figures.cash_fen, figures.handed_fen, figures.left_fen) == (
        2, 1, 10000, 10000, 0,
    )  # fmt: skip
    day = close(worker)
    assert (day.receipts, day.voided, day.cash_fen, day.transfer_fen, day.handed_fen) == (2, 1, 10000, 0, 10000)
    assert Till.objects.get().closed_through == TODAY
    with no_money_moves():
        assert close(worker) == day
        with pytest.raises(DayClosed):
            hand_over(worker, 1, expected_fen=0)


def test_days_close_in_order_and_none_ahead(worker, version):
    home = owing(worker, version, 2)
    with no_money_moves(), pytest.raises(NothingOwed):
        close(worker)
    collect(worker, home[:1])
    collect(worker, home[1:], today=TOMORROW)
    assert open_days(worker.division, TOMORROW) == [TODAY, TOMORROW]
    with no_money_moves():
        with pytest.raises(DayNotReady, match="2024-03-04还没有日结"):
            close(worker, TOMORROW)
        with pytest.raises(DayNotReady, match="还没有到"):
            close(worker, TOMORROW, TODAY)
        with pytest.raises(NotAllowed):
            close_elsewhere(worker)
    close(worker, TODAY, TOMORROW)
    assert close(worker, TOMORROW).closed_at == at(TOMORROW)


def close_elsewhere(worker):
    from ankang.money.closings import close_day

    stranger = factories.user("village", factories.village(2))
    return close_day(by=stranger, village=worker.division, on=TODAY, today=TODAY, now=NOW)
