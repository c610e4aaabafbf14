"""What the pages offer and show. Every read goes through `visible_to`, or the reader's own divisions."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from ankang.accounts.models import User
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.draft_queries import Side, side_of_state, side_of_version
from ankang.programmes.models import Programme
from ankang.programmes.queries import versions_shown
from ankang.whatif.models import WhatIf

_OPEN = (ProgrammeDraft.State.OPEN, ProgrammeDraft.State.SUBMITTED)

_PATIENCE = timedelta(minutes=1)


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
    found = WhatIf.objects.visible_to(user).select_related("programme", "by", "division")
    return found.defer("before_plan", "after_plan").order_by("-pk")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comparison that is not finished stands. `is_silent`: the work gives no sign of life."""

    ahead: int
    is_silent: bool


def place_of(job: WhatIf, wall: datetime) -> Place:
    """Return how many come before it, of all desks, and whether anybody works at them (one query)."""
    rows = WhatIf.objects.filter(state__in=(WhatIf.State.QUEUED, WhatIf.State.RUNNING), pk__lte=job.pk).order_by("pk")
    open_before = list(rows.values_list("state", "beat_at"))
    running = [beat for state, beat in open_before if state == WhatIf.State.RUNNING]
    last_sign = max(running or [beat for _, beat in open_before[:1]] or [job.beat_at])
    return Place(max(0, len(open_before) - 1), last_sign < wall - _PATIENCE)
