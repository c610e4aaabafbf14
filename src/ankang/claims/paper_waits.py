"""When a claim waited for papers: while it does, the clocks of its steps stand still."""

from dataclasses import dataclass
from datetime import datetime

from ankang.claims.document_models import PaperNotice
from ankang.claims.models import Claim


@dataclass(frozen=True, slots=True)
class Span:
    """From the notice to the last missing paper; `to_at` None while it still waits."""

    from_at: datetime
    to_at: datetime | None


def waiting_for_papers(claim: Claim) -> tuple[Span, ...]:
    """Return the times in which a claim waited for papers, in order (one query, none with `notices` prefetched).

    They do not overlap: a claim has one open notice at most.
    """
    notices: list[PaperNotice] = sorted(claim.notices.all(), key=lambda one: one.number)
    return tuple(Span(one.issued_at, one.answered_at) for one in notices)
