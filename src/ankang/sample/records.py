"""Stores the sample in bulk: the rows that the roster's and the enrolment's own actions would have stored, one for one.

Every enrolment passes the same rules as in `enrolment.actions.enrol`; a test compares a row of each kind with the
action's own.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.divisions.models import Division
from ankang.enrolment.models import Enrolment, Funding, Holding, Participation
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import GroupMembership, Resident
from ankang.roster.residents import new_resident
from ankang.rules.cover import cover_for
from ankang.rules.eligibility import is_subject, require_joining, require_window
from ankang.rules.identity import IdentityNumber
from ankang.rules.premium import Quote, quote_split, require_government_purchase
from ankang.rules.programme import Programme
from ankang.rules.units import Held, counted_units, require_units
from ankang.sample.campaign import Act
from ankang.sample.people import Person

_BATCH = 2000
_ENTERED_AT = datetime(2023, 1, 10, 9, tzinfo=UTC)  # before the first campaign: no village grew during one


@dataclass(frozen=True, slots=True)
class Citizen:
    """A sample person and the row that stands for them."""

    person: Person
    resident: Resident

    def listed(self, day: date) -> frozenset[str]:
        """The codes of the lists on which this person stands on a day."""
        return frozenset(listing.group for listing in self.person.listings if listing.from_on <= day)


@dataclass(frozen=True, slots=True)
class Joined:
    """One enrolment of one person, by whom."""

    citizen: Citizen
    act: Act
    by: User


@dataclass
class _Campaign:
    """A version with its plan, and the few prices that its enrolments have."""

    version: ProgrammeVersion
    plan: Programme
    quotes: dict[tuple[str, int, tuple[tuple[str, int], ...]], Quote] = field(default_factory=dict)

    def quote(self, act: Act) -> Quote:
        key = (act.product, act.units, act.fundings)
        if key not in self.quotes:
            self.quotes[key] = quote_split(self.plan, *key)
        return self.quotes[key]


@dataclass
class _Rows:
    """What one campaign brings, each list in the order of the acts."""

    enrolments: list[Enrolment] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    fundings: list[Funding] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)


def store_people(people: Sequence[Person], villages: dict[int, Division]) -> list[Citizen]:
    """Store residents with their places on the lists, and return them in the same order."""
    citizens = [Citizen(person, _resident(person, villages[person.village])) for person in people]
    Resident.objects.bulk_create([citizen.resident for citizen in citizens], batch_size=_BATCH)
    Resident.objects.filter(is_sample=True).update(created_at=_ENTERED_AT, updated_at=_ENTERED_AT)
    GroupMembership.objects.bulk_create(
        [
            GroupMembership(
                resident=citizen.resident,
                village_id=citizen.resident.village_id,
                group=listing.group,
                from_on=listing.from_on,
                evidence=listing.evidence,
            )
            for citizen in citizens
            for listing in citizen.person.listings
        ],
        batch_size=_BATCH,
    )
    return citizens


def store_enrolments(version: ProgrammeVersion, joined: Sequence[Joined]) -> int:
    """Store one campaign's enrolments with holdings, fundings, participations and audit rows; return how many.

    Errors: what the rules refuse: a sample that they refuse is a bug.
    """
    campaign = _Campaign(version, plan_of(version))
    participations = _participations(campaign, joined)
    rows = _Rows()
    for number, one in enumerate(joined, start=1):
        _add(rows, campaign, one, participations[one.citizen.resident.pk], number)
    Enrolment.objects.bulk_create(rows.enrolments, batch_size=_BATCH)
    Holding.objects.bulk_create(rows.holdings, batch_size=_BATCH)
    Funding.objects.bulk_create(rows.fundings, batch_size=_BATCH)
    for entry, enrolment in zip(rows.audit, rows.enrolments, strict=True):
        entry.subject_id = str(enrolment.pk)
    AuditEntry.objects.bulk_create(rows.audit, batch_size=_BATCH)
    return len(rows.enrolments)


def _resident(person: Person, village: Division) -> Resident:
    identity = IdentityNumber(person.number, person.birth_date, person.sex)
    resident = new_resident(village.pk, person.name, identity, person.phone, person.child_phone)
    resident.household, resident.address = person.household, person.address
    resident.is_sample = True
    if person.died_on:
        resident.status, resident.died_on = Resident.Status.DEAD, person.died_on
    return resident


def _participations(campaign: _Campaign, joined: Iterable[Joined]) -> dict[int, Participation]:
    """Store one participation a person, counted as the last of their enrolments leaves it, by resident key."""
    plan = campaign.plan
    held: dict[int, list[Held]] = defaultdict(list)
    found: dict[int, Participation] = {}
    for one in joined:
        resident, day = one.citizen.resident, one.act.day
        quote = campaign.quote(one.act)
        added = Held(quote.product, quote.units, quote.by_government)
        _require(plan, one, quote, held[resident.pk], added)
        held[resident.pk].append(added)
        participation = found.setdefault(
            resident.pk,
            Participation(
                resident=resident,
                programme=campaign.version.programme,
                village_id=resident.village_id,
                unit_cap=plan.terms.unit_cap,
                first_enrolled_on=day,
            ),
        )
        participation.units += quote.units
        participation.capped_units = counted_units(plan, held[resident.pk])
    Participation.objects.bulk_create(found.values(), batch_size=_BATCH)
    return found


def _require(plan: Programme, one: Joined, quote: Quote, held: Sequence[Held], added: Held) -> None:
    """Let pass what `enrol` would let pass."""
    day, birth = one.act.day, one.citizen.person.birth_date
    cover_from, _ = cover_for(plan, day)
    require_window(plan, day)
    require_joining(plan, plan.product(quote.product), birth, cover_from)
    subject = is_subject(plan, birth, one.citizen.listed(day), cover_from)
    if quote.by_government:
        require_government_purchase(plan, quote, is_subject=subject)
    require_units(plan, held, added, is_subject=subject)


def _add(rows: _Rows, campaign: _Campaign, one: Joined, participation: Participation, number: int) -> None:
    act, quote = one.act, campaign.quote(one.act)
    enrolment = Enrolment(
        key=f"sample-{campaign.plan.year}-{number:06d}",
        participation=participation,
        village_id=participation.village_id,
        version=campaign.version,
        channel=act.channel,
        enrolled_on=act.day,
        enrolled_at=act.at,
        by=one.by,
        consent=act.consent,
    )
    cover_from, cover_to = cover_for(campaign.plan, act.day)
    holding = Holding(
        enrolment=enrolment,
        product=quote.product,
        units=quote.units,
        unit_price_fen=quote.unit_price_fen,
        cover_from=cover_from,
        cover_to=cover_to,
    )
    rows.enrolments.append(enrolment)
    rows.holdings.append(holding)
    rows.fundings += [Funding(holding=holding, payer=payer, amount_fen=amount) for payer, amount in quote.fundings]
    rows.audit.append(_audit(campaign, one, quote))


def _audit(campaign: _Campaign, one: Joined, quote: Quote) -> AuditEntry:
    """Return the row that `enrol` records; the enrolment's key follows once it is stored."""
    return AuditEntry(
        actor=one.by,
        action="enrolment.enrol",
        division_code=one.citizen.resident.village_id,
        subject_type=Enrolment._meta.label,
        detail={
            "programme": campaign.plan.id,
            "version": campaign.version.number,
            "product": quote.product,
            "units": quote.units,
            "fundings": dict(quote.fundings),
            "consent": one.act.consent,
            "channel": one.act.channel,
        },
    )
