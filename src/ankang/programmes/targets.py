"""The targets of a programme: what is in force on a day, and issuing new ones on a paper.

The first come with the plan (附件1, `Target`). Later ones are issues of their own, whole and never changed: coverage
asks for those of its day, and a bulletin keeps the figures that it was frozen with.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.divisions.models import Division, prefix_of
from ankang.programmes.locks import programme_for_update
from ankang.programmes.models import Programme, Target
from ankang.programmes.target_models import IssuedTarget, TargetIssue
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.programme import TargetRow


@dataclass(frozen=True, slots=True)
class VillageTarget:
    """One village's population and target, in people."""

    code: str
    serial: int
    name: str
    population: int
    target: int

    @property
    def row(self) -> TargetRow:
        return TargetRow(self.serial, self.name, self.population, self.target)


@dataclass(frozen=True, slots=True)
class InForce:
    """The targets of a day, in the order of 附件1. `issue` None: those that came with the plan, or none at all."""

    issue: TargetIssue | None
    rows: tuple[VillageTarget, ...]


@dataclass(frozen=True, slots=True)
class Basis:
    """What an issue rests on: the paper, where the populations come from, by what rule the targets were computed."""

    paper: str
    paper_on: date
    reason: str
    source: str  # TargetIssue.Source
    source_on: date | None
    rule: str  # rules.targets.Rounding


def issue_on(programme: Programme, day: date) -> "QuerySet[TargetIssue]":
    """Return the issues whose day has come, the one in force first."""
    return TargetIssue.objects.filter(programme=programme, from_on__lte=day).order_by("-number")


def targets_on(programme: Programme, day: date) -> InForce:
    """Return the targets in force on a day (two queries)."""
    issue = issue_on(programme, day).select_related("issued_by").first()
    rows: QuerySet[IssuedTarget] | QuerySet[Target] = (
        IssuedTarget.objects.filter(issue=issue) if issue else Target.objects.filter(programme=programme)
    )
    found = rows.order_by("serial").values_list("village_id", "serial", "village__name", "population", "target")
    return InForce(issue, tuple(VillageTarget(*row) for row in found))


def issues_of(programme: Programme) -> list[TargetIssue]:
    """Return every issue, the newest first (one query)."""
    return list(TargetIssue.objects.filter(programme=programme).select_related("issued_by").order_by("-number"))


def villages_to_target(programme: Programme) -> list[Division]:
    """Return the villages that a table of targets must name, in order (one query)."""
    below = Division.objects.filter(code__startswith=prefix_of(programme.division_id))
    return list(below.filter(level=Division.Level.VILLAGE).order_by("serial", "code"))


def may_issue(user: User, programme: Programme) -> bool:
    """Whether this person may issue the programme's targets: a manager of the town, or of one above it."""
    return bool(
        user.is_active and user.is_manager and user.desk == Desk.TOWN and programme.division_id.startswith(user.scope)
    )


@transaction.atomic
def issue_targets(
    *,
    by: User,
    programme: Programme,
    rows: Sequence[VillageTarget],
    basis: Basis,
    from_on: date,
    key: str,
    now: datetime,
) -> TargetIssue:
    """Issue a whole table of targets, in force from a day on, and return it; with a known `key` the issue that it made.

    Errors: NotAllowed; InvalidInput (no paper, a village missing, a target above its population, a day that is past);
    Conflict when the same table is in force already.
    """
    if not may_issue(by, programme):
        raise NotAllowed("只有镇民政办管账号的人可以下达目标，请找他办理。")
    locked = programme_for_update(programme.slug)
    done = TargetIssue.objects.filter(key=key, programme=locked).first()
    if done is not None:
        return done
    latest = TargetIssue.objects.filter(programme=locked).order_by("-number").first()
    _require_basis(locked, basis, latest, now.date())
    _require_day(from_on, latest, now.date())
    _require_rows(villages_to_target(locked), rows)
    _require_change(locked, rows, from_on)
    number = latest.number + 1 if latest else 1
    issue = _store(rows, basis, key=key, programme=locked, number=number, from_on=from_on, issued_at=now, issued_by=by)
    record(
        by=by,
        action="programme.issue_targets",
        subject=issue,
        division_code=locked.division_id,
        programme=locked.slug,
        number=issue.number,
        from_on=from_on.isoformat(),
        paper=issue.paper,
        population=sum(row.population for row in rows),
        target=sum(row.target for row in rows),
    )
    return issue


def _store(rows: Sequence[VillageTarget], basis: Basis, **facts: Any) -> TargetIssue:
    issue = TargetIssue.objects.create(
        paper=basis.paper.strip(),
        paper_on=basis.paper_on,
        reason=basis.reason.strip(),
        source=basis.source,
        source_on=basis.source_on,
        rule=basis.rule,
        **facts,
    )
    IssuedTarget.objects.bulk_create(
        IssuedTarget(issue=issue, village_id=row.code, serial=row.serial, population=row.population, target=row.target)
        for row in rows
    )
    return issue


def _require_basis(programme: Programme, basis: Basis, latest: TargetIssue | None, today: date) -> None:
    if not basis.paper.strip():
        raise InvalidInput("请填下达目标的文号，例如“×政发〔2024〕5号”。", field="paper")
    if basis.paper_on > today:
        raise InvalidInput("文件日期还没到。请填文件上印的日期。", field="paper_on")
    is_first = latest is None and not Target.objects.filter(programme=programme).exists()
    if not is_first and not basis.reason.strip():
        raise InvalidInput("目标下达过了，再改要写明为什么，例如“区里重新核定人口数”。", field="reason")


def _require_day(from_on: date, latest: TargetIssue | None, today: date) -> None:
    if from_on < today:
        raise InvalidInput("不能从过去的日子起算：那几天的进度已经按原目标公布。请选今天或以后。", field="from_on")
    if latest is not None and from_on < latest.from_on:
        raise InvalidInput(
            f"第{latest.number}次下达从{latest.from_on:%Y-%m-%d}起算，这一次不能更早。请选那天或以后。", field="from_on"
        )


def _require_rows(villages: Sequence[Division], rows: Sequence[VillageTarget]) -> None:
    given = {row.code: row for row in rows}
    missing = [village.name for village in villages if village.code not in given]
    if missing:
        raise InvalidInput(f"目标表缺 {'、'.join(missing)}。每个村都要有人口数和目标。", field="rows")
    if len(given) != len(rows) or len(rows) != len(villages):
        raise InvalidInput("目标表里有重复的村，或不是本镇的村。请每个村只留一行。", field="rows")
    for row in rows:
        if row.population < 1:
            raise InvalidInput(f"{row.name}的人口数要填大于0的整数。", field=f"population-{row.code}")
        if not 0 <= row.target <= row.population:
            raise InvalidInput(f"{row.name}的目标要在0到{row.population}人之间。", field=f"target-{row.code}")


def _require_change(programme: Programme, rows: Sequence[VillageTarget], day: date) -> None:
    standing = {(row.code, row.population, row.target) for row in targets_on(programme, day).rows}
    if standing == {(row.code, row.population, row.target) for row in rows}:
        raise Conflict("和现行的目标一模一样，没有要下达的。请先改人口数、算法或目标。", field="rows")
