"""Keys of rows as forms and addresses bring them: anybody may send anything."""

from collections.abc import Iterable

_LONGEST = 18  # digits; more may not fit the column


def row_key(text: str) -> int:
    """Return the key that a text names, or 0, which no row has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else 0


def row_keys(texts: Iterable[str]) -> list[int]:
    """Return the keys that texts name, in their order; what names none is left out."""
    return [key for text in texts if (key := row_key(text))]
