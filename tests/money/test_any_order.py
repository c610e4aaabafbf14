"""Property: whatever a village, a town and a platform do in any order, entries balance and nothing is paid twice."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.money.acts import close, collect, fundings_of, hand_over, owing, void

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Funding
from ankang.money import handovers, queries
from ankang.money.actions import decide_transfer
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry, Handover, Payment, Receipt, Settlement
from ankang.rules.errors import AnkangError

_HOMES = 3
_ACTS = st.tuples(
    st.sampled_from(["cash", "transfer", "void", "cancel", "hand", "confirm", "return", "arrived", "missing", "close"]),
    st.integers(0, _HOMES - 1),
)


class AnyOrder(TestCase):
    @settings(max_examples=12)
    @given(st.lists(_ACTS, min_size=4, max_size=14))
    def test_any_order_of_actions(self, acts):
        version = factories.version()
        worker, town = factories.user("village"), factories.user("town")
        homes = [owing(worker, version) for _ in range(_HOMES)]
        for number, (act, at) in enumerate(acts):
            with suppress(AnkangError):  # a refusal is an answer; what matters is what is stored
                _do(act, worker, town, homes[at], number)
        _check(worker, version)


def _do(act, worker, town, home, number):
    paid = Payment.objects.filter(order__lines__funding__in=fundings_of(home)).order_by("-pk").first()
    slip = Handover.objects.order_by("-pk").first()
    facts = {"by": town, "today": TODAY, "now": NOW}
    if act in ("cash", "transfer"):
        collect(worker, home, means=act, reference=f"T{number}")
    elif act == "void" and paid and hasattr(paid, "receipt"):
        void(worker, paid)
    elif act == "cancel":
        cancel_enrolment(by=worker, enrolment=home[0], today=TODAY, now=NOW)
    elif act == "hand":
        hand_over(worker)
    elif act == "confirm" and slip:
        handovers.confirm_handover(handover=slip, received_fen=slip.counted_fen, note="", **facts)
    elif act == "return" and slip:
        handovers.return_handover(handover=slip, note="重点", **facts)
    elif act in ("arrived", "missing") and paid:
        decide_transfer(payment=paid, arrived=act == "arrived", note="核对", **facts)
    elif act == "close":
        close(worker)


def _check(worker, version):
    assert unbalanced() == []
    assert sum(Entry.objects.values_list("amount_fen", flat=True)) == 0
    paid = list(Settlement.objects.filter(ended_at=None).values_list("funding", flat=True))
    assert len(paid) == len(set(paid))
    held = -queries.balance("premium_held", worker.division_id)
    assert held == sum(Funding.objects.filter(pk__in=paid).values_list("amount_fen", flat=True))
    for funded in queries.funded_holdings(version.programme).prefetch_related("fundings"):
        assert {one.pk for one in funded.fundings.all()} <= set(paid)
    for _, serials in _serials().items():
        assert serials == list(range(1, len(serials) + 1))
    kinds = ("village_cash", "in_transit", "cash_difference")
    where = sum(queries.balance(kind, worker.division_id) for kind in kinds)
    assert where + sum(queries.balance(kind, factories.TOWN) for kind in ("town_cash", "town_bank")) == held


def _serials():
    found = {}
    for on, serial in Receipt.objects.order_by("on", "serial").values_list("on", "serial"):
        found.setdefault(on, []).append(serial)
    return found
