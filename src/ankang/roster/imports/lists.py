"""Lists other than the register: who is on dibao, wubao or sanwu, who is 80, died, moved. File to checked entries."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from ankang.roster.imports.birthdays import parse_birthday
from ankang.roster.imports.columns import Header, field_of, header_of
from ankang.roster.imports.running import data_rows, repeated
from ankang.roster.imports.sheets import Cell, Sheet, text_of
from ankang.roster.imports.staging import UNMARKED, Marks, Problem, fix_of, marks_of
from ankang.roster.models import ImportRun
from ankang.roster.names import clean_name
from ankang.roster.numbers import masked, masked_name
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import IdentityNumber, parse_number

Kind = ImportRun.Kind
GROUP_KINDS = frozenset({Kind.DIBAO, Kind.WUBAO, Kind.SANWU})  # each is named as its group
DATED_KINDS = frozenset({Kind.DEATHS, Kind.MOVES})  # each row says its own day
_SIGNS = {
    Kind.DEATHS: "死亡|去世|身故|火化|殡葬",
    Kind.MOVES: "迁出|迁移|迁往",
    Kind.DIBAO: "低保|最低生活保障",
    Kind.WUBAO: "五保|特困",
    Kind.SANWU: "三无",
}
_AGED = re.compile(r"(?<![\d\-—~～至到])80(周?岁|\+)|八十周?岁|高龄")  # not the end of a span: 60-80周岁
_DAY = re.compile("(死亡|去世|身故|迁出|迁移|纳入|享受|起始|批准|认定|生效|开始)?(日期|时间|年月日)")


@dataclass(slots=True)
class Entry:
    """One good row of a list: who, and from which day and of which village where the row says it."""

    row_number: int
    name: str
    identity: IdentityNumber
    day: date | None
    cells: Sequence[Cell]
    village: str = ""


@dataclass(slots=True)
class Entries:
    """The outcome of checking a list."""

    row_count: int = 0
    rows: list[Entry] = field(default_factory=list)
    refused: list[tuple[Sequence[Cell], list[Problem]]] = field(default_factory=list)


def recognise(file_name: str, sheet: Sheet, header: Header) -> Kind:
    """Return what kind of list a file is, by its column names, title, sheet and file name; the register in doubt.

    The age of 80 says something only outside the column names and beside no other sign: others' lists name it too.
    """
    if "groups" in header.columns:
        return Kind.ROSTER
    above = [text_of(cell) for cells in sheet.rows[: header.row] for cell in cells]
    titles = " ".join([*above, sheet.name, file_name])
    said = " ".join([*header.written, titles])
    meant = [kind for kind, signs in _SIGNS.items() if re.search(signs, said)]
    if not meant and _AGED.search(titles):
        return Kind.AGED
    return meant[0] if len(meant) == 1 else Kind.ROSTER


def read_entries(sheet: Sheet, header: Header, kind: Kind, today: date, sample_areas: frozenset[str]) -> Entries:
    """Return the good rows and the refused ones, each with all that is wrong with it. No query.

    A list of deaths or moves needs a day in each row; in a group's a row's own day goes before the list's; a list of
    the 80-year-olds counts by its own day alone.
    """
    day_at = None if kind == Kind.AGED else day_column(header)
    if kind in DATED_KINDS and day_at is None:
        raise InvalidInput(
            f"没有找到日期一列。{kind.label}请加一列“{'去世日期' if kind == Kind.DEATHS else '迁出日期'}”后再上传。",
            field="file",
        )
    found, seen = Entries(), dict[str, int]()
    for row_number, cells in data_rows(sheet.rows, header):
        found.row_count += 1
        reader = _Reader(header, row_number, cells, today, sample_areas)
        entry = reader.read(day_at, needs_day=kind in DATED_KINDS)
        if entry is None:
            found.refused.append((cells, reader.problems))
        elif (first := seen.setdefault(entry.identity.number, row_number)) != row_number:
            found.refused.append((cells, [repeated(header, row_number, entry.identity.number, first)]))
        else:
            found.rows.append(entry)
    return found


def day_column(header: Header) -> int | None:
    """Return the column of the row's own day, a death's or a first one on a list; None without such a column."""
    named = [
        (bool(match.group(1)), -index)
        for index, title in enumerate(header.written)
        if index != header.columns.get("birth") and (match := _DAY.search(title))
    ]
    return -max(named)[1] if named else None


def unused_columns(kind: str, written: Sequence[str]) -> list[str]:
    """Return the named columns of a list that say nothing to it: neither a known field nor the row's own day."""
    header = header_of(written)
    day_at = None if kind in (Kind.ROSTER, Kind.AGED) else day_column(header)
    return [title for at, title in enumerate(written) if title and at != day_at and field_of(title) is None]


class _Reader:
    """Reads one row of a list and collects every problem of it."""

    def __init__(
        self, header: Header, row_number: int, cells: Sequence[Cell], today: date, sample_areas: frozenset[str]
    ) -> None:
        self.header, self.row_number, self.cells = header, row_number, cells
        self.today, self.sample_areas = today, sample_areas
        self.problems: list[Problem] = []

    def read(self, day_at: int | None, *, needs_day: bool) -> Entry | None:
        name, identity = self._name(), self._identity()
        day = self._day(day_at, needs_day, identity)
        if name is None or identity is None or self.problems:
            return None
        return Entry(self.row_number, name, identity, day, self.cells, self._text("village"))

    def _text(self, name: str) -> str:
        index = self.header.columns.get(name)
        return text_of(self.cells[index]) if index is not None and index < len(self.cells) else ""

    def _name(self) -> str | None:
        text = self._text("name")
        try:
            return clean_name(text)
        except InvalidInput as error:
            self._note(self.header.title("name"), masked_name(text[:20]), error)
            return None

    def _identity(self) -> IdentityNumber | None:
        text = self._text("number")
        try:
            return parse_number(text, sample_areas=self.sample_areas, today=self.today)
        except InvalidInput as error:
            self._note(self.header.title("number"), masked(text), error)
            return None

    def _day(self, at: int | None, needs_day: bool, identity: IdentityNumber | None) -> date | None:
        cell = self.cells[at] if at is not None and at < len(self.cells) else ""
        text = text_of(cell)
        if not text and not needs_day:
            return None
        day = parse_birthday(cell) if text else None
        reason = "" if day else "看不懂这个日期" if text else "没有写日期"
        if day and day > self.today:
            reason = "日期还没有到"
        if day and identity and day < identity.birth_date:
            reason = "日期早于出生日期"
        if reason:
            title = self.header.written[at] if at is not None else "日期"
            self._problem(title, text[:20], reason, "请写成 2024-03-04 的样子，照证明填写")
        return day

    def _note(self, title: str, shown: str, error: InvalidInput) -> None:
        self._problem(title, shown, str(error.fields["reason"]), fix_of(error), marks_of(error))

    def _problem(self, title: str, shown: str, reason: str, fix: str, marks: Marks = UNMARKED) -> None:
        self.problems.append(Problem(self.row_number, title[:40], shown, reason, fix, True, *marks))
