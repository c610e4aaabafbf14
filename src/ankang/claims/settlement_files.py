"""A window's file of settlements: tried as a whole first, then settled accident by accident (ADR 0041).

The trial is the settlement itself, in a transaction that is taken back: what it shows is what will happen.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.locks import lock_settlement_file, waiting_settlements
from ankang.claims.models import Claim, ClaimStep, Decision
from ankang.claims.settlement_cells import Read, cell_text, read_row, settlement_columns
from ankang.claims.settlement_models import SettlementFile, SettlementRow
from ankang.claims.windows import Settlement, settle_at_window
from ankang.privacy.cipher import sm3
from ankang.roster.imports.columns import Header, find_table, header_of
from ankang.roster.imports.running import data_rows
from ankang.roster.imports.sheets import read_sheets
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError, InvalidInput, NotAllowed

Outcome = SettlementRow.Outcome
MOST_ROWS = 300
_FIX = "请照原因处理后重新上传"
_ENDED = (Claim.Status.WITHDRAWN, Claim.Status.REFUSED)


@dataclass(slots=True)
class _Accident:
    """The rows of one person and one day. `claim`: what an earlier file made of the very same invoices."""

    rows: list[Read]
    resident: Resident | None = None
    key: str = ""
    claim: Claim | None = None
    payable_fen: int | None = None

    @property
    def is_good(self) -> bool:
        return not any(row.problem for row in self.rows)

    @property
    def settlement(self) -> Settlement:
        """All rows together: amounts added, a stay that several rows tell counts once."""
        first = self.rows[0]
        assert first.event_on  # a row without it has a problem
        texts = {
            name: next((row.texts[name] for row in self.rows if row.texts[name]), "")
            for name in ("what_happened", "place", "diagnosis", "doctor", "reporter")
        }
        return Settlement(
            event_on=first.event_on,
            bills=tuple(row.bill for row in self.rows if row.bill),
            reimbursed_fen=sum(row.reimbursed_fen for row in self.rows),
            fracture_fen=sum(row.fracture_fen for row in self.rows),
            stays=tuple(dict.fromkeys(row.stay for row in self.rows if row.stay)),
            **texts,
        )

    def refuse(self, problems: Mapping[int, tuple[str, str, str]]) -> None:
        """Keep the whole accident out (`problems` by row): one claim holds all of its invoices."""
        for at, problem in problems.items():
            self.rows[at].problem = self.rows[at].problem or problem
        wrong = "、".join(str(row.position) for row in self.rows if row.problem)
        for row in self.rows:
            row.problem = row.problem or (
                "",
                f"同一次事故的第{wrong}行没有结算，这一行跟着等",
                f"把第{wrong}行改好，一起上传",
            )


def prepare_settlements(*, by: User, file_name: str, content: bytes, now: datetime) -> SettlementFile:
    """Return a file whose good accidents wait for the confirmation; each bad row has its reason and fix.

    What a file settled before is found again and changes nothing. Nothing is settled yet.
    Errors: NotAllowed; InvalidInput, one sentence, for a file that cannot be read as such a list.
    """
    if by.desk != Desk.WINDOW:
        raise NotAllowed("结算表只在卫生院窗口上传。")
    sheet, header = find_table(read_sheets(content))
    rows = _read(list(data_rows(sheet.rows, header)), header, timezone.localdate(now))
    accidents = _accidents(rows)
    _find_people(by, accidents)
    _find_earlier(accidents)
    _try(by, accidents, now)
    file = SettlementFile(division=by.division, by=by, made_at=now, header=list(header.written))
    file.file_name, file.file_digest = file_name[-200:], sm3(content)
    return _stored(file, accidents)


def earlier_file(file: SettlementFile) -> SettlementFile | None:
    """Return the last upload of the very same file before this one, if there was one (one query)."""
    same = SettlementFile.objects.filter(file_digest=file.file_digest, division=file.division_id, pk__lt=file.pk)
    return same.order_by("-pk").first()


def settle_file(*, by: User, file: SettlementFile, now: datetime) -> SettlementFile:
    """Settle what waits on a file, each accident in its own transaction, and return the file.

    A stop in between leaves whole accidents, and the next call goes on where it stopped; who is refused meanwhile
    stays on the file with the reason. Errors: NotAllowed for another window's file.
    """
    if by.desk != Desk.WINDOW or file.division_id != by.division_id:
        raise NotAllowed("这份结算表是别的窗口的，不能在这里办。")
    while True:
        with transaction.atomic():
            held = lock_settlement_file(file.pk)
            rows = waiting_settlements(held)
            if not rows:
                return _finished(by, held, now)
            _settle(by, held, rows, now)


def _settle(by: User, file: SettlementFile, rows: list[SettlementRow], now: datetime) -> None:
    header = header_of(file.header)
    columns, today = settlement_columns(file.header), timezone.localdate(now)
    reads = [read_row(row.position, json.loads(_plain(row)), header, columns, today) for row in rows]
    accident = _Accident(reads, rows[0].resident, rows[0].key)
    decision = _settled(by, accident, now)
    for row, read in zip(rows, reads, strict=True):
        if decision is not None:
            row.outcome, row.claim, row.cells = Outcome.DONE, decision.claim, None
        elif read.problem:
            row.outcome = Outcome.REFUSED
            row.column, row.reason, row.fix = read.problem[0][:40], read.problem[1][:300], read.problem[2][:200]
    if decision is not None:
        rows[0].payable_fen = decision.total_fen
    SettlementRow.objects.bulk_update(rows, ["outcome", "claim", "cells", "column", "reason", "fix", "payable_fen"])


def _settled(by: User, accident: _Accident, now: datetime) -> Decision | None:
    """Settle one accident in a savepoint of its own; None with the reasons on its rows."""
    assert accident.resident
    try:
        with transaction.atomic():
            return settle_at_window(
                by=by, resident=accident.resident, settlement=accident.settlement, key=accident.key, now=now
            )
    except AnkangError as error:
        _refuse(accident, error)
        return None


def _refuse(accident: _Accident, error: AnkangError) -> None:
    """Put an action's refusal on the row that it names, else on the first."""
    named, place = error.fields.get("errors"), error.fields.get("place")
    if isinstance(place, int):
        named = {f"bill-{place}": error.message}
    problems: dict[int, tuple[str, str, str]] = {}
    for name, message in (named if isinstance(named, dict) else {"": error.message}).items():
        kind, _, at = str(name).partition("-")
        problems.setdefault(int(at) if kind == "bill" else 0, ("", message.rstrip("。"), _FIX))
    accident.refuse(problems)


def _read(rows: Sequence[tuple[int, Sequence[object]]], header: Header, today: date) -> list[Read]:
    columns = settlement_columns(header.written)
    if not rows:
        raise InvalidInput("表头下面没有一行内容。请填好后再上传。", field="file")
    if len(rows) > MOST_ROWS:
        raise InvalidInput(f"一份表最多{MOST_ROWS}行，这份有{len(rows):,}行。请分成几份再上传。", field="file")
    return [read_row(number, cells, header, columns, today) for number, cells in rows]  # type: ignore[arg-type]


def _accidents(rows: Sequence[Read]) -> list[_Accident]:
    groups: dict[tuple[object, ...], list[Read]] = defaultdict(list)
    for row in rows:
        known = row.index and row.event_on
        groups[(row.index, row.event_on) if known else (row.position,)].append(row)
    return [_Accident(together) for together in groups.values()]


def _find_people(by: User, accidents: Sequence[_Accident]) -> None:
    """Find whom the numbers mean among those that the window may see (one query)."""
    wanted = {accident.rows[0].index for accident in accidents}
    people = Resident.objects.visible_to(by).filter(number_index__in=wanted).select_related("village")
    found = {one.number_index: one for one in people}
    for accident in accidents:
        accident.resident = found.get(accident.rows[0].index)
        for row in accident.rows:
            row.problem = row.problem or _stranger(accident.resident, row)
        if not accident.is_good:
            accident.refuse({})


def _stranger(resident: Resident | None, row: Read) -> tuple[str, str, str] | None:
    if resident is None:
        return "身份证号", "本镇名册里没有这个身份证号", "请核对号码；不在本镇名册上的，请家属打 95519"
    if resident.name != row.name:
        return "姓名", "姓名和名册上这个身份证号的人不一样", "请核对姓名和身份证号是不是同一个人"
    return None


def _find_earlier(accidents: Sequence[_Accident]) -> None:
    """Give each accident its key, and the claim that the very same invoices made before (two queries).

    A key says who, which day, which invoices; after a withdrawal or a refusal the rows count anew.
    """
    good = [accident for accident in accidents if accident.is_good]
    for attempt in range(10):
        for accident in good:
            accident.key = _key(accident, attempt)
        made = {step.key: step.claim for step in _steps([accident.key for accident in good])}
        for accident in good:
            accident.claim = made.get(accident.key)
        good = [accident for accident in good if accident.claim and accident.claim.status in _ENDED]
        if not good:
            return
        for accident in good:
            accident.claim = None


def _steps(keys: Sequence[str]) -> Sequence[ClaimStep]:
    return list(ClaimStep.objects.filter(key__in=keys).select_related("claim"))


def _key(accident: _Accident, attempt: int) -> str:
    bills = sorted((row.bill.code, row.bill.number) for row in accident.rows if row.bill)
    said = f"{accident.rows[0].index}|{accident.rows[0].event_on}|{bills}"
    return f"wf-{sm3(said.encode())[:48]}" + (f"~{attempt}" if attempt else "")


def _try(by: User, accidents: Sequence[_Accident], now: datetime) -> None:
    """Settle what is new and take it all back: the rows keep what it would pay, or why it cannot be."""
    with transaction.atomic():
        for accident in accidents:
            if accident.is_good and accident.claim is None:
                decision = _settled(by, accident, now)
                accident.payable_fen = decision.total_fen if decision else None
        transaction.set_rollback(True)


def _stored(file: SettlementFile, accidents: Sequence[_Accident]) -> SettlementFile:
    with transaction.atomic():
        file.save()
        rows = [_row(file, accident, row) for accident in accidents for row in accident.rows]
        SettlementRow.objects.bulk_create(rows, batch_size=50)
        if not any(row.outcome == Outcome.WAITING for row in rows):
            _finished(file.by, file, file.made_at)
    return file


def _row(file: SettlementFile, accident: _Accident, read: Read) -> SettlementRow:
    is_first = read is accident.rows[0]
    row = SettlementRow(
        file=file,
        position=read.position,
        accident=accident.rows[0].position,
        key=accident.key,
        resident=accident.resident,
        event_on=read.event_on,
        amount_fen=read.bill.amount_fen if read.bill else 0,
        payable_fen=accident.payable_fen if is_first else None,
    )
    if read.problem:
        row.outcome, row.payable_fen = Outcome.REFUSED, None
        row.column, row.reason, row.fix = read.problem[0], read.problem[1][:300], read.problem[2][:200]
    elif accident.claim is not None:
        row.outcome, row.claim = Outcome.SAME, accident.claim
    if row.claim is None:
        row.cells = json.dumps([cell_text(cell) for cell in read.cells], ensure_ascii=False)
    return row


def _finished(by: User, file: SettlementFile, now: datetime) -> SettlementFile:
    if file.finished_at is None:
        file.finished_at = now
        file.save(update_fields=["finished_at"])
        counts = {outcome: file.rows.filter(outcome=outcome).count() for outcome in Outcome.values}
        record(by=by, action="claims.settled_file", subject=file, division_code=file.division_id, **counts)
    return file


def _plain(row: SettlementRow) -> str:
    assert row.cells is not None  # a check constraint: what waits has its cells
    return str(row.cells.reveal())
