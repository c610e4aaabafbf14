"""Refunds: exact figures, the days around each bound, and what holds for any amounts and days."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ankang.rules.errors import InvalidInput
from ankang.rules.refunds import RefundCause, divided, refund_of

FROM, TO = date(2024, 3, 21), date(2025, 3, 20)  # 365 days
ONE = (("self", 5000),)


def withdrawn(paid, last):
    return refund_of(paid, RefundCause.WITHDRAWN, FROM, TO, last)


@pytest.mark.parametrize(
    ("last", "left", "back"),
    [
        (date(2024, 3, 4), 365, 5000),  # long before
        (date(2024, 3, 19), 365, 5000),
        (date(2024, 3, 20), 365, 5000),  # the day before it begins
        (date(2024, 3, 21), 364, 4986),  # its first day: 50 x 364 / 365 = 49.863...
        (date(2024, 3, 22), 363, 4973),
        (date(2025, 3, 18), 2, 27),
        (date(2025, 3, 19), 1, 14),  # 13.698... fen
        (date(2025, 3, 20), 0, 0),  # its last day
        (date(2025, 3, 21), 0, 0),
    ],
)
def test_the_unearned_days(last, left, back):
    found = withdrawn(ONE, last)
    assert (found.days_left, found.days_all, found.total_fen) == (left, 365, back)
    assert found.shares == ((("self", back),) if back else ())


def test_half_a_fen_goes_up():
    two_days = (date(2024, 3, 21), date(2024, 3, 22))
    assert refund_of((("self", 4999),), RefundCause.WITHDRAWN, *two_days, two_days[0]).total_fen == 2500
    assert refund_of((("self", 5001),), RefundCause.WITHDRAWN, *two_days, two_days[0]).total_fen == 2501


def test_each_payer_gets_their_own_share_and_the_trace_says_how():
    found = withdrawn((("government", 2000), ("self", 1000), ("child", 2000)), date(2024, 9, 20))
    assert found.days_left == 181
    assert found.shares == (("government", 992), ("self", 496), ("child", 991))
    assert found.total_fen == 2479
    assert found.words == "保费50.00元 × 未满181天 ÷ 保障365天 = 24.79元"


@pytest.mark.parametrize("cause", [RefundCause.CANCELLED, RefundCause.DIED_BEFORE, RefundCause.DUPLICATE])
def test_what_was_never_insured_goes_back_whole(cause):
    found = refund_of((("self", 3000), ("donor", 2000)), cause, FROM, TO)
    assert found.shares == (("self", 3000), ("donor", 2000))
    assert found.words == "保障没有开始，全额退50.00元"


def test_a_withdrawal_needs_its_day_and_cover_its_order():
    with pytest.raises(InvalidInput, match="最后一个保障日"):
        refund_of(ONE, RefundCause.WITHDRAWN, FROM, TO)
    with pytest.raises(InvalidInput, match="截止日早于开始日"):
        refund_of(ONE, RefundCause.WITHDRAWN, TO, FROM, FROM)


shares = st.lists(st.integers(1, 20_000), min_size=1, max_size=5).map(
    lambda amounts: tuple(zip(("government", "self", "child", "village", "donor"), amounts, strict=False))
)


@given(shares, st.integers(-30, 400))
def test_nobody_gets_more_than_they_paid_and_each_later_day_gives_less(paid, after):
    last = FROM + timedelta(days=after)
    found, later = withdrawn(paid, last), withdrawn(paid, last + timedelta(days=1))
    given_ = dict(paid)
    assert all(0 < amount <= given_[payer] for payer, amount in found.shares)
    assert later.total_fen <= found.total_fen <= sum(given_.values())
    exact = 2 * sum(given_.values()) * found.days_left
    assert abs(exact - 2 * found.total_fen * 365) <= 365


@given(shares, st.data())
def test_parts_add_up_and_stay_within_one_fen_of_their_share(paid, data):
    total = sum(amount for _, amount in paid)
    amount = data.draw(st.integers(0, total))
    parts = divided(paid, amount)
    assert sum(part for _, part in parts) == amount
    for (payer, gave), (same, gets) in zip(paid, parts, strict=True):
        assert payer == same
        assert abs(gets * total - gave * amount) < total
        assert gets <= gave
