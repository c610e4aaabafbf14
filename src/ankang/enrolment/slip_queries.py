"""What a slip is asked: how many of it came to what, and what a giver has given so far."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from ankang.accounts.models import User
from ankang.enrolment.models import Funding
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.programmes.models import Programme

Outcome = SlipLine.Outcome


@dataclass(frozen=True, slots=True)
class Tally:
    """People and premium of a slip by outcome. Units: fen."""

    people: Mapping[str, int]
    fen: Mapping[str, int]

    @property
    def waiting(self) -> int:
        return self.people.get(Outcome.WAITING, 0)

    @property
    def done(self) -> int:
        return self.people.get(Outcome.DONE, 0)

    @property
    def same(self) -> int:
        return self.people.get(Outcome.SAME, 0)

    @property
    def refused(self) -> int:
        return self.people.get(Outcome.REFUSED, 0)

    @property
    def total(self) -> int:
        return sum(self.people.values())

    @property
    def waiting_fen(self) -> int:
        return self.fen.get(Outcome.WAITING, 0)

    @property
    def done_fen(self) -> int:
        return self.fen.get(Outcome.DONE, 0)


@dataclass(frozen=True, slots=True)
class Gift:
    """One giver's money: given by earlier slips and this one, and what this slip still waits to give. Units: fen."""

    giver: str
    given_fen: int
    waiting_fen: int

    @property
    def after_fen(self) -> int:
        return self.given_fen + self.waiting_fen


def slips(user: User) -> QuerySet[EnrolmentSlip]:
    """Return the slips that the user may see, newest first."""
    return EnrolmentSlip.objects.visible_to(user).select_related("by", "division", "version__programme")


def tally(slip: EnrolmentSlip) -> Tally:
    """Return the counts of a slip (one query)."""
    rows = list(slip.lines.order_by().values_list("outcome").annotate(people=Count("pk"), fen=Sum("total_fen")))
    return Tally({row[0]: row[1] for row in rows}, {row[0]: row[2] for row in rows})


def gifts(user: User, slip: EnrolmentSlip) -> list[Gift]:
    """Return what the givers named on a slip have given in its programme, and will (three queries at most)."""
    waiting = _waiting(slip)
    names = set(waiting) | set(slip.lines.exclude(giver="").values_list("giver", flat=True).distinct())
    if not names:
        return []
    given = _given(user, slip.version.programme, names)
    return [Gift(name, given.get(name, 0), waiting.get(name, 0)) for name in sorted(names)]


def _waiting(slip: EnrolmentSlip) -> dict[str, int]:
    found: dict[str, int] = {}
    lines = slip.lines.filter(outcome=Outcome.WAITING).exclude(giver="").order_by()
    for giver, fundings in lines.values_list("giver", "fundings"):
        found[giver] = found.get(giver, 0) + sum(fen for payer, fen in fundings if payer in _GIVING)
    return found


def _given(user: User, programme: Programme, names: set[str]) -> dict[str, int]:
    """What stands in the enrolments made for these names; a cancelled one counts no longer."""
    lines = SlipLine.objects.filter(
        slip__division__code__startswith=user.scope,
        slip__version__programme=programme,
        giver__in=names,
        outcome=Outcome.DONE,
        enrolment__cancelled_at__isnull=True,
        enrolment__withdrawn_on__isnull=True,
        enrolment__holdings__fundings__payer__in=_GIVING,
    )
    sums = lines.order_by().values_list("giver").annotate(fen=Sum("enrolment__holdings__fundings__amount_fen"))
    return dict(sums)


_GIVING = (Funding.Payer.VILLAGE, Funding.Payer.DONOR)
