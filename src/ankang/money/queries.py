"""What money is asked: balances, who owes what, what is funded, what must be paid back."""

from collections.abc import Collection
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet, Sum

from ankang.accounts.models import User
from ankang.enrolment.models import Funding, Holding
from ankang.money.models import Entry, Order, Payment, Posting, Settlement
from ankang.programmes.models import Programme

PAID_HERE = (Funding.Payer.SELF, Funding.Payer.CHILD, Funding.Payer.VILLAGE)  # by orders; the others by promises


def balance(account: str, owner: str, *, until: date | None = None) -> int:
    """Return the sum of an account's entries in fen, up to a day inclusive (one query)."""
    rows = Entry.objects.filter(account=account, owner=owner)
    rows = rows if until is None else rows.filter(posting__on__lte=until)
    return rows.aggregate(total=Sum("amount_fen"))["total"] or 0


def balances(account: str, owners: Collection[str]) -> dict[str, int]:
    """Return the balance of each owner that has one (one query)."""
    rows = Entry.objects.filter(account=account, owner__in=owners).values_list("owner")
    return dict(rows.annotate(total=Sum("amount_fen")))


def in_force() -> QuerySet[Funding]:
    """Return the fundings of enrolments that are neither cancelled nor given up."""
    return Funding.objects.filter(
        holding__enrolment__cancelled_at__isnull=True, holding__enrolment__withdrawn_on__isnull=True
    )


def unsettled(fundings: QuerySet[Funding]) -> QuerySet[Funding]:
    """Return those of the fundings that are neither paid nor promised."""
    return fundings.filter(~Exists(_living(OuterRef("pk"))))


def owed_fundings(user: User, programme: Programme) -> QuerySet[Funding]:
    """Return what self, children and village collectives still owe in this person's villages."""
    rows = in_force().filter(
        payer__in=PAID_HERE,
        holding__enrolment__version__programme=programme,
        holding__enrolment__village__code__startswith=user.scope,
    )
    return unsettled(rows)


def orders_to_scan(user: User, fundings: Collection[int]) -> QuerySet[Order]:
    """Return the open orders over these fundings that wait for a payment by telephone, not for the town's word on a
    transfer (one query).
    """
    live = (Payment.State.WAITING, Payment.State.DONE)
    rows: QuerySet[Order] = Order.objects.visible_to(user).filter(
        state=Order.State.OPEN, lines__funding__in=fundings, lines__dropped_at=None
    )
    return rows.filter(~Exists(Payment.objects.filter(order=OuterRef("pk"), state__in=live))).distinct().order_by("pk")


def funded_holdings(programme: Programme) -> QuerySet[Holding]:
    """Return the holdings in force whose every funding is paid, or promised by an accepted paper (one query).

    Nothing else may go to the insurer. Further filters may be added.
    """
    return _holdings(programme).filter(Exists(_fundings_of_holding()), ~Exists(_open_of_holding()))


def unfunded(programme: Programme) -> QuerySet[Holding]:
    """Return the holdings in force of which some part is neither paid nor promised (one query)."""
    return _holdings(programme).filter(Exists(_open_of_holding()))


def refunds_due(programme: Programme) -> QuerySet[Settlement]:
    """Return paid settlements whose enrolment was cancelled or given up since: their money must go back (one query).

    What was refunded already is not here, though it be paid later: a promise that was owed less keeps its settlement.

    Who pays it back posts the refund and ends the settlement with it (`settling.end`).
    """
    refunded = Entry.objects.filter(funding=OuterRef("funding"), posting__kind=Posting.Kind.REFUND)
    rows = Settlement.objects.filter(
        ~Exists(refunded),
        ended_at__isnull=True,
        posting__isnull=False,
        funding__holding__enrolment__version__programme=programme,
    )
    gone = rows.filter(funding__holding__enrolment__cancelled_at__isnull=False)
    gone |= rows.filter(funding__holding__enrolment__withdrawn_on__isnull=False)
    return gone.select_related("funding__holding__enrolment", "posting").order_by("pk")


def _holdings(programme: Programme) -> QuerySet[Holding]:
    return Holding.objects.filter(
        enrolment__version__programme=programme,
        enrolment__cancelled_at__isnull=True,
        enrolment__withdrawn_on__isnull=True,
    )


def _fundings_of_holding() -> QuerySet[Funding]:
    return Funding.objects.filter(holding=OuterRef("pk"))


def _open_of_holding() -> QuerySet[Funding]:
    return unsettled(_fundings_of_holding())


def _living(funding: OuterRef) -> QuerySet[Settlement]:
    return Settlement.objects.filter(funding=funding, ended_at__isnull=True)
