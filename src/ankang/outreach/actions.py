"""What a worker does from house to house: a follow-up with one tap, taken back soon; the village's own measures."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.outreach.errors import KeyReused, MeasureExists, UndoTooLate
from ankang.outreach.locks import measure_for_change
from ankang.outreach.models import FollowUp, Measure
from ankang.outreach.permissions import require_lead, require_worker
from ankang.outreach.queries import UNDO_WITHIN
from ankang.programmes.models import Programme
from ankang.roster.locks import resident_for_change
from ankang.roster.models import Resident
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

FARTHEST = timedelta(days=60)
LONGEST_NOTE = 80


@transaction.atomic
def record_follow_up(
    *,
    by: User,
    resident_id: int,
    programme: Programme,
    outcome: str,
    key: str,
    today: date,
    now: datetime,
    again_on: date | None = None,
    note: str = "",
) -> FollowUp:
    """Store what a contact brought (at most five queries): the last word on this resident in the programme, unless a
    later contact is known already, as when this one comes up from a telephone that had no network.

    `again_on`: from today to 60 days on, for 再联系 only. The same key again returns what it stored.
    Errors: NotAllowed outside one's own village; InvalidInput (outcome, again_on, note); Conflict for who is not
    living; KeyReused when the key stands for something else.
    """
    again_on = _checked(outcome, again_on, note, key, today)
    resident = resident_for_change(resident_id)
    require_worker(by, resident.village_id)
    of_resident = Q(resident=resident, programme=programme, is_latest=True)
    known = list(FollowUp.objects.filter(Q(key=key) | of_resident))
    if done := next((row for row in known if row.key == key), None):
        return _same(done, by, resident, outcome)
    if resident.status != Resident.Status.LIVING:
        raise Conflict(f"{resident.name}在名册上已是“{resident.get_status_display()}”，不用再上门。")
    is_latest = all(row.at <= now for row in known)
    if is_latest:
        FollowUp.objects.filter(of_resident).update(is_latest=False)
    made = FollowUp.objects.create(
        key=key,
        resident=resident,
        village_id=resident.village_id,
        programme=programme,
        outcome=outcome,
        again_on=again_on,
        note=note.strip(),
        at=now,
        by=by,
        is_latest=is_latest,
    )
    record(by=by, action="outreach.follow_up", subject=resident, division_code=resident.village_id, outcome=outcome)
    return made


@transaction.atomic
def undo_follow_up(*, by: User, follow_up_id: int, now: datetime) -> FollowUp:
    """Take a follow-up back within ten minutes; the one before it is the last word again. Twice is once.

    Errors: NotAllowed for another's; UndoTooLate after ten minutes, or when somebody followed up since.
    """
    seen = FollowUp.objects.filter(pk=follow_up_id, by=by).first()
    if seen is None:
        raise NotAllowed("只能撤回自己记的上门情况。")
    resident = resident_for_change(seen.resident_id)
    found = FollowUp.objects.get(pk=follow_up_id)
    if found.undone_at:
        return found
    if not found.is_latest or now - found.at > UNDO_WITHIN:
        raise UndoTooLate("只能在10分钟内撤回最后一次记录。情况变了，请再记一次。")
    found.is_latest, found.undone_at = False, now
    found.save(update_fields=["is_latest", "undone_at"])
    earlier = FollowUp.objects.filter(resident=resident, programme=found.programme_id, undone_at__isnull=True)
    FollowUp.objects.filter(pk__in=list(earlier.order_by("-at", "-pk").values_list("pk", flat=True)[:1])).update(
        is_latest=True
    )
    record(by=by, action="outreach.undo_follow_up", subject=resident, division_code=resident.village_id)
    return found


@transaction.atomic
def add_measure(
    *, by: User, programme: Programme, title: str, responsible: str, due_on: date, now: datetime
) -> Measure:
    """Put a measure into the plan of one's village. Errors: NotTheLead; InvalidInput; MeasureExists."""
    require_lead(by, by.division_id)
    measure = Measure(village_id=by.division_id, programme=programme, created_at=now, created_by=by)
    _store(measure, title, responsible, due_on)
    record(by=by, action="outreach.add_measure", subject=measure, division_code=measure.village_id)
    return measure


@transaction.atomic
def change_measure(*, by: User, measure_id: int, title: str, responsible: str, due_on: date) -> Measure:
    """Change a measure of one's village. Errors: NotTheLead; InvalidInput; MeasureExists."""
    measure = measure_for_change(by, measure_id)
    require_lead(by, measure.village_id)
    _store(measure, title, responsible, due_on)
    record(by=by, action="outreach.change_measure", subject=measure, division_code=measure.village_id)
    return measure


@transaction.atomic
def mark_measure(*, by: User, measure_id: int, is_done: bool, now: datetime) -> Measure:
    """Mark a measure as done or as open again: any worker of the village may. Twice is once.

    Errors: NotAllowed outside one's own village; InvalidInput when it is gone.
    """
    measure = measure_for_change(by, measure_id)
    require_worker(by, measure.village_id)
    if (measure.done_at is not None) == is_done:
        return measure
    measure.done_at, measure.done_by = (now, by) if is_done else (None, None)
    measure.save(update_fields=["done_at", "done_by"])
    action = "outreach.done_measure" if is_done else "outreach.reopen_measure"
    record(by=by, action=action, subject=measure, division_code=measure.village_id)
    return measure


@transaction.atomic
def remove_measure(*, by: User, measure_id: int) -> None:
    """Take a measure out of the plan of one's village. Errors: NotTheLead; InvalidInput when it is gone."""
    measure = measure_for_change(by, measure_id)
    require_lead(by, measure.village_id)
    record(by=by, action="outreach.remove_measure", subject=measure, division_code=measure.village_id)
    measure.delete()


def _checked(outcome: str, again_on: date | None, note: str, key: str, today: date) -> date | None:
    """Return the day that counts: only 再联系 has one."""
    if outcome not in FollowUp.Outcome.values:
        raise InvalidInput("请点一个结果：已缴、拒绝、外出、已故、政府已保或再联系。", field="outcome")
    if not 0 < len(key) <= 64:
        raise InvalidInput("页面太旧了，请刷新后再记一次。", field="key")
    if len(note.strip()) > LONGEST_NOTE:
        raise InvalidInput(f"备注最多{LONGEST_NOTE}个字，请写短一点。", field="note")
    if outcome != FollowUp.Outcome.AGAIN:
        return None
    if again_on is None or not today <= again_on <= today + FARTHEST:
        raise InvalidInput("再联系要选一个日子：今天或以后，最远60天。", field="again_on")
    return again_on


def _same(done: FollowUp, by: User, resident: Resident, outcome: str) -> FollowUp:
    if (done.by_id, done.resident_id, done.outcome) != (by.pk, resident.pk, outcome):
        raise KeyReused("这一页已经记过一次别的结果。请刷新后再记。")
    return done


def _store(measure: Measure, title: str, responsible: str, due_on: date) -> None:
    for field, text, most in (("title", title, 80), ("responsible", responsible, 40)):
        if not 0 < len(text.strip()) <= most:
            raise InvalidInput(f"请填1到{most}个字。", field=field)
        setattr(measure, field, text.strip())
    measure.due_on = due_on
    try:
        with transaction.atomic():
            measure.save()
    except IntegrityError as error:
        raise MeasureExists(f"工作方案里已经有“{title.strip()}”，请改那一条，或换个写法。", field="title") from error
