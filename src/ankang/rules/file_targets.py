"""The villages' targets as a form: `targets.csv` as rows of cells, typed or pasted, with what is wrong in each."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO

from ankang.rules.dump import cells_text
from ankang.rules.load_targets import TARGET_COLUMNS, check_target
from ankang.rules.tables import ProgrammeFileError

LABELS = ("序号", "村（居）", "60周岁以上人口", "目标")


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One row: (name in the form, label, text) a cell; `problem` names the row's first wrong cell."""

    name: str
    cells: tuple[tuple[str, str, str], ...]
    problem: str = ""
    wrong: str = ""  # the name of the cell that the problem is about
    is_blank: bool = False


def target_cells(text: str) -> list[list[str]]:
    """Return the rows below the head, each with four cells."""
    rows = [row for row in csv.reader(StringIO(text, newline="")) if any(cell.strip() for cell in row)][1:]
    return [[cell.strip() for cell in (*row, "", "", "", "")[:4]] for row in rows]


def target_lines(text: str) -> list[TargetLine]:
    """Return the rows as a form, with a blank one at the end."""
    rows = target_cells(text)
    return [*(_line(at, row) for at, row in enumerate(rows)), _line(len(rows), ["", "", "", ""], is_blank=True)]


def put_targets(text: str, given: Mapping[str, str], *, removing: bool = True) -> str:
    """Return the file with what the form gave: names as `target_lines`, `NAME.remove` drops a row, blank rows go."""
    lines = target_lines(text)
    rows = []
    for line in lines:
        cells = [_plain(given.get(name, old)) for name, _, old in line.cells]
        if any(cells) and not (removing and given.get(f"{line.name}.remove")):
            rows.append(cells)
    return cells_text(rows)


def target_place(place: str) -> str:
    """Return the form's name of a place that an error of `targets.csv` gives: `第3行 target` is `targets.1.target`."""
    words = place.removeprefix("targets.").split(" ")
    number = words[0].removeprefix("第").removesuffix("行")
    if not number.isdigit():
        return "targets"
    return f"targets.{int(number) - 2}.{words[1] if len(words) > 1 else 'serial'}"


def _line(at: int, row: list[str], *, is_blank: bool = False) -> TargetLine:
    name = f"targets.{at}"
    cells = tuple(
        (f"{name}.{column}", label, cell) for column, label, cell in zip(TARGET_COLUMNS, LABELS, row, strict=True)
    )
    if is_blank:
        return TargetLine(name, cells, is_blank=True)
    try:
        check_target(f"第{at + 2}行", row)
    except ProgrammeFileError as error:
        return TargetLine(
            name, cells, f"{error.fields['problem']}。{error.fields['fix']}", target_place(str(error.fields["key"]))
        )
    return TargetLine(name, cells)


def _plain(cell: str) -> str:
    return (
        cell.replace("\r", "").replace("\n", " ").replace(",", "" if cell.replace(",", "").isdigit() else ",").strip()
    )
