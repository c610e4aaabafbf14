"""Households in their order, and their division into equal parts. No rows: keys and counts."""

import re
from collections.abc import Sequence

_PIECE = re.compile(r"\d+|\D+")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts as people count: 2组 before 10组."""
    return tuple((0, int(piece), "") if piece.isdecimal() else (1, 0, piece) for piece in _PIECE.findall(text))


def equal_parts(sizes: Sequence[int], parts: int) -> list[int]:
    """Return for each household, in order, which of `parts` it falls to: neighbours together, none split.

    A household goes to the part in which its middle person lies, so a part differs from an equal share by at most
    one household. The same sizes always give the same parts.
    """
    total = sum(sizes)
    found, before = [], 0
    for size in sizes:
        found.append((2 * before + size) * parts // (2 * total) if total else 0)
        before += size
    return found
