"""Who still owes what, household by household: what a worker collects at one door."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q

from ankang.accounts.models import User
from ankang.enrolment.models import Funding
from ankang.money.models import OrderLine
from ankang.money.queries import owed_fundings
from ankang.programmes.models import Programme

COLLECTIVE = Funding.Payer.VILLAGE


@dataclass(frozen=True, slots=True)
class Owed:
    """One part of a premium that is owed. `asked`: it stands on an order that waits for its money."""

    funding_id: int
    resident_id: int
    name: str
    initials: str
    household: str
    village: str
    product: str
    units: int
    payer: str
    amount_fen: int
    asked: bool
    enrolled_on: date

    @property
    def payer_words(self) -> str:
        return str(Funding.Payer(self.payer).label)


@dataclass(frozen=True, slots=True)
class Debtor:
    """A household (or one resident without a household number) with everything that it owes itself."""

    rows: tuple[Owed, ...]

    @property
    def resident_id(self) -> int:
        return self.rows[0].resident_id

    @property
    def household(self) -> str:
        return self.rows[0].household

    @property
    def names(self) -> list[str]:
        return list(dict.fromkeys(row.name for row in self.rows))

    @property
    def people(self) -> int:
        """How many people it is owed for."""
        return len({row.resident_id for row in self.rows})

    @property
    def open_rows(self) -> tuple[Owed, ...]:
        return tuple(row for row in self.rows if not row.asked)

    @property
    def waits(self) -> bool:
        return any(row.asked for row in self.rows)

    @property
    def due_fen(self) -> int:
        """What may be collected now."""
        return sum(row.amount_fen for row in self.open_rows)


def debtors(user: User, programme: Programme, text: str = "") -> list[Debtor]:
    """Return the households of this person's villages that owe something themselves (one query).

    `text`: part of a name, its initials, or a household number. Those who can pay now come first.
    """
    rows = _owed(user, programme, Q(payer__in=(Funding.Payer.SELF, Funding.Payer.CHILD)))
    groups: dict[tuple[str, str], list[Owed]] = defaultdict(list)
    for row in rows:
        groups[row.village, row.household or f"#{row.resident_id}"].append(row)
    return [Debtor(tuple(group)) for group in groups.values() if _fits(group, text.strip())]


def debtor_of(user: User, programme: Programme, resident_id: int) -> Debtor | None:
    """Return the household of a resident if it owes something (one query)."""
    found = debtors(user, programme)
    return next((one for one in found if any(row.resident_id == resident_id for row in one.rows)), None)


def day_debt(user: User, programme: Programme, on: date) -> Debtor | None:
    """Return what people themselves owe for what was enrolled on a day, all households together (one query)."""
    who = Q(payer__in=(Funding.Payer.SELF, Funding.Payer.CHILD), holding__enrolment__enrolled_on=on)
    rows = tuple(_owed(user, programme, who))
    return Debtor(rows) if rows else None


def collective_debt(user: User, programme: Programme) -> Debtor | None:
    """Return what the village's collective owes for its residents, or None (one query)."""
    rows = tuple(_owed(user, programme, Q(payer=COLLECTIVE)))
    return Debtor(rows) if rows else None


def _owed(user: User, programme: Programme, who: Q) -> Iterable[Owed]:
    waiting = OrderLine.objects.filter(funding=OuterRef("pk"), dropped_at=None)
    person = "holding__enrolment__participation__resident"
    rows = owed_fundings(user, programme).filter(who).annotate(asked=Exists(waiting))
    fields = (
        "pk", f"{person}_id", f"{person}__name", f"{person}__initials", f"{person}__household",
        "holding__enrolment__village_id", "holding__product", "holding__units", "payer", "amount_fen", "asked",
        "holding__enrolment__enrolled_on",
    )  # fmt: skip
    return [Owed(*row) for row in rows.order_by(f"{person}__household", "pk").values_list(*fields)]


def _fits(group: Sequence[Owed], text: str) -> bool:
    if text.isascii() and text.isalpha():
        return any(row.initials.startswith(text.lower()) for row in group)
    return not text or any(text in row.name or text == row.household for row in group)
