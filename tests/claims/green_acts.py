"""The green channels in a test: a plan whose readings somebody confirmed, a window, a settlement that it enters."""

from dataclasses import replace
from datetime import date
from typing import Any

from tests import factories
from tests.claims.acts import EVENT, at, key, review

from ankang.accounts.models import Desk, User
from ankang.claims.advances import CashCount, close_advances, last_counted_fen, pay_at_window
from ankang.claims.green_models import Advance, AdvanceDay
from ankang.claims.green_queries import open_advances, open_returns
from ankang.claims.invoices import Bill
from ankang.claims.models import Claim, Decision
from ankang.claims.payees import PayeeEntry
from ankang.claims.windows import Settlement, settle_at_window
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.programme import Confirmation


def confirmed_version() -> ProgrammeVersion:
    """Return the published 2024 plan with every reading confirmed: nothing hinders payment on the same day."""
    plan = factories.plan()
    word = Confirmation(by="县局", on=date(2024, 1, 10), paper="〔2024〕1号")
    return factories.version(replace(plan, readings=tuple(replace(one, confirmation=word) for one in plan.readings)))


def window(**facts: Any) -> User:
    return factories.user(Desk.WINDOW, **facts)


def settlement(**facts: Any) -> Settlement:
    """Return one settlement; its only invoice by `invoice`, `total_fen` and `dated_on` unless `bills` are given."""
    bill = Bill(facts.pop("invoice", "00012345"), facts.pop("total_fen", 500_000), facts.pop("dated_on", EVENT))
    given = {"event_on": EVENT, "what_happened": "在家门口滑倒", "bills": (bill,), "reimbursed_fen": 380_000}
    return Settlement(**given | facts)


def settle(resident: Resident, by: User | None = None, **facts: Any) -> Decision:
    given = {name: facts.pop(name) for name in ("key", "now") if name in facts}
    return settle_at_window(
        by=by or window(), resident=resident, settlement=settlement(**facts), **{"key": key(), "now": at()} | given
    )


def cash(**facts: Any) -> PayeeEntry:
    return PayeeEntry(**{"name": "王秀兰", "relation": "insured", "means": "cash"} | facts)


def pay(claim: Claim, by: User | None = None, *entries: PayeeEntry, **facts: Any) -> list[Advance]:
    given = {"payees": entries or (cash(),), "key": key(), "now": at(hour=16)} | facts
    return pay_at_window(by=by or claim.reported_by, claim=claim, **given)


def paid(resident: Resident, by: User, **facts: Any) -> Advance:
    """Return what a window paid on one settlement that the insurer agreed to."""
    (advance,) = pay(review(settle(resident, by, **facts)).claim, by)
    return advance


def close(by: User, **facts: Any) -> AdvanceDay:
    """Close a window's day with a drawer that agrees: 10,000 yuan were put in for the day."""
    out = sum(one.amount_fen for one in open_advances(by)) - sum(one.amount_fen for one in open_returns(by))
    count = CashCount(1_000_000, last_counted_fen(by) + 1_000_000 - out)
    return close_advances(**{"by": by, "key": key(), "now": at(hour=17), "count": count} | facts)
