"""The end of a wait for papers: the notice is answered, and the step's days go on from where they stood still."""

from datetime import datetime

from django.utils import timezone

from ankang.claims.clocks import clocks_by_programme
from ankang.claims.document_models import PaperNotice
from ankang.claims.models import Claim
from ankang.rules.clocks import as_if_since


def answer(notice: PaperNotice, claim: Claim, how: str, now: datetime) -> None:
    """Close the open notice of a locked claim (three queries)."""
    notice.answered_at, notice.answered_how = now, how
    notice.save(update_fields=["answered_at", "answered_how"])
    today = timezone.localdate(now)
    waited = (timezone.localdate(notice.issued_at), today)
    step = clocks_by_programme([claim.programme_id])[claim.programme_id]["step"]
    since = claim.step_from or timezone.localdate(claim.moved_at)
    claim.step_from = as_if_since(step, since, today, [waited])
    claim.save(update_fields=["step_from"])
