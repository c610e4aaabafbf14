"""The tables of money: the ledger, what is asked for and paid, and a village's money by day."""

from ankang.money.ledger_models import Account, Entry, Posting, Promise, Settlement
from ankang.money.order_models import Order, OrderLine, Payment, Receipt
from ankang.money.till_models import Handover, Till, VillageDay

__all__ = [
    "Account",
    "Entry",
    "Handover",
    "Order",
    "OrderLine",
    "Payment",
    "Posting",
    "Promise",
    "Receipt",
    "Settlement",
    "Till",
    "VillageDay",
]
