"""The one home of locked rows of money.

Order of locks: till of the village, then order, then the residents of its enrolments in enrolment's common order.
Enrolment never takes a lock of money, so nobody waits in a circle.
"""

from collections.abc import Collection

from ankang.enrolment.locks import in_common_order
from ankang.money.models import Handover, Order, Payment, Receipt, Till
from ankang.roster.models import Resident


def till_for_update(village_code: str) -> Till:
    """Return a village's till, locked; made when there is none (two queries, four then)."""
    Till.objects.get_or_create(village_id=village_code)
    return Till.objects.select_for_update(no_key=True).get(pk=village_code)


def order_for_update(order_id: int) -> Order:
    """Return an order, locked, its village beside it (one query). Its till is locked by the caller."""
    rows = Order.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("village", "programme").get(pk=order_id)


def payment_for_update(payment_id: int) -> Payment:
    """Return a payment, locked (one query). Its till and order are locked by the caller."""
    return Payment.objects.select_for_update(of=("self",), no_key=True).get(pk=payment_id)


def receipt_for_update(receipt_id: int) -> Receipt:
    """Return a receipt, locked, with its payment and village (one query). Its till is locked by the caller."""
    rows = Receipt.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("payment__order__programme", "payment__posting", "village").get(pk=receipt_id)


def handover_for_update(handover_id: int) -> Handover:
    """Return a slip, locked, with its village (one query). Its till is locked by the caller."""
    rows = Handover.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("village__parent", "posting").get(pk=handover_id)


def hold_enrolments_of(fundings: Collection[int]) -> None:
    """Lock the people of these fundings: nobody cancels or gives up their enrolments meanwhile (one query)."""
    people = Resident.objects.filter(participations__enrolments__holdings__fundings__in=fundings).values("pk")
    rows = Resident.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=people).only("pk")
    list(rows.order_by(*in_common_order()))
