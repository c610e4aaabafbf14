"""A town of a few people in which anybody does anything at any time: its steps, and a payment platform for them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories
from tests.enrolment.acts import TODAY
from tests.policies import acts as policies
from tests.treasury import acts

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Funding
from ankang.gateways import GatewayRefused, Notice, NotificationForged, Payment, Repayment, State
from ankang.money import actions, closings, handovers, receipts
from ankang.money.models import Handover, Order, Receipt
from ankang.money.queries import balance
from ankang.policies.models import ApplicationBatch
from ankang.treasury import banking, charges, donors, refunds, remittances
from ankang.treasury.models import Charge, Donation, GovernmentRequest, Refund, Remittance
from ankang.treasury.refunds import refunds_to_prepare

LAST = TODAY + timedelta(days=8)


class Platform:
    """A payment platform: what was paid on it, by trade number. A notice is the trade's number, once signed."""

    def __init__(self) -> None:
        self.trades: dict[str, Payment] = {}
        self.returned: dict[str, int] = {}
        self.numbers = count(1)

    def prepay(self, *, trade_no: str, amount_fen: int, says: str) -> str:
        self.trades.setdefault(trade_no, Payment(trade_no, State.OPEN, amount_fen))
        return f"weixin://{trade_no}"

    def pay(self, trade_no: str, more_fen: int) -> None:
        """Let the payer pay an open trade, by chance another sum than was asked."""
        one = self.trades[trade_no]
        if one.state is State.OPEN:
            paid, number = one.amount_fen + more_fen, f"T{next(self.numbers)}"
            self.trades[trade_no] = replace(one, state=State.PAID, amount_fen=paid, transaction=number)

    def query(self, trade_no: str) -> Payment:
        return self.trades[trade_no]

    def close(self, trade_no: str) -> None:
        if self.trades[trade_no].state is State.PAID:
            raise GatewayRefused("已付")
        self.trades[trade_no] = replace(self.trades[trade_no], state=State.CLOSED)

    def refund(self, *, trade_no: str, refund_no: str, amount_fen: int, of_fen: int) -> Repayment:
        self.returned[refund_no] = amount_fen
        return Repayment(refund_no, amount_fen, done=True)

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        if headers["sign"] != "true":
            raise NotificationForged("不是支付平台发来的")
        return Notice(headers["number"], self.trades[body.decode()])


class Town:
    """Every step works on what `at` picks; a refusal is as good as a step. `closed`: what a closed day said."""

    def __init__(self) -> None:
        self.version, self.platform, self.today = factories.version(), Platform(), TODAY
        self.worker, self.people = factories.user("village"), (acts.first(), acts.first())
        self.insurer, self.forged = policies.insurer(), 0
        self.donation = acts.agreed(self.version, 20_000)
        self.notices: list[tuple[str, str]] = []
        self.closed: dict[date, closings.DayFigures] = {}

    @property
    def now(self) -> datetime:
        return datetime.combine(self.today, time(9), ZoneInfo("Asia/Shanghai"))

    def pick(self, rows: Any, at: int) -> Any:
        """Return one of the rows by chance. IndexError: there is none, and the step is no step."""
        found = list(rows)
        return found[at % len(found)] if found else _nobody()

    def do(self, name: str, at: int) -> None:
        getattr(self, name)(at)

    # people come and go

    def next_day(self, at: int) -> None:
        self.today = min(self.today + timedelta(days=1), LAST)

    def insure(self, at: int) -> None:
        facts: dict[str, Any] = {"fundings": [("self", 3_000), ("child", 2_000)]}
        facts = {"payer": "donor"} if at % 4 == 1 else facts
        if at % 4 == 2:
            acts.by_government(self.version)
        else:
            acts.insured(self.version, today=self.today, **facts)

    def cancel(self, at: int) -> None:
        one = self.pick(Enrolment.objects.filter(cancelled_at=None), at)
        cancel_enrolment(by=one.by, enrolment=one, today=self.today, now=self.now)

    def give_up(self, at: int) -> None:
        one = self.pick(Enrolment.objects.filter(withdrawn_on=None, cancelled_at=None), at)
        acts.given_up(one, self.today, self.now)

    # the village takes money and closes its day

    def cash(self, at: int) -> None:
        acts.paid(self.pick(Enrolment.objects.filter(holdings__fundings__payer="self"), at), on=self.today)

    def cash_after_all(self, at: int) -> None:
        order = self.pick(Order.objects.filter(state="open"), at)
        due = sum(order.lines.filter(dropped_at=None).values_list("amount_fen", flat=True))
        actions.pay_order(
            by=self.worker, order=order, means="cash", amount_fen=due, key=acts.key(), today=self.today, now=self.now
        )

    def void(self, at: int) -> None:
        one = self.pick(Receipt.objects.filter(voided_at=None), at)
        receipts.void_receipt(by=self.worker, receipt=one, reason="收错", today=self.today, now=self.now)

    def drop_order(self, at: int) -> None:
        actions.cancel_order(by=self.worker, order=self.pick(Order.objects.filter(state="open"), at), now=self.now)

    def hand_over(self, at: int) -> None:
        cash, missing = balance("village_cash", self.worker.division_id), 100 if at % 5 == 0 else 0
        handovers.hand_over(
            by=self.worker, village=self.worker.division, expected_fen=cash, counted_fen=cash - missing,
            explanation="少了一元", key=acts.key(), today=self.today, now=self.now,
        )  # fmt: skip

    def confirm(self, at: int) -> None:
        slip, by = self.pick(Handover.objects.filter(state="waiting"), at), self.people[0]
        facts: dict[str, Any] = {"by": by, "handover": slip, "today": self.today, "now": self.now}
        if at % 4 != 1:
            handovers.confirm_handover(received_fen=slip.counted_fen, note="", **facts)
        else:
            handovers.return_handover(note="重点", **facts)

    def close_day(self, at: int) -> None:
        on = self.pick(closings.open_days(self.worker.division, self.today), at)
        closings.close_day(by=self.worker, village=self.worker.division, on=on, today=self.today, now=self.now)
        self.closed[on] = closings.day_figures(self.worker.division, on)

    def bank(self, at: int) -> None:
        source = ("cash", "gateway")[at % 2]
        there = balance(("town_cash", "gateway")[at % 2], factories.TOWN)
        banking.bank_money(
            by=self.people[0], source=source, amount_fen=there, reference=acts.key(), on=self.today, key=acts.key(),
            now=self.now,
        )  # fmt: skip

    # a telephone pays; the platform tells of it once, twice, late, in any order

    def scan(self, at: int) -> None:
        order = self.pick([*Order.objects.filter(state="open"), None], at) or self._order(at)
        charges.open_charge(by=self.worker, order=order, gateway=self.platform, now=self.now)

    def _order(self, at: int) -> Order:
        one = self.pick(Enrolment.objects.filter(holdings__fundings__payer="self"), at)
        parts = list(Funding.objects.filter(holding__enrolment=one).values_list("pk", flat=True))
        return actions.open_order(
            by=self.worker, village=one.village, programme=self.version.programme, kind="household", fundings=parts,
            payer_name="王秀兰", key=acts.key(), today=self.today, now=self.now,
        )  # fmt: skip

    def pay_by_phone(self, at: int) -> None:
        trade_no = self.pick(sorted(self.platform.trades), at)
        self.platform.pay(trade_no, (100, -100, 0, 0, 0)[at % 5])
        self.notices.append((f"N{len(self.notices)}", trade_no))

    def tell(self, at: int, sign: str = "true") -> None:
        number, trade_no = self.pick(self.notices, at)
        headers = {"number": number, "sign": sign}
        charges.take_notice(gateway=self.platform, headers=headers, body=trade_no.encode(), at=self.now, now=self.now)

    def forge(self, at: int) -> None:
        try:
            self.tell(at, sign="false")
        except NotificationForged:
            self.forged += 1

    def look_up(self, at: int) -> None:
        charges.look_up_charge(charge=self.pick(Charge.objects.all(), at), gateway=self.platform, now=self.now)

    def drop_charge(self, at: int) -> None:
        one = self.pick(Charge.objects.filter(state="open"), at)
        charges.close_charge(by=self.worker, charge=one, gateway=self.platform, now=self.now)

    def repay(self, at: int) -> None:
        one = self.pick(Charge.objects.filter(state__in=("surplus", "repaid")), at)
        charges.repay_charge(by=self.people[0], charge=one, gateway=self.platform, on=self.today, now=self.now)

    # government and donors

    def ask(self, at: int) -> None:
        acts.promised(self.version)

    def receive(self, at: int) -> None:
        one = self.pick(GovernmentRequest.objects.filter(state="accepted"), at)
        acts.received(one, (1_000, one.outstanding_fen)[at % 2])

    def give(self, at: int) -> None:
        acts.given_money(self.donation, (3_000, 5_000, 10_000)[at % 3])

    def use(self, at: int) -> None:
        self.donation = Donation.objects.get(pk=self.donation.pk)
        acts.used(self.donation, self.pick(donors.fundable(self.donation), at).holding.enrolment)

    # on to the insurer, and back

    def prepare(self, at: int) -> None:
        acts.remitting(self.version)

    def release(self, at: int) -> None:
        acts.released(self.pick(Remittance.objects.filter(state="prepared"), at), approve=at % 4 != 1, note="不汇")

    def remit(self, at: int) -> None:
        one, reference = self.pick(Remittance.objects.filter(state__in=("released", "paid")), at), acts.key()
        remittances.pay_remittance(
            by=self.people[0], remittance=one, reference=one.reference or reference, on=self.today, now=self.now
        )

    def take_back(self, at: int) -> None:
        one = self.pick(Remittance.objects.filter(state="released"), at)
        remittances.take_back_remittance(by=self.people[0], remittance=one, note="重编", on=self.today, now=self.now)

    def propose(self, at: int) -> None:
        due = self.pick(refunds_to_prepare(self.people[0], self.version.programme), at)
        acts.proposed(due.enrolment, due.cause)

    def refund(self, at: int) -> None:
        one = self.pick(Refund.objects.filter(state="prepared"), at).funding.holding.enrolment
        refunds.review_refund(
            by=self.people[1], enrolment=one, approve=bool(at % 5), note="不退", on=self.today, now=self.now
        )

    def pay_back(self, at: int) -> None:
        one, means = self.pick(Refund.objects.filter(state__in=("released", "paid")), at), ("bank", "cash")[at % 2]
        refunds.pay_refund(
            by=self.people[0], refund=one, means=means, reference=one.reference or acts.key(), on=self.today,
            now=self.now,
        )  # fmt: skip

    def insurer_pays(self, at: int) -> None:
        owed = balance("insurer_due", remittances.INSURER)
        refunds.receive_from_insurer(
            by=self.people[0], programme=self.version.programme, amount_fen=owed, reference=acts.key(), on=self.today,
            key=acts.key(), now=self.now,
        )  # fmt: skip

    def apply(self, at: int) -> None:
        policies.sent(self.version)

    def accept(self, at: int) -> None:
        policies.accept(self.insurer, self.pick(ApplicationBatch.objects.filter(state="sent"), at))


STEPS: Sequence[str] = (
    "insure", "cash", "scan", "pay_by_phone", "tell", "cash_after_all", "cancel", "give_up", "void", "drop_order",
    "hand_over", "confirm", "close_day", "next_day", "bank", "forge", "look_up", "drop_charge", "repay", "ask",
    "receive", "give", "use", "prepare", "release", "remit", "take_back", "propose", "refund", "pay_back",
    "insurer_pays", "apply", "accept",
)  # fmt: skip


def _nobody() -> Any:
    raise IndexError("nobody to work on")
