"""Staged rows against what is stored: who is new, who changes, who stays, who is refused. Reads, never writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from ankang.accounts.models import User
from ankang.divisions.models import Division
from ankang.privacy.fields import Sealed
from ankang.roster.imports.staging import Problem, StagedRow, elsewhere
from ankang.roster.imports.trail import FACTS, Note, note_time, snapshot
from ankang.roster.locks import memberships_of, residents_by_index
from ankang.roster.models import GroupMembership, ImportChange, Resident
from ankang.roster.names import initials
from ankang.roster.numbers import masked, phone_index
from ankang.roster.queries import is_member_on

EVIDENCE = "名册导入"
_What = ImportChange.What


@dataclass(slots=True)
class Changes:
    """What an import is about to write."""

    added: list[StagedRow] = field(default_factory=list)
    updated: list[Resident] = field(default_factory=list)
    unchanged: int = 0
    joined: list[GroupMembership] = field(default_factory=list)
    ended: list[GroupMembership] = field(default_factory=list)
    withdrawn: list[GroupMembership] = field(default_factory=list)  # begun today: as if it had never been
    refused: list[tuple[StagedRow, Problem]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)  # of those who are there already: what stood before


def merge(
    by: User, rows: Sequence[StagedRow], number_title: str, today: date, now: datetime, *, lock: bool = True
) -> Changes:
    """Return the changes that the rows make; the residents they touch are locked, unless it is only to look.

    Queries: one a chunk of 900 rows for the residents, one for the lists of those that are there already.
    """
    indexed = {row.index: row for row in rows}
    stored = residents_by_index(indexed, lock=lock)
    lists = memberships_of([stored[index] for index in stored if indexed[index].groups is not None])
    names = _villages_elsewhere(indexed, stored)
    changes = Changes()
    for index, row in indexed.items():
        resident = stored.get(index)
        if resident is None:
            changes.added.append(row)
        elif problem := _refusal(by, row, resident, number_title, names):
            changes.refused.append((row, problem))
        else:
            _update(changes, row, resident, lists=lists, today=today, now=now)
    return changes


def _villages_elsewhere(indexed: Mapping[str, StagedRow], stored: Mapping[str, Resident]) -> dict[str, str]:
    """Return the names of the villages where people of this list stand already (one query, if there are any)."""
    codes = {found.village_id for index, found in stored.items() if found.village_id != indexed[index].village_code}
    return dict(Division.objects.filter(code__in=codes).values_list("code", "name")) if codes else {}


def _refusal(
    by: User, row: StagedRow, resident: Resident, number_title: str, villages: Mapping[str, str]
) -> Problem | None:
    shown = masked(row.identity.number)
    if resident.village_id != row.village_code:
        village = villages[resident.village_id] if resident.village_id.startswith(by.scope) else ""
        return elsewhere(row.row_number, number_title, shown, resident.number_index or "", village)
    if resident.status != Resident.Status.LIVING:
        reason = f"名册上这个人已登记为“{resident.get_status_display()}”"
        return Problem(row.row_number, number_title, shown, reason, "请核对；登记有误的，请先在名册里改回在册")
    return None


def _update(
    changes: Changes,
    row: StagedRow,
    resident: Resident,
    *,
    lists: Mapping[int, Sequence[GroupMembership]],
    today: date,
    now: datetime,
) -> None:
    before = snapshot(resident, FACTS)
    changed = _set_facts(row, resident)
    if changed:
        changes.notes.append(Note(resident.pk, _What.FACTS, before))
    changed |= _set_groups(changes, row, resident, lists.get(resident.pk, ()), today)
    if changed:
        resident.updated_at = now
        changes.updated.append(resident)
    else:
        changes.unchanged += 1


def _set_facts(row: StagedRow, resident: Resident) -> bool:
    changed = False
    if row.name != resident.name:
        resident.name, resident.initials, changed = row.name, initials(row.name), True
        reason = "与名册上的姓名不同，已按本表改名"
        row.problems.append(Problem(row.row_number, "姓名", "", reason, "请对照身份证核对姓名", is_error=False))
    for name in ("household", "address"):
        value = getattr(row, name)
        if value and value != getattr(resident, name):
            setattr(resident, name, value)
            changed = True
    for name in ("phone", "child_phone"):
        value = getattr(row, name)
        if value and not _is_same(getattr(resident, name), getattr(resident, f"{name}_tail"), value):
            setattr(resident, name, value)
            setattr(resident, f"{name}_tail", value[-4:])
            if name == "phone":
                resident.phone_index = phone_index(value)
            changed = True
    return changed


def _is_same(stored: Sealed | None, tail: str, value: str) -> bool:
    return stored is not None and tail == value[-4:] and stored.reveal() == value


def _set_groups(
    changes: Changes, row: StagedRow, resident: Resident, memberships: Sequence[GroupMembership], today: date
) -> bool:
    """A cell that names lists names all of them; an empty one says nothing."""
    if row.groups is None:
        return False
    present = [membership for membership in memberships if is_member_on(membership, today)]
    gone = [membership for membership in present if membership.group not in row.groups]
    new = row.groups - {membership.group for membership in present}
    for membership in gone:
        what = _What.WITHDRAWN if membership.from_on >= today else _What.ENDED
        changes.notes.append(note_time(membership, what, resident))
        if membership.from_on >= today:
            changes.withdrawn.append(membership)
        else:
            membership.to_on = today - timedelta(days=1)
            changes.ended.append(membership)
    _join(changes, resident, new, today)
    changes.notes += [
        note_time(row, _What.JOINED, resident) for row in changes.joined[len(changes.joined) - len(new) :]
    ]
    return bool(gone or new)


def _join(changes: Changes, resident: Resident, groups: frozenset[str], today: date) -> None:
    changes.joined += [
        GroupMembership(
            resident=resident, village_id=resident.village_id, group=group, from_on=today, evidence=EVIDENCE
        )
        for group in sorted(groups)
    ]
