"""Which plan the public is told about."""

from datetime import date

from ankang.divisions.models import Division
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import campaign_on


def issuers() -> list[Division]:
    """Return the towns that have published a programme, in code order (one query)."""
    return list(Division.objects.filter(pk__in=Programme.objects.values("division_id")))


def plan_shown(day: date, code: str) -> tuple[ProgrammeVersion | None, list[Division]]:
    """Return the campaign of the town that was asked for, else of the first one, and all towns (two queries)."""
    towns = issuers()
    if not towns:
        return None, []
    chosen = next((town for town in towns if town.code == code), towns[0])
    return campaign_on(day, chosen.code), towns
