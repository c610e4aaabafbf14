"""A file of people to enrol: every row is read and checked first, then stored as a slip that waits to be confirmed."""

import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar

from ankang.accounts.models import User
from ankang.enrolment.models import Enrolment
from ankang.enrolment.slip_cells import TITLES, consent_of, payer_of, product_of, slip_columns, units_of
from ankang.enrolment.slip_checks import Wanted, assess, quote_of, require_giver
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.enrolment.slips import FileFacts, Kind, line_of, prepare_slip
from ankang.privacy.cipher import sm3
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.imports.columns import Header, find_table, is_header
from ankang.roster.imports.running import EXAMPLE
from ankang.roster.imports.sheets import Cell, Sheet, read_sheets, text_of
from ankang.roster.models import Resident
from ankang.roster.names import clean_name
from ankang.roster.numbers import SAMPLE_AREAS, number_index
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.identity import parse_number
from ankang.rules.premium import Payer

T = TypeVar("T")
Outcome = SlipLine.Outcome
MAX_PEOPLE = 5000
_CHUNK = 900  # SQLite takes 999 parameters a query
_TOTALS = frozenset({"合计", "总计", "小计", "共计"})
_FIX = "请改正后重新上传这一行"


@dataclass(slots=True)
class _Row:
    """One row of the file on its way to a line: what was read, or the first thing that is wrong with it."""

    number: int
    cells: Sequence[Cell]
    index: str = ""
    name: str = ""
    resident: Resident | None = None
    product: str = ""
    units: int = 0
    payer: Payer = Payer.SELF
    amounts: list[tuple[str, int]] = field(default_factory=list)
    consent: str = ""
    giver: str = ""
    purpose: str = ""
    wanted: Wanted | None = None
    key: str = ""
    enrolment: Enrolment | None = None
    problem: tuple[str, str, str] | None = None  # column, reason, fix


def prepare_file(
    *, by: User, version: ProgrammeVersion, file_name: str, content: bytes, today: date, now: datetime
) -> EnrolmentSlip:
    """Return the slip of a file: good rows wait for the confirmation, each bad one has its reason and fix.

    Who stands on an earlier file for the same units is found again and changes nothing. Nobody is enrolled yet.
    Errors: InvalidInput, one sentence, for a file that cannot be read as such a list.
    """
    sheet, header = find_table(read_sheets(content))
    rows = _read(sheet, header, version, today)
    _find_people(by, rows)
    _price(rows, version)
    _find_earlier(rows, version)
    _check(by, rows, version, today)
    facts = FileFacts(name=file_name, digest=sm3(content), header=header.written)
    lines = [_line(row) for row in rows]
    return prepare_slip(by=by, key=uuid.uuid4().hex, kind=Kind.FILE, version=version, lines=lines, now=now, file=facts)


def earlier_slip(slip: EnrolmentSlip) -> EnrolmentSlip | None:
    """Return the last slip of the very same file before this one, if there was one (one query)."""
    if not slip.file_digest:
        return None
    same = EnrolmentSlip.objects.filter(file_digest=slip.file_digest, division_id=slip.division_id, pk__lt=slip.pk)
    return same.order_by("-pk").first()


def _read(sheet: Sheet, header: Header, version: ProgrammeVersion, today: date) -> list[_Row]:
    columns = slip_columns(header.written)
    rows = [_RowReader(number, cells, header, columns).read(version, today) for number, cells in _data(sheet, header)]
    if not rows:
        raise InvalidInput("表头下面没有一行内容。请填好后再上传。", field="file")
    if len(rows) > MAX_PEOPLE:
        raise InvalidInput(f"一份表最多{MAX_PEOPLE:,}行，这份有{len(rows):,}行。请按村拆成几份再上传。", field="file")
    return rows


def _data(sheet: Sheet, header: Header) -> Iterator[tuple[int, Sequence[Cell]]]:
    name_at = header.columns["name"]
    for index in range(header.row + 1, len(sheet.rows)):
        cells = sheet.rows[index]
        first = next((text for cell in cells if (text := text_of(cell))), "")
        if not first or first in _TOTALS or is_header(cells, header):
            continue
        if name_at < len(cells) and text_of(cells[name_at]).startswith(EXAMPLE):
            continue
        yield index + 1, cells


class _RowReader:
    """Reads one row; the first thing that is wrong keeps it out."""

    def __init__(self, number: int, cells: Sequence[Cell], header: Header, columns: dict[str, int]) -> None:
        self.row, self.header = _Row(number, cells), header
        self.columns = header.columns | columns

    def read(self, version: ProgrammeVersion, today: date) -> _Row:
        row, plan = self.row, plan_of(version)
        number = self._checked("number", lambda text: parse_number(text, sample_areas=SAMPLE_AREAS, today=today))
        row.index = number_index(number.number) if number else ""
        row.name = self._checked("name", clean_name) or ""
        row.product = self._checked("product", lambda text: product_of(text, plan)) or ""
        row.units = self._checked("units", units_of) or 0
        row.payer, row.amounts = self._checked("payer", payer_of) or (Payer.SELF, [])
        row.consent = self._checked("consent", lambda text: consent_of(text, row.payer)) or ""
        row.giver, row.purpose = self._text("giver")[:60], self._text("purpose")[:120]
        return row

    def _text(self, name: str) -> str:
        index = self.columns.get(name)
        return text_of(self.row.cells[index]) if index is not None and index < len(self.row.cells) else ""

    def _checked(self, name: str, read: Callable[[str], T]) -> T | None:
        try:
            return read(self._text(name))
        except InvalidInput as error:
            if self.row.problem is None:
                title = self.header.written[self.columns[name]][:40]
                reason, fix = error.fields.get("reason", error.message), error.fields.get("fix", _FIX)
                self.row.problem = (title, str(reason), str(fix))
            return None


def _good(rows: Sequence[_Row]) -> list[_Row]:
    return [row for row in rows if row.problem is None]


def _find_people(by: User, rows: Sequence[_Row]) -> None:
    """Find whom the numbers mean among those that the person may see (one query a 900 rows)."""
    wanted = sorted({row.index for row in _good(rows)})
    found: dict[str | None, Resident] = {}
    for start in range(0, len(wanted), _CHUNK):
        people = Resident.objects.visible_to(by).filter(number_index__in=wanted[start : start + _CHUNK])
        found |= {one.number_index: one for one in people.select_related("village")}
    for row in _good(rows):
        resident = found.get(row.index)
        if resident is None:
            row.problem = ("身份证号", "您管的名册里没有这个身份证号", "请核对号码；确是本地老人，先加进名册再登记")
        elif resident.name != row.name:
            row.problem = ("姓名", "姓名和名册上这个身份证号的人不一样", "请核对姓名和身份证号是不是同一个人")
        else:
            row.resident = resident


def _price(rows: Sequence[_Row], version: ProgrammeVersion) -> None:
    plan = plan_of(version)
    for row in _good(rows):
        try:
            quoted = quote_of(plan, row.product, row.units, row.payer, row.amounts)
            require_giver(quoted, row.giver)
        except AnkangError as error:
            title = TITLES["giver" if error.fields.get("field") == "giver" else "payer"]
            row.problem = (title, error.message, _FIX)
            continue
        assert row.resident  # a row without its person has a problem
        row.wanted = Wanted(
            resident=row.resident, quote=quoted, consent=row.consent, giver=row.giver, purpose=row.purpose
        )


def _find_earlier(rows: Sequence[_Row], version: ProgrammeVersion) -> None:
    """Give each row the key of what it says, and the enrolment that this key made before.

    A key says who, which product, how many and who pays, so that the same row in another file is the same enrolment;
    after a cancellation or a withdrawal the row counts anew. Two rows that say the same: the second is refused.
    """
    first: dict[str, int] = {}
    for row in _good(rows):
        row.key = _key(version, row)
        earlier = first.setdefault(row.key, row.number)
        if earlier != row.number:
            row.problem = ("身份证号", f"和第{earlier}行一样", "请删去重复的一行；要买两份，请在一行里写2份")
    pending = _good(rows)
    for attempt in range(1, 10):
        stored = _enrolments([row.key for row in pending])
        for row in pending:
            row.enrolment = stored.get(row.key)
        pending = [row for row in pending if row.enrolment and _given_back(row.enrolment)]
        if not pending:
            return
        for row in pending:
            row.key, row.enrolment = f"{_key(version, row)}-{attempt}", None


def _given_back(enrolment: Enrolment) -> bool:
    return enrolment.cancelled_at is not None or enrolment.withdrawn_on is not None


def _enrolments(keys: Sequence[str]) -> dict[str, Enrolment]:
    found: dict[str, Enrolment] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = Enrolment.objects.filter(key__in=keys[start : start + _CHUNK])
        found |= {row.key: row for row in rows}
    return found


def _key(version: ProgrammeVersion, row: _Row) -> str:
    assert row.wanted
    quoted = row.wanted.quote
    said = f"{version.programme_id}|{row.index}|{quoted.product}|{quoted.units}|{sorted(quoted.fundings)}"
    return f"file-{sm3(said.encode())[:48]}"


def _check(by: User, rows: Sequence[_Row], version: ProgrammeVersion, today: date) -> None:
    """Ask the rules about everybody who is new here (three queries a 900 people)."""
    new = [row for row in _good(rows) if row.enrolment is None]
    wanted = [row.wanted for row in new if row.wanted]
    for row, assessed in zip(new, assess(by, wanted, version, today), strict=True):
        if assessed.refusal:
            row.problem = ("", assessed.refusal.message, "")


def _line(row: _Row) -> SlipLine:
    line = line_of(None, row.number, row.wanted, row.key) if row.wanted else SlipLine(position=row.number)
    if row.enrolment is None:  # kept until somebody is enrolled by it: it may still be refused
        line.cells = json.dumps([text_of(cell) for cell in row.cells], ensure_ascii=False)
    if row.problem:
        column, reason, fix = row.problem
        line.outcome, line.key = Outcome.REFUSED, None
        line.column, line.fix = column[:40], fix[:200]
        line.reason = (reason.rstrip("。") if fix else reason)[:300]
    elif row.enrolment:
        line.outcome, line.enrolment = Outcome.SAME, row.enrolment
    return line
