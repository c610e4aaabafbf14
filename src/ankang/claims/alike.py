"""What is told of a loss in words and compared by signals: sealed, with a blind index by which equal ones are found."""

import re
import unicodedata

from ankang.claims.losses import Losses
from ankang.privacy.cipher import blind_index


def alike_fields(losses: Losses) -> dict[str, str | None]:
    """Return the claim's fields of diagnosis, place and doctor; None for what was not said."""
    return {
        "diagnosis": losses.diagnosis or None,
        **place_fields(losses.place),
        "doctor": losses.doctor or None,
        "doctor_index": alike_index(losses.doctor, "doctor"),
    }


def place_fields(place: str) -> dict[str, str | None]:
    """Return the claim's fields of the place alone: all that a report knows."""
    return {"place": place.strip() or None, "place_index": alike_index(place, "place")}


def alike_index(text: str, field: str) -> str:
    """Return what is equal for texts that differ in width, spaces and marks alone; empty for an empty text."""
    plain = re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", text)).upper()
    return blind_index(plain, f"claims.claim.{field}") if plain else ""
