"""分期到账: what finance or a donor agreed to pay by which day, and what of it is due (ADR 0056)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.rules.instalments import Due, Part, due, require_parts
from ankang.treasury.errors import NotInState
from ankang.treasury.locks import donation_for_update, request_for_update
from ankang.treasury.models import Donation, GovernmentRequest, Instalment
from ankang.treasury.permissions import require_town

Paper = GovernmentRequest | Donation


@dataclass(frozen=True, slots=True)
class Waited:
    """A paper with the next part that has not come."""

    paper: Paper
    due: Due

    @property
    def is_government(self) -> bool:
        return isinstance(self.paper, GovernmentRequest)


def left_fen(paper: Paper) -> int:
    """Return what has still to come of a promised request or an agreed donation."""
    return paper.outstanding_fen if isinstance(paper, GovernmentRequest) else paper.amount_fen - paper.received_fen


def agreed(paper: Paper) -> tuple[Part, ...]:
    """Return the parts as they stand, by day (one query)."""
    return tuple(Part(one.due_on, one.amount_fen) for one in _living(paper))


def agree_instalments(*, by: User, paper: Paper, parts: Sequence[Part], now: datetime) -> Paper:
    """Note in which parts the rest shall come; what was agreed before is replaced. The same again: no change.

    Errors: NotAllowed, NotInState (nothing is to come), InvalidInput (see `require_parts`).
    """
    require_town(by, paper.division_id)
    with transaction.atomic():
        is_government = isinstance(paper, GovernmentRequest)
        locked: Paper = request_for_update(paper.pk) if is_government else donation_for_update(paper.pk)
        if not left_fen(locked):
            raise NotInState("没有要等的钱，不用约定分期。请刷新页面看现在到哪一步了。", state="")
        wanted = require_parts(parts, left_fen(locked), now.date())
        if wanted == agreed(locked):
            return locked
        _living(locked).update(replaced_at=now)
        Instalment.objects.bulk_create(
            Instalment(due_on=one.due_on, amount_fen=one.amount_fen, by=by, at=now, **_of(locked)) for one in wanted
        )
        record(
            by=by, action="treasury.agree_parts", subject=locked, division_code=locked.division_id, parts=len(wanted)
        )
        return locked


def waited(user: User, today: date) -> list[Waited]:
    """Return the papers with agreed parts that have not come, the earliest day first (one query)."""
    mine = Q(request__division__code__startswith=user.scope) | Q(donation__division__code__startswith=user.scope)
    rows = Instalment.objects.filter(mine, replaced_at__isnull=True).select_related("request", "donation__donor")
    papers: dict[tuple[int | None, int | None], list[Instalment]] = defaultdict(list)
    for one in rows:
        papers[one.request_id, one.donation_id].append(one)
    found = [_waited(parts, today) for parts in papers.values()]
    return sorted((one for one in found if one), key=lambda one: (one.due.next_on, one.paper.pk))


def papers_due(user: User, today: date) -> tuple[QuerySet[GovernmentRequest], QuerySet[Donation]]:
    """Return the requests and donations of which an agreed part should be here by now and is not."""
    requests = GovernmentRequest.objects.visible_to(user).filter(state=GovernmentRequest.State.ACCEPTED)
    return (
        _behind(requests, "request", today).filter(total_fen__gt=F("received_fen") + F("waived_fen") + F("later")),
        _behind(Donation.objects.visible_to(user), "donation", today).filter(
            amount_fen__gt=F("received_fen") + F("later")
        ),
    )


def _behind(papers: QuerySet[Any], name: str, today: date) -> QuerySet[Any]:
    """Papers with agreed parts, each with the sum of those that are not due yet (`later`)."""
    parts = Instalment.objects.filter(replaced_at__isnull=True, **{name: OuterRef("pk")}).order_by()
    later = parts.filter(due_on__gt=today).values(name).annotate(fen=Sum("amount_fen")).values("fen")
    found: QuerySet[Any] = papers.filter(Exists(parts)).annotate(
        later=Coalesce(Subquery(later), 0, output_field=BigIntegerField())
    )
    return found


def _waited(rows: Sequence[Instalment], today: date) -> Waited | None:
    paper = rows[0].request or rows[0].donation
    assert paper is not None  # a check constraint: a part is of one of them
    found = due([Part(one.due_on, one.amount_fen) for one in rows], left_fen(paper), today)
    return Waited(paper, found) if found else None


def _living(paper: Paper) -> QuerySet[Instalment]:
    return Instalment.objects.filter(replaced_at__isnull=True, **_of(paper))


def _of(paper: Paper) -> dict[str, Any]:
    return {"request" if isinstance(paper, GovernmentRequest) else "donation": paper}
