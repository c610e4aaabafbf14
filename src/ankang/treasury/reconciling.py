"""对账: what the insurer or the bank says, beside what we booked. A difference is explained, or stays open."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Count, Q, QuerySet, Sum

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.privacy.cipher import sm3
from ankang.programmes.models import Programme
from ankang.roster.models import Resident
from ankang.roster.numbers import masked, number_index
from ankang.treasury.errors import FileComparedBefore
from ankang.treasury.locks import row_for_update
from ankang.treasury.models import Reconciliation, ReconciliationRow, Refund, Remittance, RemittanceLine
from ankang.treasury.movements import Movement, movements
from ankang.treasury.permissions import require_town, require_words
from ankang.treasury.statements import StatementRow, bank_rows, closing, insurer_rows

Kind = Reconciliation.Kind
Outcome = ReconciliationRow.Outcome


def compare(
    *, by: User, programme: Programme, kind: str, file_name: str, content: bytes, now: datetime
) -> Reconciliation:
    """Compare a file with what was booked and store the outcome row by row. No whole number is stored.

    Errors: NotAllowed, InvalidInput (`file`: no table, or a column missing), FileComparedBefore (`run`).
    """
    require_town(by, programme.division_id)
    read = insurer_rows if kind == Kind.INSURER else bank_rows
    rows = read(content)
    digest = sm3(content)
    _refuse_again(kind, programme, digest)
    found = _with_insurer(by, programme, rows) if kind == Kind.INSURER else _with_bank(by, rows)
    balance_fen, balance_on = (closing(rows) if kind == Kind.BANK else None) or (None, None)
    try:
        with transaction.atomic():
            run = Reconciliation.objects.create(
                kind=kind,
                programme=programme,
                division_id=by.division_id,
                file_name=file_name[:200],
                file_digest=digest,
                balance_fen=balance_fen,
                balance_on=balance_on,
                by=by,
                at=now,
            )
            for one in found:
                one.run = run
            ReconciliationRow.objects.bulk_create(found, batch_size=2000)
            open_rows = sum(one.outcome != Outcome.MATCHED for one in found)
            record(
                by=by,
                action="treasury.compare",
                subject=run,
                division_code=run.division_id,
                rows=len(rows),
                different=open_rows,
            )
            return run
    except IntegrityError:
        _refuse_again(kind, programme, digest)
        raise


def explain(*, by: User, row: ReconciliationRow, explanation: str, now: datetime) -> ReconciliationRow:
    """Say why a row differs: it leaves the list of what is open. A later word takes the earlier one's place.

    Errors: NotAllowed, InvalidInput (`explanation`).
    """
    require_town(by, row.run.division_id)
    words = require_words(explanation, "explanation", "为什么不一样、怎么处理的")[:200]
    with transaction.atomic():
        locked = row_for_update(row.pk)
        if locked.outcome == Outcome.MATCHED or locked.posting_id is not None:
            return locked
        locked.explanation, locked.explained_by, locked.explained_at = words, by, now
        locked.save(update_fields=["explanation", "explained_by", "explained_at"])
        record(by=by, action="treasury.explain", subject=locked, division_code=locked.run.division_id)
        return locked


def comparisons(user: User) -> QuerySet[Reconciliation]:
    """Return the comparisons that this person may see, newest first, with the counts `all_rows`, `matched`, `open_rows`
    (one query).
    """
    open_rows = ~Q(rows__outcome=Outcome.MATCHED) & Q(rows__explanation="")
    rows: QuerySet[Reconciliation] = Reconciliation.objects.visible_to(user).annotate(
        all_rows=Count("rows"),
        matched=Count("rows", filter=Q(rows__outcome=Outcome.MATCHED)),
        open_rows=Count("rows", filter=open_rows),
    )
    return rows.select_related("by", "programme").order_by("-pk")


def _refuse_again(kind: str, programme: Programme, digest: str) -> None:
    earlier = Reconciliation.objects.filter(kind=kind, programme=programme, file_digest=digest).first()
    if earlier is not None:
        raise FileComparedBefore(
            f"这份文件{earlier.at:%Y-%m-%d}已经对过账，结果在第{earlier.pk}次对账里，没有再对。请上传新的文件。",
            run=earlier.pk,
            field="file",
        )


def _with_insurer(by: User, programme: Programme, rows: Sequence[StatementRow]) -> list[ReconciliationRow]:
    """Compare person by person with what was remitted (two queries)."""
    indexes = {row.row_number: number_index(row.number) for row in rows if row.number}
    people = {
        one.number_index: one for one in Resident.objects.visible_to(by).filter(number_index__in=indexes.values())
    }
    ours = _remitted(by, programme)
    seen: set[int] = set()
    found = [_person(row, people.get(indexes.get(row.row_number, "")), ours, seen) for row in rows]
    missing = [key for key in ours if key not in seen]
    names = Resident.objects.in_bulk(missing)
    return found + [
        ReconciliationRow(
            outcome=Outcome.MISSING_THERE,
            resident=names[key],
            who=_who(names[key].name, f"**************{names[key].number_tail}"),
            ours_fen=ours[key],
        )
        for key in missing
    ]


def _remitted(by: User, programme: Programme) -> dict[int, int]:
    """Return fen by resident of what went to the insurer, less what was refunded of it since (two queries)."""
    person = "funding__holding__enrolment__participation__resident"
    lines = RemittanceLine.objects.filter(
        dropped_at__isnull=True,
        remittance__programme=programme,
        remittance__state=Remittance.State.PAID,
        village__code__startswith=by.scope,
    )
    sums = dict(lines.values_list(person).annotate(total=Sum("amount_fen")).order_by(person))
    back = Refund.objects.filter(programme=programme, was_remitted=True, village__code__startswith=by.scope)
    for key, amount in back.values_list(person).annotate(total=Sum("amount_fen")):
        sums[key] = sums.get(key, 0) - amount
    return {key: amount for key, amount in sums.items() if amount}


def _person(row: StatementRow, resident: Resident | None, ours: dict[int, int], seen: set[int]) -> ReconciliationRow:
    told = ReconciliationRow(
        row_number=row.row_number, resident=resident, who=_who(row.name, row.number), theirs_fen=row.amount_fen
    )
    if resident is None:
        told.outcome, told.says = Outcome.UNKNOWN, row.trouble or "这个号码不在我们的名册上"
        return told
    told.ours_fen = ours.get(resident.pk)
    if resident.pk in seen:
        told.outcome, told.says = Outcome.DUPLICATE, "对方的清单里这个人不止一行"
    elif resident.name != row.name:
        told.outcome, told.says = Outcome.CHANGED, f"我们的名册上这个号码叫{resident.name}"
    else:
        told.outcome, told.says = _amounts(told.ours_fen, row)
    seen.add(resident.pk)
    return told


def _amounts(ours: int | None, row: StatementRow) -> tuple[Outcome, str]:
    if row.trouble:
        return Outcome.DIFFERENT, row.trouble
    if ours is None:
        return Outcome.MISSING_HERE, ""
    return (Outcome.MATCHED, "") if ours == row.amount_fen else (Outcome.DIFFERENT, "")


def _with_bank(by: User, rows: Sequence[StatementRow]) -> list[ReconciliationRow]:
    """Compare movement by movement with what was booked on the town's account (eight queries)."""
    ours, seen = movements(by.scope), set[str]()
    found = []
    for row in rows:
        told = ReconciliationRow(
            row_number=row.row_number, on=row.on, who=row.name, reference=row.reference, theirs_fen=row.amount_fen
        )
        told.ours_fen = ours[row.reference].amount_fen if row.reference in ours else None
        if row.reference and row.reference in seen:
            told.outcome, told.says = Outcome.DUPLICATE, "对方的流水里这个号不止一行"
        else:
            told.outcome, told.says = _amounts(told.ours_fen, row)
        seen.add(row.reference)
        found.append(told)
    return found + [
        ReconciliationRow(outcome=Outcome.MISSING_THERE, reference=reference, ours_fen=ours[reference].amount_fen)
        for reference in _missing_there(by, ours, rows)
        if reference not in seen
    ]


def _missing_there(by: User, ours: Mapping[str, Movement], rows: Sequence[StatementRow]) -> list[str]:
    """Return our numbers that the bank's list should hold: dated in its days, and on no list before (two queries).

    A list without days is taken for one of everything. What was booked from a list stands on that list.
    """
    days = [row.on for row in rows if row.on]
    first, last = (min(days), max(days)) if days else (date.min, date.max)
    mine = ReconciliationRow.objects.filter(run__kind=Kind.BANK, run__division__code__startswith=by.scope)
    before = set(mine.filter(outcome=Outcome.MATCHED).values_list("reference", flat=True))
    before |= set(mine.filter(posting__isnull=False).values_list("posting__bank_slip__reference", flat=True))
    return [one for one, movement in ours.items() if first <= movement.on <= last and one not in before]


def _who(name: str, number: str) -> str:
    return f"{name} {masked(number)}".strip()[:80]
