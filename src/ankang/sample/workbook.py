"""The sample town's roster as an Excel of the import template's form: for trying the import, for tests and benches."""

from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from pathlib import Path

import xlsxwriter

from ankang.roster.imports.columns import TITLES
from ankang.rules.programme import Programme
from ankang.sample.people import MALE, Person, people_of
from ankang.sample.town import WHOLE_TOWN, Size, this_years_plan

_SAVED_AT = datetime(2024, 1, 15, 9, 0)  # noqa: DTZ001 - Excel knows no zones; fixed, so that the bytes are the same


def write_roster(path: Path, size: Size = WHOLE_TOWN) -> int:
    """Write one row a resident below the template's header, every cell as text, and return how many rows.

    The same bytes each time. Errors: OSError when the file cannot be written.
    """
    plan = this_years_plan(size)
    content = BytesIO()
    book = xlsxwriter.Workbook(content)
    book.set_properties({"title": "示例名册", "created": _SAVED_AT})
    text = book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("名册")
    sheet.set_column(0, len(TITLES) - 1, 18, text)
    sheet.write_row(0, 0, list(TITLES.values()))
    rows = 0
    for rows, cells in enumerate(_rows(plan), start=1):
        for column, cell in enumerate(cells):
            if cell:
                sheet.write_string(rows, column, cell, text)
    book.close()
    path.write_bytes(content.getvalue())
    return rows


def _rows(plan: Programme) -> Iterator[list[str]]:
    groups = {group.code: group.name for group in plan.groups}
    taken: set[str] = set()
    for row in plan.targets:
        for person in people_of(row.serial, row.population, plan.cover_from, taken):
            yield [_cell(person, column, row.village, groups) for column in TITLES]


def _cell(person: Person, column: str, village: str, groups: dict[str, str]) -> str:
    if column == "village":
        return village
    if column == "groups":
        return "、".join(groups[listing.group] for listing in person.listings)
    if column == "birth":
        return person.birth_date.isoformat()
    if column == "sex":
        return "男" if person.sex == MALE else "女"
    return str(getattr(person, column))
