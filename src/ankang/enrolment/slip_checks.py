"""What is wanted for each person of a slip, and what the rules say to it: reads, stores nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ankang.accounts.models import User
from ankang.enrolment.admission import refusal_of
from ankang.enrolment.errors import GiverMissing
from ankang.enrolment.facts import held_in
from ankang.enrolment.models import Enrolment, LateEntry
from ankang.enrolment.offer import Offer, offers_for
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.advice import Note
from ankang.rules.errors import AnkangError
from ankang.rules.premium import Payer, Quote, Share, quote, quote_split
from ankang.rules.programme import Programme as Plan
from ankang.rules.units import Held

GIVERS = frozenset({Payer.VILLAGE, Payer.DONOR})  # who gives for others, and is named
_CHUNK = 900  # SQLite takes 999 parameters a query


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One person's part of a slip. `giver`: the village or the donor by name, `purpose` what the money is for."""

    resident: Resident
    quote: Quote
    consent: str = ""
    giver: str = ""
    purpose: str = ""


@dataclass(frozen=True, slots=True)
class Assessed:
    """A wish with what the rules say: `refusal` None lets it pass; consent is looked at when it is confirmed."""

    wanted: Wanted
    offer: Offer
    refusal: AnkangError | None

    @property
    def notes(self) -> tuple[Note, ...]:
        return self.offer.notes


def quote_of(plan: Plan, product: str, units: int, payer: str, amounts: Sequence[Share] = ()) -> Quote:
    """Return the price: one payer for what the plan itself does not split, or several with their amounts.

    Government's part of a split price comes from the plan. Errors: those of `quote` and `quote_split`.
    """
    if not amounts:
        return quote(plan, product, units, payer)
    given = dict(amounts)
    shares = dict(plan.product(product).shares) if product in {one.code for one in plan.products} else {}
    government = shares.get(Payer.GOVERNMENT, 0) * units
    if government and Payer.GOVERNMENT not in given:
        amounts = [(Payer.GOVERNMENT, government), *amounts]
    return quote_split(plan, product, units, amounts)


def require_giver(quoted: Quote, giver: str) -> None:
    """Let pass a quote whose village's or donor's money has a name. Errors: GiverMissing."""
    if giver.strip() or not any(payer in GIVERS for payer, _ in quoted.fundings):
        return
    raise GiverMissing(
        "村集体或爱心捐赠出钱，还没有写出资的是谁。请写上，例如：01村村委会、某某公司、张某某。", field="giver"
    )


def assess(
    by: User,
    wanted: Sequence[Wanted],
    version: ProgrammeVersion,
    today: date,
    offers: Mapping[int, Offer] | None = None,
) -> list[Assessed]:
    """Return each wish with its refusal; a person's later wish sees the earlier one (three queries a 900 people)."""
    found = (
        offers if offers is not None else offers_of({one.resident.pk: one.resident for one in wanted}, version, today)
    )
    held = {key: list(held_in(offer.held.holdings)) for key, offer in found.items()}
    assessed = []
    for one in wanted:
        offer, mine = found[one.resident.pk], held[one.resident.pk]
        refusal = _refusal(by, one, version, held=mine, today=today, late=offer.late)
        if refusal is None:
            mine.append(Held(one.quote.product, one.quote.units, one.quote.by_government))
        assessed.append(Assessed(one, offer, refusal))
    return assessed


def offers_of(residents: Mapping[int, Resident], version: ProgrammeVersion, today: date) -> dict[int, Offer]:
    """Return what can be offered to these residents, 900 at a time."""
    people = [residents[key] for key in sorted(residents)]
    found: dict[int, Offer] = {}
    for start in range(0, len(people), _CHUNK):
        found |= offers_for(people[start : start + _CHUNK], version, today)
    return found


def _refusal(
    by: User, wanted: Wanted, version: ProgrammeVersion, *, held: Sequence[Held], today: date, late: LateEntry | None
) -> AnkangError | None:
    return refusal_of(
        by=by,
        resident=wanted.resident,
        version=version,
        quote=wanted.quote,
        held=held,
        today=today,
        consent=Enrolment.Consent.RESIDENT,  # asked for at the confirmation
        late=late,
    )
