"""A village's objection to its own result, and the town's reasoned answer."""

from datetime import datetime

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.assessment.errors import KeyReused, NotWaiting
from ankang.assessment.locks import objection_for_update, programme_held
from ankang.assessment.models import AssessmentRow, AssessmentRun, Objection
from ankang.assessment.permissions import require_manager, require_village
from ankang.assessment.queries import require_newest
from ankang.audit.record import record
from ankang.rules.assessment import count_words
from ankang.rules.errors import Conflict, InvalidInput

State = Objection.State
_LONGEST = 300
_MOST = 999_999_999


def raise_objection(*, by: User, run: AssessmentRun, about: str, text: str, key: str, now: datetime) -> Objection:
    """Store a village's objection to one count of its result, or (`about` empty) to something else.

    The same key again returns the same objection.
    Errors: NotAllowed; InvalidInput (about, text); NotNewest; Conflict when one on the same count is open.
    """
    require_village(by, by.division_id)
    said = _words(text, "text", "请写清楚哪里不对、凭什么，镇里才好核。")
    try:
        with transaction.atomic():
            programme_held(run.programme_id)
            if done := Objection.objects.filter(key=key).first():
                return _same(done, by)
            require_newest(run)
            row = AssessmentRow.objects.filter(run=run, village=by.division_id).first()
            if row is None or (about and about not in row.facts.counts):
                raise InvalidInput("请从列出的数里选一个。", field="about")
            made = Objection.objects.create(
                key=key, run=run, village_id=by.division_id, about=about, text=said, raised_by=by, raised_at=now
            )
            record(by=by, action="assessment.object", subject=made, division_code=by.division_id, about=about)
            return made
    except IntegrityError:
        raise Conflict("这个数已有一份申诉在等答复，不用再提。补充情况请打电话给镇民政办。", about=about) from None


@transaction.atomic
def answer_objection(
    *, by: User, objection: Objection, uphold: bool, answer: str, corrected: int | None, now: datetime
) -> Objection:
    """Answer an objection with reasons; an upheld one on a count says what the count should be.

    The results change by `recalculate` only. Errors: NotAllowed; InvalidInput (answer, corrected); NotWaiting.
    """
    require_manager(by, objection.run.programme)
    said = _words(answer, "answer", "请写明理由，村里看得到。")
    locked = objection_for_update(objection.pk)
    if locked.state != State.OPEN:
        raise NotWaiting(f"这份申诉已经答复过（{locked.get_state_display()}）。请刷新页面。")
    _check_correction(locked, uphold, corrected)
    locked.state = State.UPHELD if uphold else State.REJECTED
    locked.answer, locked.corrected = said, corrected if uphold else None
    locked.answered_by, locked.answered_at = by, now
    locked.save(update_fields=["state", "answer", "corrected", "answered_by", "answered_at"])
    record(
        by=by,
        action="assessment.answer",
        subject=locked,
        division_code=locked.village_id,
        state=locked.state,
        about=locked.about,
        corrected=locked.corrected,
    )
    return locked


def _check_correction(objection: Objection, uphold: bool, corrected: int | None) -> None:
    if not uphold:
        return
    if objection.about and (corrected is None or not 0 <= corrected <= _MOST):
        raise InvalidInput("采纳要写明这个数应当是多少，重算时就用它。", field="corrected")
    if not objection.about and corrected is not None:
        raise InvalidInput("这份申诉没有说是哪个数，不能填更正的数。请留空，或请村里按数提。", field="corrected")


def _words(text: str, field: str, why: str) -> str:
    said = text.strip()
    if not said:
        raise InvalidInput(why, field=field)
    if len(said) > _LONGEST:
        raise InvalidInput(f"最多 {_LONGEST} 字，请写短些。", field=field)
    return said


def _same(done: Objection, by: User) -> Objection:
    if done.raised_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再提。", key=done.key)
    return done


def about_words(objection: Objection, row: AssessmentRow) -> str:
    """Return what an objection is about, with the number as it stands in that version (no query)."""
    known = row.facts.counts.get(objection.about)
    return "其他" if known is None else count_words(objection.about, known)
