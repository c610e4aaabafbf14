"""Money in a test: a village that collects, with everything that has a default; a refusal leaves every row alone."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from tests import factories
from tests.enrolment.acts import TODAY, enrol

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, Funding
from ankang.money import actions, closings, handovers, receipts
from ankang.money.models import (
    Entry,
    Handover,
    Order,
    OrderLine,
    Payment,
    Posting,
    Receipt,
    Settlement,
    VillageDay,
)
from ankang.money.queries import balance, owed_fundings
from ankang.programmes.models import ProgrammeVersion

_TABLES = (Posting, Entry, Settlement, Order, OrderLine, Payment, Receipt, VillageDay, Handover, AuditEntry)


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 10, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


def owing(by: User, version: ProgrammeVersion, people: int = 1, **facts: Any) -> list[Enrolment]:
    """Return enrolments of new people of the worker's village, who owe 50 yuan each."""
    return [enrol(by, factories.resident(by.division), version, **facts) for _ in range(people)]


def fundings_of(enrolments: Sequence[Enrolment]) -> list[int]:
    rows = Funding.objects.filter(holding__enrolment__in=[one.pk for one in enrolments])
    return list(rows.order_by("pk").values_list("pk", flat=True))


def collect(by: User, enrolments: Sequence[Enrolment], *, today: date = TODAY, **facts: Any) -> Payment:
    """Collect everything that these enrolments cost, in cash."""
    fundings = facts.pop("fundings", None) or fundings_of(enrolments)
    amounts = sum(Funding.objects.filter(pk__in=fundings).values_list("amount_fen", flat=True))
    given = {
        "means": "cash",
        "kind": "household",
        "payer_name": "王秀兰",
        "key": uuid.uuid4().hex,
        "amount_fen": amounts,
        "programme": enrolments[0].version.programme,
        "village": by.division,
    } | facts
    return actions.collect(by=by, fundings=fundings, today=today, now=at(today), **given)


def void(by: User, payment: Payment, today: date = TODAY) -> Receipt:
    receipt = Receipt.objects.get(payment=payment)
    return receipts.void_receipt(by=by, receipt=receipt, reason="收错了", today=today, now=at(today))


def hand_over(by: User, counted: int | None = None, *, today: date = TODAY, **facts: Any) -> Handover:
    expected = balance("village_cash", by.division_id)
    given = {"expected_fen": expected, "explanation": "", "key": uuid.uuid4().hex} | facts
    return handovers.hand_over(
        by=by,
        village=by.division,
        counted_fen=expected if counted is None else counted,
        today=today,
        now=at(today),
        **given,
    )


def close(by: User, on: date = TODAY, today: date | None = None) -> VillageDay:
    return closings.close_day(by=by, village=by.division, on=on, today=today or on, now=at(today or on))


def owed_fen(by: User, version: ProgrammeVersion) -> int:
    return sum(owed_fundings(by, version.programme).values_list("amount_fen", flat=True))


@contextmanager
def no_money_moves() -> Iterator[None]:
    """Fail when a row of money or of the audit appears, goes or changes."""
    before = _rows()
    try:
        yield
    finally:
        assert _rows() == before


def _rows() -> list[list[tuple[Any, ...]]]:
    return [list(table.objects.order_by("pk").values_list()) for table in _TABLES]  # type: ignore[attr-defined]
