"""The seam against a local gateway: what is signed is taken, what is forged, old or for somebody else is not."""

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from tests.gateways.lines import Door, local_gateway, press_pay, running

from ankang.gateways import GatewayRefused, GatewayUnreachable, NotificationForged, State, local, wire
from ankang.gateways.account import gateway, read_account
from ankang.gateways.wechat import WeChatGateway
from ankang.rules.errors import InvalidInput


@pytest.fixture(scope="module")
def door():
    made = Door()
    with running(made):
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory, door):
    with local_gateway(tmp_path_factory.mktemp("gateway") / "gateway.toml", door.url) as made:
        yield made


@pytest.fixture(scope="module")
def client(server):
    return WeChatGateway(replace(server.account, base_url=server.base_url))


def prepaid(client, number, amount=10_000):
    return client.prepay(trade_no=number, amount_fen=amount, says="安康关爱行动保费")


def notice(server, number="N1", *, key=None, at=None, **facts):
    """Return a notification as the gateway would send it, but for what `facts` change."""
    told = {
        "mchid": server.account.merchant,
        "out_trade_no": number,
        "trade_state": "SUCCESS",
        "transaction_id": "42",
        "success_time": "2024-03-04T10:16:00+08:00",
        "amount": {"total": 10_000, "currency": "CNY"},
    } | facts
    body = wire.notification(told, server.account.api_key, "note-1", "TRANSACTION.SUCCESS")
    headers = wire.signed_headers(key or server.key, server.account.key_id, body, int(at or time.time()))
    return headers, body.encode()


def now():
    return datetime.now(UTC)


def test_paid_by_the_telephone_and_told_by_a_signed_notification(client, door):
    address = prepaid(client, "PAY0001")
    assert client.query("PAY0001").state is State.OPEN
    assert press_pay(address) == 200
    headers, body = door.came.get(timeout=10)
    assert b"PAY0001" not in body, "the resource is sealed"
    told = client.read_notice(headers, body, now())
    assert (told.payment.trade_no, told.payment.state, told.payment.amount_fen) == ("PAY0001", State.PAID, 10_000)
    assert told.payment.paid_at is not None
    assert client.query("PAY0001") == told.payment
    assert prepaid(client, "PAY0002") != address


def test_the_same_number_is_the_same_payment_and_another_amount_is_refused(client):
    assert prepaid(client, "SAME001") == prepaid(client, "SAME001")
    with pytest.raises(GatewayRefused, match="OUT_TRADE_NO_USED"):
        prepaid(client, "SAME001", 10_001)


def test_what_is_closed_cannot_be_paid_and_what_is_paid_cannot_be_closed(client):
    address = prepaid(client, "CLOSE01")
    client.close("CLOSE01")
    press_pay(address)
    assert client.query("CLOSE01").state is State.CLOSED
    press_pay(prepaid(client, "CLOSE02"), notify=0)
    with pytest.raises(GatewayRefused, match="ORDERPAID"):
        client.close("CLOSE02")
    with pytest.raises(GatewayRefused, match="ORDER_NOT_EXIST"):
        client.query("NOBODY1")


def test_a_repayment_is_made_once_and_never_passes_what_was_paid(client):
    press_pay(prepaid(client, "BACK001"), notify=0)
    for _ in range(2):
        done = client.refund(trade_no="BACK001", refund_no="R1", amount_fen=9_999, of_fen=10_000)
        assert (done.amount_fen, done.done) == (9_999, True)
    with pytest.raises(GatewayRefused, match="退款超过付款"):
        client.refund(trade_no="BACK001", refund_no="R2", amount_fen=2, of_fen=10_000)
    assert client.refund(trade_no="BACK001", refund_no="R2", amount_fen=1, of_fen=10_000).done
    assert client.query("BACK001").state is State.REFUNDED


def test_a_merchant_that_does_not_take_it_is_told_again(client, tmp_path, server):
    slow = Door(refusals=1)
    trade = local.Trade("AGAIN01", 100, "保费", slow.url)
    with running(slow):
        server.notify(trade)
    assert slow.came.qsize() == 2


FORGED = [
    ("another key", lambda server: notice(server, key=wire.new_key())),
    ("five minutes and a bit", lambda server: notice(server, at=time.time() - 302)),
    ("from the future", lambda server: notice(server, at=time.time() + 302)),
    ("another merchant", lambda server: notice(server, mchid="1900000099")),
]


@pytest.mark.parametrize("made", [made for _, made in FORGED], ids=[name for name, _ in FORGED])
def test_a_forged_notification_is_not_taken(made, client, server):
    headers, body = made(server)
    with pytest.raises(NotificationForged):
        client.read_notice(headers, body, now())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Wechatpay-Signature", "AAAA"),
        ("Wechatpay-Signature", "!"),
        ("Wechatpay-Signature-Type", "WECHATPAY2-RSA-RSA1024"),
        ("Wechatpay-Serial", "zz"),
        ("Wechatpay-Timestamp", "vorgestern"),
        ("Wechatpay-Nonce", "other"),
    ],
)
def test_a_changed_header_is_not_taken(header, value, client, server):
    headers, body = notice(server)
    client.read_notice(headers, body, now())
    if header == "Wechatpay-Serial":
        client._client._core._update_certificates = lambda: None  # it would ask the gateway for its certificates
    with pytest.raises(NotificationForged):
        client.read_notice(headers | {header: value}, body, now())


def test_a_changed_body_is_not_taken(client, server):
    headers, body = notice(server)
    for changed in (body + b" ", b"", b"{}", b"\xff\xfe"):
        with pytest.raises(NotificationForged):
            client.read_notice(headers, changed, now())


def test_signed_but_sealed_with_another_key_is_not_taken(client, server):
    told = {"mchid": server.account.merchant, "out_trade_no": "N1", "amount": {"total": 1}}
    body = wire.notification(told, "0" * 32, "note-1", "TRANSACTION.SUCCESS")
    headers = wire.signed_headers(server.key, server.account.key_id, body, int(time.time()))
    with pytest.raises(NotificationForged, match="解不开"):
        client.read_notice(headers, body.encode(), now())


def test_just_fresh_enough_is_taken(client, server):
    at = int(time.time())
    headers, body = notice(server, at=at)
    for second, taken in ((300, True), (301, False)):
        when = datetime.fromtimestamp(at + second, UTC)
        if taken:
            assert client.read_notice(headers, body, when).number == "note-1"
        else:
            with pytest.raises(NotificationForged, match="过时"):
                client.read_notice(headers, body, when)


def test_a_gateway_that_is_away_or_does_not_sign_is_no_answer(server, tmp_path):
    away = WeChatGateway(replace(server.account, base_url="http://127.0.0.1:9"))
    with pytest.raises(GatewayUnreachable, match="没有回应"):
        away.query("X")
    other = replace(server.account, public_key=wire.public_pem(wire.new_key()), base_url=server.base_url)
    with pytest.raises(GatewayUnreachable, match="签名不对"):
        prepaid(WeChatGateway(other), "UNSIGN1")


def test_a_stranger_is_not_served(server):
    stranger = replace(server.account, private_key=wire.private_pem(wire.new_key()), base_url=server.base_url)
    with pytest.raises(GatewayRefused, match="SIGN_ERROR"):
        prepaid(WeChatGateway(stranger), "STRANGE")


def test_the_account_file_says_what_is_wrong_with_it(tmp_path, settings):
    path = tmp_path / "gateway.toml"
    settings.GATEWAY_FILE = path
    assert gateway() is None
    local.write_account(path, "http://127.0.0.1:1", "http://127.0.0.1:2/")
    assert path.stat().st_mode & 0o777 == 0o600
    assert gateway() is gateway() is not None
    text = path.read_text()
    for old, new, says in (
        ("merchant", "merchants", "merchant"),
        (json.dumps(read_account(path).api_key), '"short"', "32个字符"),
        ("app =", "app", "不是TOML"),
        ('serial = "', 'serial = 7 # "', "serial"),
    ):
        path.write_text(text.replace(old, new, 1))
        with pytest.raises(InvalidInput, match=says):
            read_account(path)
    path.write_text(text)
    os.chmod(path, 0o640)
    with pytest.raises(InvalidInput, match="chmod 600"):
        read_account(path)
    path.chmod(0o600)
    path.write_text(text.replace("BEGIN PRIVATE KEY-----", "BEGIN PRIVATE KEY-----x", 1))
    with pytest.raises(InvalidInput, match="密钥读不出来"):
        gateway()
