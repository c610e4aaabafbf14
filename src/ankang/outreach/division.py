"""Who looks after whom (任务分解): named leads, residents divided among the village's workers, each change audited."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.outreach.households import equal_parts, natural
from ankang.outreach.locks import residents_to_divide, ticked_residents
from ankang.outreach.models import Assignment, VillageLead
from ankang.outreach.permissions import require_lead, require_naming, works_at
from ankang.roster.models import Resident
from ankang.rules.errors import InvalidInput
from ankang.rules.programme import Programme as Plan

MOST_TICKS = 500


@transaction.atomic
def name_lead(*, by: User, village: Division, user: User, now: datetime) -> VillageLead:
    """Name a village's first responsible person, in place of an earlier one.

    Errors: NotAllowed unless `by` manages the village's accounts; InvalidInput for who does not work there.
    """
    require_naming(by, village, user)
    row, _ = VillageLead.objects.update_or_create(
        village=village, defaults={"user": user, "named_at": now, "named_by": by}
    )
    record(by=by, action="outreach.name_lead", subject=user, division_code=village.code)
    return row


@transaction.atomic
def assign(
    *,
    by: User,
    village: Division,
    worker: User | None,
    residents: Collection[int] = (),
    households: Collection[str] = (),
    now: datetime,
) -> int:
    """Give ticked residents and whole households to one worker, or to nobody, and return how many changed hands.

    Errors: NotAllowed outside one's village; NotTheLead; InvalidInput without a tick, with more than 500, or for a
    worker who is not of this village.
    """
    require_lead(by, village.code)
    if worker is not None:
        _require_workers(village, [worker])
    if not 0 < len(residents) + len(households) <= MOST_TICKS:
        raise InvalidInput(f"请先勾选要分的户或老人，一次最多{MOST_TICKS}个。", field="resident")
    ticked = ticked_residents(village, residents, [one for one in households if one])
    to = worker.pk if worker else None
    return _hand_over(by, village, {one.pk: to for one in ticked}, "outreach.assign", now)


@transaction.atomic
def divide(
    *, by: User, village: Division, plan: Plan, workers: Sequence[User], everybody: bool = False, now: datetime
) -> int:
    """Divide a village by household among workers in equal parts, and return how many changed hands.

    Neighbours by household number stay together and no household is split; the same people and workers always give the
    same parts. Unless `everybody`, those in somebody's care stay there, and newcomers of a household join its worker.
    Errors: NotAllowed outside one's village; NotTheLead; InvalidInput without workers or for one of another village.
    """
    require_lead(by, village.code)
    _require_workers(village, workers)
    homes = _homes(residents_to_divide(by, village, plan))
    care: Mapping[int, int] = {} if everybody else _in_care(village)
    given = {one.pk: worker for home in homes for one, worker in _kept(home, care)}
    left = [home for home in homes if home[0].pk not in given]
    chosen = sorted(worker.pk for worker in workers)
    for home, part in zip(left, equal_parts([len(home) for home in left], len(chosen)), strict=True):
        given |= {one.pk: chosen[part] for one in home}
    return _hand_over(by, village, given, "outreach.divide", now)


def _kept(home: list[Resident], care: Mapping[int, int]) -> list[tuple[Resident, int]]:
    """Return a home's people with their workers, newcomers with the first one's; nobody when the home is new."""
    known = [care[one.pk] for one in home if one.pk in care]
    return [(one, care.get(one.pk, known[0])) for one in home] if known else []


def _homes(residents: Sequence[Resident]) -> list[list[Resident]]:
    """Return the households in the order of their numbers; who has no number is a household alone."""
    homes: dict[str, list[Resident]] = {}
    for one in residents:
        homes.setdefault(one.household or f"#{one.pk}", []).append(one)
    return [homes[key] for key in sorted(homes, key=natural)]


def _in_care(village: Division) -> dict[int, int]:
    return dict(Assignment.objects.filter(village=village).values_list("resident_id", "worker_id"))


def _require_workers(village: Division, workers: Sequence[User]) -> None:
    if not workers:
        raise InvalidInput("请至少选一位工作人员。", field="worker")
    for worker in workers:
        if not works_at(worker, village.code):
            raise InvalidInput(f"{worker.full_name}不是{village.name}在用的账号，不能分给他。", field="worker")


def _hand_over(by: User, village: Division, care: Mapping[int, int | None], action: str, now: datetime) -> int:
    """Store who cares for whom; the residents are locked by the caller. One audit row names each change by keys."""
    before = _in_care(village)
    changes = [[one, before.get(one), to] for one, to in care.items() if before.get(one) != to]
    if not changes:
        return 0
    taken = [one for one, _, to in changes if to is None]
    if taken:
        Assignment.objects.filter(village=village, resident__in=taken).delete()
    Assignment.objects.bulk_create(
        [
            Assignment(resident_id=one, village=village, worker_id=to, assigned_at=now, assigned_by=by)
            for one, to in care.items()
            if to is not None and before.get(one) != to
        ],
        update_conflicts=True,
        unique_fields=["resident"],
        update_fields=["village", "worker", "assigned_at", "assigned_by"],
    )
    counts = Counter(str(to or "") for _, _, to in changes)
    record(by=by, action=action, division_code=village.code, people=dict(sorted(counts.items())), changes=changes)
    return len(changes)
