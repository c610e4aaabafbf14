"""The one home of locked rows of enrolment, each read ordered by key and together with what it guards."""

from collections.abc import Collection

from django.db.models import Exists, F, OuterRef, Value

from ankang.enrolment.models import Enrolment, GovernmentBatch, GovernmentBatchRow, Participation, Withdrawal
from ankang.enrolment.slip_models import EnrolmentSlip, SlipLine
from ankang.programmes.models import Programme
from ankang.programmes.queries import newest_number
from ankang.roster.models import Resident


def participation_for_update(resident_id: int, programme_id: int) -> tuple[Participation, int] | None:
    """Return the participation, locked with its resident, and the programme's newest version number (one query)."""
    rows = Participation.objects.select_for_update(of=("self", "resident"), no_key=True).select_related("resident")
    found = (
        rows.filter(resident_id=resident_id, programme_id=programme_id)
        .annotate(newest=newest_number("programme_id"))
        .order_by("pk")
        .first()
    )
    return (found, found.newest) if found else None  # type: ignore[attr-defined]


def resident_for_update(resident_id: int, programme: Programme) -> tuple[Resident, int]:
    """Return the resident, locked, and the programme's newest version number (one query).

    Errors: Resident.DoesNotExist.
    """
    rows = Resident.objects.select_for_update(of=("self",), no_key=True)
    programme_id = Value(programme.pk)
    found = rows.annotate(programme_key=programme_id, newest=newest_number("programme_key")).get(pk=resident_id)
    return found, found.newest  # type: ignore[attr-defined]


def enrolment_for_update(enrolment_id: int) -> Enrolment:
    """Return the enrolment, locked with its participation, its version beside it (one query).

    Errors: Enrolment.DoesNotExist.
    """
    rows = Enrolment.objects.select_for_update(of=("self", "participation"), no_key=True)
    return rows.select_related("participation", "version").order_by(F("participation_id")).get(pk=enrolment_id)


def slip_for_update(slip_id: int) -> EnrolmentSlip:
    """Return the slip, locked, with its version and programme (one query). Errors: EnrolmentSlip.DoesNotExist."""
    rows = EnrolmentSlip.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme").get(pk=slip_id)


def waiting_lines(slip: EnrolmentSlip, most: int) -> list[SlipLine]:
    """Return lines that wait, with their people, in the order in which an import takes people too: no two writers of
    many can wait for each other. The slip is locked by the caller.
    """
    rows = slip.lines.filter(outcome=SlipLine.Outcome.WAITING).select_related("resident")
    return list(rows.order_by("resident__number_index", "resident_id", "pk")[:most])


def participations_for_update(resident_ids: Collection[int], programme: Programme) -> dict[int, Participation]:
    """Return the participations of these residents by resident, each locked with its resident, lists beside it.

    Two queries. Each participation before its resident, as `participation_for_update` does, and the people in the order
    in which imports and slips take them: two writers never wait for each other.
    """
    rows = Participation.objects.select_for_update(of=("self", "resident"), no_key=True).select_related("resident")
    rows = rows.filter(resident_id__in=resident_ids, programme=programme).order_by(
        "resident__number_index", "resident_id"
    )
    return {row.resident_id: row for row in rows.prefetch_related("resident__memberships")}


def participations_of_resident(resident_id: int) -> list[Participation]:
    """Return what one resident takes part in, locked together with the resident (one query)."""
    rows = Participation.objects.select_for_update(of=("self", "resident"), no_key=True).select_related("resident")
    return list(rows.filter(resident=resident_id).order_by("pk"))


def residents_for_update(resident_ids: Collection[int]) -> dict[int, Resident]:
    """Return residents by key, locked in the order in which imports take them, lists beside them (two queries)."""
    rows = Resident.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=resident_ids)
    rows = rows.order_by("number_index", "pk")
    return {row.pk: row for row in rows.prefetch_related("memberships")}


def batch_for_update(batch_id: int) -> GovernmentBatch:
    """Return a batch, locked, its version beside it (one query). Errors: GovernmentBatch.DoesNotExist."""
    rows = GovernmentBatch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme", "reviewed_by").get(pk=batch_id)


def waiting_rows(batch: GovernmentBatch, count: int) -> list[GovernmentBatchRow]:
    """Return the next rows to enrol of a batch that the caller has locked (one query).

    Either all of them take part already or none does: then one pass over them locks people in the common order.
    """
    taking_part = Participation.objects.filter(resident=OuterRef("resident"), programme=batch.version.programme_id)
    rows = batch.rows.filter(outcome=GovernmentBatchRow.Outcome.WAITING).annotate(joined=Exists(taking_part))
    found = list(rows.select_related("resident").order_by("joined", "resident__number_index", "resident_id")[:count])
    return [row for row in found if row.joined == found[0].joined]


def withdrawal_for_update(withdrawal_id: int) -> Withdrawal:
    """Return a request, locked (one query). Errors: Withdrawal.DoesNotExist."""
    return Withdrawal.objects.select_for_update(of=("self",), no_key=True).get(pk=withdrawal_id)
