"""What the pages offer and show. Every read goes through `visible_to`, or the reader's own divisions."""

from dataclasses import dataclass

from django.db.models import F, QuerySet

from ankang.accounts.models import User
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_queries import Side, side_of_state, side_of_version
from ankang.programmes.models import Programme
from ankang.programmes.queries import versions_shown
from ankang.whatif.models import WhatIf

_OPEN = (ProgrammeDraft.State.OPEN, ProgrammeDraft.State.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may compare: years with covers, and plans, published ones and the own drafts as they stand."""

    programmes: list[Programme]
    sides: list[Side]

    def side(self, key: str) -> Side | None:
        return next((one for one in self.sides if one.key == key), None)


def offer_to(user: User) -> Offer:
    """Return what this person may choose from (two queries). Drafts that are no plan yet are left out."""
    versions = versions_shown(user)
    programmes = list(dict.fromkeys(version.programme for version in versions))
    drafts = ProgrammeDraft.objects.visible_to(user).filter(state__in=_OPEN)
    states = DraftRevision.objects.filter(draft__in=drafts, number=F("draft__head")).select_related("draft")
    sides = [side_of_version(one) for one in versions] + [side_of_state(one) for one in states.order_by("-draft")]
    return Offer(programmes, [one for one in sides if one.plan])


def what_ifs(user: User) -> QuerySet[WhatIf]:
    """Return the comparisons that this person may see, the newest first (one query)."""
    return WhatIf.objects.visible_to(user).select_related("programme", "by", "division").order_by("-pk")
