"""投保批次: one person of the town freezes the list, another one sends it; either may cancel it before an answer."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.policies.errors import BatchChanged, BatchEmpty, BatchNotInState, KeyReused, SecondPersonNeeded
from ankang.policies.locks import application_for_update, next_number
from ankang.policies.models import ApplicationBatch, ApplicationRow, NumberSeries
from ankang.policies.precheck import Candidate, Checked, check
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.numbers import number_index
from ankang.rules.errors import InvalidInput, NotAllowed

State = ApplicationBatch.State
Outcome = ApplicationRow.Outcome


def prepare_application(
    *,
    by: User,
    version: ProgrammeVersion,
    villages: Sequence[str],
    shown: str,
    note: str,
    key: str,
    today: date,
    now: datetime,
) -> ApplicationBatch:
    """Freeze the list of these villages (none: all) as the page showed it; the same key again returns the same batch.

    `shown`: the sign of the list on the page.
    Errors: NotAllowed, BatchChanged, BatchEmpty, KeyReused. Nothing is stored then.
    """
    require_town(by)
    if stored := ApplicationBatch.objects.filter(key=key).first():
        return _same(stored, by)
    found = check(by, version, villages)
    if stored := ApplicationBatch.objects.filter(key=key).first():  # sent twice at once: stored while we checked
        return _same(stored, by)
    _require_shown(found, shown)
    batch = ApplicationBatch(
        key=key,
        version=version,
        division=by.division,
        villages=sorted(villages),
        prepared_by=by,
        prepared_at=now,
        prepared_note=note.strip(),
    )
    try:
        with transaction.atomic():
            return _freeze(batch, found, today.year)
    except IntegrityError as error:
        if stored := ApplicationBatch.objects.filter(key=key).first():
            return _same(stored, by)
        raise BatchChanged("有的人刚刚被编进了另一批，这一次没有保存。请看一眼新的名单，再按一次。") from error


@transaction.atomic
def send_application(*, by: User, batch: ApplicationBatch, now: datetime) -> ApplicationBatch:
    """Send a batch to the insurer, as the second person.

    Errors: NotAllowed, SecondPersonNeeded, BatchNotInState. Nothing is stored then.
    """
    require_town(by, batch)
    locked = application_for_update(batch.pk)
    if locked.prepared_by_id == by.pk:
        raise SecondPersonNeeded("这一批是您编的，要由另一位同事核对后发送。请换他登录。")
    _require_state(locked, State.PREPARED)
    locked.state, locked.sent_by, locked.sent_at = State.SENT, by, now
    locked.save(update_fields=["state", "sent_by", "sent_at"])
    record(by=by, action="policies.send", subject=locked, division_code=locked.division_id)
    return locked


@transaction.atomic
def cancel_application(*, by: User, batch: ApplicationBatch, note: str, now: datetime) -> ApplicationBatch:
    """Take a batch back before the insurer has answered anybody; its people can be put into another batch.

    Errors: NotAllowed, BatchNotInState (decided, or some answered), InvalidInput without a reason.
    """
    require_town(by, batch)
    locked = application_for_update(batch.pk)
    _require_state(locked, State.PREPARED, State.SENT)
    if locked.rows.filter(outcome__in=(Outcome.ACCEPTED, Outcome.REFUSED)).exists():
        raise BatchNotInState(
            "中国人寿已经答复了其中的人，这一批不能作废。没承保的人可以另编一批。", state=locked.state
        )
    if not note.strip():
        raise InvalidInput("作废要写明原因，例如“村里还要补名单”。", field="note")
    locked.rows.filter(outcome=Outcome.WAITING).update(outcome=Outcome.CANCELLED)
    locked.state, locked.cancelled_by, locked.cancelled_at = State.CANCELLED, by, now
    locked.cancelled_note = note.strip()[:200]
    locked.save(update_fields=["state", "cancelled_by", "cancelled_at", "cancelled_note"])
    record(by=by, action="policies.cancel", subject=locked, division_code=locked.division_id)
    return locked


def applications(user: User) -> QuerySet[ApplicationBatch]:
    """Return the batches that this person may see, newest first, each with `asked`, `accepted`, `refused`, `waiting`,
    `left_out` (rows) and `asked_fen`, `accepted_fen` (one query). The insurer sees what was sent.
    """
    rows = ApplicationBatch.objects.visible_to(user)
    if user.desk == Desk.INSURER:
        rows = rows.filter(sent_at__isnull=False)
    asked = ~Q(rows__outcome=Outcome.LEFT_OUT)
    counts = {
        "asked": Count("rows", filter=asked),
        "accepted": Count("rows", filter=Q(rows__outcome=Outcome.ACCEPTED)),
        "refused": Count("rows", filter=Q(rows__outcome=Outcome.REFUSED)),
        "waiting": Count("rows", filter=Q(rows__outcome=Outcome.WAITING)),
        "left_out": Count("rows", filter=Q(rows__outcome=Outcome.LEFT_OUT)),
        "asked_fen": Sum("rows__premium_fen", filter=asked, default=0),
        "accepted_fen": Sum("rows__premium_fen", filter=Q(rows__outcome=Outcome.ACCEPTED), default=0),
    }
    people = ("version__programme", "division", "prepared_by", "sent_by", "cancelled_by")
    return rows.annotate(**counts).select_related(*people).order_by("-pk")


def require_town(by: User, batch: ApplicationBatch | None = None) -> None:
    """Let pass the town's people over their own division. Errors: NotAllowed."""
    inside = batch is None or batch.division_id.startswith(by.scope)
    if by.desk != Desk.TOWN or not inside:
        raise NotAllowed("投保批次由本镇民政办编制和发送。")


def _freeze(batch: ApplicationBatch, found: Checked, year: int) -> ApplicationBatch:
    batch.number = next_number(batch.division, NumberSeries.Kind.APPLICATION, year)
    batch.save()
    everybody = enumerate((*found.chosen, *found.left_out), start=1)
    ApplicationRow.objects.bulk_create([row_of(batch, serial, one) for serial, one in everybody], batch_size=1000)
    record(
        by=batch.prepared_by,
        action="policies.prepare",
        subject=batch,
        division_code=batch.division_id,
        rows=len(found.chosen),
        left_out=len(found.left_out),
        total_fen=found.total_fen,
    )
    return batch


def row_of(batch: ApplicationBatch, serial: int, one: Candidate) -> ApplicationRow:
    """Return an unsaved row; of who is left out neither number nor telephone is kept."""
    row, asked = one.row, not one.code
    return ApplicationRow(
        batch=batch,
        serial=serial,
        holding_id=row.holding,
        resident_id=row.resident,
        village_id=row.village,
        name=row.name,
        identity=one.number if asked else None,
        identity_index=number_index(one.number) if asked else "",
        identity_tail=row.number_tail,
        sex=row.sex,
        birth_date=row.birth_date,
        phone=row.phone.reveal() if asked and row.phone else None,
        phone_tail=row.phone_tail if asked else "",
        product=row.product,
        units=row.units,
        premium_fen=one.premium_fen,
        cover_from=row.cover_from,
        cover_to=row.cover_to,
        outcome=Outcome.WAITING if asked else Outcome.LEFT_OUT,
        reason=one.code,
        reason_words=one.words[:300],
    )


def _require_shown(found: Checked, shown: str) -> None:
    if not found.chosen:
        raise BatchEmpty("没有可以投保的人：要么都已投保，要么还有问题没解决。请看下面的原因。")
    if found.sign != shown:
        raise BatchChanged(
            "名单和刚才显示的不一样了（有人刚登记、刚交钱或名册刚改过），还没有保存。请看一眼新的名单，再按一次。"
        )


def _same(stored: ApplicationBatch, by: User) -> ApplicationBatch:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再编。", key=stored.key)
    return stored


def _require_state(batch: ApplicationBatch, *wanted: State) -> None:
    if batch.state not in wanted:
        raise BatchNotInState(f"这一批{batch.get_state_display()}，不能再这样办。请刷新页面看结果。", state=batch.state)
