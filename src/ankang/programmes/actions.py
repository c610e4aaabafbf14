"""Publishing a plan: each state of it is stored once and never changed."""

from datetime import datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.divisions.models import Division
from ankang.programmes.locks import programme_for_update
from ankang.programmes.models import Programme, ProgrammeVersion, Target
from ankang.rules.canonical import digest_of, to_document
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.programme import Programme as Plan
from ankang.rules.programme import TargetRow


@transaction.atomic
def publish_version(
    *,
    plan: Plan,
    division: Division,
    by: User | None,
    at: datetime,
    why: str = "",
    source: str = "",
    is_sample: bool = False,
) -> ProgrammeVersion:
    """Return the stored version of this plan: the existing one when nothing in it changed, else the next number.

    The first version brings the programme and its published targets, village by serial number, which stay frozen.
    `source`: the text of the `programme.toml` that the plan was read from.
    Errors: InvalidInput (another division's plan, a target without a village), Conflict (targets changed afterwards).
    """
    digest = digest_of(plan)
    programme = _programme(plan, division, is_sample)
    existing = programme.versions.filter(digest=digest).select_related("programme").first()
    if existing:
        return existing
    latest = programme.versions.order_by("-number").first()
    if latest is None:
        _freeze_targets(programme, plan.targets, division)
    else:
        _refuse_other_targets(programme, plan.targets)
        _follow_dates(programme, plan)
    version = ProgrammeVersion.objects.create(
        programme=programme,
        number=latest.number + 1 if latest else 1,
        document=to_document(plan),
        digest=digest,
        source=source,
        published_at=at,
        published_by=by,
        why=why,
    )
    record(
        by=by,
        action="programme.publish",
        subject=version,
        division_code=division.code,
        programme=plan.id,
        number=version.number,
        digest=digest,
    )
    return version


def _programme(plan: Plan, division: Division, is_sample: bool) -> Programme:
    if plan.division_code and plan.division_code != division.code:
        raise InvalidInput(
            f"方案“{plan.name}”写的区划代码是 {plan.division_code}，不能发布到{division.name}（{division.code}）。"
            "请改方案文件里的 division_code，或选对镇街。",
            field="division_code",
            value=plan.division_code,
        )
    created, is_new = Programme.objects.get_or_create(
        slug=plan.id, defaults={**_dates(plan), "division": division, "is_sample": is_sample}
    )
    if is_new:
        return created
    programme = programme_for_update(plan.id)
    if programme.division_id != division.code:
        raise Conflict(f"方案编号 {plan.id} 已由另一个镇街使用。请换一个编号。", slug=plan.id)
    return programme


def _dates(plan: Plan) -> dict[str, object]:
    return {
        "year": plan.year,
        "name": plan.name,
        "window_from": plan.window_from,
        "window_to": plan.window_to,
        "cover_from": plan.cover_from,
        "cover_to": plan.cover_to,
    }


def _follow_dates(programme: Programme, plan: Plan) -> None:
    """The programme's own row tells what its newest version says."""
    Programme.objects.filter(pk=programme.pk).update(**_dates(plan))
    programme.refresh_from_db()


def _freeze_targets(programme: Programme, rows: tuple[TargetRow, ...], division: Division) -> None:
    villages = {village.serial: village for village in Division.objects.filter(parent=division)}
    missing = [str(row.serial) for row in rows if row.serial not in villages]
    if missing:
        raise InvalidInput(
            f"目标表里序号 {'、'.join(missing)} 的村居在{division.name}找不到。请先建好村居，序号与目标表一致。",
            field="targets",
            value=",".join(missing),
        )
    Target.objects.bulk_create(
        Target(
            programme=programme,
            village=villages[row.serial],
            serial=row.serial,
            population=row.population,
            target=row.target,
        )
        for row in rows
    )


def _refuse_other_targets(programme: Programme, rows: tuple[TargetRow, ...]) -> None:
    # READING K13: the published population is frozen, so a later version cannot bring another one.
    stored = set(programme.targets.values_list("serial", "population", "target"))
    if stored != {(row.serial, row.population, row.target) for row in rows}:
        raise Conflict(
            f"方案 {programme.slug} 的目标分配表已经冻结，新版本不能改人口数和目标。"
            "请恢复原表；要改，发布后到“目标任务”按文件下达。",
            programme=programme.slug,
        )
