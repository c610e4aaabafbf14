"""A small payment gateway of our own on this machine, for trials and tests: it speaks WeChat Pay's v3 protocol.

It checks the merchant's signature on every request, signs every answer, and seals and signs its notifications. The
"payer's telephone" is a page with one button. Payments live in memory: no real money is near.
"""

import json
import secrets
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from ankang.gateways import wire
from ankang.gateways.account import Account, read_account
from ankang.privacy.keyfile import read_or_write_first

_ZONE = ZoneInfo("Asia/Shanghai")
_MOST = 64 * 1024  # bytes of a request
_TRIES = 3
_ORDERS = "/v3/pay/transactions/out-trade-no/"
_REFUNDS = "/v3/refund/domestic/refunds"


def write_account(path: Path, base_url: str, notify_url: str) -> Account:
    """Return the trial account of a file, written with fresh keys when there is none yet.

    The gateway's own private key goes beside it, into a file with `.platform` behind its name.
    """
    merchant, platform = wire.new_key(), read_or_write_first(_platform(path), lambda: wire.private_pem(wire.new_key()))
    told = {
        "merchant": "1900000001",
        "app": "wx-local-trial",
        "serial": secrets.token_hex(20).upper(),
        "private_key": wire.private_pem(merchant),
        "public_key": wire.public_pem(wire.load_private(platform)),
        "key_id": f"PUB_KEY_ID_{secrets.token_hex(8).upper()}",
        "api_key": secrets.token_hex(16),
        "notify_url": notify_url,
        "base_url": base_url,
    }
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
    read_or_write_first(path, lambda: text)
    return read_account(path)


def serve(path: Path, port: int) -> "LocalServer":
    """Return a gateway for this account that listens on loopback; `serve_forever` starts it. Port 0: any free one."""
    return LocalServer(read_account(path), wire.load_private(_platform(path).read_text()), port)


def _platform(path: Path) -> Path:
    return path.with_name(f"{path.name}.platform")


@dataclass
class Trade:
    """One payment as this gateway keeps it."""

    number: str
    amount_fen: int
    says: str
    notify_url: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    state: str = "NOTPAY"
    transaction: str = ""
    paid_at: str = ""
    refunds: dict[str, int] = field(default_factory=dict)

    def told(self, account: Account) -> dict[str, Any]:
        """Return the payment as answers and notifications tell it."""
        paid = {"transaction_id": self.transaction, "success_time": self.paid_at} if self.transaction else {}
        return {
            "appid": account.app,
            "mchid": account.merchant,
            "out_trade_no": self.number,
            "trade_state": self.state,
            "trade_type": "NATIVE",
            "amount": {"total": self.amount_fen, "payer_total": self.amount_fen, "currency": "CNY"},
        } | paid


class LocalServer(ThreadingHTTPServer):
    """The gateway: its account, its key, and the payments that it knows."""

    daemon_threads = True

    def __init__(self, account: Account, key: Any, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.account, self.key = account, key
        self.merchant_key = wire.load_private(account.private_key).public_key()
        self.trades: dict[str, Trade] = {}
        self.lock = threading.Lock()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def pay(self, trade: Trade) -> bool:
        """Let the payer pay; False when it is paid or closed already."""
        with self.lock:
            if trade.state != "NOTPAY":
                return False
            trade.state, trade.transaction = "SUCCESS", f"42{secrets.randbelow(10**24):024d}"
            trade.paid_at = datetime.now(_ZONE).isoformat(timespec="seconds")
            return True

    def notify(self, trade: Trade) -> None:
        """Tell the merchant, again when he does not take it."""
        body = wire.notification(
            trade.told(self.account), self.account.api_key, secrets.token_hex(16), "TRANSACTION.SUCCESS"
        )
        for turn in range(_TRIES):
            if self._sent(trade.notify_url, body):
                return
            time.sleep(0.5 * 2**turn)

    def _sent(self, url: str, body: str) -> bool:
        to = urlsplit(url)
        headers = wire.signed_headers(self.key, self.account.key_id, body, int(time.time()))
        try:
            with closing(HTTPConnection(to.hostname or "127.0.0.1", to.port or 80, timeout=10)) as line:
                line.request("POST", to.path, body.encode(), headers)
                with line.getresponse() as answer:
                    return 200 <= answer.status < 300
        except (OSError, HTTPException):
            return False


class _Handler(BaseHTTPRequestHandler):
    server: LocalServer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_args: Any) -> None:
        """Say nothing: numbers of payments are nobody's business on a terminal."""

    def do_GET(self) -> None:
        at = urlsplit(self.path)
        if at.path.startswith("/pay/"):
            return self._show(at.path.removeprefix("/pay/"))
        if not self._asked_by_merchant(""):
            return self._answer(401, {"code": "SIGN_ERROR", "message": "签名不对"})
        trade = self.server.trades.get(at.path.removeprefix(_ORDERS))
        if trade is None:
            return self._answer(404, {"code": "ORDER_NOT_EXIST", "message": "没有这笔支付"})
        return self._answer(200, trade.told(self.server.account))

    def do_POST(self) -> None:
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), _MOST)).decode()
        path = urlsplit(self.path).path
        if path.startswith("/pay/"):
            return self._paid(path.removeprefix("/pay/"), parse_qs(body))
        if not self._asked_by_merchant(body):
            return self._answer(401, {"code": "SIGN_ERROR", "message": "签名不对"})
        if path == "/v3/pay/transactions/native":
            return self._prepay(json.loads(body))
        if path == _REFUNDS:
            return self._refund(json.loads(body))
        if path.startswith(_ORDERS) and path.endswith("/close"):
            return self._close(path.removeprefix(_ORDERS).removesuffix("/close"))
        return self._answer(404, {"code": "NOT_FOUND", "message": "没有这个接口"})

    def _asked_by_merchant(self, body: str) -> bool:
        said = self.headers.get("Authorization", "")
        server = self.server
        return wire.asked_by(server.merchant_key, server.account.merchant, said, (self.command, self.path, body))

    def _prepay(self, asked: dict[str, Any]) -> None:
        number, amount = asked["out_trade_no"], asked["amount"]["total"]
        with self.server.lock:
            trade = self.server.trades.setdefault(
                number, Trade(number, amount, asked["description"], asked["notify_url"])
            )
        if trade.amount_fen != amount or trade.state != "NOTPAY":
            return self._answer(400, {"code": "OUT_TRADE_NO_USED", "message": "单号用过了"})
        return self._answer(200, {"code_url": f"{self.server.base_url}/pay/{trade.token}"})

    def _close(self, number: str) -> None:
        trade = self.server.trades.get(number)
        with self.server.lock:
            if trade is None or trade.state == "SUCCESS":
                refused = {"code": "ORDERPAID" if trade else "ORDER_NOT_EXIST", "message": "不能关闭"}
            else:
                trade.state, refused = "CLOSED", {}
        return self._answer(400, refused) if refused else self._answer(204, None)

    def _refund(self, asked: dict[str, Any]) -> None:
        trade, amount = self.server.trades.get(asked["out_trade_no"]), asked["amount"]["refund"]
        with self.server.lock:
            if trade is None or trade.state not in ("SUCCESS", "REFUND"):
                return self._answer(400, {"code": "RESOURCE_NOT_EXISTS", "message": "没有付过"})
            rest = sum(fen for number, fen in trade.refunds.items() if number != asked["out_refund_no"])
            if rest + amount > trade.amount_fen or trade.refunds.get(asked["out_refund_no"], amount) != amount:
                return self._answer(400, {"code": "INVALID_REQUEST", "message": "退款超过付款"})
            trade.refunds[asked["out_refund_no"]], trade.state = amount, "REFUND"
        told = {"out_refund_no": asked["out_refund_no"], "status": "SUCCESS", "amount": asked["amount"]}
        return self._answer(200, told)

    def _trade_of(self, token: str) -> Trade | None:
        return next((one for one in self.server.trades.values() if secrets.compare_digest(one.token, token)), None)

    def _show(self, token: str) -> None:
        trade = self._trade_of(token)
        if trade is None:
            return self._page(404, "没有这笔支付", "")
        button = '<form method="post"><button>付款</button></form>' if trade.state == "NOTPAY" else ""
        said = {"NOTPAY": "等您付款", "SUCCESS": "已付款", "CLOSED": "已关闭", "REFUND": "已退款"}[trade.state]
        amount = f"{trade.amount_fen // 100}.{trade.amount_fen % 100:02d}"
        return self._page(200, f"{escape(trade.says)} {amount} 元：{said}", button)

    def _paid(self, token: str, form: dict[str, list[str]]) -> None:
        """Pay. `notify=N` (of tests): how many notifications go out, one without it."""
        trade = self._trade_of(token)
        if trade is None:
            return self._page(404, "没有这笔支付", "")
        if self.server.pay(trade):
            for _ in range(int(form.get("notify", ["1"])[0])):
                threading.Thread(target=self.server.notify, args=(trade,), daemon=True).start()
        return self._show(token)

    def _answer(self, status: int, told: dict[str, Any] | None) -> None:
        body = "" if told is None else json.dumps(told, ensure_ascii=False)
        self._send(
            status, body, wire.signed_headers(self.server.key, self.server.account.key_id, body, int(time.time()))
        )

    def _page(self, status: int, says: str, button: str) -> None:
        html = (
            '<!doctype html><html lang="zh-CN"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width">'
            f"<title>演示付款</title><body><h1>演示付款（不是真钱）</h1><p>{says}</p>{button}</body></html>"
        )
        self._send(status, html, {"Content-Type": "text/html; charset=utf-8"})

    def _send(self, status: int, body: str, headers: dict[str, str]) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if status != 204:
            self.wfile.write(content)
