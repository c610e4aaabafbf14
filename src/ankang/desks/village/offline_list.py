"""What a telephone is given to read without a network: the village's people, and what the rules say of each today.

The browser holds no rule: prices, benefits at each age, units left and refusals all stand here in words and figures.
"""

from datetime import date
from typing import Any

from django.utils import timezone

from ankang.accounts.models import User
from ankang.desks.village.visits import TONES, visit_of
from ankang.enrolment.models import CONSENTS_GIVEN
from ankang.enrolment.offer import Card, Offer, offers_for
from ankang.offline.queries import people_to_take
from ankang.outreach.actions import FARTHEST, LONGEST_NOTE
from ankang.outreach.models import FollowUp
from ankang.programmes.models import ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.rules.days import day_words, short_day_words
from ankang.rules.money import yuan_shown
from ankang.rules.premium import PAYER_NAMES, Payer, Quote, is_for_sale, is_free_for_all, quote
from ankang.rules.programme import Product
from ankang.rules.programme import Programme as Plan

_CHUNK = 900  # SQLite takes 999 parameters a query


class Shared:
    """What many people have in common, told once; each person carries its place in the list."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._places: dict[Any, int] = {}

    def place(self, item: Any) -> int:
        if item not in self._places:
            self._places[item] = len(self.items)
            self.items.append(item)
        return self._places[item]


def list_to_take(user: User, version: ProgrammeVersion, today: date) -> dict[str, Any]:
    """Return the list as JSON takes it (a query, and three for every 900 people).

    No identity number and no whole telephone number is in it.
    """
    people = list(people_to_take(user, version))
    offers: dict[int, Offer] = {}
    for start in range(0, len(people), _CHUNK):
        offers |= offers_for(people[start : start + _CHUNK], version, today)
    sheets, notes = Shared(), Shared()
    plan = plan_of(version)
    return {
        "village": user.division.name,
        "worker": user.full_name,
        "programme": version.programme.name,
        "products": [_product(plan, product) for product in plan.products if is_for_sale(plan, product)],
        "payers": [[payer, words] for payer, words in PAYER_NAMES.items() if payer != Payer.GOVERNMENT],
        "consents": [[one.value, one.label] for one in CONSENTS_GIVEN],
        "outcomes": list(FollowUp.Outcome.choices),
        "farthest": FARTHEST.days,
        "longest_note": LONGEST_NOTE,
        "people": [
            _person(one, offers[one.pk], today, (sheets, notes)) | {"mine": one.worker_id == user.pk} for one in people
        ],
        "sheets": sheets.items,
        "notes": notes.items,
    }


def _product(plan: Plan, product: Product) -> dict[str, Any]:
    units = range(1, plan.terms.unit_cap + 1)
    return {
        "code": product.code,
        "name": product.name,
        "picks_payer": not is_free_for_all(product),
        "amounts": [_amount(quote(plan, product.code, count)) for count in units],
    }


def _amount(found: Quote) -> dict[str, Any]:
    return {"fen": found.collected_fen, "yuan": yuan_shown(found.collected_fen)}


def _person(one: Any, offer: Offer, today: date, shared: tuple[Shared, Shared]) -> dict[str, Any]:
    visit = visit_of(one, offer.plan, today)
    return {
        "id": one.pk,
        "name": one.name,
        "tail": one.number_tail,
        "age": visit.age,
        "household": one.household,
        "address": one.address,
        "groups": visit.groups,
        "phones": [one.phone_tail, one.child_phone_tail],
        "worker": one.worker_name or "",
        "units": offer.held.units,
        "held": _held(offer),
        "said": visit.outcome,
        "tone": TONES.get(one.outcome or "", "mute"),
        "said_on": short_day_words(timezone.localtime(one.last_at)) if one.last_at else "",
        "said_by": one.last_by or "",
        "again_on": one.again_on.isoformat() if one.again_on else "",
        "note": one.note or "",
        "offer": _offer(offer, *shared),
    }


def _held(offer: Offer) -> str:
    return "、".join(
        f"{offer.plan.product(one.product).name} × {one.units}份（{short_day_words(one.enrolment.enrolled_on)}）"
        for one in offer.held.holdings
    )


def _offer(offer: Offer, sheets: Shared, notes: Shared) -> dict[str, Any]:
    """Return what can be registered for one person today, or why nothing can."""
    if offer.refusal:
        return {"refusal": offer.refusal.message}
    card = offer.government_card
    government = None
    if offer.government and card:
        units = offer.government.units
        government = {
            "code": card.product.code,
            "name": card.product.name,
            "units": units,
            "sheet": _sheet(card, sheets),
        }
    return {
        "refusal": "",
        "left": offer.units_left,
        "government": government,
        "cards": {card.product.code: _sheet(card, sheets) for card in offer.cards},
        "notes": [notes.place(note.message) for note in offer.notes],
        "age": offer.age,
        "cover": f"{day_words(offer.cover_from)}至{day_words(offer.cover_to)}",
    }


def _sheet(card: Card, sheets: Shared) -> int:
    """Return the place of a card's benefits, per unit at one age: many people have the same."""
    return sheets.place(tuple((line.name, f"{line.condition}{line.words}") for line in card.benefits))
