"""日结: a village's day is added up and closed; later it changes only by counter-entries of an open day."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q, Sum

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.money.errors import DayNotReady, NothingOwed
from ankang.money.locks import till_for_update
from ankang.money.models import Account, Entry, Posting, Receipt, VillageDay
from ankang.money.permissions import require_collector
from ankang.money.queries import balance

_TAKINGS = (Posting.Kind.PAYMENT, Posting.Kind.VOID)
_HANDED = (Posting.Kind.HANDOVER, Posting.Kind.HANDOVER_BACK)


@dataclass(frozen=True, slots=True)
class DayFigures:
    """A village's day: receipts made, those void by now, and net takings by means in fen; cash at its end."""

    receipts: int
    voided: int
    cash_fen: int
    transfer_fen: int
    gateway_fen: int
    handed_fen: int
    left_fen: int

    @property
    def taken_fen(self) -> int:
        return self.cash_fen + self.transfer_fen + self.gateway_fen


def day_figures(village: Division, on: date) -> DayFigures:
    """Return the figures of a day, summed from the entries (three queries)."""
    made = Receipt.objects.filter(village=village, on=on).aggregate(
        receipts=Count("pk"), voided=Count("pk", filter=Q(voided_at__isnull=False))
    )
    taken = Q(posting__kind__in=_TAKINGS)
    sums = Entry.objects.filter(posting__division=village, posting__on=on).aggregate(
        cash_fen=Sum("amount_fen", filter=taken & Q(account=Account.VILLAGE_CASH), default=0),
        transfer_fen=Sum("amount_fen", filter=taken & Q(account=Account.TOWN_BANK), default=0),
        gateway_fen=Sum("amount_fen", filter=taken & Q(account=Account.GATEWAY), default=0),
        out_fen=Sum("amount_fen", filter=Q(posting__kind__in=_HANDED, account=Account.VILLAGE_CASH), default=0),
    )
    handed = -sums.pop("out_fen")
    return DayFigures(**made, **sums, handed_fen=handed, left_fen=balance(Account.VILLAGE_CASH, village.pk, until=on))


def close_day(*, by: User, village: Division, on: date, today: date, now: datetime) -> VillageDay:
    """Close a day of a village with its figures; one that is closed already is returned as it is.

    Errors: NotAllowed, DayNotReady (it lies ahead, or an earlier day is still open), NothingOwed (nothing was booked).
    """
    require_collector(by, village.pk)
    if on > today:
        raise DayNotReady(f"{on:%Y-%m-%d}还没有到，不能日结。")
    with transaction.atomic():
        till = till_for_update(village.pk)
        day = VillageDay.objects.filter(village=village, on=on).first()
        if day is None:
            raise NothingOwed(f"{on:%Y-%m-%d}没有收过款，不用日结。")
        if day.closed_at is not None:
            return day
        _require_earlier_closed(village, on)
        for name, value in asdict(day_figures(village, on)).items():
            setattr(day, name, value)
        day.closed_by, day.closed_at = by, now
        day.save()
        till.closed_through = on
        till.save(update_fields=["closed_through"])
        record(by=by, action="money.close_day", subject=day, division_code=village.pk, on=on.isoformat())
        return day


def open_days(village: Division, today: date) -> list[date]:
    """Return the days up to today that something was booked on and nobody has closed, oldest first (one query)."""
    rows = VillageDay.objects.filter(village=village, closed_at=None, on__lte=today)
    return list(rows.order_by("on").values_list("on", flat=True))


def _require_earlier_closed(village: Division, on: date) -> None:
    earlier = VillageDay.objects.filter(village=village, on__lt=on, closed_at=None).order_by("on").first()
    if earlier:
        raise DayNotReady(f"{earlier.on:%Y-%m-%d}还没有日结。请先结那一天。", open_on=earlier.on.isoformat())
