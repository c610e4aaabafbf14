"""What the pages show of claims. Every read goes through `visible_to`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import models
from django.db.models import Avg, DurationField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.clocks import clocks_by_programme, clocks_of_versions
from ankang.claims.document_models import PaperNotice
from ankang.claims.green_models import AdvanceDay
from ankang.claims.models import Claim, ClaimQuerySet, Decision
from ankang.claims.payout_models import Payout
from ankang.claims.take_back_models import TakeBack
from ankang.claims.workdays import overdue_before
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.rules.clocks import Clock, days_left

Status = Claim.Status

SETTLED = (Status.APPROVED, Status.REFUSED)


@dataclass(frozen=True, slots=True)
class TownFigures:
    """A town's claims in one programme. `average_days`: from the report to the decision, None before the first."""

    approved: int
    refused: int
    approved_fen: int
    average_days: float | None
    waiting: int
    overdue: int

    @property
    def settled(self) -> int:
        return self.approved + self.refused


@dataclass(frozen=True, slots=True)
class Waiting:
    """An open claim with the days left for its step; negative when overdue. It says `waits_for_papers`."""

    claim: Claim
    days_left: int
    clock: Clock


@dataclass(frozen=True, slots=True)
class Count:
    """How many claims are in one state."""

    status: str
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class Todo:
    """The open claims by what they wait for, and the oldest of them first."""

    counts: list[Count]
    overdue: int
    oldest: list[Waiting]

    @property
    def open(self) -> int:
        return sum(count.number for count in self.counts)


@dataclass(frozen=True, slots=True)
class MoneyTodo:
    """How many payments came back and how many wait to be released; overpaid claims; windows' lists to pay back.

    `reversals`: decisions that somebody asked to take back.
    """

    reversals: int
    failed: int
    to_release: int
    to_take_back: int
    parts_due: int  # of those to take back: an agreed part should be here by now
    to_pay_back: int

    @property
    def any(self) -> bool:
        return bool(self.reversals or self.failed or self.to_release or self.to_take_back or self.to_pay_back)


def town_figures(
    user: User, programme: Programme, today: date, newest: Sequence[ProgrammeVersion] | None = None
) -> TownFigures:
    """Return the figures of the claims that this person may see in a programme (two queries; one with `newest`, the
    newest versions of all programmes that the person may see).

    What waits, waits whatever the programme: last year's open claims stay in sight when this year's cover begins.
    """
    here, steps = Q(programme=programme), step_clocks() if newest is None else _steps(clocks_of_versions(newest))
    waited = ExpressionWrapper(F("closed_on") - TruncDate("reported_at"), output_field=DurationField())
    found = Claim.objects.visible_to(user).aggregate(
        approved=models.Count("pk", filter=here & Q(status=Status.APPROVED)),
        refused=models.Count("pk", filter=here & Q(status=Status.REFUSED)),
        approved_fen=Sum("payable_fen", filter=here & Q(status=Status.APPROVED), default=0),
        waited=Avg(waited, filter=here & Q(status__in=SETTLED)),
        waiting=models.Count("pk", filter=Q(status__in=Claim.OPEN)),
        overdue=models.Count("pk", filter=overdue_on(today, steps)),
    )
    waited_for: timedelta | None = found.pop("waited")
    return TownFigures(average_days=None if waited_for is None else waited_for / timedelta(days=1), **found)


def todo(user: User, today: date, *, at_most: int = 50) -> Todo:
    """Return what waits for the insurer's people (three queries)."""
    steps = step_clocks()
    open_claims = Claim.objects.visible_to(user).filter(status__in=Claim.OPEN)
    counts = open_claims.aggregate(
        overdue=models.Count("pk", filter=overdue_on(today, steps)),
        **{status.value: models.Count("pk", filter=Q(status=status)) for status in Claim.OPEN},
    )
    oldest = (
        open_claims.annotate(waits_for_papers=_waits_for_papers())
        .select_related("resident", "village")
        .order_by("moved_at", "pk")[:at_most]
    )
    return Todo(
        counts=[Count(status.value, status.label, counts[status.value]) for status in Claim.OPEN],
        overdue=counts["overdue"],
        oldest=[
            Waiting(one, step_days_left(one, today, clock), clock)
            for one, clock in ((one, steps[one.programme_id]) for one in oldest)
        ],
    )


def money_todo(user: User, today: date) -> MoneyTodo:
    """Return what of claims' money waits for the insurer's people (five queries)."""
    state = Payout.State
    payouts = Payout.objects.visible_to(user).aggregate(
        failed=models.Count("pk", filter=Q(state=state.FAILED, retried_by__isnull=True)),
        to_release=models.Count("pk", filter=Q(state=state.ORDERED)),
    )
    take_backs = list(TakeBack.objects.visible_to(user).open())
    return MoneyTodo(
        **payouts,
        reversals=Claim.objects.visible_to(user)
        .filter(decisions__kind=Decision.Kind.REVERSAL, decisions__verdict=Decision.Verdict.PENDING)
        .count(),
        to_take_back=len(take_backs),
        parts_due=sum(due.is_due for one in take_backs if (due := one.due(today))),
        to_pay_back=AdvanceDay.objects.visible_to(user).filter(confirmed_at__isnull=True).count(),
    )


def step_days_left(claim: Claim, today: date, clock: Clock) -> int:
    """Return the days left for the claim's present step; negative when overdue."""
    return days_left(clock, claim.step_from or timezone.localdate(claim.moved_at), today)


def step_clocks() -> dict[int, Clock]:
    """Return by programme the clock of a claim's step: the plan's own days, else our promise (one query)."""
    return _steps(clocks_by_programme(Programme.objects.all()))


def _steps(clocks: Mapping[int, Mapping[str, Clock]]) -> dict[int, Clock]:
    return {key: under["step"] for key, under in clocks.items()}


def overdue_on(today: date, steps: Mapping[int, Clock]) -> Q:
    """The open claims whose present step has taken longer than their programme allows; not those that lack papers."""
    late = Q(pk__in=[])
    for clock in set(steps.values()):
        first_in_time = overdue_before(clock, today)
        midnight = timezone.make_aware(datetime.combine(first_in_time, time.min))
        under = [key for key, one in steps.items() if one == clock]
        began_before = Q(step_from__isnull=True, moved_at__lt=midnight) | Q(step_from__lt=first_in_time)
        late |= Q(programme__in=under) & began_before
    return Q(status__in=Claim.OPEN) & late & ~Q(_waits_for_papers())


def _waits_for_papers() -> models.Exists:
    return models.Exists(PaperNotice.objects.filter(claim=models.OuterRef("pk"), answered_at__isnull=True))


def claims_list(
    user: User,
    *,
    number: str = "",
    status: str = "",
    cause: str = "",
    village: str = "",
    reported_from: date | None = None,
    reported_to: date | None = None,
) -> ClaimQuerySet:
    """Return the claims that this person may see, newest first, narrowed by what is given."""
    exact = {
        "number__contains": number.strip().upper(),
        "status": status,
        "cause": cause,
        "village_id": village,
        "reported_at__date__gte": reported_from,
        "reported_at__date__lte": reported_to,
    }
    found = Claim.objects.visible_to(user).filter(**{field: value for field, value in exact.items() if value})
    return found.select_related("resident", "village", "programme").order_by("-reported_at", "-pk")


def claims_with_open_notice(user: User) -> ClaimQuerySet:
    """Return the claims that this person may see, those that wait for papers first, then the open ones, newest first.

    Each says `waits_for_papers`.
    """
    is_open = models.Case(models.When(status__in=Claim.OPEN, then=1), default=0)
    found = Claim.objects.visible_to(user).annotate(waits_for_papers=_waits_for_papers(), open_first=is_open)
    return found.select_related("resident", "village").order_by(
        "-waits_for_papers", "-open_first", "-reported_at", "-pk"
    )
