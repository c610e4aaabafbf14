"""Two people of a village in one second, in real transactions: no gap, nothing twice, a closed day stays closed."""

from datetime import date

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.money.acts import close, collect, fundings_of, hand_over, owed_fen, owing, void
from tests.races import race

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment
from ankang.money import queries
from ankang.money.errors import AlreadyOrdered, DayClosed, NothingOwed
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry, Payment, Posting, Receipt, Settlement, VillageDay

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version():
    return factories.version()


@pytest.fixture
def workers(version):
    return [factories.user("village") for _ in range(4)]


def test_numbers_run_without_a_gap(workers, version):
    homes = [owing(by, version) for by in workers]
    race(*(lambda by=by, home=home: collect(by, home) for by, home in zip(workers, homes, strict=True)))
    assert sorted(Receipt.objects.values_list("serial", flat=True)) == [1, 2, 3, 4]
    assert VillageDay.objects.get().last_serial == 4
    assert queries.balance("village_cash", workers[0].division_id) == 20000


def test_one_household_is_collected_from_once(workers, version):
    home = owing(workers[0], version, 2)
    outcomes = race(*(lambda by=by: collect(by, home) for by in workers))
    assert sorted(type(one).__name__ for one in outcomes) == ["AlreadyOrdered"] * 3 + ["Payment"]
    assert (Receipt.objects.count(), Settlement.objects.count(), Posting.objects.count()) == (1, 2, 1)
    assert Receipt.objects.get().serial == 1  # who was refused took no number


def test_two_clicks_are_one_payment(workers, version):
    by, home = workers[0], owing(workers[0], version)
    outcomes = race(*[lambda: collect(by, home, key="form")] * 3)
    assert {one.pk for one in outcomes} == {Payment.objects.get().pk}


def test_a_day_closed_while_somebody_pays(workers, version):
    collect(workers[0], owing(workers[0], version))
    home = owing(workers[1], version)
    day, paid = race(lambda: close(workers[0]), lambda: collect(workers[1], home))
    day.refresh_from_db()
    if isinstance(paid, Payment):
        assert (day.receipts, day.cash_fen, day.left_fen) == (2, 10000, 10000)
    else:
        assert isinstance(paid, DayClosed)
        assert (day.receipts, day.cash_fen, day.left_fen) == (1, 5000, 5000)
        assert owed_fen(workers[0], version) == 5000
    assert sum(Entry.objects.filter(account="village_cash").values_list("amount_fen", flat=True)) == day.cash_fen


def test_handing_over_while_somebody_pays_takes_what_was_counted(workers, version):
    first = collect(workers[0], owing(workers[0], version))
    home = owing(workers[1], version)
    slip, later = race(lambda: hand_over(workers[0], 5000, expected_fen=5000), lambda: collect(workers[1], home))
    assert isinstance(later, Payment)
    in_village = queries.balance("village_cash", workers[0].division_id)
    if isinstance(slip, Exception):  # the sum had changed: count again
        assert in_village == 10000
    else:
        assert (set(slip.payments.all()), in_village) == ({first}, 5000)


def test_a_receipt_is_void_once(workers, version):
    payment = collect(workers[0], owing(workers[0], version))
    race(*(lambda by=by: void(by, payment) for by in workers[:2]))
    assert Posting.objects.filter(kind="void").count() == 1
    assert queries.balance("village_cash", workers[0].division_id) == 0


def test_cancelling_while_the_money_is_taken_is_paid_back_or_never_taken(workers, version):
    home = owing(workers[0], version)
    _, paid = race(
        lambda: cancel_enrolment(by=workers[1], enrolment=home[0], today=TODAY, now=NOW),
        lambda: collect(workers[0], home),
    )
    assert Enrolment.objects.get().cancelled_at is not None
    due = [row.funding_id for row in queries.refunds_due(version.programme)]
    if isinstance(paid, Payment):
        assert due == fundings_of(home)
    else:
        assert isinstance(paid, AlreadyOrdered | NothingOwed)
        assert due == []
    assert unbalanced() == []


def test_two_villages_do_not_share_numbers(version):
    by = [factories.user("village", factories.village(serial)) for serial in (1, 2)]
    homes = [owing(one, version) for one in by]
    race(*(lambda one=one, home=home: collect(one, home) for one, home in zip(by, homes, strict=True)))
    assert sorted(Receipt.objects.values_list("number", flat=True)) == [
        f"SJ-{one.division_id}-{date(2024, 3, 4):%Y%m%d}-0001" for one in by
    ]
