"""A town's money by village: what is owed, taken, in the village, on the way."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum

from ankang.accounts.models import User
from ankang.accounts.queries import villages_of
from ankang.divisions.models import Division
from ankang.money.models import Account, Entry, Posting, Till
from ankang.money.queries import owed_fundings
from ankang.programmes.models import Programme

_TAKINGS = (Posting.Kind.PAYMENT, Posting.Kind.VOID, Posting.Kind.REFUND)
_ACCOUNTS = (Account.VILLAGE_CASH, Account.IN_TRANSIT, Account.CASH_DIFFERENCE)


@dataclass(frozen=True, slots=True)
class VillageMoney:
    """A village's premiums in fen: still owed, taken (net of voids and refunds), and where its cash is."""

    village: Division
    owed_fen: int
    taken_fen: int
    cash_fen: int
    transit_fen: int
    difference_fen: int
    closed_through: date | None


def town_money(user: User, programme: Programme) -> list[VillageMoney]:
    """Return every village of this person's town, in order (five queries)."""
    villages = list(villages_of(user))
    codes = [village.pk for village in villages]
    owed = owed_fundings(user, programme).values_list("holding__enrolment__village").annotate(sum=Sum("amount_fen"))
    takings = Entry.objects.filter(
        account=Account.PREMIUM_HELD, owner__in=codes, posting__kind__in=_TAKINGS, posting__programme=programme
    )
    stands = Entry.objects.filter(account__in=_ACCOUNTS, owner__in=codes).values_list("account", "owner")
    held: dict[tuple[str, str], int] = defaultdict(int)
    for account, owner, total in stands.annotate(total=Sum("amount_fen")):
        held[account, owner] = total
    owes, taken = _sums(owed), _sums(takings.values_list("owner").annotate(total=Sum("amount_fen")))
    closed = dict(Till.objects.filter(pk__in=codes).values_list("pk", "closed_through"))
    return [
        VillageMoney(
            village,
            owes[village.pk],
            -taken[village.pk],
            held[Account.VILLAGE_CASH, village.pk],
            held[Account.IN_TRANSIT, village.pk],
            held[Account.CASH_DIFFERENCE, village.pk],
            closed.get(village.pk),
        )
        for village in villages
    ]


def _sums(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    return defaultdict(int, rows)
