"""Entries of a list against the roster: who joins, who is dead, moved or not yet 80, who is missing. It only reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ankang.divisions.models import Division
from ankang.roster.ages import OLD_AGE
from ankang.roster.imports.lists import GROUP_KINDS, Entries, Entry, Kind
from ankang.roster.imports.places import places_of
from ankang.roster.imports.sheets import Cell
from ankang.roster.imports.staging import Problem, elsewhere
from ankang.roster.locks import memberships_of, residents_by_index
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.numbers import masked, number_index
from ankang.roster.queries import is_member_on
from ankang.rules.days import Birthday, age_on, birthday_on, latest_birth


@dataclass(slots=True)
class ListChanges:
    """What a list is about to do.

    `missing`: times on this list of people whom the file does not name; `unlisted`: whom a list of the 80-year-olds
    does not name, in the villages that it speaks of: `compared` of `villages`.
    """

    joined: list[tuple[Resident, date]] = field(default_factory=list)
    turned: list[tuple[Resident, date]] = field(default_factory=list)  # dead or moved from that day
    unchanged: int = 0
    refused: list[tuple[Sequence[Cell], list[Problem]]] = field(default_factory=list)
    missing: list[GroupMembership] = field(default_factory=list)
    unlisted: list[Resident] = field(default_factory=list)
    compared: list[Division] = field(default_factory=list)
    villages: int = 0


def compare(
    division: Division,
    kind: Kind,
    entries: Entries,
    day: date,
    youngest: int,
    *,
    birthday: Birthday = Birthday.ON_BIRTHDAY,
    lock: bool = True,
) -> ListChanges:
    """Return what the entries change; the residents they name are locked, unless it is only to look.

    Queries: one a chunk of 900 entries for the residents, as many for their lists, one for who is missing; for a list
    of the 80-year-olds one more for the villages.
    """
    indexed = {number_index(row.identity.number): row for row in entries.rows}
    stored = residents_by_index(indexed, lock=lock)
    lists = memberships_of(list(stored.values())) if kind in GROUP_KINDS else {}
    changes = ListChanges(refused=list(entries.refused))
    for index, row in indexed.items():
        found = stored.get(index)
        if found is not None and not found.village_id.startswith(division.prefix):
            changes.refused.append((row.cells, [_elsewhere(row, index)]))
            continue
        reason, fix = _unknown(row, youngest, day) if found is None else _differs(row, found)
        if kind == Kind.AGED:
            reason, fix = _not_aged(row, found, day, birthday) or (reason, fix)
        if reason:
            changes.refused.append((row.cells, [_problem(row, reason, fix)]))
        elif found is not None and kind in GROUP_KINDS:
            _list(changes, row, found, lists, kind=kind, day=row.day or day)
        elif kind == Kind.AGED:
            changes.unchanged += 1
        elif found is not None:
            _turn(changes, row, found, kind)
    named = {found.pk for found in stored.values()}
    if kind == Kind.AGED:
        _set_beside(changes, division, entries, stored)
        changes.unlisted = [one for one in _aged(changes.compared, day, birthday) if one.pk not in named]
    if kind in GROUP_KINDS:
        changes.missing = [row for row in _on_list(division, kind, day, lock=lock) if row.resident_id not in named]
    return changes


def _unknown(row: Entry, youngest: int, day: date) -> tuple[str, str]:
    if age_on(row.identity.birth_date, day) < youngest:
        return f"不满{youngest + 1}周岁，名册只登记老年人", "不用处理"
    return "名册里没有这个身份证号", "请核对号码；确是本地老人，请先录入名册"


def _differs(row: Entry, found: Resident) -> tuple[str, str]:
    if row.name == found.name:
        return "", ""
    return "姓名与名册上这个身份证号的姓名不同", "请对照身份证核对姓名和号码"


def _not_aged(row: Entry, found: Resident | None, day: date, birthday: Birthday) -> tuple[str, str] | None:
    """Say why somebody whose name agrees is none of the 80-year-olds of that day. READING K17."""
    if found is not None and row.name != found.name:
        return None
    if found is not None and found.status != Resident.Status.LIVING:
        reason = f"名册上这个人已登记为“{found.get_status_display()}”"
        return reason, "登记有误的，请先恢复在册；没有错的，请来表单位从名单上去掉"
    if age_on(row.identity.birth_date, day, birthday) >= OLD_AGE:
        return None
    turns = birthday_on(row.identity.birth_date, OLD_AGE, birthday)
    return f"到{day}不满{OLD_AGE}周岁，{turns}才满", "请核对号码；号码没错的，请来表单位从名单上去掉"


def _set_beside(changes: ListChanges, division: Division, entries: Entries, stored: Mapping[str, Resident]) -> None:
    """Choose the villages to compare: ones own on a village's desk, else those that the list speaks of.

    A row speaks of the village that it names, else of the one in which the roster has its person: a list of one
    village says nothing about who is missing from the others.
    """
    villages = list(Division.objects.filter(code__startswith=division.prefix, level=Division.Level.VILLAGE))
    places = places_of(division, villages)
    spoken = {division.pk}
    for row in entries.rows:
        found = stored.get(number_index(row.identity.number))
        spoken.add(places.find(row.village) or (found.village_id if found else ""))
    changes.villages = len(villages)
    changes.compared = sorted((one for one in villages if one.pk in spoken), key=lambda one: (one.serial or 0, one.pk))


def _aged(villages: Sequence[Division], day: date, birthday: Birthday) -> list[Resident]:
    """Return the living of these villages who are 80 by the day."""
    rows = Resident.objects.filter(
        village__in=villages,
        status=Resident.Status.LIVING,
        birth_date__lte=latest_birth(OLD_AGE, day, birthday),
    )
    return list(rows.select_related("village").order_by("village__serial", "village", "name", "pk"))


def _list(
    changes: ListChanges,
    row: Entry,
    found: Resident,
    lists: Mapping[int, Sequence[GroupMembership]],
    *,
    kind: Kind,
    day: date,
) -> None:
    """Whoever is on the list that day stays; a time that begins later is not doubled."""
    if found.status != Resident.Status.LIVING:
        reason = f"名册上这个人已登记为“{found.get_status_display()}”"
        changes.refused.append((row.cells, [_problem(row, reason, "请核对；登记有误的，请先恢复在册")]))
        return
    own = [time for time in lists.get(found.pk, ()) if time.group == kind]
    if any(is_member_on(time, day) for time in own):
        changes.unchanged += 1
    elif any(time.from_on > day for time in own):
        reason = "后来另有一段在这份名单上"
        changes.refused.append((row.cells, [_problem(row, reason, "请在老人的“变更”里核对起止日期")]))
    else:
        changes.joined.append((found, day))


def _turn(changes: ListChanges, row: Entry, found: Resident, kind: Kind) -> None:
    status = Resident.Status.DEAD if kind == Kind.DEATHS else Resident.Status.MOVED
    stands = found.died_on if kind == Kind.DEATHS else found.moved_on
    if row.day is None:
        raise ValueError("an entry of deaths or moves without a day")
    if found.status == status and stands == row.day:
        changes.unchanged += 1
    elif found.status in {status, Resident.Status.DEAD}:
        reason = f"名册上已登记为“{found.get_status_display()}”，日期不同"
        changes.refused.append((row.cells, [_problem(row, reason, "请核对日期；登记有误的，请先在名册里恢复在册")]))
    else:
        changes.turned.append((found, row.day))


def _on_list(division: Division, kind: Kind, day: date, *, lock: bool) -> list[GroupMembership]:
    """Return the open times on a list that began before the day, of the living."""
    rows = GroupMembership.objects.filter(
        village__code__startswith=division.prefix,
        resident__status=Resident.Status.LIVING,
        group=kind,
        from_on__lt=day,
        to_on=None,
    )
    if lock:
        rows = rows.select_for_update(of=("self", "resident"), no_key=True)
    return list(rows.select_related("resident__village").order_by("village__serial", "resident_id"))


def _problem(row: Entry, reason: str, fix: str) -> Problem:
    return Problem(row.row_number, "身份证号", masked(row.identity.number), reason, fix)


def _elsewhere(row: Entry, index: str) -> Problem:
    return elsewhere(row.row_number, "身份证号", masked(row.identity.number), index)


def last_day_before(day: date) -> date:
    """Return the last day of what stops when a new list begins on `day`."""
    return day - timedelta(days=1)
