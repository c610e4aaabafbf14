"""WeChat Pay v3 (Native: the payer scans a QR code) through the kept library `wechatpayv3`.

A local gateway speaks the same protocol: only the address differs. The library checks the signature of each answer; it
does not look at the age of a notification, so that is done here.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import requests
from wechatpayv3 import WeChatPay, WeChatPayType

from ankang.gateways.account import Account
from ankang.gateways.seam import (
    GatewayRefused,
    GatewayUnreachable,
    Notice,
    NotificationForged,
    Payment,
    Repayment,
    State,
)
from ankang.rules.errors import AnkangError, InvalidInput

FRESH = timedelta(minutes=5)  # WeChat sends again with a new signature: an older one is somebody's copy
_TIMEOUT = (5, 15)
_STATES = {
    "SUCCESS": State.PAID,
    "REFUND": State.REFUNDED,
    "CLOSED": State.CLOSED,
    "REVOKED": State.CLOSED,
    "PAYERROR": State.CLOSED,
}
_REPAID = ("SUCCESS", "PROCESSING")


class WeChatGateway:
    """`Gateway` over WeChat Pay v3. Errors while it is made: InvalidInput for keys that are none."""

    def __init__(self, account: Account) -> None:
        self._merchant = account.merchant
        try:
            self._client = WeChatPay(
                wechatpay_type=WeChatPayType.NATIVE,
                mchid=account.merchant,
                private_key=account.private_key,
                cert_serial_no=account.serial,
                appid=account.app,
                apiv3_key=account.api_key,
                notify_url=account.notify_url,
                public_key=account.public_key,
                public_key_id=account.key_id,
                timeout=_TIMEOUT,
                # a gateway on this machine is asked directly, whatever the environment says of proxies
                proxy={"http": "", "https": ""} if account.base_url else None,
            )
        except Exception as error:
            raise InvalidInput("支付账户文件里的密钥读不出来，请重新从商户平台下载。", field="private_key") from error
        if account.base_url:
            # The library offers no other way; the test that pays through a local gateway guards it.
            self._client._core._gate_way = account.base_url

    def prepay(self, *, trade_no: str, amount_fen: int, says: str) -> str:
        """See `Gateway`."""
        amount = {"total": amount_fen, "currency": "CNY"}
        answer = self._asked("pay", description=says, out_trade_no=trade_no, amount=amount)
        return str(_wanted(answer, "code_url"))

    def query(self, trade_no: str) -> Payment:
        """See `Gateway`."""
        return _payment(self._asked("query", out_trade_no=trade_no))

    def close(self, trade_no: str) -> None:
        """See `Gateway`."""
        self._asked("close", out_trade_no=trade_no)

    def refund(self, *, trade_no: str, refund_no: str, amount_fen: int, of_fen: int) -> Repayment:
        """See `Gateway`."""
        amount = {"refund": amount_fen, "total": of_fen, "currency": "CNY"}
        answer = self._asked("refund", out_trade_no=trade_no, out_refund_no=refund_no, amount=amount)
        given = _wanted(answer, "amount")
        return Repayment(refund_no, int(_wanted(given, "refund")), _wanted(answer, "status") in _REPAID)

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """See `Gateway`. Nothing of what a forged one says is told on."""
        _require_fresh(headers, now)
        try:
            told = self._client.callback(dict(headers), body)
        except Exception as error:
            raise NotificationForged("通知的签名不对，没有采用。") from error
        if not told or not isinstance(told.get("resource"), dict):
            raise NotificationForged("通知的签名不对，或内容解不开，没有采用。")
        if told["resource"].get("mchid") != self._merchant:
            raise NotificationForged("通知是给别的商户的，没有采用。")
        return Notice(str(told.get("id", ""))[:64], _payment(told["resource"]))

    def _asked(self, call: str, **facts: Any) -> dict[str, Any]:
        try:
            status, text = getattr(self._client, call)(**facts)
        except (requests.RequestException, OSError) as error:
            raise GatewayUnreachable("支付平台没有回应。钱有没有付要等核实，请过一会儿点“查一查”。") from error
        except Exception as error:  # the library raises bare ones: an answer that the gateway did not sign
            raise GatewayUnreachable("支付平台的回应签名不对，没有采用。请联系管系统的人。") from error
        answer = _parsed(text)
        if not 200 <= status < 300:
            reason = str(answer.get("code", status))
            raise GatewayRefused(f"支付平台没有办（{reason}）：{answer.get('message', '')}", reason=reason)
        return answer


def _require_fresh(headers: Mapping[str, str], now: datetime) -> None:
    stamp = headers.get("Wechatpay-Timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 12):
        raise NotificationForged("通知没有时间，没有采用。")
    if abs(now.timestamp() - int(stamp)) > FRESH.total_seconds():
        raise NotificationForged("通知的签名已经过时，没有采用；支付平台会重新发。")


def _parsed(text: str | bytes) -> dict[str, Any]:
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _payment(answer: dict[str, Any]) -> Payment:
    amount = answer.get("amount")
    total = amount.get("total") if isinstance(amount, dict) else None
    return Payment(
        trade_no=str(_wanted(answer, "out_trade_no")),
        state=_STATES.get(str(answer.get("trade_state")), State.OPEN),
        amount_fen=total if isinstance(total, int) else 0,
        transaction=str(answer.get("transaction_id") or "")[:64],
        paid_at=_instant(answer.get("success_time")),
    )


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None


def _wanted(answer: dict[str, Any], name: str) -> Any:
    if name not in answer:
        raise _unreadable(name)
    return answer[name]


def _unreadable(name: str) -> AnkangError:
    return GatewayUnreachable(f"支付平台的回应里没有 {name}，读不懂。请联系管系统的人。")
