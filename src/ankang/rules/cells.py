"""Cells of a CSV that somebody may open in a spreadsheet."""

import re

_AMOUNT = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


def plain_text(value: str) -> str:
    """Return a value as a CSV may hold it: what a spreadsheet would run as a formula gets an apostrophe before it.

    Amounts such as -100.00 stay as they are: they run nothing.
    """
    starts = value.startswith(("=", "+", "-", "@", "\t", "\r"))
    return f"'{value}" if starts and not _AMOUNT.fullmatch(value) else value
