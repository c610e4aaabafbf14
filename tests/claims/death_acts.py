"""Deaths at a funeral home in a test."""

from datetime import date
from typing import Any

from tests import factories
from tests.claims.acts import at, handler, key

from ankang.accounts.models import Desk, User
from ankang.claims.certain import review_certain
from ankang.claims.death_models import DeathReport
from ankang.claims.death_offers import Death
from ankang.claims.deaths import report_death
from ankang.claims.deciding import CHECKS
from ankang.claims.models import Decision
from ankang.claims.payees import PayeeEntry
from ankang.roster.models import Resident

DIED = date(2024, 5, 20)
PAPERS = ("death", "cremation", "kinship", "identity")


def funeral_home(**facts: Any) -> User:
    return factories.user(Desk.FUNERAL, **facts)


def death(**facts: Any) -> Death:
    given = {"died_on": DIED, "cause": "illness", "reporter": "王大明，儿子", "papers": PAPERS}
    return Death(**given | facts)


def heir(name: str = "王大明", relation: str = "child", **facts: Any) -> PayeeEntry:
    return PayeeEntry(**{"name": name, "relation": relation, "means": "cash"} | facts)


def dies(resident: Resident, by: User | None = None, *heirs: PayeeEntry, **facts: Any) -> DeathReport:
    """Report a death: `key`, `now`, `declared` are the action's, the rest is what the family tells."""
    given = {name: facts.pop(name) for name in ("key", "now", "declared", "payees") if name in facts}
    standard = {"payees": heirs or (heir(),), "declared": True, "key": key(), "now": at()}
    return report_death(by=by or funeral_home(), resident=resident, death=death(**facts), **standard | given)


def agree(decision: Decision, by: User | None = None, **facts: Any) -> Decision:
    """Let the insurer agree to the certain part."""
    given = {"verdict": "approved", "checks": tuple(CHECKS), "key": key(), "now": at(hour=15)} | facts
    return review_certain(by=by or handler(), decision=decision, **given)
