"""Comparisons taken for change: the one home of locked querysets, always in the order of their key."""

from datetime import datetime

from django.db.models import Q

from ankang.whatif.models import WhatIf

_OPEN = (WhatIf.State.QUEUED, WhatIf.State.RUNNING)


def next_for_update(silent_since: datetime) -> WhatIf | None:
    """Return what is to be counted next, locked: what a worker left behind, then what has waited longest.

    None while another worker counts: one that gave a sign of life after `silent_since`.
    """
    rows = WhatIf.objects.select_for_update(of=("self",)).filter(state__in=_OPEN).order_by("pk")
    found = list(rows.select_related("programme", "division", "by"))
    running = next((one for one in found if one.state == WhatIf.State.RUNNING), None)
    if running is not None:
        return running if running.beat_at < silent_since else None
    return found[0] if found else None


def own_for_update(job: WhatIf) -> WhatIf | None:
    """Return a comparison, locked, while it is still counted by who began it this time."""
    mine = Q(pk=job.pk, state=WhatIf.State.RUNNING, attempts=job.attempts)
    return WhatIf.objects.select_for_update(of=("self",)).filter(mine).first()
