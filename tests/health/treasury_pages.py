"""The pages of money on its longer ways: which there are, and how to address one paper of each."""

from collections.abc import Callable
from typing import Any

from tests.treasury import objects as treasury

from ankang.accounts.models import User

_GOVERNMENT = ("request", "review", "answer", "receive", "parts", "pdf", "export")
_REMITTANCE = ("", "-review", "-pay", "-back", "-pdf", "-export")
_DONATION = ("", "-receive", "-parts", "-use", "-return", "-export")
_COMPARED = ("reconciliation", "reconciliation-export")
_LISTS = (
    "treasury", "government", "government-new", "remittances", "remittance-new", "refunds", "refunds-export",
    "reconciliations", "donations", "donation-new", "bank-account", "bank-account-export",
)  # fmt: skip
_CHARGE = ("charge", "charge-look", "charge-close")
TOWN_PAGES = (
    *_LISTS,
    *_COMPARED,
    "reconciliation-explain",
    "reconciliation-book",
    "bank-item-back",
    "bank-opening",
    "bank-opening-review",
    "bank-opening-back",
    "charge-repay",
    *(f"government-{step}" for step in _GOVERNMENT),
    *(f"remittance{step}" for step in _REMITTANCE),
    *(f"donation{step}" for step in (*_DONATION, "-receipt")),
    *(f"refund{step}" for step in ("", "-review", "-pay")),
)
BOTH_PAGES = (*_CHARGE, "charge-new")
DONOR_PAGES = ("home", "gift-receipt")


def _paper(name: str) -> Callable[[Any], Any]:
    """Return how a paper is made in a place: in the village's town, over the village's enrolment."""

    def make(place: Any) -> Any:
        enrolment, by = place.enrolment(), place.account("town")
        if name == "order":
            return treasury.order_in(place.village, enrolment, by)
        if name == "surplus":
            return treasury.surplus_in(_paper("order")(place), by)
        return getattr(treasury, f"{name}_in")(enrolment, by)

    return lambda place: place.once(name, lambda: make(place))


def _address(name: str, of: str = "pk") -> Callable[[Any], dict[str, Any]]:
    return lambda place: {"pk": getattr(_paper(name)(place), of)}


def _gift_receipt(place: Any) -> dict[str, Any]:
    """A receipt of whichever donor's account in that town was made last: who looks."""
    found = _paper("receipt")(place)
    donor = found.donation.donor
    donor.account = User.objects.filter(desk="donor", division=place.village.parent).order_by("-pk").first()
    donor.save()
    return {"pk": found.pk}


TREASURY_OBJECTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{f"town:government-{step}": _address("request") for step in _GOVERNMENT},
    **{f"town:remittance{step}": _address("remittance") for step in _REMITTANCE},
    **{f"town:donation{step}": _address("receipt", "donation_id") for step in _DONATION},
    "town:donation-receipt": _address("receipt"),
    "donor:gift-receipt": _gift_receipt,
    **{f"town:refund{step}": lambda place: {"pk": place.enrolment().pk} for step in ("", "-review")},
    "town:refund-pay": _address("refund"),
    **{f"town:{page}": _address("compared", "run_id") for page in _COMPARED},
    "town:reconciliation-explain": _address("compared"),
    "town:reconciliation-book": _address("compared"),
    "town:bank-item-back": _address("receipt", "posting_id"),
    **{f"town:bank-opening-{step}": _address("opening") for step in ("review", "back")},
    "town:charge-repay": _address("surplus"),
    **{
        f"{desk}:{page}": lambda place: {"order_id": _paper("order")(place).pk}
        for desk in ("town", "village")
        for page in _CHARGE
    },
}
