"""Whatever is done in whatever order: entries balance, nothing is paid twice, nobody is in force without money."""

from collections.abc import Sequence
from contextlib import suppress

import pytest
from django.db.models import Count, Q, Sum
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests.treasury.town import STEPS, Town

from ankang.enrolment.models import Funding, Holding
from ankang.money import closings, queries
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry, Settlement
from ankang.policies.models import Certificate
from ankang.policies.queries import in_force
from ankang.rules.errors import AnkangError
from ankang.treasury.models import Charge, Donation, GatewayNotice, Refund, RemittanceLine

_STEP = st.tuples(st.sampled_from(STEPS), st.integers(0, 59))


def _way(words: str, at: int) -> list[tuple[str, int]]:
    return [(step, at) for step in words.split()]


_CASH = _way("insure cash hand_over confirm bank prepare release remit apply accept", 8)
_PHONE = _way("insure scan pay_by_phone tell bank prepare release remit apply accept", 3)
_LATE = _way("insure scan pay_by_phone cash_after_all close_day forge tell tell repay repay", 3)
_BACK = _way("insure cash close_day cancel propose refund next_day pay_back pay_back", 3)


class AnyOrder(TestCase):
    @settings(max_examples=10)
    @example(_CASH + _LATE + _BACK)
    @example(_PHONE + _BACK)
    @given(st.lists(_STEP, min_size=15, max_size=40))
    def test_any_order_of_actions(self, steps: Sequence[tuple[str, int]]) -> None:
        town = Town()
        for at in range(3):
            town.insure(at)
        for name, at in steps:
            with suppress(AnkangError, IndexError):  # a refusal is an answer; what matters is what is stored
                town.do(name, at)
            _check(town)


def _check(town: Town) -> None:
    _check_ledger()
    _check_funding(town)
    _check_once()
    _check_platform(town)
    for on, figures in town.closed.items():
        now = closings.day_figures(town.worker.division, on)
        assert now.taken_fen == figures.taken_fen, "a closed day stays as it was"
        assert (now.receipts, now.handed_fen, now.left_fen) == (figures.receipts, figures.handed_fen, figures.left_fen)


def _check_ledger() -> None:
    assert unbalanced() == []
    assert (Entry.objects.aggregate(total=Sum("amount_fen"))["total"] or 0) == 0
    have = Entry.objects.filter(account__in=("village_cash", "in_transit", "town_cash", "town_bank"))
    for row in have.values("account", "owner").annotate(total=Sum("amount_fen")):
        assert row["total"] >= 0, f"nobody gives money that is not there: {row}"
    for gift in Donation.objects.all():
        assert gift.balance_fen >= 0
    for row in Entry.objects.filter(account="premium_held").values("funding").annotate(held=Sum("amount_fen")):
        owed = Funding.objects.get(pk=row["funding"]).amount_fen
        assert -owed <= row["held"] <= 0, "never more than one premium is held, never less than none"


def _check_funding(town: Town) -> None:
    """No unit is in force without full funding or an accepted promise."""
    living = Settlement.objects.filter(ended_at=None).filter(Q(promise__isnull=False) | Q(posting__reversed_by=None))
    settled = set(living.values_list("funding", flat=True))
    day = min(Holding.objects.values_list("cover_from", flat=True))
    certified = in_force(town.version.programme, day).values("holding")
    holdings = Holding.objects.filter(
        Q(pk__in=queries.funded_holdings(town.version.programme)) | Q(pk__in=certified)
    ).prefetch_related("fundings", "enrolment")
    for holding in holdings:
        assert {one.pk for one in holding.fundings.all()} <= settled
        assert holding.enrolment.cancelled_at is None
        assert holding.enrolment.withdrawn_on is None


def _check_once() -> None:
    """Nothing is settled, remitted, refunded or insured twice."""
    for rows in (
        Settlement.objects.filter(ended_at=None).values("funding"),
        RemittanceLine.objects.filter(dropped_at=None).values("funding"),
        Refund.objects.exclude(state="refused").values("funding"),
        Certificate.objects.alive().values("holding"),
        Charge.objects.filter(state="settled").values("order"),
    ):
        assert not rows.annotate(count=Count("pk")).filter(count__gt=1).exists()


def _check_platform(town: Town) -> None:
    """Each payment by telephone is booked once, as premium or as money to give back, and given back once."""
    kinds = Entry.objects.filter(account="gateway")
    on_platform = sum(kinds.exclude(posting__kind="gateway_in").values_list("amount_fen", flat=True))
    booked = Charge.objects.filter(state__in=("settled", "surplus")).aggregate(total=Sum("paid_fen"))["total"] or 0
    assert on_platform == booked
    repaid = Charge.objects.filter(state="repaid")
    assert sum(town.platform.returned.values()) == sum(repaid.values_list("paid_fen", flat=True))
    for charge in Charge.objects.filter(paid_fen__gt=0):
        assert town.platform.trades[charge.trade_no].amount_fen == charge.paid_fen
    told = {number for number, _ in town.notices}
    assert set(GatewayNotice.objects.values_list("number", flat=True)) <= told


@pytest.mark.parametrize(
    ("way", "certificates", "repaid", "refunded"), [(_CASH, 1, 0, 0), (_PHONE, 1, 0, 0), (_LATE, 0, 1, 0)]
)
def test_each_way_of_the_examples_is_walked_to_its_end(
    db: None, way: Sequence[tuple[str, int]], certificates: int, repaid: int, refunded: int
) -> None:
    """Else every step of the property might be a refusal."""
    town = Town()
    for name, at in way:
        town.do(name, at)
        _check(town)
    assert queries.balance("insurer_due", "insurer") == 0
    assert Certificate.objects.alive().count() == certificates
    assert Charge.objects.filter(state="repaid").count() == repaid == town.forged
    assert Refund.objects.filter(state="paid").count() == refunded
