"""The locked querysets of claims, each ordered by key so that two people never wait for each other."""

from datetime import date

from ankang.claims.models import Claim, DailyNumber, LimitUse


def lock_day(day: date) -> DailyNumber:
    """Return the locked counter of a day's case numbers; the first report of a day makes it."""
    DailyNumber.objects.get_or_create(day=day)
    return DailyNumber.objects.select_for_update().get(day=day)


def lock_claims_of(resident_id: int, programme_id: int) -> list[Claim]:
    """Return one person's claims in one programme, locked, by key.

    Whoever moves one of them holds them all: limits run over the whole cover period, so two claims of one
    person are decided one after the other.
    """
    claims = Claim.objects.with_losses().select_for_update(of=("self",)).select_related("resident", "programme")
    return list(claims.filter(resident_id=resident_id, programme_id=programme_id).order_by("pk"))


def lock_limits(resident_id: int, programme_id: int) -> list[LimitUse]:
    """Return the rows of used-up limits of one person in one programme, locked, by key."""
    rows = LimitUse.objects.select_for_update().filter(resident_id=resident_id, programme_id=programme_id)
    return list(rows.order_by("pk"))
