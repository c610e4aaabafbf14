"""The one way to write an audit row: called inside the transaction of the write that it tells of."""

from typing import TYPE_CHECKING, Any

from django.db import models, transaction

from ankang.audit.models import AuditEntry

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
    connection = transaction.get_connection()
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(f"audit row {action} outside the transaction of its write")
    return AuditEntry.objects.create(
        actor=by,
        action=action,
        division_code=division_code,
        subject_type=subject._meta.label if subject is not None else "",
        subject_id=str(subject.pk) if subject is not None else "",
        detail=detail,
    )
