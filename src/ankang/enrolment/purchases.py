"""政府购买批次: one person prepares, a second one approves, and the chunks of it are enrolled, each all or nothing."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import Count, Q, QuerySet

from ankang.accounts.models import Desk, User
from ankang.audit.record import record
from ankang.enrolment.bulk import enrol_together
from ankang.enrolment.errors import (
    BatchChanged,
    BatchEmpty,
    BatchInterrupted,
    BatchNotWaiting,
    KeyReused,
    SecondPersonNeeded,
)
from ankang.enrolment.locks import batch_for_update, waiting_rows
from ankang.enrolment.models import Enrolment, GovernmentBatch, GovernmentBatchRow
from ankang.enrolment.purchase_list import Person, PurchaseList, government_terms, purchase_list, terms_of
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import current_version, plan_of
from ankang.rules.eligibility import require_window
from ankang.rules.errors import AnkangError, Conflict, InvalidInput, NotAllowed
from ankang.rules.premium import quote_split

State = GovernmentBatch.State
Outcome = GovernmentBatchRow.Outcome
CHUNK = 250  # people enrolled in one transaction
_TRIES = 3


def prepare_batch(
    *,
    by: User,
    version: ProgrammeVersion,
    villages: Sequence[str],
    shown: str,
    note: str,
    key: str,
    today: date,
    now: datetime,
) -> GovernmentBatch:
    """Freeze the list of these villages (none: all) as the page showed it; the same key again returns the same batch.

    `shown`: the sign of the list on the page.
    Errors: NotAllowed, WindowClosed, NoGovernmentPurchase, BatchChanged, BatchEmpty. Nothing is stored then.
    """
    require_town(by)
    stored = GovernmentBatch.objects.filter(key=key).first()
    if stored:
        return _same(stored, by)
    found = purchase_list(government_terms(by, version, today, now), villages)
    # Once more: the same form sent twice at once may have stored these people while the list was made.
    stored = GovernmentBatch.objects.filter(key=key).first()
    if stored:
        return _same(stored, by)
    _require_shown(found, shown)
    batch = GovernmentBatch(
        key=key,
        version=version,
        division_id=by.division_id,
        villages=sorted(villages),
        product=found.quote.product,
        units=found.quote.units,
        unit_price_fen=found.quote.unit_price_fen,
        bought_before=found.bought_before,
        prepared_by=by,
        prepared_at=now,
        prepared_note=note.strip(),
    )
    try:
        with transaction.atomic():
            return _freeze(batch, found)
    except IntegrityError:
        return _same(GovernmentBatch.objects.get(key=key), by)


def review_batch(
    *, by: User, batch: GovernmentBatch, approve: bool, note: str, today: date, now: datetime
) -> GovernmentBatch:
    """Approve or refuse a batch as the second person; to enrol its people is `run_batch`'s work.

    Errors: NotAllowed, SecondPersonNeeded, BatchNotWaiting, InvalidInput (a refusal without `note`), WindowClosed,
    Conflict (the plan has a newer version). Nothing is stored then.
    """
    require_town(by, batch)
    with transaction.atomic():
        locked = batch_for_update(batch.pk)
        _require_review(by, locked, approve, note.strip())
        if approve:
            _require_current(locked, today)
        locked.state = State.RUNNING if approve else State.REFUSED
        locked.reviewed_by, locked.reviewed_at, locked.reviewed_note = by, now, note.strip()
        locked.save(update_fields=["state", "reviewed_by", "reviewed_at", "reviewed_note"])
        action = "purchase.approve" if approve else "purchase.refuse"
        record(by=by, action=action, subject=locked, division_code=locked.division_id)
        return locked


def run_batch(*, by: User, batch: GovernmentBatch, today: date, now: datetime) -> GovernmentBatch:
    """Enrol what an approved batch still has waiting, chunk by chunk, and close it.

    Each chunk is one transaction; two who go on at once share the chunks. Enrolled in the approver's name; `by`, who
    goes on, stands in the audit. A killed process leaves whole chunks: the same call goes on.
    Errors: NotAllowed, BatchNotWaiting, BatchInterrupted.
    """
    require_town(by, batch)
    while _run_chunk_patiently(by, batch.pk, today, now):
        pass
    batch.refresh_from_db()
    return batch


def batches(user: User) -> QuerySet[GovernmentBatch]:
    """Return the batches that this person may see, newest first, each with its counts `people`, `enrolled`, `failed`,
    `waiting`, `left_out` (one query).
    """

    def rows(*outcomes: str) -> Count:
        return Count("rows", filter=Q(rows__outcome__in=outcomes))

    found = GovernmentBatch.objects.visible_to(user).annotate(
        people=rows(Outcome.WAITING, Outcome.ENROLLED, Outcome.NOT_ENROLLED),
        enrolled=rows(Outcome.ENROLLED),
        failed=rows(Outcome.NOT_ENROLLED),
        waiting=rows(Outcome.WAITING),
        left_out=rows(Outcome.LEFT_OUT),
    )
    return found.select_related("version__programme", "division", "prepared_by", "reviewed_by").order_by("-pk")


def require_town(by: User, batch: GovernmentBatch | None = None) -> None:
    """Let pass the town's people over their own division. Errors: NotAllowed."""
    inside = batch is None or batch.division_id.startswith(by.scope)
    if by.desk != Desk.TOWN or not inside:
        raise NotAllowed("政府购买批次由本镇民政办编和复核。")


def _freeze(batch: GovernmentBatch, found: PurchaseList) -> GovernmentBatch:
    batch.save()
    rows = [_row(batch, person) for person in (*found.chosen, *found.left_out)]
    GovernmentBatchRow.objects.bulk_create(rows, batch_size=2000)
    record(
        by=batch.prepared_by,
        action="purchase.prepare",
        subject=batch,
        division_code=batch.division_id,
        people=len(found.chosen),
        left_out=len(found.left_out),
        total_fen=found.total_fen,
    )
    return batch


def _require_shown(found: PurchaseList, shown: str) -> None:
    if not found.chosen:
        raise BatchEmpty("没有要政府购买的新对象，不用编批。")
    if found.sign != shown:
        raise BatchChanged(
            "名单和刚才显示的不一样了（有人刚登记或名册刚改过），还没有保存。请看一眼新的名单，再按一次。"
        )


def _row(batch: GovernmentBatch, person: Person) -> GovernmentBatchRow:
    return GovernmentBatchRow(
        batch=batch,
        resident=person.resident,
        village_id=person.resident.village_id,
        groups=",".join(person.groups),
        outcome=Outcome.LEFT_OUT if person.reason else Outcome.WAITING,
        reason=person.reason,
        reason_words=person.words[:300],
    )


def _same(stored: GovernmentBatch, by: User) -> GovernmentBatch:
    if stored.prepared_by_id != by.pk:
        raise KeyReused("这张表已经提交过一次。请重新打开页面再编。", key=stored.key)
    return stored


def _require_review(by: User, batch: GovernmentBatch, approve: bool, note: str) -> None:
    if batch.prepared_by_id == by.pk:
        raise SecondPersonNeeded("这一批是您编的，要由另一位同事复核。请换他登录。")
    if batch.state != State.PREPARED:
        raise BatchNotWaiting(f"这一批{batch.get_state_display()}，不用再复核。请刷新页面看结果。", state=batch.state)
    if not approve and not note:
        raise InvalidInput("不同意要写明原因，编批的同事才知道怎么改。", field="note")


def _require_current(batch: GovernmentBatch, today: date) -> None:
    require_window(plan_of(batch.version), today)
    newest = current_version(batch.version.programme).number
    if newest != batch.version.number:
        raise Conflict(
            f"方案已更新到第{newest}版，这一批按第{batch.version.number}版编的。请选“不同意”，再重新编一批。",
            newest=newest,
        )


def _run_chunk_patiently(by: User, batch_id: int, today: date, now: datetime) -> bool:
    """Run one chunk; again when another writer was in the way, who is gone by then."""
    for left in reversed(range(_TRIES)):
        try:
            return _run_chunk(by, batch_id, today, now)
        except (IntegrityError, OperationalError) as error:
            if not left:
                raise BatchInterrupted(
                    "登记到一半被打断（同时有人在改这些老人）。已登记的都算数，请点“接着登记”。"
                ) from error
    return False


@transaction.atomic
def _run_chunk(by: User, batch_id: int, today: date, now: datetime) -> bool:
    """Enrol the next people of a batch and return whether there may be more; close the batch when there are none."""
    batch = batch_for_update(batch_id)
    if batch.state == State.DONE:
        return False
    if batch.state != State.RUNNING or batch.reviewed_by is None:
        raise BatchNotWaiting(f"这一批{batch.get_state_display()}，不能登记。", state=batch.state)
    rows = waiting_rows(batch, CHUNK)
    if not rows:
        return _close(by, batch, now)
    plan = plan_of(batch.version)
    quote = quote_split(plan, batch.product, batch.units, [("government", batch.price_fen)])
    terms = terms_of(batch.reviewed_by, batch.version, quote, today, now)
    outcomes = enrol_together(terms, [(row_key(batch, row), row.resident) for row in rows])
    for row, outcome in zip(rows, outcomes, strict=True):
        _note(row, outcome)
    GovernmentBatchRow.objects.bulk_update(rows, ["outcome", "enrolment", "reason", "reason_words"])
    return True


def row_key(batch: GovernmentBatch, row: GovernmentBatchRow) -> str:
    """Return the idempotency key of one row's enrolment: nobody can guess it, so nobody can take it first."""
    return f"{batch.key[:36]}-{row.pk}"


def _note(row: GovernmentBatchRow, outcome: Enrolment | AnkangError) -> None:
    if isinstance(outcome, Enrolment):
        row.outcome, row.enrolment = Outcome.ENROLLED, outcome
        return
    row.outcome, row.reason, row.reason_words = Outcome.NOT_ENROLLED, outcome.code, outcome.message[:300]


def _close(by: User, batch: GovernmentBatch, now: datetime) -> bool:
    batch.state, batch.finished_at = State.DONE, now
    batch.save(update_fields=["state", "finished_at"])
    counts = batch.rows.aggregate(
        enrolled=Count("pk", filter=Q(outcome=Outcome.ENROLLED)),
        not_enrolled=Count("pk", filter=Q(outcome=Outcome.NOT_ENROLLED)),
    )
    record(by=by, action="purchase.finish", subject=batch, division_code=batch.division_id, **counts)
    return False
