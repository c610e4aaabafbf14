"""What becomes of a resident by hand: died, moved away, back again, name or number put right, lists begun and ended."""

from datetime import date

from django.db import IntegrityError, transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.roster.actions import refuse_listed
from ankang.roster.locks import memberships_of, resident_for_change
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.names import clean_name, initials
from ankang.roster.numbers import SAMPLE_AREAS, number_index
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed
from ankang.rules.identity import parse_number

MIN_REASON = 4
Status = Resident.Status


@transaction.atomic
def mark_dead(*, by: User, resident_id: int, died_on: date, evidence: str, today: date) -> Resident:
    """Note a death; who moved away before may be noted as dead too.

    Errors: NotAllowed outside one's division; InvalidInput for a day before birth or to come; Conflict when dead.
    """
    resident = _mine(by, resident_id)
    evidence = _words("evidence", evidence, "请写明依据，至少4个字，例如：死亡医学证明、火化证、家属口述。")
    if resident.status == Status.DEAD:
        raise Conflict("名册上已登记为已故。日期有误的，请先恢复在册，再重新登记。", field="died_on")
    _require_past("died_on", died_on, resident.birth_date, today)
    return _become(resident, Status.DEAD, died_on, by=by, evidence=evidence)


@transaction.atomic
def mark_moved(*, by: User, resident_id: int, moved_on: date, evidence: str, today: date) -> Resident:
    """Note that a resident moved out of the town. To another village of it one is transferred instead.

    Errors: as `mark_dead`; Conflict unless living on the roster.
    """
    resident = _mine(by, resident_id)
    evidence = _words("evidence", evidence, "请写明迁往哪里、依据什么，至少4个字。")
    if resident.status != Status.LIVING:
        raise Conflict(f"名册上已登记为“{resident.get_status_display()}”，不能再登记迁出。", field="moved_on")
    _require_past("moved_on", moved_on, resident.birth_date, today)
    return _become(resident, Status.MOVED, moved_on, by=by, evidence=evidence)


@transaction.atomic
def restore(*, by: User, resident_id: int, reason: str) -> Resident:
    """Put a resident back among the living on the roster: moved back, or noted by mistake.

    Errors: NotAllowed outside one's division; InvalidInput without a reason; Conflict when living already.
    """
    resident = _mine(by, resident_id)
    reason = _words("reason", reason, "请写明恢复的原因，至少4个字，例如：已迁回、登记有误。")
    if resident.status == Status.LIVING:
        raise Conflict("这位老人本来就在册，不用恢复。", field="reason")
    return _become(resident, Status.LIVING, None, by=by, evidence=reason)


def correct_identity(*, by: User, resident_id: int, name: str, number: str, reason: str, today: date) -> Resident:
    """Put a name or a number right; birth date and sex follow the number. An empty number leaves it. Town only.

    Errors: NotAllowed for others; InvalidInput (name, number, reason); Conflict when the number is somebody else's,
    or nothing would change.
    """
    if by.desk != "town":
        raise NotAllowed("姓名和身份证号由镇民政办更正。请带上身份证复印件报镇里。")
    try:
        with transaction.atomic():
            resident = _mine(by, resident_id)
            resident.correction_reason = _words(
                "reason", reason, "请写明更正的依据，至少4个字，例如：与身份证原件核对。"
            )
            changed = _rename(resident, name) + _renumber(by, resident, number, today)
            if not changed:
                raise Conflict("和名册上的一样，没有要改的。", field="name")
            resident.save()
            record(
                by=by,
                action="roster.correct",
                subject=resident,
                division_code=resident.village_id,
                fields=changed,
            )
    except IntegrityError as error:  # somebody else put the same number in between
        raise Conflict("这个身份证号刚刚已有人录入名册，请刷新后查找。", field="number") from error
    return resident


@transaction.atomic
def join_group(*, by: User, resident_id: int, group: str, from_on: date, evidence: str, today: date) -> GroupMembership:
    """Put a resident on a list from a day on.

    Errors: NotAllowed outside one's division; InvalidInput (day, evidence); Conflict when on it on that day or later.
    """
    resident = _mine(by, resident_id)
    evidence = _words("evidence", evidence, "请写明依据，至少4个字，例如：县局2024年第2批低保批文。")
    _require_past("from_on", from_on, resident.birth_date, today)
    rows = [row for row in memberships_of([resident]).get(resident.pk, []) if row.group == group]
    if any(row.to_on is None or row.to_on >= from_on for row in rows):
        raise Conflict("这一天他（她）已在这份名单上，或后来又在。请核对起始日期。", field="from_on")
    made = GroupMembership.objects.create(
        resident=resident, village_id=resident.village_id, group=group, from_on=from_on, evidence=evidence
    )
    _touch(resident)
    record(
        by=by,
        action="roster.join_group",
        subject=resident,
        division_code=resident.village_id,
        group=group,
        from_on=from_on.isoformat(),
    )
    return made


@transaction.atomic
def end_group(*, by: User, resident_id: int, membership_id: int, to_on: date, today: date) -> GroupMembership:
    """End a resident's time on a list: `to_on` is its last day.

    Errors: NotAllowed outside one's division; InvalidInput for a day to come or before the first; Conflict when ended
    or not this resident's.
    """
    resident = _mine(by, resident_id)
    rows = memberships_of([resident]).get(resident.pk, [])
    row = next((row for row in rows if row.pk == membership_id), None)
    if row is None or row.to_on is not None:
        raise Conflict("这份名单已经结束或撤掉了，请刷新后再看。", field="to_on")
    if not row.from_on <= to_on <= today:
        raise InvalidInput(f"最后一天要在{row.from_on}到{today}之间。", field="to_on")
    row.to_on = to_on
    row.save(update_fields=["to_on"])
    _touch(resident)
    record(
        by=by,
        action="roster.end_group",
        subject=resident,
        division_code=resident.village_id,
        group=row.group,
        to_on=to_on.isoformat(),
    )
    return row


def _mine(by: User, resident_id: int) -> Resident:
    resident = resident_for_change(resident_id)
    if not resident.village_id.startswith(by.scope):
        raise NotAllowed("这位老人不在您的管辖范围内，不能修改。")
    return resident


def _become(resident: Resident, status: Resident.Status, day: date | None, *, by: User, evidence: str) -> Resident:
    """Store the state with its day. The evidence stands with the resident, the audit row tells only the states."""
    before, resident.status = resident.status, status
    resident.died_on = day if status == Status.DEAD else None
    resident.moved_on = day if status == Status.MOVED else None
    resident.status_evidence = evidence
    resident.save(update_fields=["status", "died_on", "moved_on", "status_evidence", "updated_at"])
    record(
        by=by,
        action=f"roster.become_{status.value}",
        subject=resident,
        division_code=resident.village_id,
        was=str(before),
        on=day.isoformat() if day else "",
    )
    return resident


def _touch(resident: Resident) -> None:
    """Let whoever would undo an import see that the resident changed since."""
    resident.save(update_fields=["updated_at"])


def _rename(resident: Resident, name: str) -> list[str]:
    name = clean_name(name)
    if name == resident.name:
        return []
    resident.name, resident.initials = name, initials(name)
    return ["name"]


def _renumber(by: User, resident: Resident, number: str, today: date) -> list[str]:
    if not number.strip():
        return []
    areas = SAMPLE_AREAS if resident.is_sample else frozenset()
    identity = parse_number(number, sample_areas=areas, today=today)
    index = number_index(identity.number)
    if index == resident.number_index:
        return []
    refuse_listed(by, index)
    resident.number, resident.number_index, resident.number_tail = identity.number, index, identity.tail
    resident.birth_date, resident.sex = identity.birth_date, identity.sex
    resident.area_unknown = bool(identity.warnings)
    return ["number"]


def _words(field: str, text: str, message: str) -> str:
    text = text.strip()[:120]
    if len(text) < MIN_REASON:
        raise InvalidInput(message, field=field)
    return text


def _require_past(field: str, day: date, birth: date, today: date) -> None:
    if day > today:
        raise InvalidInput(f"日期{day}还没有到，请核对。", field=field)
    if day < birth:
        raise InvalidInput(f"日期{day}早于出生日期，请核对。", field=field)
