"""工作经费补助: amounts by completion and scheme, frozen when prepared, approved by a second person."""

from datetime import datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.assessment.commendations import require_reason
from ankang.assessment.errors import KeyReused, NothingToReward, NotWaiting
from ankang.assessment.locks import programme_held, subsidy_for_update
from ankang.assessment.models import AssessmentRun
from ankang.assessment.permissions import require_another, require_town
from ankang.assessment.queries import require_newest, require_no_open_objection
from ankang.assessment.reward_models import SubsidyLine, SubsidyRequest
from ankang.audit.record import record
from ankang.rules.assessment_rewards import subsidies
from ankang.rules.errors import Conflict

State = SubsidyRequest.State


@transaction.atomic
def prepare_subsidy(*, by: User, run: AssessmentRun, key: str, now: datetime) -> SubsidyRequest:
    """Freeze a request for the work funds of every village by the scheme; the same key returns the same request.

    Errors: NotAllowed; NotNewest; ObjectionsOpen; NothingToReward; Conflict when one of this run is under way.
    """
    require_town(by, run.programme)
    programme_held(run.programme_id)
    if stored := SubsidyRequest.objects.filter(key=key).first():
        return _same(stored, by)
    require_newest(run)
    require_no_open_objection(run)
    if run.subsidyrequests.exclude(state=State.REFUSED).exists():
        raise Conflict("这一版成绩已经编过补助申请。请打开那份申请接着办。")
    lines = _lines(run)
    total = sum(line.amount_fen for line in lines)
    if not total:
        raise NothingToReward("按办法没有村居能得补助。请查对办法里的档次和预算。")
    rule = run.scheme.scheme.subsidy
    made = SubsidyRequest.objects.create(
        key=key, run=run, prepared_by=by, prepared_at=now, budget_fen=rule.budget_fen if rule else 0, total_fen=total
    )
    for line in lines:
        line.request = made
    SubsidyLine.objects.bulk_create(lines)
    record(
        by=by,
        action="subsidy.prepare",
        subject=made,
        division_code=run.programme.division_id,
        villages=len(lines),
        total_fen=total,
    )
    return made


@transaction.atomic
def review_subsidy(*, by: User, request: SubsidyRequest, approve: bool, note: str, now: datetime) -> SubsidyRequest:
    """Approve or refuse a request as the second person; the amounts never change.

    Errors: NotAllowed; SecondPersonNeeded; NotWaiting; InvalidInput (a refusal without `note`); NotNewest.
    """
    require_town(by, request.run.programme)
    locked = subsidy_for_update(request.pk)
    require_another(by, locked.prepared_by_id, "这份申请")
    if locked.state != State.PREPARED:
        raise NotWaiting(f"这份申请{locked.get_state_display()}，不用再复核。请刷新页面。")
    require_reason(approve, note)
    if approve:
        require_newest(locked.run)
    locked.state = State.APPROVED if approve else State.REFUSED
    locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = by, now, note.strip()
    locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "reviewed_note"])
    record(
        by=by,
        action="subsidy.approve" if approve else "subsidy.refuse",
        subject=locked,
        division_code=locked.run.programme.division_id,
        total_fen=locked.total_fen,
    )
    return locked


def _lines(run: AssessmentRun) -> list[SubsidyLine]:
    rule = run.scheme.scheme.subsidy
    if rule is None:
        raise NothingToReward("确认的办法里没有工作经费补助。要补助，请在办法里加 [subsidy]，重新确认。")
    rows = list(run.rows.order_by("pk"))
    vetoed = frozenset(row.village_id for row in rows if row.is_vetoed)
    return [
        SubsidyLine(
            village_id=one.village,
            serial=one.serial,
            wanted_fen=one.wanted_fen,
            amount_fen=one.amount_fen,
            words=one.words,
        )
        for one in subsidies(rule, [row.facts for row in rows], vetoed)
    ]


def _same(stored: SubsidyRequest, by: User) -> SubsidyRequest:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再编。", key=stored.key)
    return stored
