"""Which clocks run on which claims, and how many days they have left: the plan's own, else those of `rules.clocks`."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.db.models import OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from ankang.accounts.models import User
from ankang.claims.course_models import Appeal, RefusalLetter
from ankang.claims.models import Claim
from ankang.claims.paper_waits import waiting_for_papers
from ankang.claims.payout_models import Payout
from ankang.claims.take_back_models import TakeBack
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import newest_number, plan_of
from ankang.rules.clocks import Clock, Pause, clocks_under, days_left, due_on

Status = Claim.Status
SOON = 2  # days before the last one from which a clock is shown as near


@dataclass(frozen=True, slots=True)
class Running:
    """One clock of one claim. `due` None: it stands still, because papers are missing. `left` negative: overdue."""

    claim: Claim
    clock: Clock
    since: date
    due: date | None
    left: int

    @property
    def is_overdue(self) -> bool:
        return self.left < 0

    @property
    def is_near(self) -> bool:
        return self.due is not None and self.left <= SOON


def running(user: User, today: date) -> list[Running]:
    """Return every clock that runs on the claims this person may see, the most overdue first (five queries)."""
    claims = _claims(user)
    appeals = Appeal.objects.visible_to(user).filter(state=Appeal.State.WAITING)
    waiting = list(appeals.select_related("claim__resident", "claim__village"))
    under = clocks_by_programme({claim.programme_id for claim in (*claims, *(appeal.claim for appeal in waiting))})
    found = [one for claim in claims for one in running_on(claim, today, under[claim.programme_id])]
    found += [
        _one(appeal.claim, under[appeal.claim.programme_id]["appeal"], appeal.appealed_on, today) for appeal in waiting
    ]
    return sorted(found, key=lambda one: (one.left, one.claim.number, one.clock.code))


def pressing(user: User, today: date) -> list[Running]:
    """Return the clocks that are overdue or nearly so (five queries)."""
    return [one for one in running(user, today) if one.is_near or one.is_overdue]


def clocks_by_programme(keys: "Collection[int] | models.QuerySet[Programme]") -> dict[int, dict[str, Clock]]:
    """Return the clocks in force by programme: the plan's own days before the law's (one query)."""
    newest = ProgrammeVersion.objects.filter(programme__in=keys, number=newest_number("programme_id"))
    return clocks_of_versions(newest)


def clocks_of_versions(newest: Iterable[ProgrammeVersion]) -> dict[int, dict[str, Clock]]:
    """Return the clocks in force by programme, from its newest version (no query)."""
    return {version.programme_id: clocks_under(plan_of(version).deadlines) for version in newest}


def running_on(claim: Claim, today: date, under: Mapping[str, Clock]) -> Iterator[Running]:
    """Yield the clocks that run on a claim of `_claims`: with notices and letters fetched, and what was paid."""
    pauses = pauses_of(claim)
    if claim.is_open:
        if claim.status == Status.REPORTED and claim.moved_at == claim.reported_at:
            yield _one(claim, under["first_answer"], timezone.localdate(claim.reported_at), today, pauses)
        yield _one(claim, under["step"], timezone.localdate(claim.moved_at), today, pauses)
        yield _one(claim, under["decision"], timezone.localdate(claim.reported_at), today, pauses)
        if not claim.partial_fen:
            yield _one(claim, under["certain_part"], timezone.localdate(claim.reported_at), today, pauses)
    elif claim.status == Status.APPROVED and claim.closed_on and not _is_paid(claim):
        yield _one(claim, under["payment"], claim.closed_on, today)
    elif claim.status == Status.REFUSED and claim.closed_on and not _has_letter(claim):
        yield _one(claim, under["refusal_letter"], claim.closed_on, today)


def _is_paid(claim: Claim) -> bool:
    return getattr(claim, "paid_fen", 0) >= (claim.payable_fen or 0)


def _has_letter(claim: Claim) -> bool:
    return any(letter.decision.round == claim.round for letter in claim.letters.all())


def clocks_of(claim: Claim, today: date) -> list[Running]:
    """Return the clocks of one claim (five queries)."""
    under = clocks_by_programme([claim.programme_id])[claim.programme_id]
    return list(running_on(_with_facts(Claim.objects.filter(pk=claim.pk)).get(), today, under))


def pauses_of(claim: Claim) -> tuple[Pause, ...]:
    """Return the days on which the claim waited for papers: from the notice, to the last paper or still on."""
    return tuple(
        (timezone.localdate(span.from_at), timezone.localdate(span.to_at) if span.to_at else None)
        for span in waiting_for_papers(claim)
    )


def _claims(user: User) -> Sequence[Claim]:
    """The open claims, the approved ones that are not paid in full, and the refused ones (for their letters)."""
    watched = [*Claim.OPEN, Status.APPROVED, Status.REFUSED]
    return list(_with_facts(Claim.objects.visible_to(user).filter(status__in=watched)))


def _with_facts(claims: "models.QuerySet[Claim]") -> "models.QuerySet[Claim]":
    paid = Payout.objects.filter(claim=OuterRef("pk"), state=Payout.State.PAID).order_by().values("claim")
    summed = Subquery(paid.annotate(all=Sum("amount_fen")).values("all")[:1])
    back = TakeBack.objects.filter(claim=OuterRef("pk"), returned_fen__gt=0).order_by().values("claim")
    returned = Subquery(back.annotate(all=Sum("returned_fen")).values("all")[:1])
    whole: models.BigIntegerField[int, int] = models.BigIntegerField()
    return (
        claims.annotate(paid_fen=Coalesce(summed, 0, output_field=whole) - Coalesce(returned, 0, output_field=whole))
        .select_related("resident", "village")
        .prefetch_related("notices", models.Prefetch("letters", RefusalLetter.objects.select_related("decision")))
    )


def _one(claim: Claim, clock: Clock, since: date, today: date, pauses: Sequence[Pause] = ()) -> Running:
    return Running(claim, clock, since, due_on(clock, since, pauses), days_left(clock, since, today, pauses))
