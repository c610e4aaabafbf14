"""What has changed on the roster or in the enrolments and is not yet on the policies: the to-do list of 批改."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from ankang.accounts.models import User
from ankang.enrolment.models import Holding
from ankang.money.queries import funded_holdings
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.models import ApplicationRow, Certificate, GroupPolicy
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.roster.transfer_models import Transfer

Kind = Endorsement.Kind
MOST = 200  # of a kind on one page
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Proposal:
    """One change that a policy has not seen yet: from which day on it holds, and why, in words."""

    kind: Endorsement.Kind
    holding: Holding
    resident: Resident
    effective_on: date
    words: str
    certificate: Certificate | None = None


def proposals(user: User, programme: Programme, today: date) -> list[Proposal]:
    """Return what is to be endorsed in one's villages, at most `MOST` of a kind (four queries, one more for moves)."""
    mine = Certificate.objects.visible_to(user).filter(policy__programme=programme)
    found = [*_removals(mine), *_corrections(mine, today), *_transfers(mine, today)]
    return [*found, *_additions(user, programme)]


def proposal_for(kind: str, holding: Holding, today: date) -> Proposal | None:
    """Return the change of this kind that a holding needs now, None when it needs none. At most three queries."""
    programme = holding.enrolment.participation.programme
    mine = Certificate.objects.filter(holding=holding)
    makers = {
        Kind.REMOVE: lambda: _removals(mine),
        Kind.IDENTITY: lambda: _corrections(mine, today),
        Kind.TRANSFER: lambda: _transfers(mine, today),
        Kind.ADD: lambda: _added(_addable(programme).filter(pk=holding.pk)),
    }
    return next(iter(makers[Kind(kind)]()), None)


def _open(mine: QuerySet[Certificate], kind: Kind) -> QuerySet[Certificate]:
    asked = Endorsement.objects.filter(holding=OuterRef("holding"), kind=kind, state=Endorsement.State.WAITING)
    rows = mine.filter(~Exists(asked), ended_from__isnull=True)
    return rows.select_related("resident__village", "village", "policy", "holding__enrolment").order_by("pk")


def _removals(mine: QuerySet[Certificate]) -> Iterator[Proposal]:
    gone = Q(holding__enrolment__withdrawn_on__isnull=False) | Q(holding__enrolment__cancelled_at__isnull=False)
    early = Q(resident__status=Resident.Status.DEAD, resident__died_on__lt=F("cover_from"))
    for one in _open(mine, Kind.REMOVE).filter(gone | early)[:MOST]:
        yield Proposal(Kind.REMOVE, one.holding, one.resident, _removed_from(one), _why_removed(one), one)


def _removed_from(one: Certificate) -> date:
    """The first day without cover: after the day of the withdrawal, never before the cover itself."""
    withdrawn = one.holding.enrolment.withdrawn_on
    return max(withdrawn + _DAY, one.cover_from) if withdrawn else one.cover_from


def _why_removed(one: Certificate) -> str:
    if one.holding.enrolment.withdrawn_on:
        return "退保已经同意"
    if one.holding.enrolment.cancelled_at:
        return "参保登记已撤销"
    return "保障开始以前已去世，要退保费"


def _corrections(mine: QuerySet[Certificate], today: date) -> Iterator[Proposal]:
    other = ~Q(identity_index=F("resident__number_index")) | ~Q(name=F("resident__name"))
    for one in _open(mine, Kind.IDENTITY).filter(other, resident__number_index__isnull=False)[:MOST]:
        both = ("姓名" if one.name != one.resident.name else "") + (
            "身份证号" if one.identity_index != one.resident.number_index else ""
        )
        yield Proposal(Kind.IDENTITY, one.holding, one.resident, today, f"名册上的{both}已更正", one)


def _transfers(mine: QuerySet[Certificate], today: date) -> Iterator[Proposal]:
    rows = list(_open(mine, Kind.TRANSFER).filter(~Q(village=F("resident__village")))[:MOST])
    moves = Transfer.objects.filter(resident__in=[one.resident_id for one in rows], state=Transfer.State.ACCEPTED)
    days = {move.resident_id: move.moves_on for move in moves.order_by("pk")} if rows else {}
    for one in rows:
        words = f"已转到{one.resident.village.name}"
        day = days.get(one.resident_id, today)
        yield Proposal(Kind.TRANSFER, one.holding, one.resident, day, words, one)


def _additions(user: User, programme: Programme) -> Iterator[Proposal]:
    rows = _addable(programme).filter(enrolment__participation__resident__village__code__startswith=user.scope)
    yield from _added(rows)


def _addable(programme: Programme) -> QuerySet[Holding]:
    """Paid holdings of late entries in villages that have a policy: they join it, no batch is needed for them."""
    person = OuterRef("enrolment__participation__resident__village")
    alive = ApplicationRow.Outcome.WAITING, ApplicationRow.Outcome.ACCEPTED
    asked = Endorsement.objects.filter(holding=OuterRef("pk"), kind=Kind.ADD, state=Endorsement.State.WAITING)
    rows = funded_holdings(programme).filter(
        ~Exists(ApplicationRow.objects.filter(holding=OuterRef("pk"), outcome__in=alive)),
        ~Exists(Certificate.objects.filter(holding=OuterRef("pk"))),
        ~Exists(asked),
        Exists(GroupPolicy.objects.filter(programme=programme, village=person)),
        enrolment__late_entry__isnull=False,
        enrolment__withdrawn_on__isnull=True,
        enrolment__participation__resident__status=Resident.Status.LIVING,
    )
    return rows.select_related("enrolment__participation__resident__village").order_by("pk")


def _added(rows: QuerySet[Holding]) -> Iterator[Proposal]:
    for one in rows[:MOST]:
        resident = one.enrolment.participation.resident
        yield Proposal(Kind.ADD, one, resident, one.cover_from, "逾期补登的，加进本村的保单")
