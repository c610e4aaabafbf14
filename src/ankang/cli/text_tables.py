"""Tables at the terminal."""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width


def aligned(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield a table's lines: names to the left, figures to the right; a Chinese character is two wide."""
    widths = [max(_width(row[at]) for row in rows) for at in range(len(rows[0]))]
    for first, *figures in rows:
        cells = [" " * (width - _width(cell)) + cell for cell, width in zip(figures, widths[1:], strict=True)]
        yield "  ".join([first + " " * (widths[0] - _width(first)), *cells])


def _width(text: str) -> int:
    return sum(2 if east_asian_width(mark) in "WF" else 1 for mark in text)
