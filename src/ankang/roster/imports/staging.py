"""Rows of cells to staged rows: everything is checked before anything is written. No query."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Generic, NamedTuple, TypeVar

from ankang.roster.ages import require_old_enough
from ankang.roster.imports.birthdays import parse_birthday
from ankang.roster.imports.columns import TITLES, Header
from ankang.roster.imports.groups import parse_groups
from ankang.roster.imports.places import Places
from ankang.roster.imports.sheets import Cell, text_of
from ankang.roster.models import ImportRow
from ankang.roster.names import clean_name
from ankang.roster.numbers import masked, masked_name, number_index, number_indexer, parse_phone
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import IdentityNumber, parse_number

T = TypeVar("T")
Code = ImportRow.Code
Marks = tuple[str, str]  # code and blind index of a problem
UNMARKED: Marks = ("", "")

SEXES = {"男": "1", "女": "2", "1": "1", "2": "2", "男性": "1", "女性": "2"}
# The proposed number itself is a whole number: it stands in the report only, which is opened with an audit row.
PROPOSED = "请按本人身份证改成18位，下载的报告里写有推算的号码"
_NO_PHONE = frozenset({"", "无", "没有", "不详", "-", "/", "0"})
_PLAIN = frozenset({"village", "groups"})  # what a report may show as it was written
_ABSENT = 1_000_000  # the place of a column that the file does not have: beyond every row
_REMEMBERED = 5_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one cell. The value is masked; `is_error` keeps the row out, else it is a warning.

    `code` and the number's blind index stand where the row is looked for later.
    """

    row_number: int
    column: str
    value: str
    reason: str
    fix: str
    is_error: bool = True
    code: str = ""
    index: str = ""


@dataclass(slots=True)
class StagedRow:
    """One good row. None and "" say nothing: what is stored stays.

    `index`: the blind index of its number. `seals`: what a newcomer's row keeps sealed, where it was sealed ahead.
    """

    row_number: int
    village_code: str
    name: str
    identity: IdentityNumber
    household: str
    address: str
    phone: str
    child_phone: str
    groups: frozenset[str] | None
    cells: Sequence[Cell]
    index: str
    problems: list[Problem] = field(default_factory=list)
    seals: "Seals | None" = None
    line: bytes = b""  # the resident's own columns as COPY takes them, where they were made ahead


class Seals(NamedTuple):
    """What a resident's row keeps sealed, and the blind index of the telephone."""

    number: bytes
    phone: bytes | None
    phone_index: str | None
    child_phone: bytes | None


@dataclass(frozen=True, slots=True)
class Context:
    """What rows are checked against."""

    header: Header
    places: Places
    words: Mapping[str, str]
    today: date
    youngest: int
    sample_areas: frozenset[str] = frozenset()


@dataclass(slots=True)
class Staged:
    """The outcome of checking rows: good ones, and problems each with the cells of its row."""

    row_count: int = 0
    rows: list[StagedRow] = field(default_factory=list)
    refused: list[tuple[Sequence[Cell], list[Problem]]] = field(default_factory=list)


@dataclass(slots=True)
class FirstRows:
    """In which row each number stood first. `suspects`: the only numbers that may come again; None: any may."""

    suspects: frozenset[str] | None = None
    seen: dict[str, int] = field(default_factory=dict)

    def of(self, number: str, row_number: int) -> int:
        """Return the first row of a number, which is this one unless it came before."""
        if self.suspects is not None and number not in self.suspects:
            return row_number
        return self.seen.setdefault(number, row_number)


class Remembered(dict[str, T | InvalidInput], Generic[T]):
    """What a text was read as, or why it was refused: villages and lists are the same few words on every row."""

    def __init__(self, read: Callable[[str], T]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str) -> T | InvalidInput:
        outcome = attempted(self.read, text)
        if len(self) < _REMEMBERED:
            self[text] = outcome
        return outcome


def attempted(read: Callable[[str], T], text: str) -> T | InvalidInput:
    """Return what a text reads as, or the refusal."""
    try:
        return read(text)
    except InvalidInput as error:
        return error.with_traceback(None)  # it may be remembered: without the frames that it came through


class RowReader:
    """Reads the rows of one file; collects every problem of a row, so that a person mends it once."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._at = [(name, context.header.columns.get(name, _ABSENT)) for name in TITLES]
        self._villages = Remembered(context.places.code_of)
        self._groups = Remembered(lambda text: parse_groups(text, context.words))
        self._index_of = number_indexer()
        self._row_number = 0
        self._cells: Sequence[Cell] = ()
        self._texts: dict[str, str] = {}
        self.problems: list[Problem] = []

    def read(self, row_number: int, cells: Sequence[Cell]) -> StagedRow | None:
        """Return the staged row, or None when one of its `problems` keeps it out."""
        width = len(cells)
        texts = {name: text_of(cells[at]) if at < width else "" for name, at in self._at}
        self._row_number, self._cells, self._texts, self.problems = row_number, cells, texts, []
        # Each cell is read even after an error: all that is wrong is reported at once.
        village = self._checked("village", self._villages[texts["village"]])
        name = self._checked("name", attempted(clean_name, texts["name"]))
        identity = self._checked("number", attempted(self._identity, texts["number"]))
        groups = self._checked("groups", self._groups[texts["groups"]])
        if identity:
            self._check_against(identity)
        phone, child_phone = self._phone("phone"), self._phone("child_phone")
        if village is None or name is None or identity is None or any(found.is_error for found in self.problems):
            return None
        return StagedRow(
            row_number,
            village,
            name,
            identity,
            texts["household"][:30],
            texts["address"][:120],
            phone,
            child_phone,
            groups,
            cells,
            self._index_of(identity.number),
            self.problems,
        )

    def _checked(self, name: str, outcome: T | InvalidInput) -> T | None:
        if not isinstance(outcome, InvalidInput):
            return outcome
        reason, fix = str(outcome.fields["reason"]), fix_of(outcome)
        self._note(name, self._texts[name], reason, fix, marks=marks_of(outcome))
        return None

    def _identity(self, text: str) -> IdentityNumber:
        return parse_number(text, sample_areas=self.context.sample_areas, today=self.context.today)

    def _phone(self, name: str) -> str:
        text = self._texts[name]
        if text in _NO_PHONE:
            return ""
        outcome = attempted(parse_phone, text)
        if isinstance(outcome, InvalidInput):
            self._warn(name, text, f"{outcome.fields['reason']}，没有录入", str(outcome.fields["fix"]))
            return ""
        return outcome

    def _check_against(self, identity: IdentityNumber) -> None:
        """What else the row says about the person must agree with the number, which has a check digit."""
        text = self._texts["number"]
        for warning in identity.warnings:
            reason, _, fix = warning.partition("，")
            self._warn("number", text, reason, fix)
        try:
            require_old_enough(identity.birth_date, self.context.youngest, self.context.today)
        except InvalidInput as error:
            self._note("number", text, str(error.fields["reason"]), str(error.fields["fix"]))
        self._check_birthday(identity)
        sex = SEXES.get(self._texts["sex"])
        if sex and sex != identity.sex:
            fix = "请核对身份证号第17位：单数为男，双数为女"
            self._warn("sex", "", "性别与身份证号不一致，按身份证号录入", fix, marks=_marks(Code.SEX, identity))

    def _check_birthday(self, identity: IdentityNumber) -> None:
        at = self.context.header.columns.get("birth", _ABSENT)
        cell = self._cells[at] if at < len(self._cells) else ""
        if cell != "" and parse_birthday(cell) != identity.birth_date:
            fix = "请核对身份证；农历生日不用改"
            self._warn("birth", "", "出生日期与身份证号不一致，按身份证号录入", fix, marks=_marks(Code.BIRTH, identity))

    def _note(
        self, name: str, text: str, reason: str, fix: str, *, is_error: bool = True, marks: Marks = UNMARKED
    ) -> None:
        shown = text[:40] if name in _PLAIN else masked_name(text[:20]) if name == "name" and text else masked(text)
        title = self.context.header.title(name)[:40]
        self.problems.append(Problem(self._row_number, title, shown, reason, fix, is_error, *marks))

    def _warn(self, name: str, text: str, reason: str, fix: str, *, marks: Marks = UNMARKED) -> None:
        self._note(name, text, reason, fix, is_error=False, marks=marks)


def elsewhere(row_number: int, column: str, shown: str, index: str, village: str = "") -> Problem:
    """Return the problem of a number that stands on another village's roster, named only to who may see it."""
    where = f"“{village}”" if village else "其他村居"
    reason = f"这个身份证号已在{where}的名册里"
    fix = "请核对号码；确已来本村的，在导入结果里点这一行的“申请转入”"
    return Problem(row_number, column, shown, reason, fix, True, Code.ELSEWHERE, index)


def fix_of(error: InvalidInput) -> str:
    """Return how a refused number is mended; the 18 characters proposed for 15 digits stand in the report only."""
    return PROPOSED if "proposal" in error.fields else str(error.fields["fix"])


def marks_of(error: InvalidInput) -> Marks:
    """Return how a refused number is looked for later: 15 digits by what they stand for."""
    proposal = error.fields.get("proposal")
    return (Code.OLD_NUMBER, number_index(str(proposal))) if proposal else UNMARKED


def _marks(code: Code, identity: IdentityNumber) -> Marks:
    return code, number_index(identity.number)
