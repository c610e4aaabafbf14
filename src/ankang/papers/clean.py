"""Texts that a paper can carry: what neither PDF nor Word can show is taken out first."""

import re
from collections.abc import Mapping
from typing import Any

# Control characters (but tab and line break), halves of surrogate pairs, and the two that XML forbids.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(value: Any) -> Any:
    """Return the same data with every text, at any depth, free of characters that no paper can show."""
    if isinstance(value, str):
        return _UNPRINTABLE.sub("", value)
    if isinstance(value, Mapping):
        return {key: printable(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [printable(inner) for inner in value]
    return value
