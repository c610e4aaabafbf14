"""What an enrolment recorded, as the page after it shows."""

from dataclasses import dataclass

from ankang.enrolment.models import Enrolment, Holding
from ankang.programmes.queries import plan_of
from ankang.rules.programme import Product


@dataclass(frozen=True, slots=True)
class Line:
    product: Product
    holding: Holding

    @property
    def total_fen(self) -> int:
        return self.holding.units * self.holding.unit_price_fen


def recorded(enrolment: Enrolment) -> list[Line]:
    """Return a line for each holding. No query when they are prefetched with the version."""
    plan = plan_of(enrolment.version)
    return [Line(plan.product(holding.product), holding) for holding in enrolment.holdings.all()]
