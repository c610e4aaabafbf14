"""The one home of locked rows of enrolment.

A person's lock is the resident's own row: who changes what somebody holds takes it first, one at a time or many in one
order (`in_common_order`), and reads the rest in a later statement, which then shows what the writer before has left.
Imports lock the same rows in the same order, so no two writers wait for each other.
"""

from collections.abc import Collection

from django.db.models import F, OrderBy

from ankang.enrolment.models import Enrolment, GovernmentBatch, GovernmentBatchRow, Withdrawal
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.installation.rows import Asked
from ankang.roster.models import Resident

# What the rules ask of a person: everything else of the row is left where it is, the sealed fields with it.
_ASKED = ("village", "name", "birth_date", "status", "number_index", "has_incapacity")
_resident = Asked(lambda key: Resident.objects.select_for_update(no_key=True).only(*_ASKED).filter(pk=key).order_by())


def in_common_order(prefix: str = "") -> tuple[OrderBy, OrderBy]:
    """Return the order in which all writers of many take people. `prefix` leads to the resident: `resident__`."""
    return F(f"{prefix}number_index").asc(nulls_last=True), F(f"{prefix}pk").asc()


def resident_for_update(resident_id: int) -> Resident:
    """Return a person, locked (one query). Errors: Resident.DoesNotExist."""
    for resident in _resident(resident_id):
        return resident
    raise Resident.DoesNotExist


def residents_for_update(resident_ids: Collection[int]) -> dict[int, Resident]:
    """Return people by key, locked in the common order, their lists beside them (two queries)."""
    rows = Resident.objects.select_for_update(no_key=True).filter(pk__in=resident_ids)
    return {row.pk: row for row in rows.order_by(*in_common_order()).prefetch_related("memberships")}


def enrolment_for_update(enrolment_id: int) -> Enrolment:
    """Return an enrolment whose person is locked, its participation and version beside it (two queries).

    Errors: Resident.DoesNotExist.
    """
    people = Resident.objects.select_for_update(of=("self",), no_key=True).only("pk")
    people.get(participations__enrolments=enrolment_id)
    return Enrolment.objects.select_related("participation", "version").get(pk=enrolment_id)


def slip_for_update(slip_id: int) -> EnrolmentSlip:
    """Return the slip, locked, with its version and programme (one query). Errors: EnrolmentSlip.DoesNotExist."""
    rows = EnrolmentSlip.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme").get(pk=slip_id)


def waiting_lines(slip: EnrolmentSlip, most: int) -> list[SlipLine]:
    """Return lines that wait, with their people, in the common order. The slip is locked by the caller."""
    rows = slip.lines.filter(outcome=SlipLine.Outcome.WAITING).select_related("resident")
    return list(rows.order_by(*in_common_order("resident__"), "pk")[:most])


def batch_for_update(batch_id: int) -> GovernmentBatch:
    """Return a batch, locked, its version beside it (one query). Errors: GovernmentBatch.DoesNotExist."""
    rows = GovernmentBatch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme", "reviewed_by").get(pk=batch_id)


def waiting_rows(batch: GovernmentBatch, count: int) -> list[GovernmentBatchRow]:
    """Return the next rows to enrol of a batch that the caller has locked, in the common order (one query)."""
    rows = batch.rows.filter(outcome=GovernmentBatchRow.Outcome.WAITING).select_related("resident")
    return list(rows.order_by(*in_common_order("resident__"))[:count])


def withdrawal_for_update(withdrawal_id: int) -> Withdrawal:
    """Return a request, locked (one query). Errors: Withdrawal.DoesNotExist."""
    return Withdrawal.objects.select_for_update(of=("self",), no_key=True).get(pk=withdrawal_id)
