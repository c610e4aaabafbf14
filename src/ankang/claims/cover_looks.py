"""查保单 by identity number: what a desk may learn of a person's cover on a day. Every look is an audit row.

The insurer and the town see every benefit and the claims; a window what each benefit still pays, but nobody's claims; a
funeral home only what a death pays: what the medical benefits have paid would tell of illnesses. A village sees what is
held, not what was paid.
"""

from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.claims.casefile import CoverCard, cover_card
from ankang.claims.limits import Left
from ankang.claims.permissions import REPORTING
from ankang.roster.queries import find_by_number
from ankang.rules.errors import NotAllowed
from ankang.rules.programme import BenefitKind


@dataclass(frozen=True, slots=True)
class Sight:
    """What one desk sees of a cover: which benefits, what was paid of them, and the person's claims."""

    benefits: frozenset[BenefitKind]
    used: bool
    claims: bool


_ALL = frozenset(BenefitKind)
SIGHTS = {
    Desk.INSURER: Sight(_ALL, used=True, claims=True),
    Desk.TOWN: Sight(_ALL, used=True, claims=True),
    Desk.WINDOW: Sight(_ALL, used=True, claims=False),
    Desk.FUNERAL: Sight(frozenset({BenefitKind.ACCIDENT, BenefitKind.LIFE}), used=True, claims=False),
    Desk.VILLAGE: Sight(_ALL, used=False, claims=False),
}


@transaction.atomic
def look_at_cover(*, by: User, number: str, day: date) -> CoverCard | None:
    """Return what this person may learn of somebody's cover on a day, None for nobody of theirs (6 queries).

    Errors: NotAllowed for a desk that reports no accidents; InvalidInput when the text is no identity number.
    """
    if by.desk not in REPORTING:
        raise NotAllowed("您的岗位不能查保单。")
    resident = find_by_number(by, number)
    record(by=by, action="claims.looked_at_cover", subject=resident, division_code=by.division_id)
    if resident is None:
        return None
    return within_sight(cover_card(by, resident, day), SIGHTS[Desk(by.desk)])


def within_sight(card: CoverCard, sight: Sight) -> CoverCard:
    """Return the card without what the desk does not see."""
    lefts = [left if sight.used else _unused(left) for left in card.lefts if left.benefit.kind in sight.benefits]
    return replace(card, lefts=lefts, claims=card.claims if sight.claims else [])


def _unused(left: Left) -> Left:
    return replace(left, used_fen=None)
