"""The one way to write an audit row: called inside the transaction of the write that it tells of."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from ankang.audit.models import AuditEntry
from ankang.installation.rows import insert_all, insert_one

if TYPE_CHECKING:
    from ankang.accounts.models import User


def record(
    *,
    by: "User | None",
    action: str,
    subject: models.Model | None = None,
    division_code: str = "",
    **detail: Any,
) -> AuditEntry:
    """Append one row (one query). `detail` holds figures and codes, never personal data.

    Errors: TransactionManagementError outside a transaction.
    """
    _require_transaction(action)
    return insert_one(_entry(by, action, subject, division_code, detail))


def _entry(
    by: "User | None", action: str, subject: models.Model | None, division_code: str, detail: dict[str, Any]
) -> AuditEntry:
    return AuditEntry(
        actor=by,
        action=action,
        division_code=division_code,
        subject_type=subject._meta.label if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        detail=detail,
    )


def record_many(*, by: "User | None", action: str, told: Sequence[tuple[models.Model, str, dict[str, Any]]]) -> None:
    """Append one row for each (subject, division code, detail): the rows that `record` would write (one query).

    Errors: TransactionManagementError outside a transaction.
    """
    _require_transaction(action)
    AuditEntry.objects.bulk_create(
        _entry(by, action, subject, division_code, detail) for subject, division_code, detail in told
    )


def record_steps(
    *, by: "User | None", subject: models.Model, division_code: str, told: Sequence[tuple[str, dict[str, Any]]]
) -> None:
    """Append one row for each (action, detail) on the same subject: the rows that `record` would write (one query).

    Errors: TransactionManagementError outside a transaction.
    """
    _require_transaction(told[0][0] if told else "")
    insert_all([_entry(by, action, subject, division_code, detail) for action, detail in told])


def _require_transaction(action: str) -> None:
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError(f"audit row {action} outside the transaction of its write")
