"""Freezing results, and the new version after objections. The old one stays as it was."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.assessment.errors import AlreadyFrozen, KeyReused, TooEarly
from ankang.assessment.facts import village_facts
from ankang.assessment.locks import programme_held
from ankang.assessment.models import AssessmentRow, AssessmentRun, AssessmentScheme, Objection
from ankang.assessment.permissions import require_manager
from ankang.assessment.queries import confirmed_scheme, require_newest, require_no_open_objection, run_digest
from ankang.audit.record import record
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.assessment import VillageFacts
from ankang.rules.assessment_scores import score_villages
from ankang.rules.canonical import to_document
from ankang.rules.days import day_words
from ankang.rules.errors import Conflict, InvalidInput


@transaction.atomic
def freeze_run(*, by: User, version: ProgrammeVersion, key: str, today: date, now: datetime) -> AssessmentRun:
    """Freeze the figures of today with the confirmed scheme as the first official results; once a programme.

    The same key again returns the same run.
    Errors: NotAllowed; SchemeNotConfirmed; TooEarly before the campaign is over; AlreadyFrozen; InvalidInput without
    villages.
    """
    programme = version.programme
    require_manager(by, programme)
    programme_held(programme.pk)
    if stored := _stored(key, by):
        return stored
    scheme = confirmed_scheme(programme)
    if today <= (last := plan_of(version).window_to):
        raise TooEarly(f"推进期到{day_words(last)}，还没结束，现在只能预览。第二天起可以冻结。")
    if programme.runs.exists():
        raise AlreadyFrozen("成绩已经冻结过了，不能再冻结一次。有误请走申诉，采纳后重算成新的一版。")
    facts = village_facts(by, version, scheme.scheme, today)
    if not facts:
        raise InvalidInput("这个镇还没有村居，没有可考核的。请先建好村居。", field="villages")
    run = AssessmentRun(key=key, programme=programme, scheme=scheme, number=1, as_of=today, frozen_at=now, frozen_by=by)
    return _store(run, scheme, facts, "assessment.freeze")


@transaction.atomic
def recalculate(*, by: User, run: AssessmentRun, reason: str, key: str, now: datetime) -> AssessmentRun:
    """Return the next version of the results: the frozen counts with the corrections of upheld objections.

    Everything else stays as it was frozen; a scheme confirmed since then is applied. The same key returns the same run.
    Errors: NotAllowed; InvalidInput without `reason`; NotNewest; ObjectionsOpen; Conflict when nothing would change.
    """
    require_manager(by, run.programme)
    if not reason.strip():
        raise InvalidInput("请写明为什么重算，村里都看得到。", field="reason")
    programme_held(run.programme_id)
    if stored := _stored(key, by):
        return stored
    require_newest(run)
    require_no_open_objection(run)
    scheme = confirmed_scheme(run.programme)
    rows = list(run.rows.order_by("pk"))
    facts = _corrected(run, [row.facts for row in rows])
    _require_change(run, scheme, facts, [row.facts for row in rows])
    following = AssessmentRun(
        key=key,
        programme=run.programme,
        scheme=scheme,
        number=run.number + 1,
        previous=run,
        as_of=run.as_of,
        frozen_at=now,
        frozen_by=by,
        reason=reason.strip(),
    )
    return _store(following, scheme, facts, "assessment.recalculate")


def _stored(key: str, by: User) -> AssessmentRun | None:
    found: AssessmentRun | None = AssessmentRun.objects.filter(key=key).select_related("programme").first()
    if found and found.frozen_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再办。", key=key)
    return found


def _corrected(run: AssessmentRun, facts: Sequence[VillageFacts]) -> list[VillageFacts]:
    fixes: dict[str, dict[str, int]] = {}
    for objection in run.objections.filter(state=Objection.State.UPHELD, corrected__isnull=False).order_by("pk"):
        fixes.setdefault(objection.village_id, {})[objection.about] = objection.corrected
    return [replace(one, counts=dict(one.counts) | fixes.get(one.code, {})) for one in facts]


def _require_change(
    run: AssessmentRun, scheme: AssessmentScheme, facts: Sequence[VillageFacts], before: Sequence[VillageFacts]
) -> None:
    if scheme.digest == run.scheme_digest and list(facts) == list(before):
        raise Conflict("没有采纳任何更正，办法也没有变，重算还是一样。请先答复申诉，写明更正为多少。")
    missing = [code for code in scheme.scheme.counts if code not in facts[0].counts]
    if missing:
        raise Conflict(f"新办法要看的数（{'、'.join(missing)}）冻结时没有取，不能按它重算。请恢复原来的日子。")


def _store(run: AssessmentRun, scheme: AssessmentScheme, facts: Sequence[VillageFacts], action: str) -> AssessmentRun:
    known = {one.code: one for one in facts}
    rows = [
        AssessmentRow(
            run=run,
            village_id=score.village,
            facts_document=to_document(known[score.village]),
            score_document=to_document(score),
            points=score.points,
            rank=score.rank,
            is_vetoed=score.is_vetoed,
        )
        for score in score_villages(scheme.scheme, facts)
    ]
    run.scheme_digest, run.digest = scheme.digest, run_digest(scheme.digest, rows)
    run.save()
    AssessmentRow.objects.bulk_create(rows)
    record(
        by=run.frozen_by,
        action=action,
        subject=run,
        division_code=run.programme.division_id,
        number=run.number,
        villages=len(rows),
        digest=run.digest,
    )
    return run
