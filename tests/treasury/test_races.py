"""Two people at once, in real transactions: one notice settles, one remittance is sent, one refund is released."""

import time

import pytest
from tests import factories
from tests.enrolment.acts import NOW, TODAY
from tests.gateways.lines import local_gateway, press_pay
from tests.races import race
from tests.treasury import acts
from tests.treasury.acts import balances, first, insured, paid, released, remitting

from ankang.enrolment.models import Funding
from ankang.gateways import wire
from ankang.gateways.account import read_account
from ankang.gateways.wechat import WeChatGateway
from ankang.installation.clock import wall_clock
from ankang.money.actions import open_order
from ankang.money.models import Payment, Receipt
from ankang.rules.errors import Conflict
from ankang.treasury import charges, donors, remittances
from ankang.treasury.models import Donation, Remittance

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_notices_at_once_settle_once(tmp_path):
    version, by = factories.version(), factories.user("village")
    enrolment = insured(version)
    order = open_order(
        by=by, village=enrolment.village, programme=version.programme, kind="household", payer_name="王秀兰",
        fundings=[Funding.objects.get(holding__enrolment=enrolment).pk], key=acts.key(), today=TODAY, now=NOW,
    )  # fmt: skip
    with local_gateway(tmp_path / "gateway.toml", "http://127.0.0.1:9/") as server:
        way = WeChatGateway(read_account(tmp_path / "gateway.toml"))
        charge = charges.open_charge(by=by, order=order, gateway=way, now=NOW)
        press_pay(charge.qr_content, notify=0)
        told = server.trades[charge.trade_no].told(server.account)

        def take(number):
            body = wire.notification(told, server.account.api_key, number, "TRANSACTION.SUCCESS")
            headers = wire.signed_headers(server.key, server.account.key_id, body, int(time.time()))
            return charges.take_notice(gateway=way, headers=headers, body=body.encode(), at=wall_clock(), now=NOW)

        came = race(lambda: take("one"), lambda: take("two"), lambda: take("one"))
    assert sorted({one.number: one.outcome for one in came}.values()) == ["repeated", "settled"]
    assert (Payment.objects.count(), Receipt.objects.count()) == (1, 1)
    assert balances() == {"gateway": 5_000, "premium_held": -5_000}


def test_one_premium_is_remitted_by_one_of_two():
    version = factories.version()
    paid(insured(version))
    one, other = first(), first()
    made = race(lambda: remitting(version, by=one), lambda: remitting(version, by=other))
    assert sorted(isinstance(outcome, Conflict) for outcome in made) == [False, True]
    batch = Remittance.objects.get()
    released(batch)
    acts.banked()
    people = [first(), first()]
    sent = race(
        *(
            lambda by=by, number=f"HK{at}": remittances.pay_remittance(
                by=by, remittance=batch, reference=number, on=TODAY, now=NOW
            )
            for at, by in enumerate(people)
        )
    )
    assert sorted(isinstance(outcome, Conflict) for outcome in sent) == [False, True]
    assert balances() == {}


def test_a_donation_is_not_spent_twice():
    version = factories.version()
    gift = acts.agreed(version, 5_000)
    acts.given_money(gift, 5_000)
    parts = [acts.part(insured(version, payer="donor"), "donor").pk for _ in range(2)]
    people = [first(), first()]
    spent = race(
        *(
            lambda by=by, pk=pk: donors.use_donation(
                by=by, donation=gift, fundings=[pk], on=TODAY, key=f"k{pk}", now=NOW
            )
            for by, pk in zip(people, parts, strict=True)
        )
    )
    assert sorted(isinstance(outcome, Conflict) for outcome in spent) == [False, True]
    assert Donation.objects.get().balance_fen == 0
