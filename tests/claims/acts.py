"""Claims in a test: everything has a default, and a refusal must leave every row as it was."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image
from tests import factories
from tests.enrolment.acts import enrol

from ankang.accounts.models import Desk, User
from ankang.audit.models import AuditEntry
from ankang.claims import actions, deciding, documents, invoices, notices
from ankang.claims.course_models import Appeal, ClaimCorrection, Hold, Recalculation, RefusalLetter
from ankang.claims.death_models import DeathReport
from ankang.claims.deciding import CHECKS
from ankang.claims.document_models import ClaimDocument, PaperNotice
from ankang.claims.further_models import FurtherBills
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.invoice_models import Invoice
from ankang.claims.losses import Losses
from ankang.claims.models import (
    Claim,
    ClaimStep,
    DailyNumber,
    Decision,
    DecisionLine,
    Disability,
    LimitUse,
    Stay,
)
from ankang.claims.payout_models import Payee, PaymentBatch, PaymentDue, Payout
from ankang.claims.public_reports import Told, report_in_public
from ankang.claims.reopening import challenge_decision, review_reversal
from ankang.claims.report_models import PublicReport
from ankang.claims.review_models import QualityReview, ReviewRules
from ankang.claims.take_back_models import TakeBack, TakeBackReceipt
from ankang.privacy.fields import Sealed
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.days import age_on

EVENT = date(2024, 5, 12)  # a Sunday, inside the cover 2024-03-21 to 2025-03-20
_TABLES = (
    Claim, Stay, Disability, Decision, DecisionLine, LimitUse, ClaimStep, DailyNumber, AuditEntry,
    ClaimDocument, PaperNotice, Invoice, PublicReport,
    Hold, Appeal, RefusalLetter, Recalculation, ReviewRules, QualityReview, Payee, PaymentDue, Payout, PaymentBatch,
    Advance, AdvanceDay, DeathReport, ClaimCorrection, FurtherBills, TakeBack, TakeBackReceipt,
)  # fmt: skip


COVER_FROM = date(2024, 3, 21)


def at(day: date = date(2024, 5, 29), hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 16, tzinfo=ZoneInfo("Asia/Shanghai"))


def key() -> str:
    return uuid.uuid4().hex


def handler(**facts: Any) -> User:
    """Return a claims handler over the whole town."""
    return factories.user(Desk.INSURER, **facts)


def insured(*held: tuple[str, int], **facts: Any) -> Resident:
    """Return a resident of 01村, aged 65 in 2024 by default, who holds these units: one of A when none are named."""
    version = ProgrammeVersion.objects.order_by("-pk").first() or factories.version()
    resident = factories.resident(**{"birth_date": date(1959, 1, 15)} | facts)
    clerk = factories.user(Desk.TOWN)
    if age_on(resident.birth_date, COVER_FROM) >= 80:  # government buys for them before they pay anything themselves
        enrol(clerk, resident, version, payer="government")
    for product, units in held or (("A", 1),):
        enrol(clerk, resident, version, product=product, units=units)
    return resident


def number_of(resident: Resident) -> str:
    """Return the identity number as a person would type it."""
    number = Resident.objects.get(pk=resident.pk).number
    assert isinstance(number, Sealed)
    return number.reveal()


def report(resident: Resident, by: User | None = None, **facts: Any) -> Claim:
    facts = {
        "event_on": EVENT,
        "cause": "accident",
        "what_happened": "在家门口滑倒",
        "reporter": "张明，儿子",
        "key": key(),
        "now": at(),
    } | facts
    return actions.report_claim(by=by or handler(), resident=resident, **facts)


def record(claim: Claim, by: User | None = None, **facts: Any) -> Claim:
    """Record losses: `now` and `key` are the action's, the rest is what was lost (fen)."""
    given = {name: facts.pop(name) for name in ("now", "key") if name in facts}
    losses = Losses(**facts)
    return actions.record_losses(
        by=by or claim.reported_by, claim=claim, losses=losses, **{"key": key(), "now": at()} | given
    )


def prepare(claim: Claim, by: User | None = None, **facts: Any) -> Decision:
    return deciding.prepare_decision(by=by or claim.reported_by, claim=claim, **{"key": key(), "now": at()} | facts)


def review(decision: Decision, by: User | None = None, **facts: Any) -> Decision:
    facts = {"verdict": "approved", "checks": tuple(CHECKS), "key": key(), "now": at(hour=15)} | facts
    return deciding.review_decision(by=by or handler(), decision=decision, **facts)


def prepared(resident: Resident, *, event_on: date = EVENT, **losses: Any) -> Decision:
    """Return a decision that waits for the second person."""
    return prepare(record(report(resident, event_on=event_on), **losses))


def settled(resident: Resident, *, event_on: date = EVENT, **losses: Any) -> Claim:
    """Return an approved claim."""
    return review(prepared(resident, event_on=event_on, **losses)).claim


def photo(width: int = 40, height: int = 30, kind: str = "JPEG", color: str = "white") -> bytes:
    """Return a picture as a telephone would send it; another color is another picture."""
    out = BytesIO()
    Image.new("RGB", (width, height), color).save(out, kind)
    return out.getvalue()


def give(claim: Claim, paper: str = "identity", by: User | None = None, **facts: Any) -> ClaimDocument:
    """Hand a paper in: by the family when nobody is named."""
    given = {"content": photo(), "key": key(), "now": at()} | facts
    return documents.give_paper(by=by, claim=claim, paper=paper, **given)


def ask(claim: Claim, by: User | None = None, **facts: Any) -> PaperNotice:
    """Send the notice of what is missing."""
    return notices.ask_for_papers(by=by or claim.reported_by, claim=claim, **{"key": key(), "now": at()} | facts)


def reported(number: str, **facts: Any) -> PublicReport:
    """Return a report that a family made on the public page about this identity number."""
    told = {
        "reporter": "张明",
        "relation": "儿子",
        "phone": "13812345678",
        "elder_name": "王秀兰",
        "event_on": EVENT,
        "what_happened": "在家门口滑倒",
    } | facts
    receipt = report_in_public(told=Told(elder_number=number, **told), key=key(), now=at())
    assert receipt is not None
    return receipt.report


def bill(number: str = "12345678", amount_fen: int = 100_000, **facts: Any) -> invoices.Bill:
    return invoices.Bill(number, amount_fen, **{"dated_on": EVENT} | facts)


def refused(resident: Resident, note: str = "不是意外", **losses: Any) -> Claim:
    """Return a claim that the second person refused."""
    return review(prepared(resident, **losses), verdict="refused", note=note).claim


def reopened(claim: Claim, **facts: Any) -> Claim:
    """Return a decided claim in its next round: one person asked for it, another agreed."""
    asked = challenge_decision(by=handler(), claim=claim, reason="补交了发票", key=key(), now=at(hour=16))
    return review_reversal(by=handler(), decision=asked, agree=True, key=key(), now=at(hour=16), **facts).claim


def amounts(decision: Decision) -> dict[str, int]:
    """Return what pays: `A medical` -> fen."""
    return {f"{line.product} {line.benefit}": line.amount_fen for line in decision.lines.all() if line.amount_fen}


@contextmanager
def nothing_changes(besides: str = "") -> Iterator[None]:
    """Fail when a row of claims or of the audit appears, goes or changes; audit rows of one named action may."""
    before = rows(besides)
    try:
        yield
    finally:
        assert rows(besides) == before


def rows(besides: str = "") -> list[list[tuple[Any, ...]]]:
    found = [list(table.objects.order_by("pk").values_list()) for table in _TABLES]  # type: ignore[attr-defined]
    told = [[tuple(map(str, row)) for row in table] for table in found]
    return [[row for row in table if not besides or besides not in row] for table in told]
