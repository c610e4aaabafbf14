"""Chain audit rows in batches with SM3. Never in the path of a write: that would make every writer wait (design 9)."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from django.db import IntegrityError, models, transaction

from ankang.audit.models import AuditEntry, AuditSeal
from ankang.privacy.cipher import sm3

BATCH = 1000


def seal_entries(*, now: datetime, batch: int = BATCH) -> list[AuditSeal]:
    """Seal every row that is not sealed yet, oldest first, and return the new seals in order.

    Two at once are safe: the chain cannot fork, and who comes second goes on behind the first.
    """
    made = []
    while seal := _seal_next(now, batch):
        made.append(seal)
    return made


def _seal_next(now: datetime, batch: int) -> AuditSeal | None:
    while True:
        before = _last_number()
        try:
            return _seal_batch(now, batch)
        except IntegrityError:
            if _last_number() == before:  # not because another one added the next seal first
                raise


def _last_number() -> int | None:
    return AuditSeal.objects.order_by("number").values_list("number", flat=True).last()


@transaction.atomic
def _seal_batch(now: datetime, batch: int) -> AuditSeal | None:
    rows = list(AuditEntry.objects.filter(seal__isnull=True).order_by("id")[:batch])
    if not rows:
        return None
    last = AuditSeal.objects.order_by("number").last()
    number, previous = (last.number + 1, last.digest) if last else (1, "")
    contents = [[row.pk, row_digest(row)] for row in rows]
    seal = AuditSeal.objects.create(
        number=number,
        sealed_at=now,
        contents=contents,
        previous_digest=previous,
        digest=seal_digest(number=number, sealed_at=now, contents=contents, previous=previous),
    )
    unguarded: models.QuerySet[AuditEntry] = models.QuerySet(AuditEntry)
    marked = unguarded.filter(pk__in=[row.pk for row in rows], seal__isnull=True).update(seal=seal)
    if marked != len(rows):
        raise IntegrityError("rows were sealed by another one")
    return seal


def row_digest(row: AuditEntry) -> str:
    """Return the SM3 of everything that a row says, its id included."""
    return sm3(
        _canonical(
            {
                "id": row.pk,
                "at": _instant(row.at),
                "actor": row.actor_id,
                "division": row.division_code,
                "action": row.action,
                "subject": [row.subject_type, row.subject_id],
                "detail": row.detail,
            }
        )
    )


def seal_digest(*, number: int, sealed_at: datetime, contents: Sequence[Sequence[object]], previous: str) -> str:
    """Return the SM3 of a seal: what it covers, and the seal before it."""
    sealed = {"number": number, "at": _instant(sealed_at), "contents": contents, "previous": previous}
    return sm3(_canonical(sealed))


def _canonical(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
