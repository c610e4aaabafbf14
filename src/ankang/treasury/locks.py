"""The one home of locked rows of this room, always ordered by key.

Order of locks: the paper (request, donation, remittance, refund, charge), then what the money room locks.
"""

from typing import Any

from ankang.treasury.models import (
    Charge,
    Donation,
    GovernmentRequest,
    OpeningBalance,
    ReconciliationRow,
    Refund,
    Remittance,
)


def request_for_update(pk: int) -> GovernmentRequest:
    """Return a request to finance, locked, its programme and division beside it (one query)."""
    found: GovernmentRequest = _locked(GovernmentRequest, "programme", "division").get(pk=pk)
    return found


def donation_for_update(pk: int) -> Donation:
    """Return a donation, locked: its sums change under this lock alone (one query)."""
    found: Donation = _locked(Donation, "programme", "division", "donor").get(pk=pk)
    return found


def remittance_for_update(pk: int) -> Remittance:
    """Return a remittance, locked (one query)."""
    found: Remittance = _locked(Remittance, "programme", "division").get(pk=pk)
    return found


def refund_for_update(pk: int) -> Refund:
    """Return a refund, locked, with what it is about (one query)."""
    found: Refund = _locked(Refund, "programme", "division", "funding", "village").get(pk=pk)
    return found


def charge_for_update(pk: int) -> Charge:
    """Return a payment at the gateway, locked, its order beside it (one query)."""
    found: Charge = _locked(Charge, "order__village", "order__programme").get(pk=pk)
    return found


def opening_for_update(pk: int) -> OpeningBalance:
    """Return an opening balance, locked (one query)."""
    found: OpeningBalance = _locked(OpeningBalance, "division", "posting").get(pk=pk)
    return found


def row_for_update(pk: int) -> ReconciliationRow:
    """Return a compared row, locked (one query)."""
    found: ReconciliationRow = _locked(ReconciliationRow, "run").get(pk=pk)
    return found


def _locked(model: Any, *beside: str) -> Any:
    return model.objects.select_for_update(of=("self",), no_key=True).select_related(*beside)
