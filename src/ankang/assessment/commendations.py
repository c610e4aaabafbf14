"""表彰: the list by the scheme, a second person, publicity of working days, objections in public, then final."""

from datetime import date, datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.assessment.errors import (
    KeyReused,
    NothingToReward,
    NotWaiting,
    ObjectionsOpen,
    SecondPersonNeeded,
    TooEarly,
)
from ankang.assessment.facts import works
from ankang.assessment.locks import commendation_for_update, programme_held, public_objection_for_update
from ankang.assessment.models import AssessmentRun
from ankang.assessment.permissions import require_another, require_manager, require_town
from ankang.assessment.queries import require_newest, require_no_open_objection
from ankang.assessment.reward_models import Commendation, Commended, PublicObjection
from ankang.audit.record import record
from ankang.claims.workdays import working_day_after
from ankang.programmes.queries import current_version
from ankang.rules.assessment_rewards import commended_persons, commended_villages
from ankang.rules.days import day_words
from ankang.rules.errors import Conflict, InvalidInput

State = Commendation.State


@transaction.atomic
def prepare_commendation(*, by: User, run: AssessmentRun, key: str, now: datetime) -> Commendation:
    """Freeze the list of villages and persons that the scheme commends; the same key returns the same list.

    Errors: NotAllowed; NotNewest; ObjectionsOpen; NothingToReward; Conflict when a list of this run is under way.
    """
    require_town(by, run.programme)
    programme_held(run.programme_id)
    if stored := Commendation.objects.filter(key=key).first():
        return _same(stored, by)
    require_newest(run)
    require_no_open_objection(run)
    if run.commendations.exclude(state=State.REFUSED).exists():
        raise Conflict("这一版成绩已经编过表彰名单。请打开那份名单接着办。")
    listed = _villages(run) + _persons(by, run)
    if not listed:
        raise NothingToReward("按办法没有达到表彰条件的村居和个人。要放宽条件，请改办法，重新确认。")
    made = Commendation.objects.create(key=key, run=run, prepared_by=by, prepared_at=now)
    for position, entry in enumerate(listed, 1):
        entry.commendation, entry.position = made, position
    Commended.objects.bulk_create(listed)
    _note(by, "commendation.prepare", made, entries=len(listed))
    return made


@transaction.atomic
def review_commendation(
    *, by: User, commendation: Commendation, approve: bool, note: str, today: date, now: datetime
) -> Commendation:
    """Approve the list as the second person, which makes it public for the scheme's working days; or refuse it.

    Errors: NotAllowed; SecondPersonNeeded (also for who is on the list); NotWaiting; InvalidInput (a refusal without
    `note`); NotNewest.
    """
    require_town(by, commendation.run.programme)
    locked = commendation_for_update(commendation.pk)
    require_another(by, locked.prepared_by_id, "这份名单")
    if locked.state != State.PREPARED:
        raise NotWaiting(f"这份名单{locked.get_state_display()}，不用再复核。请刷新页面。")
    require_reason(approve, note)
    if approve:
        _require_outside(by, locked)
        require_newest(locked.run)
        locked.public_from = today
        locked.public_to = working_day_after(today, locked.run.scheme.scheme.publicity_days)
    locked.state = State.PUBLIC if approve else State.REFUSED
    locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = by, now, note.strip()
    locked.save()
    _note(by, "commendation.approve" if approve else "commendation.refuse", locked)
    return locked


@transaction.atomic
def note_public_objection(*, by: User, entry: Commended, text: str, key: str, now: datetime) -> PublicObjection:
    """Write down what somebody says against one on the public list; who says so is not stored.

    Errors: NotAllowed; InvalidInput without `text`; NotWaiting when the list is not public.
    """
    require_town(by, entry.commendation.run.programme)
    if not text.strip():
        raise InvalidInput("请写明反映的情况，不写反映人的姓名和电话。", field="text")
    if stored := PublicObjection.objects.filter(key=key).first():
        if stored.noted_by_id != by.pk:
            raise KeyReused("这张表已经提交过一次。请重新打开页面再记。", key=key)
        return stored
    locked = commendation_for_update(entry.commendation_id)
    if locked.state != State.PUBLIC:
        raise NotWaiting(f"这份名单{locked.get_state_display()}，不在公示，不能记异议。")
    made = PublicObjection.objects.create(key=key, commended=entry, text=text.strip(), noted_by=by, noted_at=now)
    _note(by, "commendation.object", locked, position=entry.position)
    return made


@transaction.atomic
def answer_public_objection(
    *, by: User, objection: PublicObjection, uphold: bool, answer: str, now: datetime
) -> PublicObjection:
    """Write what came out; an upheld objection strikes its entry from the list.

    Errors: NotAllowed; InvalidInput without `answer`; NotWaiting.
    """
    require_manager(by, objection.commended.commendation.run.programme)
    if not answer.strip():
        raise InvalidInput("请写明核实结果。", field="answer")
    locked = public_objection_for_update(objection.pk)
    if locked.is_upheld is not None:
        raise NotWaiting("这条异议已经有核实结果。请刷新页面。")
    locked.is_upheld, locked.answer, locked.answered_by, locked.answered_at = uphold, answer.strip(), by, now
    locked.save()
    if uphold:
        Commended.objects.filter(pk=locked.commended_id).update(is_struck=True)
    _note(by, "commendation.answer", locked.commended.commendation, position=locked.commended.position, upheld=uphold)
    return locked


@transaction.atomic
def finish_commendation(*, by: User, commendation: Commendation, today: date, now: datetime) -> Commendation:
    """Make the list final after its publicity; certificates are for what is left of it.

    Errors: NotAllowed; NotWaiting; TooEarly before the publicity is over; ObjectionsOpen; NothingToReward.
    """
    require_manager(by, commendation.run.programme)
    locked = commendation_for_update(commendation.pk)
    if locked.state != State.PUBLIC or locked.public_to is None:
        raise NotWaiting(f"这份名单{locked.get_state_display()}，不能定下来。请刷新页面。")
    if today <= (last := locked.public_to):
        raise TooEarly(f"公示到{day_words(last)}，还没结束。第二天起可以定下来。")
    waiting = PublicObjection.objects.filter(commended__commendation=locked, is_upheld__isnull=True).count()
    if waiting:
        raise ObjectionsOpen(f"还有 {waiting} 条公示异议没有核实结果。请先写明结果。", waiting=waiting)
    if not locked.entries.filter(is_struck=False).exists():
        raise NothingToReward("名单上的人和村都撤下了，没有可表彰的。")
    locked.state, locked.finished_by, locked.finished_at = State.FINAL, by, now
    locked.save()
    _note(by, "commendation.finish", locked)
    return locked


def _require_outside(by: User, commendation: Commendation) -> None:
    """Nobody approves a list on which he stands himself."""
    if commendation.entries.filter(person=by).exists():
        raise SecondPersonNeeded("您自己在名单上，不能同意。请名单以外的同事复核，或者您退回、由您来编。")


def require_reason(approve: bool, note: str) -> None:
    """Pass unless somebody refuses without a word. Errors: InvalidInput."""
    if not approve and not note.strip():
        raise InvalidInput("不同意要写明原因，编的同事才知道怎么改。", field="note")


def _villages(run: AssessmentRun) -> list[Commended]:
    scores = [row.score for row in run.rows.order_by("rank", "pk")]
    return [
        Commended(village_id=one.score.village, name=one.score.name, award=one.award, words=one.words)
        for one in commended_villages(run.scheme.scheme, scores)
    ]


def _persons(by: User, run: AssessmentRun) -> list[Commended]:
    rule = run.scheme.scheme.persons
    if rule is None:
        return []
    found = commended_persons(rule, works(by, current_version(run.programme)))
    return [
        Commended(
            village_id=one.work.village, person_id=one.work.person, name=one.work.name, award=rule.name, words=one.words
        )
        for one in found
    ]


def _same(stored: Commendation, by: User) -> Commendation:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再编。", key=stored.key)
    return stored


def _note(by: User, action: str, commendation: Commendation, **detail: object) -> None:
    record(by=by, action=action, subject=commendation, division_code=commendation.run.programme.division_id, **detail)
