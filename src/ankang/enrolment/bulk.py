"""Many enrolments in few queries: the same checks and exactly the rows of `enrol`, all of them or none.

A test holds the rows of both against each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from ankang.accounts.models import User
from ankang.audit.record import record_many
from ankang.enrolment.actions import (
    ENROLLED,
    audit_detail,
    enrolment_of,
    first_participation,
    fundings_of,
    holding_of,
    key_reused,
)
from ankang.enrolment.admission import Locked, Wish, require_all
from ankang.enrolment.facts import EnrolmentFacts, facts_by_participation
from ankang.enrolment.locks import residents_for_update
from ankang.enrolment.models import Enrolment, Funding, Holding, Participation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import newest_number_of
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError
from ankang.rules.premium import Quote
from ankang.rules.units import counted_units

_COUNTERS = ("village", "units", "capped_units", "unit_cap", "first_enrolled_on")


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What all enrolments of one act have in common."""

    by: User
    version: ProgrammeVersion
    quote: Quote
    consent: str
    channel: str
    today: date
    now: datetime

    def wish(self, resident: Resident, key: str) -> Wish:
        """Return what is asked for one of the residents."""
        return Wish(
            by=self.by,
            resident=resident,
            version=self.version,
            quote=self.quote,
            consent=self.consent,
            key=key,
            today=self.today,
            now=self.now,
            channel=self.channel,
        )


@transaction.atomic
def enrol_together(terms: Terms, wanted: Sequence[tuple[str, Resident]]) -> list[Enrolment | AnkangError]:
    """Return, for each (key, resident) in turn, the enrolment or why it cannot be. Each resident stands once.

    As many queries for one as for hundreds. Residents are locked as in `enrol`, in the order of their keys.
    Errors: IntegrityError, when somebody enrolled one of them in the same instant: nothing is stored, try again.
    """
    locked = _lock(terms, [resident.pk for _, resident in wanted])
    stored = Enrolment.objects.select_related("participation").in_bulk([key for key, _ in wanted], field_name="key")
    outcomes: list[Enrolment | AnkangError] = []
    passed: list[tuple[int, Wish, Locked]] = []
    for place, (key, resident) in enumerate(wanted):
        wish = terms.wish(resident, key)
        found = stored.get(key)
        refused = _refusal(wish, locked[resident.pk]) if found is None else _other(found, resident)
        outcomes.append(refused or found)  # type: ignore[arg-type]  # None only until it is stored below
        if found is None and refused is None:
            passed.append((place, wish, locked[resident.pk]))
    for (place, _, _), enrolment in zip(passed, _store(terms, [one[1:] for one in passed]), strict=True):
        outcomes[place] = enrolment
    return outcomes


def refusal_of(terms: Terms, resident: Resident, facts: EnrolmentFacts) -> AnkangError | None:
    """Return why `enrol` would refuse this resident now, locking nothing; no query when the lists are prefetched.

    The version counts as the newest.
    """
    return _refusal(terms.wish(resident, ""), Locked(resident, None, terms.version.number, facts))


def _lock(terms: Terms, resident_ids: Sequence[int]) -> dict[int, Locked]:
    """Lock the people, then read what they hold: nobody else changes it now (five queries)."""
    residents = residents_for_update(resident_ids)
    newest = newest_number_of(terms.version.programme_id)
    rows = Participation.objects.filter(resident__in=residents, programme=terms.version.programme_id)
    joined = {row.resident_id: row for row in rows}
    facts = facts_by_participation(Q(enrolment__participation__in=[row.pk for row in joined.values()]))
    return {key: _locked(resident, joined.get(key), newest, facts) for key, resident in residents.items()}


def _locked(
    resident: Resident, participation: Participation | None, newest: int, facts: dict[int, EnrolmentFacts]
) -> Locked:
    held = facts.get(participation.pk, EnrolmentFacts()) if participation else EnrolmentFacts()
    return Locked(resident, participation, newest, held)


def _refusal(wish: Wish, locked: Locked) -> AnkangError | None:
    try:
        require_all(wish, locked)
    except AnkangError as error:
        return error
    return None


def _other(stored: Enrolment, resident: Resident) -> AnkangError | None:
    """The key is used: by this very act earlier, or by something else."""
    return None if stored.participation.resident_id == resident.pk else key_reused(stored.key)


def _store(terms: Terms, passed: Sequence[tuple[Wish, Locked]]) -> list[Enrolment]:
    participations = _count_in(passed)
    enrolments = [enrolment_of(wish, locked, participations[wish.resident.pk]) for wish, locked in passed]
    Enrolment.objects.bulk_create(enrolments)
    pairs = [(wish, holding_of(wish, row)) for (wish, _), row in zip(passed, enrolments, strict=True)]
    Holding.objects.bulk_create(holding for _, holding in pairs)
    Funding.objects.bulk_create(part for wish, holding in pairs for part in fundings_of(wish, holding))
    told = [(row, row.village_id, audit_detail(wish)) for (wish, _), row in zip(passed, enrolments, strict=True)]
    record_many(by=terms.by, action=ENROLLED, told=told)
    return enrolments


def _count_in(passed: Sequence[tuple[Wish, Locked]]) -> dict[int, Participation]:
    """Store the new counters of everybody, whose rows are locked; the check constraint has the last word."""
    new = [first_participation(wish, locked.resident) for wish, locked in passed if locked.participation is None]
    Participation.objects.bulk_create(new)
    changed = [_counted(wish, locked, locked.participation) for wish, locked in passed if locked.participation]
    if changed:
        Participation.objects.bulk_update(changed, _COUNTERS)
    return {row.resident_id: row for row in [*new, *changed]}


def _counted(wish: Wish, locked: Locked, participation: Participation) -> Participation:
    if not participation.units:  # counted for the village that insures them now (ADR 0021)
        participation.village_id = locked.resident.village_id
    participation.units += wish.quote.units
    participation.capped_units = counted_units(wish.plan, [*locked.facts.held, wish.added])
    participation.unit_cap = wish.plan.terms.unit_cap
    participation.first_enrolled_on = min(participation.first_enrolled_on or wish.today, wish.today)
    return participation
