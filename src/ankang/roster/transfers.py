"""Transfer between villages: asked by the one, accepted or refused by the other, each in one transaction.

Accepting stands in `ankang.outreach.transfers`, because the work from house to house and the enrolments follow.
Whoever changes a request holds its resident first: two writers never wait for each other.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, CharField, Count, F, Q, QuerySet, Value, When

from ankang.accounts.models import Desk, User
from ankang.audit.record import record, record_many
from ankang.divisions.models import Division
from ankang.roster.locks import resident_for_change, transfers_of
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.numbers import masked_name
from ankang.roster.transfer_models import Transfer
from ankang.rules.errors import Conflict, InvalidInput, NotAllowed

EXPIRES_AFTER = timedelta(days=30)
TOWN_AFTER = timedelta(days=7)  # from then on the town may answer for a village that does not
MIN_WORDS = 4
State = Transfer.State


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What the asking village sees of a person on another's roster: no more than to know whom it typed."""

    name: str  # masked, 王*兰
    village: Division

    @property
    def place(self) -> str:
        return f"{self.village.parent}{self.village}" if self.village.parent else self.village.name


@transaction.atomic
def look_elsewhere(*, by: User, index: str) -> Elsewhere:
    """Return who holds a number that was typed, by its blind index; the look is noted. Errors: Conflict when nobody."""
    resident = _holder(index)
    record(by=by, action="roster.look_elsewhere", subject=resident, division_code=resident.village_id)
    return Elsewhere(masked_name(resident.name), resident.village)


def elsewhere(index: str) -> Elsewhere:
    """Return what `look_elsewhere` has shown already. Errors: Conflict when nobody holds the number any more."""
    resident = _holder(index)
    return Elsewhere(masked_name(resident.name), resident.village)


def request_transfer(
    *,
    by: User,
    index: str,
    to_village: Division,
    reason: str,
    evidence: str,
    moves_on: date,
    key: str,
    today: date,
    now: datetime,
    household: str = "",
    address: str = "",
) -> Transfer:
    """Ask the village that holds a number for its resident; the same key again returns the same request.

    `index`: the blind index of a number that was typed. It waits 30 days for an answer.
    Errors: NotAllowed outside one's division; InvalidInput (reason, evidence, moves_on); Conflict when nobody holds the
    number, the village itself does, or it has asked already. Then nothing was stored.
    """
    _require_asking(by, to_village)
    _require_told(reason, evidence.strip(), moves_on, today)
    try:
        with transaction.atomic():
            resident = resident_for_change(_holder(index).pk)
            if stored := Transfer.objects.filter(key=key).first():
                return _same(stored, resident, to_village)
            _require_elsewhere(resident, to_village, moves_on, today, now)
            made = Transfer.objects.create(
                key=key,
                resident=resident,
                from_village_id=resident.village_id,
                to_village=to_village,
                reason=reason,
                evidence=evidence.strip()[:120],
                moves_on=moves_on,
                household=household.strip()[:30],
                address=address.strip()[:120],
                requested_by=by,
                requested_at=now,
                expires_on=today + EXPIRES_AFTER,
            )
            _tell(by, "roster.request_transfer", made)
    except IntegrityError as error:
        raise Conflict("这张申请刚刚已经提交过了，请到“转村申请”里看。", field=None) from error
    return made


@transaction.atomic
def refuse_transfer(*, by: User, transfer_id: int, note: str, today: date, now: datetime) -> Transfer:
    """Refuse a request, with the reason. Refused again it stays as it is.

    Errors: NotAllowed for who may not answer; InvalidInput without a reason; Conflict when it is answered or over.
    """
    transfer = locked(transfer_id)
    on_behalf = require_answering(by, transfer, now)
    if transfer.state == State.REFUSED:
        return transfer
    require_waiting(transfer, today)
    settle(transfer, State.REFUSED, by=by, now=now, note=words(note, "请写明为什么不同意，至少4个字。"))
    transfer.on_behalf = on_behalf
    transfer.save()
    _tell(by, "roster.refuse_transfer", transfer)
    return transfer


@transaction.atomic
def withdraw_transfer(*, by: User, transfer_id: int, today: date, now: datetime) -> Transfer:
    """Take one's own village's request back. Errors: NotAllowed; Conflict when it is answered or over."""
    transfer = locked(transfer_id)
    if not transfer.to_village_id.startswith(by.scope):
        raise NotAllowed("这份申请不是您的村居提出的，不能撤回。")
    if transfer.state == State.WITHDRAWN:
        return transfer
    require_waiting(transfer, today)
    settle(transfer, State.WITHDRAWN, by=by, now=now)
    transfer.save()
    _tell(by, "roster.withdraw_transfer", transfer)
    return transfer


def move_resident(*, by: User, transfer: Transfer, note: str, on_behalf: bool, now: datetime) -> Resident:
    """Carry an accepted request out on the roster, inside the caller's transaction: person, lists, household.

    Both are locked by the caller. What was a household number in the old village means another house in the new one,
    so the asking village's own stands instead; the old one is kept with the request. Other villages' requests lapse.
    """
    resident = transfer.resident
    transfer.household_before, transfer.address_before = resident.household, resident.address
    resident.village_id = transfer.to_village_id
    resident.household, resident.address = transfer.household, transfer.address
    if resident.status == Resident.Status.MOVED:  # the old village had noted that they left
        resident.status, resident.moved_on = Resident.Status.LIVING, None
        resident.status_evidence = transfer.evidence
    resident.save()
    GroupMembership.objects.filter(resident=resident).update(village=transfer.to_village_id)
    for other in transfers_of(resident.pk):
        if other.pk != transfer.pk and other.state == State.WAITING:
            settle(other, State.LAPSED, by=None, now=now)
            other.save()
    settle(transfer, State.ACCEPTED, by=by, now=now, note=note)
    transfer.on_behalf = on_behalf
    transfer.save()
    _tell(by, "roster.accept_transfer", transfer)
    return resident


def locked(transfer_id: int) -> Transfer:
    """Return a request with its resident, both locked, the resident first. Errors: Transfer.DoesNotExist."""
    resident = resident_for_change(Transfer.objects.values_list("resident_id", flat=True).get(pk=transfer_id))
    found = next(row for row in transfers_of(resident.pk) if row.pk == transfer_id)
    found.resident = resident
    return found


def require_answering(by: User, transfer: Transfer, now: datetime) -> bool:
    """Let pass who may answer a request, and return whether it is the town for its village. Errors: NotAllowed."""
    if by.desk == Desk.VILLAGE and by.division_id == transfer.from_village_id:
        return False
    if by.desk != Desk.TOWN or not by.is_manager or not transfer.from_village_id.startswith(by.scope):
        raise NotAllowed("转村申请由原村居答复；7天没有答复的，由原村居所属镇的管账号的人代为答复。")
    if now - transfer.requested_at < TOWN_AFTER:
        raise NotAllowed("村居还在7天答复期内，请先催村里办；满7天没有答复的，镇里再代为答复。")
    if by.pk == transfer.requested_by_id:
        raise NotAllowed("这份申请是您自己提的，请由镇里另一位管账号的人答复。")
    return True


def require_waiting(transfer: Transfer, today: date) -> None:
    """Let pass a request that waits. Errors: Conflict, saying what became of it."""
    if transfer.state != State.WAITING:
        raise Conflict(f"这份申请{transfer.get_state_display()}，不能再改。")
    if transfer.expires_on < today:
        raise Conflict("这份申请已经过期，请由转入村居重新申请。")


def settle(transfer: Transfer, state: Transfer.State, *, by: User | None, now: datetime, note: str = "") -> None:
    """Put a request's end on the object; the caller stores it."""
    transfer.state, transfer.decided_by, transfer.decided_at, transfer.note = state, by, now, note


def words(text: str, message: str) -> str:
    """Return a reason of at least four characters. Errors: InvalidInput (`note`)."""
    text = text.strip()[:120]
    if len(text) < MIN_WORDS:
        raise InvalidInput(message, field="note")
    return text


def transfers(user: User, today: date, state: str = "") -> QuerySet[Transfer]:
    """Return the requests that this person may see, those that wait first, with `shows`: the state as of today."""
    shows = Case(
        When(state=State.WAITING, expires_on__lt=today, then=Value(State.EXPIRED.value)),
        default=F("state"),
        output_field=CharField(),
    )
    turn = Case(When(shows=State.WAITING, then=Value(0)), default=Value(1))
    rows = Transfer.objects.visible_to(user).annotate(shows=shows).order_by(turn, "-requested_at", "-pk")
    rows = rows.filter(shows=state) if state in State.values else rows
    return rows.select_related("resident", "from_village__parent", "to_village__parent", "requested_by", "decided_by")


def waiting_answers(user: User, today: date, now: datetime) -> tuple[int, int]:
    """Return how many requests wait for this person's villages, and for how many of them the town may answer."""
    rows = transfers_waiting(user, today)
    counts = rows.aggregate(all=Count("pk"), late=Count("pk", filter=late_by(now)))
    return counts["all"], counts["late"]


def transfers_waiting(user: User, today: date) -> QuerySet[Transfer]:
    """Return the requests that wait for an answer of this person's villages."""
    return Transfer.objects.filter(
        from_village__code__startswith=user.scope, state=State.WAITING, expires_on__gte=today
    )


def late_by(now: datetime) -> Q:
    """The requests for which the town may answer."""
    return Q(requested_at__lte=now - TOWN_AFTER)


def _holder(index: str) -> Resident:
    found = Resident.objects.select_related("village__parent").filter(number_index=index or None).first()
    if found is None or not index:
        raise Conflict("现在没有一个村居的名册里有这个身份证号，可以直接“添加一人”。", field="number")
    return found


def _require_asking(by: User, to_village: Division) -> None:
    if by.desk not in (Desk.VILLAGE, Desk.TOWN):
        raise NotAllowed("转村由村居或镇民政办申请。")
    if to_village.level != Division.Level.VILLAGE or not to_village.code.startswith(by.scope):
        raise NotAllowed(f"{to_village.name}不在您的管辖范围内，不能替它申请。")


def _require_told(reason: str, evidence: str, moves_on: date, today: date) -> None:
    if reason not in Transfer.Reason.values:
        raise InvalidInput("请选一个原因。", field="reason")
    if len(evidence) < MIN_WORDS:
        raise InvalidInput("请写明依据，至少4个字，例如：户口迁移证、居住证明。", field="evidence")
    if moves_on > today:
        raise InvalidInput("日期还没有到，请在人来了以后再申请。", field="moves_on")


def _require_elsewhere(resident: Resident, to_village: Division, moves_on: date, today: date, now: datetime) -> None:
    if resident.village_id == to_village.pk:
        raise Conflict(f"这个身份证号已在{to_village.name}的名册里，不用转。请在名册里查找。", field="number")
    if moves_on < resident.birth_date:
        raise InvalidInput("日期早于出生日期，请核对。", field="moves_on")
    for row in transfers_of(resident.pk):
        if row.to_village_id != to_village.pk or row.state != State.WAITING:
            continue
        if row.expires_on >= today:
            raise Conflict("本村已经申请过，正在等原村居答复，不用再申请。请到“转村申请”里看。", field="number")
        settle(row, State.EXPIRED, by=None, now=now)
        row.save()


def _same(stored: Transfer, resident: Resident, to_village: Division) -> Transfer:
    if (stored.resident_id, stored.to_village_id) != (resident.pk, to_village.pk):
        raise Conflict("这张申请已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开再填。")
    return stored


def _tell(by: User, action: str, transfer: Transfer) -> None:
    """Both villages' records tell of it."""
    detail = {"from": transfer.from_village_id, "to": transfer.to_village_id}
    record_many(by=by, action=action, told=[(transfer, side, dict(detail)) for side in detail.values()])
