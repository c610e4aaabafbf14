"""A workbook of populations, perhaps with targets: read whole, or refused with the row and what to do."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankang.desks.sheets import Cell, Sheet
from ankang.divisions.models import Division
from ankang.programmes.targets import VillageTarget
from ankang.roster.imports.sheets import read_sheets, text_of
from ankang.rules.errors import InvalidInput

_SERIAL, _NAME, _POPULATION, _TARGET = "序号", "村（居）", "60周岁以上人口数", "考核目标（人）"
HEAD = [_SERIAL, _NAME, _POPULATION, _TARGET]
_OTHERS = {
    "村居": _NAME,
    "村": _NAME,
    "人口数": _POPULATION,
    "60周岁以上人口": _POPULATION,
    "考核目标": _TARGET,
    "目标": _TARGET,
}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A village of the file; `target` None where the file leaves it to the rule."""

    village: Division
    population: int
    target: int | None


def template_sheet(rows: Sequence[VillageTarget]) -> Sheet:
    """Return the sheet to fill in: the villages as they stand."""
    cells: list[list[Cell]] = [[row.serial, row.name, row.population or None, row.target or None] for row in rows]
    return Sheet("目标", HEAD, cells)


def read_populations(content: bytes, villages: Sequence[Division]) -> list[Uploaded]:
    """Return one line for each village, in the villages' order, from the first sheet that has the columns.

    Villages are known by name, or by serial number where the file leaves the name out. A total row is left out.
    Errors: InvalidInput with the row and what to do.
    """
    for sheet in read_sheets(content):
        for at, row in enumerate(sheet.rows[:10]):
            columns = _columns([text_of(cell) for cell in row])
            if _POPULATION in columns and (_NAME in columns or _SERIAL in columns):
                return _complete(_lines(sheet.rows[at + 1 :], columns, villages, at + 2), villages)
    raise _refused("没有找到“60周岁以上人口数”和“村（居）”两列。请下载模板，按模板的表头填。")


def _columns(cells: Sequence[str]) -> dict[str, int]:
    names = [_OTHERS.get(cell.replace(" ", ""), cell.replace(" ", "")) for cell in cells]
    return {name: names.index(name) for name in HEAD if name in names}


def _lines(
    rows: Sequence[Sequence[object]], columns: dict[str, int], villages: Sequence[Division], first: int
) -> list[Uploaded]:
    by_name = {village.name: village for village in villages}
    by_serial = {str(village.serial): village for village in villages}
    found: list[Uploaded] = []
    for number, cells in enumerate(rows, first):
        said = {name: text_of(cells[at]) if at < len(cells) else "" for name, at in columns.items()}  # type: ignore[arg-type]
        name, serial = said.get(_NAME, ""), said.get(_SERIAL, "")
        if not any(said.values()) or "合计" in (name, serial):
            continue
        village = by_name.get(name) if name else by_serial.get(serial)
        if village is None:
            raise _refused(f"第{number}行的“{name or serial}”不是本镇的村。请核对村名，或删去这一行。")
        target = said.get(_TARGET, "")
        found.append(
            Uploaded(
                village,
                _whole(said[_POPULATION], number, _POPULATION),
                _whole(target, number, _TARGET) if target else None,
            )
        )
    return found


def _whole(text: str, number: int, column: str) -> int:
    plain = text.replace(",", "").replace("，", "")
    if not plain.isascii() or not plain.isdigit() or len(plain) > 7:
        raise _refused(f"第{number}行的{column}是“{text}”，不是整数。请填人数，例如 525。")
    return int(plain)


def _complete(found: list[Uploaded], villages: Sequence[Division]) -> list[Uploaded]:
    by_code = {one.village.code: one for one in found}
    if len(by_code) != len(found):
        raise _refused("同一个村有两行。请每个村只留一行。")
    missing = [village.name for village in villages if village.code not in by_code]
    if missing:
        raise _refused(f"文件里缺 {'、'.join(missing)}。请补齐再传。")
    return [by_code[village.code] for village in villages]


def _refused(message: str) -> InvalidInput:
    return InvalidInput(message, field="file")
