"""What one resident can be enrolled for today: computed by the rules from the plan and what the person holds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import prefetch_related_objects

from ankang.enrolment.admission import require_living
from ankang.enrolment.facts import held_in
from ankang.enrolment.late import late_entries_on
from ankang.enrolment.models import LateEntry
from ankang.enrolment.queries import ParticipationSummary, participation_summaries, participation_summary
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.roster.models import Resident
from ankang.roster.queries import incapacities_of, listed_groups
from ankang.rules.advice import BenefitAtAge, Note, benefits_at, notes
from ankang.rules.capacity import Incapacity, may_insure, require_capacity
from ankang.rules.cover import cover_for
from ankang.rules.eligibility import admits, joining_age, require_eligible, require_window, subject_groups
from ankang.rules.errors import AnkangError
from ankang.rules.premium import Quote, government_owes, government_quote, is_for_sale
from ankang.rules.programme import Group, Product, Programme, Reading, Status
from ankang.rules.readings import choice_words
from ankang.rules.units import Held, require_units, units_left


@dataclass(frozen=True, slots=True)
class Card:
    """A product with its benefits at this person's age, per unit."""

    product: Product
    benefits: tuple[BenefitAtAge, ...]

    @property
    def extras(self) -> str:
        """What this product has and another of the programme has not: 骨折费用和住院津贴."""
        return "和".join(line.name for line in self.benefits if line.amount_fen is not None and line.is_extra)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubtful figure on a card, with how it is applied in words."""

    reading: Reading
    words: str


@dataclass(frozen=True, slots=True)
class Offer:
    """`age`: on the first day of cover, at which the benefits are listed. `government`: what government still has to
    buy. `units_left`: own units within the cap. `refusal`: why nothing at all can be registered now.
    """

    resident: Resident
    plan: Programme
    age_today: int
    age: int
    cover_from: date
    cover_to: date
    groups: tuple[Group, ...]
    held: ParticipationSummary
    government: Quote | None
    units_left: int
    cards: tuple[Card, ...]
    notes: tuple[Note, ...]
    refusal: AnkangError | None
    late: LateEntry | None = None  # the exception by which this resident may still be enrolled

    @property
    def government_card(self) -> Card | None:
        """The product that government buys, with its benefits at this age."""
        if self.government is None:
            return None
        product = self.plan.product(self.government.product)
        return Card(product, benefits_at(self.plan, product, self.age))

    @property
    def doubts(self) -> tuple[Doubt, ...]:
        """The doubtful figures on the cards, each reading once."""
        found = {line.doubt.id: line.doubt for card in self.cards for line in card.benefits if line.doubt}
        return tuple(Doubt(reading, choice_words(reading.topic, reading.choice)) for reading in found.values())

    @property
    def assumed_cover(self) -> Reading | None:
        """The reading that sets the cover's dates while nobody has confirmed it."""
        return self._assumed("cover_rule")

    @property
    def assumed_government(self) -> Reading | None:
        """The reading that says what government buys while nobody has confirmed it."""
        return self._assumed("government_product")

    def _assumed(self, term: str) -> Reading | None:
        reading = self.plan.reading_of(term)
        return reading if reading and reading.status is Status.ASSUMED else None


def offer_for(resident: Resident, version: ProgrammeVersion, today: date) -> Offer:
    """Return what the page offers a resident (three queries at most: lists, holdings, who paid)."""
    summary = participation_summary(resident, version.programme)
    return _offer(resident, version, today, summary, _late([resident], version, today))


def offers_for(residents: Collection[Resident], version: ProgrammeVersion, today: date) -> dict[int, Offer]:
    """Return the same for several residents, by their key: three queries at most, however many (900 at a time)."""
    people = list(residents)
    prefetch_related_objects(people, "memberships")
    prefetch_related_objects([one for one in people if one.has_incapacity], "incapacities")
    summaries = participation_summaries(people, version.programme)
    late = _late(people, version, today)
    return {one.pk: _offer(one, version, today, summaries[one.pk], late) for one in people}


def _late(residents: Collection[Resident], version: ProgrammeVersion, today: date) -> dict[int, LateEntry]:
    """Return the exceptions, which matter after the window only (one query then)."""
    over = today > plan_of(version).window_to
    return late_entries_on(residents, version.programme_id, today) if over else {}


def _offer(
    resident: Resident,
    version: ProgrammeVersion,
    today: date,
    summary: ParticipationSummary,
    exceptions: Mapping[int, LateEntry],
) -> Offer:
    plan = plan_of(version)
    cover_from, cover_to = cover_for(plan, today)
    groups = subject_groups(plan, resident.birth_date, listed_groups(resident, today), cover_from)
    held = held_in(summary.holdings)
    known = incapacities_of(resident)
    government = government_quote(plan) if groups and government_owes(plan, held, known, today) else None
    # READING K12: who joins before the first band's age is shown what the first band pays.
    age = max(plan.age_on(resident.birth_date, cover_from), min(product.join_from_age for product in plan.products))
    cards = tuple(
        card
        for card in _cards(plan, joining_age(plan, resident.birth_date, cover_from), age)
        if may_insure(card.product, known, today)
    )
    late = exceptions.get(resident.pk)
    return Offer(
        late=late,
        resident=resident,
        plan=plan,
        age_today=plan.age_on(resident.birth_date, today),
        age=age,
        cover_from=cover_from,
        cover_to=cover_to,
        groups=groups,
        held=summary,
        government=government,
        units_left=units_left(plan, held),
        cards=cards,
        notes=notes(plan, resident.birth_date, cover_from, cover_to),
        refusal=_refusal(resident, plan, today, cover_from, late)
        or _incapable(plan, known, today, cards)
        or _full(plan, held, cards, government, bool(groups)),
    )


def _cards(plan: Programme, joined_at: int, age: int) -> tuple[Card, ...]:
    return tuple(
        Card(product, benefits_at(plan, product, age))
        for product in plan.products
        if admits(product, joined_at) and is_for_sale(plan, product)
    )


def _refusal(
    resident: Resident, plan: Programme, today: date, cover_from: date, late: LateEntry | None
) -> AnkangError | None:
    try:
        require_living(resident)
        if late is None:
            require_window(plan, today)
        require_eligible(plan, resident.birth_date, cover_from)
    except AnkangError as error:
        return error
    return None


def _incapable(
    plan: Programme, known: Collection[Incapacity], today: date, cards: tuple[Card, ...]
) -> AnkangError | None:
    """Return why the law lets nobody sell this person anything; None while some product pays nothing on death."""
    if cards or not known:
        return None
    try:
        require_capacity(plan, plan.products[0], known, today)
    except AnkangError as error:
        return error
    return None


def _full(
    plan: Programme, held: tuple[Held, ...], cards: tuple[Card, ...], government: Quote | None, is_subject: bool
) -> AnkangError | None:
    """Return why not one more unit of any product fits; None while government still has to buy."""
    refusal: AnkangError | None = None
    if government:
        return None
    for card in cards:
        try:
            require_units(plan, held, Held(card.product.code, 1, by_government=False), is_subject=is_subject)
        except AnkangError as error:
            refusal = error
        else:
            return None
    return refusal
