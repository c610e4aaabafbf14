"""The reference's decisions over columns: a compiled loop over millions of events. Needs the extra `batch`.

payouts = ankang.batch.adjudicate(programme, covers, events)
"""

from ankang.batch.columns import NO_DEATH, Covers, Events, covers_of, events_of
from ankang.batch.engine import BatchOverflow, Payouts, adjudicate
from ankang.batch.schedule import REASON_NAMES, Status

__all__ = [
    "NO_DEATH",
    "REASON_NAMES",
    "BatchOverflow",
    "Covers",
    "Events",
    "Payouts",
    "Status",
    "adjudicate",
    "covers_of",
    "events_of",
]
