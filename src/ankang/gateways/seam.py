"""What a payment gateway can do for us: the one seam behind which WeChat Pay, the local gateway and doubles stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ankang.rules.errors import AnkangError, NotAllowed


class State(StrEnum):
    """How a payment or a repayment stands at the gateway."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Payment:
    """One payment as the gateway knows it. Units: fen. `transaction`: the gateway's own number, empty until paid."""

    trade_no: str
    state: State
    amount_fen: int
    transaction: str = ""
    paid_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Repayment:
    """One repayment as the gateway knows it: `done` once the money is on its way back."""

    refund_no: str
    amount_fen: int
    done: bool


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification whose signature was verified: its own number, and the payment that it tells of."""

    number: str
    payment: Payment


class GatewayUnreachable(AnkangError):
    """The gateway does not answer, or answers what nobody can read; nothing is known of what was asked."""

    code = "gateway_unreachable"


class GatewayRefused(AnkangError):
    """The gateway understood, and says no. `reason`: its own code."""

    code = "gateway_refused"


class NotificationForged(NotAllowed):
    """A notification that the gateway did not sign, or that is too old to be taken."""

    code = "notification_forged"


class Gateway(Protocol):
    """Each call is one request; the same number again means the same payment or repayment."""

    def prepay(self, *, trade_no: str, amount_fen: int, says: str) -> str:
        """Return the address that the payer's telephone opens from a QR code.

        Errors, of this and of the rest: GatewayUnreachable, GatewayRefused.
        """
        ...

    def query(self, trade_no: str) -> Payment:
        """Return how a payment stands."""
        ...

    def close(self, trade_no: str) -> None:
        """Close a payment that nobody made, so that nobody can make it any more."""
        ...

    def refund(self, *, trade_no: str, refund_no: str, amount_fen: int, of_fen: int) -> Repayment:
        """Give back a part, or all, of what was paid."""
        ...

    def read_notice(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Return what a notification says. Errors: NotificationForged."""
        ...
