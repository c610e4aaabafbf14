"""Bring the areas of an installation in: a list of codes and names, as the statistics office publishes it."""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db import transaction

from ankang.divisions.models import PREFIX_LENGTH, Division, prefix_of
from ankang.rules.errors import InvalidInput

_LEVEL_OF = {length: level for level, length in PREFIX_LENGTH.items()}
_CODE = re.compile(r"[1-9]\d{11}")


@dataclass(frozen=True, slots=True)
class Area:
    code: str
    name: str


def read_areas(lines: Iterable[str], *, file_name: str) -> list[Area]:
    """Return the areas of a CSV with the columns 区划代码 and 名称 (or code, name).

    Errors: InvalidInput names the file, the line and what to put there.
    """
    return list(_areas(csv.DictReader(lines), file_name))


def _areas(rows: "csv.DictReader[str]", file_name: str) -> Iterator[Area]:
    for row in rows:
        code = (row.get("区划代码") or row.get("code") or "").strip()
        name = (row.get("名称") or row.get("name") or "").strip()
        if not _CODE.fullmatch(code) or not name:
            raise InvalidInput(
                f"{file_name} 第{rows.line_num}行：要有12位数字的“区划代码”和“名称”两列，"
                f"这里是“{code}”“{name}”。请改好再导入。",
                file=file_name,
                line=rows.line_num,
            )
        yield Area(code, name)


@transaction.atomic
def bring_in(areas: Iterable[Area]) -> tuple[int, int]:
    """Add the areas that are new and correct the names of the others; return (added, renamed).

    An area hangs under the nearest one above it that is known. Villages are numbered in the order of their codes.
    """
    added = renamed = 0
    for area in sorted(areas, key=lambda area: area.code):
        known = Division.objects.filter(code=area.code).first()
        if known is None:
            _add(area)
            added += 1
        elif known.name != area.name:
            Division.objects.filter(code=area.code).update(name=area.name, is_placeholder=False)
            renamed += 1
    return added, renamed


def _add(area: Area) -> None:
    prefix = prefix_of(area.code)
    above = [area.code[:length].ljust(12, "0") for length in PREFIX_LENGTH.values() if length < len(prefix)]
    parent = Division.objects.filter(code__in=above).order_by("-code").first()
    level = _LEVEL_OF[len(prefix)]
    serial = parent.children.count() + 1 if parent and level == Division.Level.VILLAGE else 0
    Division.objects.create(code=area.code, name=area.name, level=level, parent=parent, serial=serial)
