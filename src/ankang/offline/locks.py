"""The person whom a draft is about, held still as whoever changes what somebody holds does."""

from ankang.enrolment.locks import resident_for_update
from ankang.roster.models import Resident


def person_for_draft(resident_id: int) -> Resident | None:
    """Return the resident, locked; None for nobody (one query)."""
    try:
        return resident_for_update(resident_id)
    except Resident.DoesNotExist:
        return None
