"""The pages of what happens to claims besides their decision: which there are, and how to address one of each."""

from collections.abc import Callable
from typing import Any

from tests.claims.payment_acts import drawn_of, letter_of, payout_of

from ankang.claims.models import Claim
from ankang.claims.payout_models import Payout

OF_ONE_CLAIM = ("course", "payment", "payees", "account_number", "payment_order")
_LISTS = ("payments", "payments_export", "payments_act", "reviews")
_LOOKS = ("figures", "figures_export", "signals", "signals_export", "signal_look")
_BATCH = ("batch", "batch_file", "batch_template", "batch_result")
_ACTS = ("course_act", "letter", "payment_end", "voucher", "review_act")
COURSE_PAGES = (*OF_ONE_CLAIM, *_LISTS, *_LOOKS, *_BATCH, *_ACTS)

ClaimOf = Callable[[Any], dict[str, Any]]  # the arguments of a claim's address in a place


def _row(claim_of: ClaimOf, place: Any) -> Claim:
    return Claim.objects.get(number=claim_of(place)["number"])


def _payout(claim_of: ClaimOf, place: Any) -> Payout:
    """A payment of that claim, in a batch."""
    return place.once("payout", lambda: payout_of(_row(claim_of, place)))  # type: ignore[no-any-return]


def _letter(claim_of: ClaimOf, place: Any) -> dict[str, Any]:
    return {"number": place.once("letter", lambda: letter_of(_row(claim_of, place))).claim.number}


def _drawn(claim_of: ClaimOf, place: Any) -> dict[str, Any]:
    return {"what": "quality", "pk": place.once("drawn", lambda: drawn_of(_row(claim_of, place))).pk}


COURSE_OBJECTS: dict[str, Callable[[ClaimOf, Any], dict[str, Any]]] = {
    "course_act": lambda claim_of, place: claim_of(place) | {"what": "hold"},
    "payment_end": lambda claim_of, place: claim_of(place) | {"what": "paid"},
    "letter": _letter,
    "voucher": lambda claim_of, place: claim_of(place) | {"pk": _payout(claim_of, place).pk},
    "review_act": _drawn,
    **{page: lambda claim_of, place: {"pk": _payout(claim_of, place).batch_id} for page in _BATCH},
}
