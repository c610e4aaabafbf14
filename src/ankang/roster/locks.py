"""Rows taken for change: the one home of locked querysets, always in the order of their key."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

from ankang.roster.models import GroupMembership, ImportRun, Resident
from ankang.roster.transfer_models import Transfer

T = TypeVar("T")
CHUNK = 900  # SQLite takes 999 parameters a query


def residents_by_index(indexes: Collection[str], *, lock: bool = True) -> dict[str, Resident]:
    """Return the listed residents by blind index, locked in its order (one query a chunk of 900).

    `lock` False: only to look at them.
    """
    found: dict[str, Resident] = {}
    rows = Resident.objects.all()
    if lock:
        rows = rows.select_for_update(no_key=True)  # no_key: enrolling somebody, who is only pointed at, need not wait
    for chunk in _chunks(sorted(indexes)):
        residents = rows.filter(number_index__in=chunk).order_by("number_index")
        found |= {row.number_index: row for row in residents if row.number_index}
    return found


def keys_by_index(indexes: Collection[str]) -> dict[str, int]:
    """Return the keys of residents whom this transaction put in, by blind index (one query a chunk of 900)."""
    found: dict[str, int] = {}
    for chunk in _chunks(sorted(indexes)):
        rows = Resident.objects.filter(number_index__in=chunk).values_list("number_index", "pk")
        found |= {index: key for index, key in rows if index}
    return found


def run_for_update(run_id: int) -> ImportRun:
    """Return an import's run, locked, who began it and its division beside it. Errors: ImportRun.DoesNotExist."""
    return ImportRun.objects.select_for_update(of=("self",)).select_related("by", "division").get(pk=run_id)


def resident_for_change(resident_id: int) -> Resident:
    """Return one resident, locked. Errors: Resident.DoesNotExist."""
    return Resident.objects.select_for_update(no_key=True).get(pk=resident_id)


def memberships_of(residents: Collection[Resident]) -> dict[int, list[GroupMembership]]:
    """Return the memberships by resident (one query a chunk of 900); their residents are locked by the caller."""
    found: dict[int, list[GroupMembership]] = {}
    for chunk in _chunks(sorted(resident.pk for resident in residents)):
        for row in GroupMembership.objects.filter(resident_id__in=chunk).order_by("id"):
            found.setdefault(row.resident_id, []).append(row)
    return found


def transfers_of(resident_id: int) -> list[Transfer]:
    """Return the requests for a resident whom the caller has locked, locked too (one query)."""
    rows = Transfer.objects.select_for_update(of=("self",)).select_related("from_village", "to_village")
    return list(rows.filter(resident=resident_id).order_by("pk"))


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), CHUNK):
        yield items[start : start + CHUNK]
