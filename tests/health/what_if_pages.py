"""The pages of 方案测算: which there are, and how to address one of each."""

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.health.who import Who, only
from tests.whatif.acts import compared

_DESKS = ("town", "insurer")
_PAGES = ("what-ifs", "what-if", "what-if-export")
WHAT_IF_PAGES: dict[str, Who] = {f"{desk}:{page}": only(*_DESKS) for desk in _DESKS for page in _PAGES}


def _one(desk: str, place: Any, **more: str) -> dict[str, Any]:
    """A comparison that a desk of the village's town ran."""
    made = place.once(f"what if {desk}", lambda: compared(place.account(desk), place.version()))
    return {"pk": made.pk, **more}


WHAT_IF_OBJECTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    **{f"{desk}:what-if": partial(_one, desk) for desk in _DESKS},
    **{f"{desk}:what-if-export": partial(_one, desk, kind="xlsx") for desk in _DESKS},
}
