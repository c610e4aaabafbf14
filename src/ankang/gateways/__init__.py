"""Payment gateways: one small seam, WeChat Pay v3 behind it, and a local gateway that speaks the same signed protocol.

gateway()        the gateway of this installation, or None where none is set up
Gateway          what a gateway can do: prepay, query, close, refund, read a notification
"""

from ankang.gateways.account import gateway
from ankang.gateways.seam import (
    Gateway,
    GatewayRefused,
    GatewayUnreachable,
    Notice,
    NotificationForged,
    Payment,
    Repayment,
    State,
)

__all__ = [
    "Gateway",
    "GatewayRefused",
    "GatewayUnreachable",
    "Notice",
    "NotificationForged",
    "Payment",
    "Repayment",
    "State",
    "gateway",
]
