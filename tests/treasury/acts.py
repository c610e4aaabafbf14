"""Money on its longer ways in a test: everything has a default; a town of two, and people whose premium is paid."""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db.models import Sum
from tests import factories
from tests.enrolment.acts import NOW, TODAY, enrol

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.enrolment.models import Enrolment, Funding
from ankang.enrolment.withdrawals import decide_withdrawal, request_withdrawal
from ankang.money.actions import collect
from ankang.money.handovers import confirm_handover, hand_over
from ankang.money.models import Entry, Payment, Posting, Settlement
from ankang.money.queries import balance
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.refunds import RefundCause
from ankang.treasury import donors, government, refunds, remittances
from ankang.treasury.banking import bank_money
from ankang.treasury.models import Donation, GovernmentRequest, Refund, Remittance

OLD = date(1940, 5, 6)
LATER = date(2024, 3, 10)
THEN = datetime(2024, 3, 10, 9, tzinfo=ZoneInfo("Asia/Shanghai"))


def key() -> str:
    return uuid.uuid4().hex


def first() -> User:
    return factories.user("town")


def person(serial: int = 1, **facts: Any) -> Resident:
    return factories.resident(factories.village(serial), **facts)


def insured(version: ProgrammeVersion, resident: Resident | None = None, **facts: Any) -> Enrolment:
    resident = resident or person()
    return enrol(factories.user("village", resident.village), resident, version, **facts)


def by_government(version: ProgrammeVersion, serial: int = 1) -> Enrolment:
    return insured(version, person(serial, birth_date=OLD), payer="government", consent="not_needed")


def part(enrolment: Enrolment, payer: str = "self") -> Funding:
    return Funding.objects.get(holding__enrolment=enrolment, payer=payer)


def paid(*enrolments: Enrolment, on: date = TODAY) -> Payment:
    """Let the village have taken, in cash, what these enrolments owe of their own."""
    parts = list(Funding.objects.filter(holding__enrolment__in=enrolments).exclude(payer__in=("government", "donor")))
    village = enrolments[0].village
    return collect(
        by=factories.user("village", village), village=village, programme=enrolments[0].version.programme,
        kind="household", fundings=[one.pk for one in parts], payer_name="王秀兰", means="cash",
        amount_fen=sum(one.amount_fen for one in parts), key=key(), today=on, now=NOW,
    )  # fmt: skip


def asked(
    version: ProgrammeVersion, by: User | None = None, villages: Sequence[str] = (), **facts: Any
) -> GovernmentRequest:
    by = by or first()
    shown = government.to_ask(by, version, villages, TODAY).total_fen
    given = {"shown_fen": shown, "note": "", "key": key(), "today": TODAY, "now": NOW} | facts
    return government.prepare_request(by=by, version=version, villages=villages, **given)


def promised(version: ProgrammeVersion, **facts: Any) -> GovernmentRequest:
    made = asked(version, **facts)
    government.review_request(by=first(), request=made, approve=True, note="", now=NOW)
    return government.accept_request(by=first(), request=made, paper="盐财社〔2024〕9号", accepted_on=TODAY, now=NOW)


def received(request: GovernmentRequest, amount_fen: int, **facts: Any) -> GovernmentRequest:
    given = {"by": first(), "reference": key(), "on": LATER, "key": key(), "now": THEN} | facts
    return government.receive_from_government(request=request, amount_fen=amount_fen, **given)


def agreed(version: ProgrammeVersion, amount_fen: int = 10_000, **facts: Any) -> Donation:
    given = {
        "by": first(), "donor_name": "盐都区慈善会", "account": None, "paper": "捐赠协议1号", "purpose": "给老人参保",
        "villages": [], "agreed_on": TODAY, "key": key(), "now": NOW,
    } | facts  # fmt: skip
    return donors.agree_donation(programme=version.programme, amount_fen=amount_fen, **given)


def given_money(donation: Donation, amount_fen: int = 10_000, **facts: Any) -> Any:
    told = {"by": first(), "reference": key(), "on": TODAY, "key": key(), "now": NOW} | facts
    return donors.receive_donation(donation=donation, amount_fen=amount_fen, **told)


def used(donation: Donation, *enrolments: Enrolment, **facts: Any) -> Donation:
    told = {"by": first(), "on": TODAY, "key": key(), "now": NOW} | facts
    parts = [part(one, "donor").pk for one in enrolments]
    return donors.use_donation(donation=donation, fundings=parts, **told)


def remitting(version: ProgrammeVersion, by: User | None = None, **facts: Any) -> Remittance:
    by = by or first()
    shown = remittances.to_remit(by, version.programme, facts.get("villages", ())).total_fen
    given = {"villages": (), "shown_fen": shown, "note": "", "key": key(), "now": NOW} | facts
    return remittances.prepare_remittance(by=by, programme=version.programme, **given)


def released(remittance: Remittance, approve: bool = True, note: str = "") -> Remittance:
    return remittances.review_remittance(
        by=first(), remittance=remittance, approve=approve, note=note, on=TODAY, now=NOW
    )


def handed_over(on: date = TODAY) -> None:
    """Let 01村 give its cash to the town."""
    place = factories.village(1)
    cash, worker = balance("village_cash", place.pk), factories.user("village", place)
    slip = hand_over(
        by=worker, village=place, expected_fen=cash, counted_fen=cash, explanation="", key=key(), today=on, now=NOW
    )
    confirm_handover(by=first(), handover=slip, received_fen=cash, note="", today=on, now=NOW)


def banked(reference: str = "", on: date = TODAY) -> Posting:
    """Let 01村 give its cash to the town, and the town pay it into its account."""
    handed_over(on)
    return bank_money(
        by=first(), source="cash", amount_fen=balance("town_cash", factories.TOWN), reference=reference or key(),
        on=on, key=key(), now=NOW,
    )  # fmt: skip


def remitted(version: ProgrammeVersion) -> Remittance:
    """Let what was paid in cash in 01村 be banked, and all that can go be sent to the insurer."""
    if balance("village_cash", factories.village(1).pk):
        banked()
    return remittances.pay_remittance(
        by=first(), remittance=released(remitting(version)), reference=key(), on=TODAY, now=NOW
    )


def given_up(enrolment: Enrolment, on: date = LATER, now: datetime = THEN) -> Enrolment:
    """Let an enrolment be given up with the insurer's consent."""
    by = factories.user("village", enrolment.village)
    request = request_withdrawal(by=by, enrolment=enrolment, reason="迁到外地", key=key(), today=on, now=now)
    decide_withdrawal(by=factories.user("insurer"), withdrawal=request, accept=True, note="", today=on, now=now)
    enrolment.refresh_from_db()
    return enrolment


def proposed(enrolment: Enrolment, cause: RefundCause = RefundCause.WITHDRAWN, **facts: Any) -> list[Refund]:
    told = {"by": first(), "note": "核实过", "key": key(), "now": THEN} | facts
    return refunds.prepare_refund(enrolment=enrolment, cause=cause, **told)


def refunded(enrolment: Enrolment, cause: RefundCause = RefundCause.WITHDRAWN) -> list[Refund]:
    proposed(enrolment, cause)
    return refunds.review_refund(by=first(), enrolment=enrolment, approve=True, note="", on=LATER, now=THEN)


def balances() -> dict[str, int]:
    """Return what each kind of account holds; an account with nothing is left out."""
    sums = Entry.objects.values_list("account").annotate(total=Sum("amount_fen"))
    return {account: total for account, total in sums if total}


def living() -> int:
    return Settlement.objects.filter(ended_at__isnull=True).count()


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when a row of money, of this room, of enrolment or of the audit appears, goes or changes."""
    before = _rows()
    try:
        yield
    finally:
        assert _rows() == before


def _rows() -> list[list[tuple[Any, ...]]]:
    rooms = ("treasury", "money", "enrolment")
    tables = [model for room in rooms for model in apps.get_app_config(room).get_models()]
    kept = [model for model in tables if model.__name__ != "Till"]  # a lock's row may appear
    return [list(model._default_manager.order_by("pk").values_list()) for model in (*kept, AuditEntry)]
