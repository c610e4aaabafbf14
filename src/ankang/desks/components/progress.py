"""One population's progress in a small panel: how many are insured, how far it gets, what it takes a day."""

from dataclasses import dataclass

from ankang.desks.components.figures.headline import Headline, headline
from ankang.desks.components.figures.ranking import Row, total_row
from ankang.enrolment.coverage import Coverage, TownCoverage


@dataclass(frozen=True, slots=True)
class Progress:
    """What `desks/components/progress/panel.html` shows: the villages that one person sees, taken together."""

    headline: Headline
    row: Row
    days_left: int

    @property
    def coverage(self) -> Coverage:
        return self.row.village


def progress_of(seen: TownCoverage) -> Progress:
    """Return the panel of what a person sees: a village worker's own village. No query."""
    return Progress(headline(seen), total_row(seen), seen.window.days_left(seen.today))
