"""The household page's state: everybody of a household with what they have, what is chosen and what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from ankang.accounts.models import User
from ankang.desks.components.enrol.screen import quote_sign
from ankang.desks.components.slips.choice import Choice, choice_of, message_of
from ankang.enrolment.admission import require_consent
from ankang.enrolment.models import Enrolment
from ankang.enrolment.offer import Offer
from ankang.enrolment.slip_checks import Wanted, assess, offers_of, require_giver
from ankang.enrolment.slip_workbooks import payers_in_words
from ankang.programmes.models import ProgrammeVersion
from ankang.roster.models import Resident
from ankang.rules.errors import AnkangError
from ankang.rules.premium import Quote, is_free_for_all

MOST = 30  # a larger "household" is a wrong household number


@dataclass(frozen=True, slots=True)
class Member:
    """One person. `closed`: why nothing can be registered; `problem`: what is wrong with what is chosen."""

    offer: Offer
    taken: bool
    choice: Choice
    consent: str
    quote: Quote | None
    problem: str = ""

    @property
    def resident(self) -> Resident:
        return self.offer.resident

    @property
    def closed(self) -> str:
        return self.offer.refusal.message if self.offer.refusal else ""

    @property
    def is_government(self) -> bool:
        return self.offer.government is not None

    @property
    def counts(self) -> bool:
        return self.taken and not self.closed

    @property
    def product_name(self) -> str:
        return self.offer.plan.product(self.quote.product).name if self.quote else ""

    @property
    def payers(self) -> str:
        return payers_in_words(self.quote.fundings) if self.quote else ""

    @property
    def picks_payer(self) -> bool:
        return any(not is_free_for_all(card.product) for card in self.offer.cards)

    @property
    def collected_fen(self) -> int:
        return self.quote.collected_fen if self.quote else 0

    @property
    def unit_choices(self) -> range:
        return range(1, max(self.offer.units_left, self.choice.units) + 1)

    def wanted(self, giver: str, purpose: str) -> Wanted:
        assert self.quote
        consent = Enrolment.Consent.NOT_NEEDED if self.quote.by_government else self.consent
        named = any(payer in ("village", "donor") for payer, _ in self.quote.fundings)
        return Wanted(
            resident=self.resident, quote=self.quote, consent=consent,
            giver=giver if named else "", purpose=purpose if named else "",
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Household:
    """`asked`: what is chosen for everybody; the sums are of who counts. Units: fen."""

    number: str
    version: ProgrammeVersion
    members: tuple[Member, ...]
    giver: str = ""
    purpose: str = ""

    @property
    def chosen(self) -> list[Member]:
        return [one for one in self.members if one.counts]

    @property
    def good(self) -> list[Member]:
        return [one for one in self.chosen if not one.problem and one.quote]

    @property
    def refused(self) -> list[Member]:
        return [one for one in self.chosen if one.problem]

    @property
    def sum_fen(self) -> int:
        return sum(one.collected_fen for one in self.chosen)

    @property
    def good_fen(self) -> int:
        return sum(one.collected_fen for one in self.good)

    @property
    def sign(self) -> str:
        """What the page shows; a button pressed under another sum asks to look again."""
        return _sign(self.chosen)

    @property
    def good_sign(self) -> str:
        return _sign(self.good)

    @property
    def problems(self) -> list[tuple[str, str]]:
        return [(f"take-{one.resident.pk}", f"{one.resident.name}：{one.problem}") for one in self.refused]


def household_of(
    user: User, residents: list[Resident], version: ProgrammeVersion, today: date, post: Any = None
) -> Household:
    """Return the household as the form says, with sensible defaults before that (three queries)."""
    offers = offers_of({one.pk: one for one in residents}, version, today)
    members = [_member(offers[one.pk], post) for one in residents]
    giver, purpose = (post.get("giver", "").strip()[:60], post.get("purpose", "").strip()[:120]) if post else ("", "")
    found = Household(residents[0].household, version, tuple(members), giver, purpose)
    return checked(user, found, today, offers, with_consent=bool(post) and post.get("step") in ("confirm", "rest"))


def checked(
    user: User, household: Household, today: date, offers: Mapping[int, Offer], *, with_consent: bool
) -> Household:
    """Return the household with what the rules say to each who is chosen."""
    priced = [one for one in household.chosen if one.quote]
    wanted = [one.wanted(household.giver, household.purpose) for one in priced]
    problems: dict[int, str] = {}
    for one in assess(user, wanted, household.version, today, offers):
        error = one.refusal or (_unready(one.wanted) if with_consent else None)
        if error:
            problems[one.wanted.resident.pk] = message_of(error)
    return with_problems(household, problems)


def with_problems(household: Household, problems: Mapping[int, str]) -> Household:
    """Return the household with messages beside the people that they are about."""
    members = tuple(replace(one, problem=problems.get(one.resident.pk, one.problem)) for one in household.members)
    return replace(household, members=members)


def _unready(wanted: Wanted) -> AnkangError | None:
    """What is missing at the confirmation: the consent, the name of who gives."""
    try:
        require_consent(wanted.quote, wanted.consent)
        require_giver(wanted.quote, wanted.giver)
    except AnkangError as error:
        return error
    return None


def _member(offer: Offer, post: Any) -> Member:
    mark = f"-{offer.resident.pk}"
    plan = offer.plan
    first = offer.cards[0].product.code if offer.cards else plan.products[0].code
    if not post:
        taken = not offer.refusal and not offer.held.units
        return _priced(offer, taken, Choice(first), "")
    choice = choice_of(post, plan, mark)
    consent = post.get(f"consent{mark}", "")
    return _priced(offer, post.get(f"take{mark}") == "yes", choice, consent if consent in Enrolment.Consent else "")


def _priced(offer: Offer, taken: bool, choice: Choice, consent: str) -> Member:
    if offer.refusal:
        return Member(offer, False, choice, consent, None)
    if offer.government:
        return Member(offer, taken, choice, consent, offer.government)
    try:
        return Member(offer, taken, choice, consent, choice.quote(offer.plan))
    except AnkangError as error:
        return Member(offer, taken, choice, consent, None, error.message)


def _sign(members: list[Member]) -> str:
    return ";".join(
        f"{one.resident.pk}:{quote_sign(one.quote.product, one.quote.units, one.quote.fundings)}"
        for one in members
        if one.quote
    )
