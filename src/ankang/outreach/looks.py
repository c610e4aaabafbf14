"""A look at the telephones of one resident: an action that notes who looked (个人信息保护法 28-31).

One look is one person: who visits forty houses makes forty notes, so the record says whose number was seen.
"""

from dataclasses import dataclass

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.outreach.permissions import require_worker
from ankang.roster.models import Resident


@dataclass(frozen=True, slots=True)
class Phones:
    """The whole numbers, empty where there is none."""

    own: str
    child: str


@transaction.atomic
def look_at_phones(*, by: User, resident: Resident) -> Phones:
    """Return one resident's telephone and the child's (one query). Errors: NotAllowed outside one's own village."""
    require_worker(by, resident.village_id)
    record(by=by, action="outreach.look_at_phones", subject=resident, division_code=resident.village_id)
    return Phones(
        resident.phone.reveal() if resident.phone else "",
        resident.child_phone.reveal() if resident.child_phone else "",
    )
