"""The sample's funeral home: one death paid and closed, one whose accident goes on, one that waits for the insurer."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from random import Random

from ankang.accounts.models import User
from ankang.claims.advances import CashCount, close_advances, pay_advances_back, pay_at_window
from ankang.claims.certain import review_certain
from ankang.claims.death_models import DeathReport
from ankang.claims.death_offers import Death
from ankang.claims.deaths import report_death
from ankang.claims.deciding import CHECKS, review_decision
from ankang.claims.payees import PayeeEntry
from ankang.roster.models import Resident
from ankang.sample.campaign import office_moment

DEATHS = 3
_PAPERS = ("death", "cremation", "kinship", "identity")


def play(dead: Sequence[Resident], funeral: User, insurer: User, last: date) -> int:
    """Report these deaths, the latest last, and return how many there are. `last`: the last day that is over."""
    rng = Random(f"funeral {last}")
    for at, resident in enumerate(dead):
        day = last if at == len(dead) - 1 else (resident.died_on or last) + timedelta(days=1)
        now = office_moment(rng, min(day, last))
        found = _report(resident, funeral, at, now)
        if at < len(dead) - 1:
            _pay(found, funeral, insurer, at, now + timedelta(minutes=25))
    return len(dead)


def _report(resident: Resident, by: User, at: int, now: datetime) -> DeathReport:
    assert resident.died_on is not None  # they are dead
    cause, how = ("accident", "在河边滑倒") if at == 1 else ("illness", "")
    child = f"{resident.name}的子女"
    death = Death(resident.died_on, cause, f"{child}，子女", what_happened=how, papers=_PAPERS)
    key = f"sample-death-{at}"
    return report_death(by=by, resident=resident, death=death, payees=_heirs(resident), declared=True, key=key, now=now)


def _pay(found: DeathReport, by: User, insurer: User, at: int, now: datetime) -> None:
    """Let the insurer agree and the heirs take the cash; the first day is closed and paid back."""
    decision, key = found.claim.decisions.get(), f"sample-death-{at}"
    agree = review_certain if decision.kind == decision.Kind.PARTIAL else review_decision
    agree(by=insurer, decision=decision, verdict="approved", checks=CHECKS, key=f"{key}-ok", now=now)
    pay_at_window(by=by, claim=found.claim, payees=_heirs(found.resident), key=f"{key}-pay", now=now)
    if at:
        return
    total = decision.total_fen
    evening = now + timedelta(hours=2)
    day = close_advances(by=by, key="sample-funeral-day", count=CashCount(500_000, 500_000 - total), now=evening)
    pay_advances_back(by=insurer, day=day, reference=f"HD{evening:%Y%m%d}BY", now=evening + timedelta(days=1))


def _heirs(resident: Resident) -> list[PayeeEntry]:
    return [
        PayeeEntry(f"{resident.name}的配偶", "spouse", "cash"),
        PayeeEntry(f"{resident.name}的子女", "child", "cash"),
    ]
