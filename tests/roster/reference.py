"""The register's import as plainly as it can be said: one row after another, through the model, in no hurry."""

from datetime import date, datetime
from typing import Any

from ankang.accounts.models import User
from ankang.roster.ages import require_old_enough
from ankang.roster.imports.groups import parse_groups
from ankang.roster.imports.running import context_of, data_rows
from ankang.roster.imports.staging import Context
from ankang.roster.imports.tables import Table
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.names import clean_name
from ankang.roster.numbers import number_index, parse_phone
from ankang.roster.queries import listed_groups
from ankang.roster.residents import new_resident
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import IdentityNumber, parse_number

Row = dict[str, str]


def import_slowly(by: User, table: Table, today: date, now: datetime) -> list[tuple[int, str]]:
    """Store the good rows and return (row number, column) of every cell that kept a row out, in the file's order."""
    context = context_of(by.division, table.header, today)
    first_rows: dict[str, int] = {}
    refused: list[tuple[int, str]] = []
    for number, cells in data_rows(table.rows(), table.header):
        places = table.header.columns
        row = {name: str(cells[at]) if at < len(cells) else "" for name, at in places.items()}
        wrong = _wrong(row, context)
        if not wrong:
            identity = parse_number(row["number"], sample_areas=context.sample_areas, today=today)
            if first_rows.setdefault(identity.number, number) != number or not _store(row, identity, context, now):
                wrong = ["number"]
        refused += [(number, table.header.title(name)) for name in wrong]
    return refused


def _wrong(row: Row, context: Context) -> list[str]:
    """Return the fields of a row that keep it out."""

    def number(text: str) -> None:
        identity = parse_number(text, sample_areas=context.sample_areas, today=context.today)
        require_old_enough(identity.birth_date, context.youngest, context.today)

    checks: list[tuple[str, Any]] = [
        ("village", context.places.code_of),
        ("name", clean_name),
        ("number", number),
        ("groups", lambda text: parse_groups(text, context.words)),
    ]
    wrong = []
    for name, check in checks:
        try:
            check(row.get(name, ""))
        except InvalidInput:
            wrong.append(name)
    return wrong


def _store(row: Row, identity: IdentityNumber, context: Context, now: datetime) -> bool:
    """Store one good row; False when the roster says that it may not."""
    village, name = context.places.code_of(row.get("village", "")), clean_name(row["name"])
    phone, child_phone = _phone(row.get("phone", "")), _phone(row.get("child_phone", ""))
    groups = parse_groups(row.get("groups", ""), context.words)
    stored = Resident.objects.filter(number_index=number_index(identity.number)).first()
    if stored is None:
        stored = new_resident(village, name, identity, phone, child_phone)
    elif stored.village_id != village or stored.status != Resident.Status.LIVING:
        return False
    stored.name, stored.initials = name, new_resident(village, name, identity).initials
    for field, length in (("household", 30), ("address", 120)):
        if row.get(field):
            setattr(stored, field, row[field][:length])
    for field, digits in (("phone", phone), ("child_phone", child_phone)):
        if digits:
            setattr(stored, field, digits)
            setattr(stored, f"{field}_tail", digits[-4:])
    stored.save()
    _list(stored, groups, context.today)
    return True


def _phone(text: str) -> str:
    try:
        return "" if text in {"", "无", "没有", "不详", "-", "/", "0"} else parse_phone(text)
    except InvalidInput:
        return ""


def _list(resident: Resident, groups: frozenset[str] | None, today: date) -> None:
    """A cell that names lists names all of them; one begun today and not named is as if it had never been."""
    if groups is None:
        return
    present = listed_groups(resident, today)
    for group in present - groups:
        GroupMembership.objects.filter(resident=resident, group=group, from_on=today).delete()
    for group in sorted(groups - present):
        GroupMembership.objects.create(
            resident=resident, village_id=resident.village_id, group=group, from_on=today, evidence="名册导入"
        )
