"""The medical window: entered, agreed by another house, paid at once, paid back in the evening; never twice."""

from datetime import date
from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, Sum
from tests import factories
from tests.claims.acts import amounts, at, handler, insured, key, nothing_changes, review
from tests.claims.green_acts import cash, close, confirmed_version, paid, pay, settle, window
from tests.races import race

from ankang.accounts.models import Desk
from ankang.claims.advances import CashCount, close_advances, pay_advances_back
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.models import Claim
from ankang.claims.payout_models import Payout
from ankang.money.ledger import unbalanced
from ankang.money.models import Account, Entry
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

OLD = date(1951, 6, 1)  # 72 on the day of the accident


def booked(account: str) -> int:
    return Entry.objects.filter(account=account).aggregate(fen=Sum("amount_fen"))["fen"] or 0


@pytest.mark.django_db
def test_from_the_bill_to_the_insurers_money_back() -> None:
    confirmed_version()
    by, second = window(), handler()
    decision = settle(insured(birth_date=OLD), by)
    assert amounts(decision) == {"A medical": 100_000}  # 5000 - 3800 - 200
    claim = decision.claim
    assert (claim.status, claim.invoices.get().number) == ("prepared", "00012345")
    with nothing_changes(), pytest.raises(Conflict, match="还没有复核同意"):
        pay(claim, by)
    review(decision, second)
    once = key()
    (advance,) = pay(claim, by, key=once)
    with nothing_changes():
        assert pay(claim, by, key=once) == [advance]
    with nothing_changes(), pytest.raises(Conflict, match="已经全部申请付款"):
        pay(claim, by)
    payout = advance.payout
    assert (payout.state, payout.amount_fen, payout.ordered_by, payout.released_by) == ("paid", 100_000, by, second)
    assert (booked(Account.CLAIM_COST), booked(Account.CLAIM_DUE)) == (100_000, 0)
    assert (booked(Account.WINDOW_ADVANCE), booked(Account.CLAIM_BANK)) == (-100_000, 0)
    day = close(by, key="evening")
    assert (day.number, day.payments, day.total_fen) == ("DF20240529-YL320903101000-1", 1, 100_000)
    assert close(by, key="evening") == day
    with nothing_changes(), pytest.raises(Conflict, match="不用日结"):
        close(by, now=at(hour=18))
    pay_advances_back(by=second, day=day, reference="HD1", now=at(hour=18))
    with nothing_changes(), pytest.raises(Conflict, match="已经归还过"):
        pay_advances_back(by=second, day=day, reference="HD2", now=at(hour=19))
    assert (booked(Account.WINDOW_ADVANCE), booked(Account.CLAIM_BANK)) == (0, -100_000)
    assert not unbalanced()


@pytest.mark.django_db
def test_an_assumed_reading_is_not_paid_at_the_window() -> None:
    by = window()
    claim = review(settle(insured(birth_date=OLD), by)).claim
    for now in (at(hour=16), at(date(2024, 6, 3))):
        with nothing_changes(), pytest.raises(Conflict, match=r"窗口今天不能当场付款.*转账到银行卡"):
            pay(claim, by, now=now)


@pytest.mark.django_db
def test_what_a_window_may_not() -> None:
    confirmed_version()
    by, resident = window(), insured(birth_date=OLD)
    foreign = factories.user(Desk.WINDOW, factories.town("320903102000"))
    funeral, clerk = factories.user(Desk.FUNERAL), handler()
    with nothing_changes():
        for who in (foreign, funeral, clerk):
            with pytest.raises(NotAllowed):
                settle(resident, who)
        with pytest.raises(Conflict, match="没有有效保障"):
            settle(resident, by, event_on=date(2024, 3, 20), dated_on=date(2024, 3, 20))
        for facts, field in (
            ({"total_fen": 0, "reimbursed_fen": 0}, "bill-0"),
            ({"bills": ()}, "bill-0"),
            ({"invoice": "12"}, "bill-0"),
            ({"fracture_fen": 500_001}, "fracture_expense_fen"),
            ({"what_happened": " "}, "what_happened"),
        ):
            with pytest.raises(InvalidInput) as found:
                settle(resident, by, **facts)
            assert field in found.value.fields["errors"], facts  # type: ignore[operator]
    claim = review(settle(resident, by), clerk).claim
    other = window(division=factories.village().parent.parent)
    with nothing_changes():
        with pytest.raises(NotAllowed, match="不是您的窗口报的"):
            pay(claim, other)
        with pytest.raises(NotAllowed):
            pay(claim, clerk)
        with pytest.raises(InvalidInput, match="现金"):
            pay(claim, by, cash(means="bank", bank="农业银行", account="6222020000000000018"))
        with pytest.raises(InvalidInput, match="只写一位"):
            pay(claim, by, cash(), cash())
        with pytest.raises(Conflict, match="已经有赔案"):
            settle(resident, by, invoice="00099999")


@pytest.mark.django_db
def test_a_list_is_paid_back_by_the_insurer_of_the_place_alone() -> None:
    confirmed_version()
    by = window()
    paid(insured(birth_date=OLD), by)
    day = close(by)
    with nothing_changes():
        for who in (by, handler(division=factories.town("320903102000"))):
            with pytest.raises(NotAllowed):
                pay_advances_back(by=who, day=day, reference="HD1", now=at(hour=18))
        with pytest.raises(InvalidInput, match="回单号"):
            pay_advances_back(by=handler(), day=day, reference=" ", now=at(hour=18))
    with pytest.raises(IntegrityError, match="advance_day_second_person"), transaction.atomic():
        AdvanceDay.objects.update(confirmed_by=F("closed_by"), confirmed_at=at(), reference="HD")
    with pytest.raises(IntegrityError, match="advance_positive"), transaction.atomic():
        Advance.objects.update(amount_fen=0)


@pytest.mark.django_db
def test_the_cash_agrees_or_the_reason_is_given() -> None:
    confirmed_version()
    by = window()
    paid(insured(birth_date=OLD), by)
    end = partial(close_advances, by=by, now=at(hour=17))
    for count in (CashCount(0, -1), CashCount(200_000, 99_999), CashCount(200_000, 100_001, " ")):
        with nothing_changes(), pytest.raises(InvalidInput):
            end(key=key(), count=count)
    day = end(key=key(), count=CashCount(200_000, 99_900, "找零少收 1 元"))
    assert (day.opening_fen, day.counted_fen, day.difference_fen) == (0, 99_900, -100)
    paid(insured(birth_date=OLD), by, invoice="00012399")
    day = end(key=key(), count=CashCount(100, 0))
    assert (day.opening_fen, day.difference_fen, day.difference_note) == (99_900, 0, "")


@pytest.mark.django_db(transaction=True)
def test_one_invoice_at_two_windows_at_once() -> None:
    confirmed_version()
    first, second = insured(birth_date=OLD), insured(birth_date=OLD)
    outcomes = race(partial(settle, first, window()), partial(settle, second, window()))
    assert sorted(type(one).__name__ for one in outcomes) == ["Decision", "InvoiceUsed"], outcomes
    assert Claim.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_accident_at_two_windows_at_once_is_one_claim() -> None:
    confirmed_version()
    resident = insured(birth_date=OLD)
    outcomes = race(*(partial(settle, resident, window(), invoice=f"0001234{at_}") for at_ in (1, 2)))
    assert sorted(type(one).__name__ for one in outcomes) == ["Conflict", "Decision"], outcomes
    assert Claim.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_at_once_pay_close_and_pay_back_once() -> None:
    confirmed_version()
    by, colleague = window(), window()
    claim = review(settle(insured(birth_date=OLD), by)).claim
    assert _won(race(partial(pay, claim, by), partial(pay, claim, colleague))) == 1
    assert Payout.objects.get().amount_fen == 100_000
    assert _won(race(*(partial(close, one, count=CashCount(100_000, 0)) for one in (by, colleague)))) == 1
    day = AdvanceDay.objects.get()
    backs = [partial(pay_advances_back, by=handler(), day=day, reference=f"HD{n}", now=at(hour=18)) for n in (1, 2)]
    assert _won(race(*backs)) == 1
    assert (booked(Account.WINDOW_ADVANCE), booked(Account.CLAIM_BANK)) == (0, -100_000)


def _won(outcomes: list[object]) -> int:
    """Return how many went through; the others must be conflicts."""
    assert all(isinstance(one, Conflict) or not isinstance(one, Exception) for one in outcomes), outcomes
    return sum(not isinstance(one, Exception) for one in outcomes)
