"""What we have booked on the town's account, movement by movement, to be compared with the bank's list."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import F, QuerySet

from ankang.money.models import Payment, Posting
from ankang.treasury.models import BankSlip, DonationReceipt, GovernmentPayment, Refund, Remittance


@dataclass(slots=True)
class Movement:
    """One number of the bank, as we know it: signed fen (one transfer may carry several of our papers) and its day."""

    amount_fen: int
    on: date


def movements(scope: str) -> dict[str, Movement]:
    """Return by the bank's number what reached and left the accounts of these divisions (six queries).

    The account is the town's, whatever the programme: all of them are here.
    """
    found: dict[str, Movement] = {}
    for reference, amount, on in _booked(scope):
        if reference in found:
            found[reference].amount_fen += amount
        else:
            found[reference] = Movement(amount, on)
    return found


def numbers_of(town: str) -> dict[int, str]:
    """Return by posting the bank's number of what moved on a town's account (seven queries)."""
    mine = {"division__code__startswith": town}
    found = dict(
        Payment.objects.filter(order__village__parent=town, posting__isnull=False).values_list("posting", "reference")
    )
    paid = GovernmentPayment.objects.filter(request__division=town).values_list("key", "reference")
    keys = {government_key(key): reference for key, reference in paid}
    for pk, key in Posting.objects.filter(division=town, kind=Posting.Kind.GOVERNMENT_IN).values_list("pk", "key"):
        found[pk] = keys.get(key, "")
    found |= dict(DonationReceipt.objects.filter(**mine).values_list("posting", "reference"))
    found |= dict(BankSlip.objects.filter(**mine).values_list("posting", "reference"))
    for model in (Remittance, Refund):
        rows = model.objects.filter(paid_posting__isnull=False, **mine)
        found |= dict(rows.values_list("paid_posting", "reference"))
    return found


def government_key(key: str) -> str:
    """Return the posting's key of a payment of government."""
    return f"government-in-{key}"


def _booked(scope: str) -> Iterator[tuple[str, int, date]]:
    mine = {"division__code__startswith": scope}
    transfers = Payment.objects.filter(
        order__village__code__startswith=scope, means=Payment.Means.TRANSFER, state=Payment.State.DONE
    )
    yield from transfers.values_list("reference", "amount_fen", "on")
    government = GovernmentPayment.objects.filter(request__division__code__startswith=scope)
    yield from government.values_list("reference", "amount_fen", "on")
    yield from DonationReceipt.objects.filter(**mine).values_list("reference", "amount_fen", "on")
    yield from BankSlip.objects.filter(is_void=False, **mine).values_list("reference", "amount_fen", "posting__on")
    yield from _out(Remittance.objects.filter(state=Remittance.State.PAID, **mine), "total_fen", "paid_on")
    back = Refund.objects.filter(paid_posting__entries__account="town_bank", **mine)
    yield from _out(back, "amount_fen", "paid_posting__on")


def _out(rows: "QuerySet[Any]", amount: str, on: str) -> "QuerySet[Any, tuple[str, int, date]]":
    return rows.values_list("reference", -F(amount), on)
