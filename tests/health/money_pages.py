"""Who may open the pages of money, and how to address one object of a village on each: part of the permission table."""

from typing import Any

from tests.money import acts

from ankang.money.models import Handover, Payment, Receipt

_BOTH = ("receipt", "receipt-pdf", "handover-pdf")
_VILLAGE = (
    "collecting", "collect", "collect-collective", "collect-day", "takings", "takings-close", "takings-export",
    "handovers", "receipt-void",
)  # fmt: skip
_TOWN = ("money", "money-export", "transfer-payment", "handover", "difference")

MONEY_DESKS: dict[str, tuple[str, ...]] = {
    **{f"{desk}:{page}": ("town", "village") for desk in ("town", "village") for page in _BOTH},
    **{f"village:{page}": ("village",) for page in _VILLAGE},
    **{f"town:{page}": ("town",) for page in _TOWN},
}


def receipt(place: Any) -> Receipt:
    """The receipt of the village's enrolment."""
    worker, one = place.account("village"), place.enrolment()
    return place.once("money receipt", lambda: acts.collect(worker, [one]).receipt)  # type: ignore[no-any-return]


def handover(place: Any) -> Handover:
    """A slip of the village's cash that waits for the town."""
    receipt(place)
    return place.once("handover", lambda: acts.hand_over(place.account("village")))  # type: ignore[no-any-return]


def announced(place: Any) -> Payment:
    """A transfer that waits for the town."""
    worker, version = place.account("village"), place.version()
    facts = {"means": "transfer", "reference": place.village.pk}
    return place.once(  # type: ignore[no-any-return]
        "announced", lambda: acts.collect(worker, acts.owing(worker, version), **facts)
    )


MONEY_OBJECTS: dict[str, Any] = {
    "village:collect": lambda place: {"pk": place.resident().pk},
    "town:difference": lambda place: {"code": place.village.pk},
    "village:receipt-void": lambda place: {"pk": receipt(place).pk},
    "town:handover": lambda place: {"pk": handover(place).pk},
    "town:transfer-payment": lambda place: {"pk": announced(place).pk},
    **{f"{desk}:handover-pdf": lambda place: {"pk": handover(place).pk} for desk in ("town", "village")},
    **{
        f"{desk}:{page}": lambda place: {"pk": receipt(place).pk}
        for desk in ("town", "village")
        for page in ("receipt", "receipt-pdf")
    },
}
