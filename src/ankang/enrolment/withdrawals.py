"""退保: giving an enrolment up on a later day, which waits for the insurer. Refunds are another room's."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Case, QuerySet, Value, When

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.enrolment.actions import give_back
from ankang.enrolment.admission import require_scope
from ankang.enrolment.errors import KeyReused, WithdrawalNotOpen
from ankang.enrolment.locks import enrolment_for_update, withdrawal_for_update
from ankang.enrolment.models import Enrolment, Withdrawal
from ankang.rules.errors import InvalidInput, NotAllowed

State = Withdrawal.State


def request_withdrawal(
    *, by: User, enrolment: Enrolment, reason: str, key: str, today: date, now: datetime
) -> Withdrawal:
    """Ask the insurer to take an enrolment back; the same key again returns the same request. Nothing changes yet.

    Errors: NotAllowed, InvalidInput (`reason`), WithdrawalNotOpen (its own day, given back already, asked for
    already, cover over), KeyReused.
    """
    reason = reason.strip()
    if not reason:
        raise InvalidInput("请写明为什么退保，例如“老人已迁到外地”。", field="reason")
    try:
        with transaction.atomic():
            locked = enrolment_for_update(enrolment.pk)
            _require_own(by, locked)
            stored = Withdrawal.objects.filter(key=key).first()
            if stored:
                return _same(stored, locked)
            _require_open(locked, today)
            return _ask(by, locked, reason, key, now)
    except IntegrityError:
        return _same(Withdrawal.objects.get(key=key), enrolment)


def decide_withdrawal(
    *, by: User, withdrawal: Withdrawal, accept: bool, note: str, today: date, now: datetime
) -> Withdrawal:
    """Accept or refuse a request as the insurer. Acceptance takes the units off; the cover counts to the end of today.

    Errors: NotAllowed, InvalidInput (a refusal without `note`), WithdrawalNotOpen. Nothing is stored then.
    """
    if by.desk != Desk.INSURER or not withdrawal.village_id.startswith(by.scope):
        raise NotAllowed("退保由中国人寿审核。")
    note = note.strip()
    if not accept and not note:
        raise InvalidInput("不同意要写明原因，村里好跟老人解释。", field="note")
    with transaction.atomic():
        # The enrolment first, as when it is asked for: two people never wait for each other.
        enrolment = enrolment_for_update(withdrawal.enrolment_id)
        locked = withdrawal_for_update(withdrawal.pk)
        if locked.state != State.WAITING:
            raise WithdrawalNotOpen(f"这份退保申请{locked.get_state_display()}，不用再审。", state=locked.state)
        if accept:
            _take_off(enrolment, today)
        locked.state = State.ACCEPTED if accept else State.REFUSED
        locked.decided_by, locked.decided_at, locked.note = by, now, note
        locked.save(update_fields=["state", "decided_by", "decided_at", "note"])
        action = "enrolment.accept_withdrawal" if accept else "enrolment.refuse_withdrawal"
        record(by=by, action=action, subject=locked, division_code=locked.village_id)
        return locked


def take_off_unbegun(*, enrolment: Enrolment) -> None:
    """End a locked enrolment that never insured anybody (dead before the cover began, insured twice), on the day before
    its cover begins: nothing counts. The caller's refund is the audited act, by two persons.

    Errors: WithdrawalNotOpen when it is cancelled or given up already.
    """
    if enrolment.cancelled_at is not None or enrolment.withdrawn_on is not None:
        raise WithdrawalNotOpen("这一笔已经撤销或退保，没有可退的份数。")
    begins = min(enrolment.holdings.values_list("cover_from", flat=True))
    enrolment.withdrawn_on = begins - timedelta(days=1)
    enrolment.save(update_fields=["withdrawn_on"])
    give_back(enrolment)


def withdrawals(user: User, state: str = "") -> QuerySet[Withdrawal]:
    """Return the requests that this person may see, those that wait first and the oldest of them on top.

    Four queries, with what is given up and who paid.
    """
    waits = Case(When(state=State.WAITING, then=Value(0)), default=Value(1))
    rows = Withdrawal.objects.visible_to(user).annotate(turn=waits).order_by("turn", "requested_at", "pk")
    rows = rows.filter(state=state) if state in State.values else rows
    return rows.select_related(
        "enrolment__participation__resident", "enrolment__version", "village", "requested_by", "decided_by"
    ).prefetch_related("enrolment__holdings__fundings")


def _require_own(by: User, enrolment: Enrolment) -> None:
    """The village that enrolled may ask, and the one to whose roster the resident has been transferred."""
    made_here = enrolment.village_id.startswith(by.scope)
    require_scope(by, enrolment.village_id if made_here else enrolment.participation.resident.village_id)


def _require_open(enrolment: Enrolment, today: date) -> None:
    if enrolment.cancelled_at is not None or enrolment.withdrawn_on is not None:
        raise WithdrawalNotOpen("这一笔已经撤销或退保，不用再申请。")
    if enrolment.enrolled_on >= today:
        raise WithdrawalNotOpen("这一笔是今天登记的，直接点“撤销这次参保”就行，不用申请退保。")
    _require_cover(enrolment, today)
    if enrolment.withdrawals.filter(state=State.WAITING).exists():
        raise WithdrawalNotOpen("这一笔已经申请过退保，正在等中国人寿审核，不用再申请。")


def _require_cover(enrolment: Enrolment, today: date) -> None:
    if not enrolment.holdings.filter(cover_to__gte=today).exists():
        raise WithdrawalNotOpen("这一笔的保障已经到期，没有可退的。")


def _ask(by: User, enrolment: Enrolment, reason: str, key: str, now: datetime) -> Withdrawal:
    asked = Withdrawal.objects.create(
        key=key,
        enrolment=enrolment,
        village_id=enrolment.village_id,
        reason=reason,
        requested_by=by,
        requested_at=now,
    )
    record(by=by, action="enrolment.request_withdrawal", subject=asked, division_code=asked.village_id)
    return asked


def _same(stored: Withdrawal, enrolment: Enrolment) -> Withdrawal:
    if stored.enrolment_id != enrolment.pk:
        raise KeyReused(
            "这张表已经提交过一次，内容和现在的不一样，这一次没有保存。请重新打开页面再填。", key=stored.key
        )
    return stored


def _take_off(enrolment: Enrolment, today: date) -> None:
    if enrolment.cancelled_at is not None or enrolment.withdrawn_on is not None:
        raise WithdrawalNotOpen("这一笔已经撤销或退保，没有可退的份数。")
    _require_cover(enrolment, today)
    enrolment.withdrawn_on = today
    enrolment.save(update_fields=["withdrawn_on"])
    give_back(enrolment)
