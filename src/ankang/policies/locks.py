"""The one home of locked rows of policies.

Always in this order: a batch or an endorsement, then the people of its holdings in the common order of enrolment, then
the policy, then the certificates by key; a year's counter of numbers is taken last.
"""

from collections.abc import Collection

from ankang.divisions.models import Division
from ankang.enrolment.locks import residents_for_update
from ankang.policies.endorsement_models import Endorsement
from ankang.policies.models import ApplicationBatch, ApplicationRow, Certificate, GroupPolicy, NumberSeries


def application_for_update(batch_id: int) -> ApplicationBatch:
    """Return a batch, locked (one query). Errors: ApplicationBatch.DoesNotExist."""
    rows = ApplicationBatch.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("version__programme", "prepared_by").get(pk=batch_id)


def rows_to_answer(batch: ApplicationBatch, row_ids: Collection[int]) -> list[ApplicationRow]:
    """Return rows of a batch that the caller has locked, their people locked in the common order (three queries)."""
    people = batch.rows.filter(pk__in=row_ids).values_list("resident_id", flat=True)
    residents_for_update(list(people))
    return list(batch.rows.filter(pk__in=row_ids).select_related("holding__enrolment", "policy").order_by("serial"))


def policy_for_update(policy_id: int) -> GroupPolicy:
    """Return a group policy, locked (one query). Errors: GroupPolicy.DoesNotExist."""
    return GroupPolicy.objects.select_for_update(of=("self",), no_key=True).get(pk=policy_id)


def endorsement_for_update(endorsement_id: int) -> Endorsement:
    """Return an endorsement, locked, its person locked too (three queries). Errors: Endorsement.DoesNotExist."""
    rows = Endorsement.objects.select_for_update(of=("self",), no_key=True)
    found = rows.select_related("holding__enrolment", "policy", "requested_by").get(pk=endorsement_id)
    residents_for_update([found.resident_id])
    return found


def certificates_for_update(certificate_ids: Collection[int]) -> list[Certificate]:
    """Return certificates by key, locked (one query)."""
    rows = Certificate.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=certificate_ids)
    return list(rows.order_by("pk"))


def next_number(division: Division, kind: NumberSeries.Kind, year: int) -> str:
    """Return the next number of a town's year (TB-320903101000-2024-0007), without gaps: its counter stays locked.

    Three queries, one more the first time.
    """
    NumberSeries.objects.get_or_create(division=division, kind=kind, year=year)
    series = NumberSeries.objects.select_for_update().get(division=division, kind=kind, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{kind.value}-{division.pk}-{year}-{series.last:04d}"
