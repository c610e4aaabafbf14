"""Policies in a test: everything has a default, and a refusal must leave every row as it was."""

import io
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter
from django.db.models import F, Q, QuerySet
from tests import factories
from tests.enrolment.acts import enrol

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.divisions.models import Division
from ankang.enrolment.models import Enrolment, Funding, Holding
from ankang.money.models import Promise
from ankang.money.settling import end, settle
from ankang.policies.answers import Tally, accept_waiting
from ankang.policies.batches import prepare_application, send_application
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.endorsements import request_endorsement
from ankang.policies.models import (
    AnswerFile,
    ApplicationBatch,
    ApplicationRow,
    Certificate,
    GroupPolicy,
    NumberSeries,
)
from ankang.policies.precheck import check
from ankang.policies.sheets import HEAD, open_list
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.roster.models import Resident

TODAY = date(2024, 3, 10)
NOW = datetime(2024, 3, 10, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))
POLICY = "GP2024-0001"
_TABLES = (
    NumberSeries, ApplicationBatch, ApplicationRow, GroupPolicy, Certificate, AnswerFile, Endorsement, AuditEntry,
)  # fmt: skip


def insured(
    count: int, version: ProgrammeVersion, serial: int = 1, by: User | None = None, **facts: Any
) -> list[Enrolment]:
    """Return enrolments of new residents of a village, each one unit of B, paid by themselves."""
    place = factories.village(serial)
    by = by or factories.user("village", place)
    made = [enrol(by, factories.resident(place, name=f"王{at:02d}"), version, **facts) for at in range(1, count + 1)]
    promise(*made)
    return made


def promise(*enrolments: Enrolment) -> Promise:
    """Let a paper promise all that these enrolments cost: their holdings are funded."""
    fundings = list(Funding.objects.filter(holding__enrolment__in=enrolments))
    by, version = enrolments[0].by, enrolments[0].version
    made = Promise.objects.create(
        key=uuid.uuid4().hex, party="government", owner="320903000000", division=by.division, accepted_by=by,
        programme=version.programme, paper="测试", amount_fen=sum(one.amount_fen for one in fundings),
        accepted_on=TODAY, accepted_at=NOW,
    )  # fmt: skip
    settle(fundings, promise=made)
    return made


def take_money_back(holding: Holding) -> None:
    """Let the money of a holding be gone again."""
    end(holding.fundings.values_list("pk", flat=True), at=NOW, by_posting=None)


def prepare(by: User, version: ProgrammeVersion, **facts: Any) -> ApplicationBatch:
    villages = facts.pop("villages", ())
    shown = facts.pop("shown", None) or check(by, version, villages).sign
    given = {"note": "", "key": uuid.uuid4().hex, "today": TODAY, "now": NOW} | facts
    return prepare_application(by=by, version=version, villages=villages, shown=shown, **given)


def sent(version: ProgrammeVersion, **facts: Any) -> ApplicationBatch:
    """Return a batch that two people of the town have prepared and sent."""
    batch = prepare(factories.user("town"), version, **facts)
    return send_application(by=factories.user("town"), batch=batch, now=NOW)


def insurer() -> User:
    return factories.user(Desk.INSURER, factories.town())


def accept(by: User, batch: ApplicationBatch, number: str = POLICY, serial: int = 1) -> Tally:
    batch.refresh_from_db()
    return accept_waiting(by=by, batch=batch, numbers={factories.village(serial).pk: number}, now=NOW)


def covered(count: int, version: ProgrammeVersion, serial: int = 1, number: str = POLICY) -> list[Certificate]:
    """Return the certificates of new residents of a village, under one policy."""
    held = [one.pk for one in insured(count, version, serial)]
    accept(insurer(), sent(version, villages=[factories.village(serial).pk]), number, serial)
    return list(Certificate.objects.filter(holding__enrolment__in=held).order_by("number"))


def ask(by: User, kind: str, holding: Holding, **facts: Any) -> Endorsement:
    given = {"reason": "名册已经更正", "key": uuid.uuid4().hex, "today": TODAY, "now": NOW} | facts
    return request_endorsement(by=by, kind=kind, holding=holding, **given)


def sheet(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the insurer's sheet as Excel, the head above."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("名单")
        for at, row in enumerate([HEAD, *rows]):
            for place, cell in enumerate(row):
                page.write(at, place, str(cell) if isinstance(cell, date) else cell)
    return out.getvalue()


def answered(batch: ApplicationBatch, *answers: tuple[str, str, str]) -> list[list[Any]]:
    """Return the rows of the sheet, the first ones with (result, policy number, reason)."""
    rows = open_list(by=insurer(), batch=batch)
    for row, (result, number, reason) in zip(rows, answers, strict=False):
        row[-3:] = [result, number, reason]
    return rows


def policy_place(village: Division, worker: User) -> tuple[ApplicationBatch, Certificate, Endorsement]:
    """Return a sent batch, a certificate of it and an endorsement that waits, of a village and its own town's plan."""
    from tests.enrolment.acts import enrolment_in

    enrolment = enrolment_in(village, worker)
    promise(enrolment)
    first, second = factories.user("town", village.parent), factories.user("town", village.parent)
    batch = send_application(by=second, batch=prepare(first, enrolment.version, villages=[village.pk]), now=NOW)
    number = f"GP-{village.pk}"
    accept_waiting(by=factories.user(Desk.INSURER, village.parent), batch=batch, numbers={village.pk: number}, now=NOW)
    certificate = Certificate.objects.get(policy__number=number, holding__enrolment=enrolment)
    Resident.objects.filter(pk=certificate.resident_id).update(name="王改名")
    endorsement = ask(worker, "identity", certificate.holding)
    return batch, certificate, endorsement


def outcomes(batch: ApplicationBatch) -> list[tuple[int, str, str]]:
    return [(row.serial, row.outcome, row.reason) for row in batch.rows.order_by("serial")]


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row of the policies or of the audit appears, goes or changes."""
    before = _rows()
    try:
        yield
    finally:
        assert _rows() == before


def _rows() -> list[list[tuple[Any, ...]]]:
    return [list(table.objects.order_by("pk").values_list()) for table in _TABLES]  # type: ignore[attr-defined]


def units_differ(programme: Programme) -> QuerySet[Certificate]:
    """Return living certificates that do not say what their holding says: none, whatever was done."""
    rows = Certificate.objects.alive().filter(policy__programme=programme)
    return rows.filter(
        ~Q(units=F("holding__units"))
        | ~Q(product=F("holding__product"))
        | ~Q(cover_from=F("holding__cover_from"))
        | ~Q(cover_to=F("holding__cover_to"))
    )
