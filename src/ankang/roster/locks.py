"""Rows taken for change: the one home of locked querysets, always in the order of their key."""

from collections.abc import Collection

from django.db.models import F

from ankang.installation.rows import Among
from ankang.roster.models import GroupMembership, ImportRun, Resident
from ankang.roster.transfer_models import Transfer


def residents_by_index(indexes: Collection[str], *, lock: bool = True) -> dict[str, Resident]:
    """Return the listed residents by blind index, locked in its order (one query).

    `lock` False: only to look at them.
    """
    rows = Resident.objects.filter(Among(F("number_index"), sorted(indexes))).order_by("number_index")
    if lock:
        rows = rows.select_for_update(no_key=True)  # no_key: enrolling somebody, who is only pointed at, need not wait
    return {row.number_index: row for row in rows if row.number_index}


def keys_by_index(indexes: Collection[str]) -> dict[str, int]:
    """Return the keys of residents whom this transaction put in, by blind index (one query)."""
    rows = Resident.objects.filter(Among(F("number_index"), sorted(indexes)))
    return {index: key for index, key in rows.values_list("number_index", "pk") if index}


def run_for_update(run_id: int) -> ImportRun:
    """Return an import's run, locked, who began it and its division beside it. Errors: ImportRun.DoesNotExist."""
    return ImportRun.objects.select_for_update(of=("self",)).select_related("by", "division").get(pk=run_id)


def resident_for_change(resident_id: int) -> Resident:
    """Return one resident, locked. Errors: Resident.DoesNotExist."""
    return Resident.objects.select_for_update(no_key=True).get(pk=resident_id)


def memberships_of(residents: Collection[Resident]) -> dict[int, list[GroupMembership]]:
    """Return the memberships by resident (one query, none for nobody); their residents are locked by the caller."""
    found: dict[int, list[GroupMembership]] = {}
    keys = sorted(resident.pk for resident in residents)
    for row in GroupMembership.objects.filter(Among(F("resident_id"), keys)).order_by("id") if keys else ():
        found.setdefault(row.resident_id, []).append(row)
    return found


def transfers_of(resident_id: int) -> list[Transfer]:
    """Return the requests for a resident whom the caller has locked, locked too (one query)."""
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("from_village", "to_village")
    return list(rows.filter(resident=resident_id).order_by("pk"))
