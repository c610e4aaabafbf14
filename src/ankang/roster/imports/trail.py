"""What an import leaves behind so that it can be undone: of each resident it touched, what stood before."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ankang.privacy.fields import Sealed
from ankang.roster.models import GroupMembership, ImportChange, ImportRun, Resident

FACTS = (
    "name",
    "initials",
    "household",
    "address",
    "phone",
    "phone_tail",
    "phone_index",
    "child_phone",
    "child_phone_tail",
)
STATE = ("status", "died_on", "moved_on", "status_evidence")
_What = ImportChange.What


def snapshot(resident: Resident, names: tuple[str, ...]) -> dict[str, Any]:
    """Return values as they stand, sealed ones still sealed: cheap, for rows that may not change at all."""
    return {name: getattr(resident, name) for name in (*names, "updated_at")}


@dataclass(frozen=True, slots=True)
class Note:
    """A change of a resident who is there already, before its run is stored."""

    resident_id: int
    what: str
    before: dict[str, Any]
    group: str = ""

    def of(self, run: ImportRun) -> ImportChange:
        """Return the row to store; what stood before is sealed with it."""
        text = json.dumps({name: _plain(value) for name, value in self.before.items()}, ensure_ascii=False)
        return ImportChange(run=run, resident_id=self.resident_id, what=self.what, group=self.group, before=text)


def note_time(row: GroupMembership, what: str, resident: Resident) -> Note:
    """Return the note of a time on a list that is begun, ended or withdrawn; called before either is changed."""
    names = ("from_on", "to_on", "evidence")
    before = {name: getattr(row, name) for name in names} | {"updated_at": resident.updated_at}
    return Note(resident.pk, what, before, row.group)


def put_back(row: ImportChange, resident: Resident) -> None:
    """Give the resident back what stood before: facts and state on the object, times on lists in the database."""
    before = json.loads(row.before.reveal())
    resident.updated_at = datetime.fromisoformat(before.pop("updated_at"))
    if row.what in (_What.FACTS, _What.STATUS):
        for name, value in before.items():
            setattr(resident, name, date.fromisoformat(value) if name.endswith("_on") and value else value)
        return
    own = GroupMembership.objects.filter(resident=resident, group=row.group, from_on=before["from_on"])
    if row.what == _What.JOINED:
        own.delete()
    elif row.what == _What.ENDED:
        own.update(to_on=before["to_on"])
    else:
        GroupMembership.objects.create(
            resident=resident, village_id=resident.village_id, group=row.group, **_times(before)
        )


def _times(before: dict[str, Any]) -> dict[str, Any]:
    to_on = before["to_on"]
    return {
        "from_on": date.fromisoformat(before["from_on"]),
        "to_on": date.fromisoformat(to_on) if to_on else None,
        "evidence": before["evidence"],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Sealed):
        return value.reveal()
    return value.isoformat() if isinstance(value, date) else value
