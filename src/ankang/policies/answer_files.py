"""承保答复表: the sheet that the insurer gives back. Good rows are answered, each bad one says what is wrong."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ankang.accounts.models import User
from ankang.policies import sheets
from ankang.policies.answers import Answer, Tally, answer_rows, policy_number, require_insurer
from ankang.policies.errors import AnswerFaulty, PolicyNumberFaulty
from ankang.policies.models import AnswerFile, ApplicationBatch, ApplicationRow
from ankang.privacy.cipher import sm3
from ankang.programmes.queries import plan_of
from ankang.roster.imports.sheets import Cell, read_sheets, text_of
from ankang.roster.numbers import number_index
from ankang.rules.errors import InvalidInput
from ankang.rules.identity import tidy

_HEAD_ROWS = 30
_NEEDED = (sheets.SERIAL, sheets.NAME, sheets.IDENTITY, sheets.RESULT)
_CHECKED = (sheets.PRODUCT, sheets.UNITS, sheets.PREMIUM)
_MOST_ERRORS = 2000


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of the file: its number in the sheet, its cells by title, the row of the batch that it answers."""

    at: int
    cells: Mapping[str, str]
    row: ApplicationRow | None

    @property
    def serial(self) -> str:
        return self.cells.get(sheets.SERIAL, "")


def take_answers(*, by: User, batch: ApplicationBatch, file_name: str, content: bytes, now: datetime) -> AnswerFile:
    """Answer the rows of a batch by the insurer's sheet and return what became of each.

    A row whose person, units or premium are not those of the batch, that stands twice, or that the batch does not have
    is not taken; a row without a result goes on waiting. The same file again changes nothing.
    Errors: NotAllowed, BatchNotInState, InvalidInput (file) for a file that cannot be read as such a sheet.
    """
    require_insurer(by, batch)
    return _take(by, batch, list(_lines(batch, content)), (file_name, sm3(content)), now)


def take_rows(
    *, by: User, batch: ApplicationBatch, rows: Sequence[Mapping[str, str]], source: str, now: datetime
) -> AnswerFile:
    """Answer the rows of a batch by cells that stand under the titles of `sheets.HEAD`; else as `take_answers`.

    `source`: where they came from, in the place of a file's name. Errors: NotAllowed, BatchNotInState.
    """
    require_insurer(by, batch)
    known = _known(batch)
    lines = [_Line(at, cells, known.get(cells.get(sheets.SERIAL, ""))) for at, cells in enumerate(rows, start=1)]
    digest = sm3(json.dumps(list(map(dict, rows)), sort_keys=True).encode())
    return _take(by, batch, lines, (source, digest), now)


def _take(by: User, batch: ApplicationBatch, lines: list[_Line], source: tuple[str, str], now: datetime) -> AnswerFile:
    """Answer the good lines and keep what became of all; `source`: the name and the digest of where they came from."""
    name, digest = source
    answers, errors, blank = _judge(batch, lines)
    tally = answer_rows(by=by, batch=batch, answers=list(answers.values()), now=now)
    errors += [_told(line, problem) for line, problem in _refused(lines, answers, tally)]
    return AnswerFile.objects.create(
        batch=batch,
        file_name=name[:200],
        digest=digest,
        by=by,
        at=now,
        accepted=tally.accepted,
        refused=tally.refused,
        already=tally.already,
        blank=blank,
        errors=sorted(errors, key=lambda one: int(one["row"]))[:_MOST_ERRORS],
    )


def _lines(batch: ApplicationBatch, content: bytes) -> Iterator[_Line]:
    rows, head, start = _table(content)
    known = _known(batch)
    for at, cells in enumerate(rows[start:], start=start + 1):
        by_title = {title: text_of(cells[place]) for title, place in head.items() if place < len(cells)}
        if by_title.get(sheets.SERIAL) or by_title.get(sheets.IDENTITY):
            yield _Line(at, by_title, known.get(by_title.get(sheets.SERIAL, "")))


def _known(batch: ApplicationBatch) -> dict[str, ApplicationRow]:
    return {str(row.serial): row for row in batch.rows.filter(outcome__in=sheets.ASKED)}


def _table(content: bytes) -> tuple[Sequence[Sequence[Cell]], dict[str, int], int]:
    """Return the rows of the first sheet that has the head, its columns by title, and how many rows stand above."""
    for sheet in read_sheets(content):
        for at, cells in enumerate(sheet.rows[:_HEAD_ROWS], start=1):
            head = {text_of(cell): place for place, cell in enumerate(cells)}
            if all(title in head for title in _NEEDED):
                return sheet.rows, head, at
    raise InvalidInput(
        f"表里找不到表头。要有“{'”“'.join(_NEEDED)}”这几列：请下载这一批的名单，在上面填承保结果后再上传。",
        field="file",
    )


def _judge(batch: ApplicationBatch, lines: Sequence[_Line]) -> tuple[dict[int, Answer], list[dict[str, Any]], int]:
    names = {product.code: product.name for product in plan_of(batch.version).products}
    answers: dict[int, Answer] = {}
    errors: list[dict[str, Any]] = []
    seen: set[str] = set()
    blank = 0
    for line in lines:
        try:
            _require_once(line, seen)
            row = _require_same_person(line)
            _require_same_terms(line, row, names)
            answer = _answer(line, row)
        except AnswerFaulty as error:
            errors.append(_told(line, error))
            continue
        if answer is None:
            blank += 1
        else:
            answers[row.pk] = answer
    return answers, errors, blank


def _require_once(line: _Line, seen: set[str]) -> None:
    if line.serial in seen:
        raise _fault(sheets.SERIAL, f"序号{line.serial}在表里出现了两次，这一行没有收", "请只留一行，改好后重新上传")
    seen.add(line.serial)


def _require_same_person(line: _Line) -> ApplicationRow:
    row = line.row
    if row is None:
        raise _fault(sheets.SERIAL, "这一批里没有这个序号", "请不要加行；新增的人请镇里另编一批")
    index = number_index(tidy(line.cells.get(sheets.IDENTITY, "")))
    if index != row.identity_index:
        raise _fault(sheets.IDENTITY, "证件号码和这一批名单上的不一样", "请用下载的原名单；号码有误的请拒保并写明原因")
    if line.cells.get(sheets.NAME, "") != row.name:
        raise _fault(sheets.NAME, "姓名和这一批名单上的不一样", "请用下载的原名单；姓名有误的请拒保并写明原因")
    return row


def _require_same_terms(line: _Line, row: ApplicationRow, names: Mapping[str, str]) -> None:
    wanted = (names[row.product], str(row.units), _yuan(f"{row.premium_fen / 100:.2f}"))
    for title, value in zip(_CHECKED, wanted, strict=True):
        given = line.cells.get(title, value)
        if (_yuan(given) if title == sheets.PREMIUM else given) != value:
            raise _fault(
                title, f"{title}和这一批名单上的不一样", "承保不能改险种、份数和保费；不同意的请拒保并写明原因"
            )


def _answer(line: _Line, row: ApplicationRow) -> Answer | None:
    result, reason = line.cells.get(sheets.RESULT, ""), line.cells.get(sheets.REASON, "")
    if not result:
        return None
    if result == sheets.ACCEPTED:
        return Answer(row.pk, policy_number=_policy(line))
    if result != sheets.REFUSED:
        raise _fault(
            sheets.RESULT, f"不认识“{result[:10]}”", f"请填“{sheets.ACCEPTED}”或“{sheets.REFUSED}”，没定的留空"
        )
    if not reason:
        raise _fault(sheets.REASON, "拒保没有写原因", "请写明为什么不承保")
    return Answer(row.pk, reason=reason)


def _policy(line: _Line) -> str:
    try:
        return policy_number(line.cells.get(sheets.POLICY, ""))
    except PolicyNumberFaulty as error:
        raise _fault(sheets.POLICY, "承保的人没有写对保单号", "请填6到40位的保单号，只用字母、数字和短横线") from error


def _refused(
    lines: Sequence[_Line], answers: Mapping[int, Answer], tally: Tally
) -> Iterator[tuple[_Line, AnswerFaulty]]:
    for line in lines:
        key = line.row.pk if line.row else 0
        if key in answers and key in tally.problems:
            yield line, _fault(sheets.RESULT, tally.problems[key].message, "其他行已收下，改好后只传这一行就行")
            tally.problems.pop(key)


def _told(line: _Line, error: AnswerFaulty) -> dict[str, Any]:
    """What is kept of a row that is not taken: where and why, never who."""
    fields = {name: str(error.fields[name]) for name in ("column", "reason", "fix")}
    return {"row": line.at, "serial": line.serial[:12]} | fields


def _fault(column: str, reason: str, fix: str) -> AnswerFaulty:
    return AnswerFaulty(f"{reason}。{fix}。", column=column, reason=reason, fix=fix)


def _yuan(text: str) -> str:
    """`50`, `50.0` and `50.00` are one premium."""
    whole, _, parts = text.replace(",", "").partition(".")
    return f"{whole}.{parts:0<2}"
