"""The locked querysets of claims, each ordered by key so that two people never wait for each other."""

from collections.abc import Collection
from datetime import date

from django.db.models import prefetch_related_objects

from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.models import Claim, DailyNumber
from ankang.claims.payout_models import PaymentDue, Payout
from ankang.claims.report_models import PublicReport
from ankang.claims.settlement_models import SettlementFile, SettlementRow
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.installation.rows import Asked

_day = Asked(lambda day: DailyNumber.objects.select_for_update().filter(day=day))
_claims_of = Asked(
    lambda who, year: (
        Claim.objects.select_for_update(of=("self",))
        .select_related("resident", "programme")
        .filter(resident_id=who, programme_id=year)
        .order_by("pk")
    )
)


def lock_day(day: date) -> DailyNumber:
    """Return the locked counter of a day's case numbers; the first report of a day makes it."""
    found = _day(day)
    if not found:
        DailyNumber.objects.get_or_create(day=day)
        found = _day(day)
    return found[0]


def lock_claims_of(resident_id: int, programme_id: int, *, losses: bool = True) -> list[Claim]:
    """Return one person's claims in one programme, locked, by key; with `losses` their stays and disabilities.

    Whoever moves one of them holds them all: limits run over the whole cover period, so two claims of one
    person are decided one after the other. What they draw on the limits is guarded by the same lock.
    """
    claims = _claims_of(resident_id, programme_id)
    if losses:
        prefetch_related_objects(claims, "stays", "disabilities")
    return claims


def lock_payment_due(claim: Claim) -> PaymentDue:
    """Return the locked row of what may be ordered of a claim's money; the first order makes it."""
    PaymentDue.objects.get_or_create(claim=claim, defaults={"due_fen": 0})
    return PaymentDue.objects.select_for_update().get(claim=claim)


def lock_payouts(keys: Collection[int]) -> list[Payout]:
    """Return these payments, locked, by key."""
    rows = Payout.objects.select_for_update(of=("self",)).select_related("claim", "payee", "decision")
    return list(rows.filter(pk__in=keys).order_by("pk"))


def lock_claim(pk: int) -> Claim:
    """Return one claim, locked: its papers, notices and invoices are written one after the other."""
    claims = Claim.objects.with_losses().select_for_update(of=("self",)).select_related("resident", "programme")
    return claims.get(pk=pk)


def lock_public_report(pk: int) -> PublicReport:
    """Return a public report, locked: two handlers never make two claims of it."""
    return PublicReport.objects.select_for_update(of=("self",)).get(pk=pk)


def lock_open_advances(desk: str, division_id: str) -> list[Advance]:
    """Return a window's payments that stand in no list, locked, by key."""
    rows = Advance.objects.select_for_update(of=("self",)).filter(desk=desk, division=division_id, day__isnull=True)
    return list(rows.order_by("pk"))


def lock_open_returns(desk: str, division_id: str) -> list[TakeBackReceipt]:
    """Return what came back to a window and stands in no list, locked, by key."""
    here = TakeBackReceipt.objects.filter(window=f"{desk}.{division_id}", day__isnull=True)
    rows = here.select_for_update(of=("self",))
    return list(rows.order_by("pk"))


def lock_take_back(pk: int) -> TakeBack:
    """Return what is to come back, locked: never more of it comes back than is owed."""
    return TakeBack.objects.select_for_update(of=("self",)).select_related("claim__programme", "insurer").get(pk=pk)


def lock_advance_day(pk: int) -> AdvanceDay:
    """Return a window's list, locked: it is paid back once."""
    return AdvanceDay.objects.select_for_update(of=("self",)).get(pk=pk)


def lock_settlement_file(pk: int) -> SettlementFile:
    """Return a window's file of settlements, locked: two presses settle each accident once."""
    return SettlementFile.objects.select_for_update(of=("self",)).get(pk=pk)


def waiting_settlements(file: SettlementFile) -> list[SettlementRow]:
    """Return the rows of the next accident that waits on a file that the caller has locked, by position."""
    waiting = file.rows.filter(outcome=SettlementRow.Outcome.WAITING).select_related("resident__village")
    first = waiting.order_by("accident").first()
    return list(waiting.filter(accident=first.accident).order_by("position")) if first else []
