"""Whatever is done in whatever order: entries balance, nothing is paid twice, nobody is in force without money."""

from collections.abc import Callable
from datetime import datetime, time
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db.models import Count, Q, Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.treasury import acts

from ankang.enrolment.actions import cancel_enrolment
from ankang.enrolment.models import Enrolment, Funding
from ankang.money.ledger import unbalanced
from ankang.money.models import Entry, Settlement
from ankang.money.queries import funded_holdings
from ankang.rules.errors import AnkangError
from ankang.treasury import donors, refunds, remittances
from ankang.treasury.models import Donation, GovernmentRequest, Refund, Remittance, RemittanceLine
from ankang.treasury.refunds import refunds_to_prepare

pytestmark = pytest.mark.django_db(transaction=True)
LATER = datetime.combine(acts.LATER, time(9), ZoneInfo("Asia/Shanghai"))


class Town:
    """A town in which every step picks what it works on by chance; a refusal is as good as a step."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.version = chance, factories.version()
        self.donation = acts.agreed(self.version, 20_000)

    def pick(self, rows: Any) -> Any:
        found = list(rows)
        return self.chance.choice(found) if found else None

    def insure(self) -> None:
        payer = self.chance.choice(["self", "donor", "government"])
        if payer == "government":
            acts.by_government(self.version)
        elif payer == "donor":
            acts.insured(self.version, payer="donor")
        else:
            acts.insured(self.version, fundings=[("self", 3_000), ("child", 2_000)])

    def pay(self) -> None:
        if one := self.pick(Enrolment.objects.filter(holdings__fundings__payer="self")):
            acts.paid(one)

    def cancel(self) -> None:
        if one := self.pick(Enrolment.objects.all()):
            cancel_enrolment(by=one.by, enrolment=one, today=TODAY, now=NOW)

    def give_up(self) -> None:
        if one := self.pick(Enrolment.objects.filter(withdrawn_on=None)):
            acts.given_up(one)

    def ask(self) -> None:
        acts.promised(self.version)

    def receive(self) -> None:
        if one := self.pick(GovernmentRequest.objects.filter(state="accepted")):
            acts.received(one, self.chance.choice([1_000, one.outstanding_fen]))

    def give(self) -> None:
        acts.given_money(self.donation, self.chance.choice([3_000, 5_000, 10_000]))

    def use(self) -> None:
        self.donation.refresh_from_db()
        if one := self.pick(donors.fundable(self.donation)):
            acts.used(self.donation, one.holding.enrolment)

    def remit(self) -> None:
        acts.remitted(self.version)

    def prepare(self) -> None:
        acts.remitting(self.version)

    def release(self) -> None:
        if one := self.pick(Remittance.objects.filter(state="prepared")):
            acts.released(one, approve=self.chance.random() < 0.7, note="不汇")

    def propose(self) -> None:
        if due := self.pick(refunds_to_prepare(acts.first(), self.version.programme)):
            acts.proposed(due.enrolment, due.cause)

    def refund(self) -> None:
        if one := self.pick(Refund.objects.filter(state="prepared")):
            enrolment = one.funding.holding.enrolment
            refunds.review_refund(by=acts.first(), enrolment=enrolment, approve=True, note="", on=acts.LATER, now=LATER)

    def pay_back(self) -> None:
        if one := self.pick(Refund.objects.filter(state="released")):
            refunds.pay_refund(
                by=acts.first(), refund=one, means="bank", reference=acts.key(), on=acts.LATER, now=LATER
            )

    def steps(self) -> list[Callable[[], None]]:
        return [
            self.insure, self.insure, self.pay, self.pay, self.cancel, self.give_up, self.ask, self.receive, self.give,
            self.use, self.remit, self.prepare, self.release, self.propose, self.refund, self.pay_back,
        ]  # fmt: skip

    def check(self) -> None:
        assert unbalanced() == []
        assert (Entry.objects.aggregate(total=Sum("amount_fen"))["total"] or 0) == 0
        living = Settlement.objects.filter(ended_at=None).values("funding").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in living)
        settled = set(Settlement.objects.filter(ended_at=None).values_list("funding", flat=True))
        for holding in funded_holdings(self.version.programme).prefetch_related("fundings"):
            assert {one.pk for one in holding.fundings.all()} <= settled
        for gift in Donation.objects.all():
            assert gift.balance_fen >= 0
        for row in Entry.objects.filter(account="premium_held").values("funding").annotate(held=Sum("amount_fen")):
            owed = Funding.objects.get(pk=row["funding"]).amount_fen
            assert -owed <= row["held"] <= 0, "never more than one premium is held, never less than none"
        lines = RemittanceLine.objects.filter(dropped_at=None).values("funding").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in lines)
        refunded = Refund.objects.filter(~Q(state="refused")).values("funding").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in refunded)


@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(seed=st.integers(0, 10_000))
def test_any_order_of_actions(seed: int, transactional_db: None) -> None:
    from django.core.management import call_command

    call_command("flush", verbosity=0, interactive=False)
    town, done, refused = Town(Random(seed)), 0, 0
    for turn in range(28):
        step = town.insure if turn < 3 else town.chance.choice(town.steps())
        try:
            step()
            done += 1
        except AnkangError:
            refused += 1
        town.check()
    assert done > 10
    assert remittances.to_remit(acts.first(), town.version.programme, ()).total_fen >= 0
