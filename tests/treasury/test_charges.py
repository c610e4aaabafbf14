"""Payments by telephone: a notice twice, late, early, forged or for another amount is settled once, or paid back."""

import re
import time
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol
from tests.gateways.lines import Door, local_gateway, press_pay, running
from tests.treasury import acts
from tests.treasury.acts import balances, nothing_changes

from ankang.enrolment.models import Funding
from ankang.gateways import Payment, State, wire
from ankang.gateways.account import gateway
from ankang.installation.models import Installation
from ankang.money.actions import cancel_order, open_order, pay_order
from ankang.money.models import Receipt
from ankang.treasury import charges
from ankang.treasury.errors import NoGateway
from ankang.treasury.models import Charge, GatewayNotice

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    door = Door()
    with running(door), local_gateway(tmp_path_factory.mktemp("gateway") / "gateway.toml", door.url) as made:
        made.path = tmp_path_factory.getbasetemp()
        yield made


@pytest.fixture
def way(server, settings, tmp_path):
    """Return the gateway as an installation has it: by its account file."""
    from dataclasses import asdict
    from json import dumps

    path = tmp_path / "gateway.toml"
    told = asdict(replace(server.account, base_url=server.base_url))
    path.write_text("".join(f"{name} = {dumps(value)}\n" for name, value in told.items()))
    path.chmod(0o600)
    settings.GATEWAY_FILE = path
    return gateway()


@pytest.fixture
def order():
    Installation.objects.create(is_sample=True, demo_today=TODAY)
    version, by = factories.version(), factories.user("village")
    enrolment = enrol(by, factories.resident(), version)
    return open_order(
        by=by, village=enrolment.village, programme=version.programme, kind="household", payer_name="王秀兰",
        fundings=[Funding.objects.get(holding__enrolment=enrolment).pk], key=acts.key(), today=TODAY, now=NOW,
    )  # fmt: skip


def asked(order, way):
    return charges.open_charge(by=order.opened_by, order=order, gateway=way, now=NOW)


def notify(server, charge, *, key=None, at=None, number="note-1", **facts):
    """Send what the gateway would send over the wire to the page; `facts` change what it says."""
    told = server.trades[charge.trade_no].told(server.account) | facts
    if "transaction_id" not in told:
        told |= {"transaction_id": "42", "trade_state": "SUCCESS"}
    body = wire.notification(told, server.account.api_key, number, "TRANSACTION.SUCCESS")
    headers = wire.signed_headers(key or server.key, server.account.key_id, body, int(at or time.time()))
    sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items() if name[0] == "W"}
    return Client(enforce_csrf_checks=True).post("/pay/notify/", body, content_type="application/json", **sent)


def state_of(charge):
    return Charge.objects.get(pk=charge.pk).state


def test_paid_and_told_twice_it_is_settled_once(order, way, server):
    charge = asked(order, way)
    assert asked(order, way).pk == charge.pk, "a second press is the same code"
    press_pay(charge.qr_content, notify=0)
    assert notify(server, charge).status_code == 204
    assert balances() == {"gateway": 5_000, "premium_held": -5_000}
    with nothing_changes():
        assert notify(server, charge).status_code == 204
    assert notify(server, charge, number="note-2").status_code == 204, "another notice of the same payment"
    assert [one.outcome for one in GatewayNotice.objects.all()] == ["settled", "repeated"]
    assert balances() == {"gateway": 5_000, "premium_held": -5_000}
    assert Receipt.objects.count() == 1
    order.refresh_from_db()
    assert (order.state, state_of(charge)) == ("paid", "settled")


@pytest.mark.parametrize("how", ["key", "old"])
def test_a_forged_or_old_notice_changes_nothing(order, way, server, how):
    charge = asked(order, way)
    forged = {"key": wire.new_key()} if how == "key" else {"at": time.time() - 400}
    with nothing_changes():
        answer = notify(server, charge, **forged)
        form = Client(enforce_csrf_checks=True).post("/pay/notify/", {"trade": "x"})
    assert (answer.status_code, form.status_code) == (401, 415)
    assert answer.json()["code"] == form.json()["code"] == "FAIL"


@pytest.mark.parametrize("amount", [4_999, 5_001])
def test_another_amount_settles_nothing_and_goes_back(order, way, server, amount):
    charge = asked(order, way)
    notify(server, charge, amount={"total": amount, "currency": "CNY"})
    order.refresh_from_db()
    assert (state_of(charge), order.state) == ("surplus", "open")
    assert balances() == {"gateway": amount, "refund_due": -amount}
    assert not Receipt.objects.exists()


def test_too_late_for_an_order_that_was_paid_in_cash_it_is_given_back_once(order, way, server):
    charge = asked(order, way)
    pay_order(by=order.opened_by, order=order, means="cash", amount_fen=5_000, key=acts.key(), today=TODAY, now=NOW)
    press_pay(charge.qr_content, notify=0)
    notify(server, charge)
    late = Charge.objects.get(pk=charge.pk)
    assert late.state == "surplus"
    assert "已付" in late.why
    for _ in range(2):
        late = charges.repay_charge(by=acts.first(), charge=late, gateway=way, on=TODAY, now=NOW)
    assert late.state == "repaid"
    assert balances() == {"village_cash": 5_000, "premium_held": -5_000}
    assert way.query(charge.trade_no).state is State.REFUNDED


def test_paid_in_the_instant_of_the_close_it_counts(order, way, server):
    charge = asked(order, way)
    press_pay(charge.qr_content, notify=0)
    charges.close_charge(by=order.opened_by, charge=charge, gateway=way, now=NOW)
    assert state_of(charge) == "settled"
    assert notify(server, charge).status_code == 204
    assert balances() == {"gateway": 5_000, "premium_held": -5_000}


def test_closed_nobody_can_pay_it_and_cash_is_taken(order, way):
    charge = asked(order, way)
    charges.close_charge(by=order.opened_by, charge=charge, gateway=way, now=NOW)
    press_pay(charge.qr_content, notify=0)
    assert charges.look_up_charge(charge=charge, gateway=way, now=NOW).state == "closed"
    again = asked(order, way)
    assert (again.pk != charge.pk, again.state) == (True, "open")


def test_a_notice_that_never_came_is_found_by_asking(order, way):
    charge = asked(order, way)
    assert charges.look_up_charge(charge=charge, gateway=way, now=NOW).state == "open"
    press_pay(charge.qr_content, notify=0)
    assert charges.look_up_charge(charge=charge, gateway=way, now=NOW + timedelta(days=2)).state == "settled"


def test_out_of_order_a_notice_of_no_success_settles_nothing(order, way, server):
    charge = asked(order, way)
    notify(server, charge, trade_state="NOTPAY", number="early", transaction_id="")
    assert state_of(charge) == "open"
    assert GatewayNotice.objects.get().outcome == "ignored"


def test_a_number_that_nobody_asked_for_is_noted_and_settles_nothing(order, way, server):
    charge = asked(order, way)
    assert notify(server, charge, out_trade_no="STRANGER1").status_code == 204
    assert GatewayNotice.objects.get().outcome == "unknown"
    assert balances() == {}


def test_a_process_killed_before_the_gateway_answered_goes_on_with_the_same_number(order, way):
    class Dying:
        def prepay(self, **_facts):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        asked(order, Dying())
    left = Charge.objects.get()
    assert (left.state, left.qr_content) == ("open", "")
    assert asked(order, way).pk == left.pk
    assert Charge.objects.get().qr_content.startswith("http")


def test_what_fell_away_meanwhile_makes_a_new_code(order, way, server):
    version, by = order.lines.get().funding.holding.enrolment.version, order.opened_by
    second = enrol(by, factories.resident(), version)
    both = open_order(
        by=by, village=order.village, programme=order.programme, kind="household", payer_name="李",
        fundings=[Funding.objects.get(holding__enrolment=second).pk], key=acts.key(), today=TODAY, now=NOW,
    )  # fmt: skip
    assert asked(both, way).amount_fen == 5_000
    cancel_order(by=by, order=both, now=NOW)
    with nothing_changes(), pytest.raises(Exception, match="取消"):
        asked(both, way)


def test_without_a_gateway_nobody_is_asked(order, settings, tmp_path):
    settings.GATEWAY_FILE = tmp_path / "none.toml"
    with nothing_changes(), pytest.raises(NoGateway):
        asked(order, gateway())
    assert Client().post("/pay/notify/", b"{}", content_type="application/json").status_code == 404


def test_the_page_shows_the_code_and_then_the_receipt(order, way, server, client_of):
    client = client_of(order.opened_by)
    address = f"/village/charges/{order.pk}/"
    assert "出 50.00 元的二维码" in client.get(address).content.decode()
    shown = client.post(address, follow=True).content.decode()
    assert "<svg" in shown
    assert 'style="' not in shown
    charge = Charge.objects.get()
    press_pay(charge.qr_content, notify=0)
    client.post(f"{address}look/")
    assert Receipt.objects.get().number in client.get(address).content.decode()
    assert Payment("x", State.OPEN, 1).paid_at is None


def test_a_village_asks_at_the_door_and_takes_cash_after_all(order, way, client_of):
    by, resident = order.opened_by, order.lines.get().funding.holding.enrolment.participation.resident
    client, page = client_of(by), f"/village/collect/{resident.pk}/"
    assert "打开二维码，或改收现金" in client.get(page).content.decode()
    assert client.post(f"/village/charges/{order.pk}/close/")["Location"] == "/village/collect/"
    shown = client.get(page).content.decode()
    assert 'formaction="/village/charges/new/"' in shown
    form = {"key": str(uuid.uuid4()), "payer_name": "", "funding": re.findall(r'name="funding" value="(\d+)"', shown)}
    with nothing_changes():
        assert client.post("/village/charges/new/", form)["Location"] == "/village/collect/"
    opened = {client.post("/village/charges/new/", form | {"payer_name": "王秀兰"})["Location"] for _ in range(2)}
    charge = Charge.objects.get()
    assert opened == {f"/village/charges/{charge.order_id}/"}
    assert client.post(f"/village/charges/{charge.order_id}/close/")["Location"] == "/village/collect/"
    assert (state_of(charge), Charge.objects.get().order.state) == ("closed", "cancelled")
    assert "确认收款 50.00 元" in client.get(page).content.decode()


def test_paid_while_the_worker_takes_cash_the_page_says_paid(order, way, client_of):
    charge = asked(order, way)
    press_pay(charge.qr_content, notify=0)
    closed = client_of(order.opened_by).post(f"/village/charges/{order.pk}/close/", follow=True)
    assert "已付 50.00 元" in closed.content.decode()
    assert state_of(charge) == "settled"


def test_without_a_gateway_the_page_offers_none(order, settings, tmp_path, client_of):
    settings.GATEWAY_FILE = tmp_path / "none.toml"
    cancel_order(by=order.opened_by, order=order, now=NOW)
    resident = order.lines.get().funding.holding.enrolment.participation.resident
    shown = client_of(order.opened_by).get(f"/village/collect/{resident.pk}/").content.decode()
    assert "确认收款 50.00 元" in shown
    assert "扫码付款" not in shown
