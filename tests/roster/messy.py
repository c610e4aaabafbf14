"""A register with all that goes wrong in one, and what became of it."""

from pathlib import Path
from typing import Any

from tests.roster import files
from tests.roster.files import number, row

from ankang.roster.models import GroupMembership, ImportChange, ImportRow, ImportRun, Resident

OPEN = ("number", "phone", "child_phone")


def written(folder: Path, content: bytes, name: str = "r.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def roster() -> list[dict[str, Any]]:
    """Return everybody with their lists, sealed values opened, without what the clock and the order of keys say."""
    people = []
    for found in Resident.objects.order_by("number_index"):
        values = {name: getattr(found, f"{name}").reveal() if getattr(found, name) else None for name in OPEN}
        for name in ("village_id", "name", "initials", "number_index", "number_tail", "birth_date", "sex", "household"):
            values[name] = getattr(found, name)
        for name in (
            "address",
            "phone_tail",
            "child_phone_tail",
            "status",
            "status_evidence",
            "is_sample",
            "has_incapacity",
        ):
            values[name] = getattr(found, name)
        values["lists"] = sorted(found.memberships.values_list("group", "from_on", "to_on", "evidence", "village_id"))
        people.append(values)
    return people


def refused() -> list[tuple[Any, ...]]:
    rows = ImportRow.objects.order_by("row_number", "id")
    return list(rows.values_list("row_number", "outcome", "column", "value_masked", "reason", "fix"))


def clear() -> None:
    for model in (ImportChange, ImportRow, GroupMembership, Resident, ImportRun):
        model._base_manager.all()._raw_delete("default")


def messy() -> bytes:
    """Nine rows, three parts: a number twice over two parts, refusals, lists, one who is there already."""
    return files.csv(
        row("单秀兰", number(2), 类别="低保", 手机="13812345678"),
        row("王明", number(3)[:17] + "?"),
        row("赵玉", number(4)),
        row("李国强", number(5), 地址="2组", 类别="五保"),
        row("孙德福", number(2), "02村"),
        row("周敏", number(6), 手机="12"),
        row("吴兰", number(7)),
        row("郑红", number(4)),
        row("王芳", number(8), 类别="三无"),
    )
