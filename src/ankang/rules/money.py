"""Money: integer fen inside, yuan with two decimals outside. No float ever touches an amount."""

import re
from decimal import Decimal

from ankang.rules.errors import InvalidInput

_YUAN = re.compile(r"[+-]?\d{1,12}(\.\d{1,2})?", re.ASCII)


def fen(text: str | int | Decimal) -> int:
    """Return the amount in fen of a yuan text such as `12`, `12.3` or `12.30`.

    Units: yuan in, fen out. Errors: InvalidInput for anything else: three decimals, signs out of place, an empty text.
    """
    written = str(text).strip()
    if not _YUAN.fullmatch(written):
        raise InvalidInput(
            f"“{written}”不是金额：请写成元，最多两位小数，例如 1200 或 1200.50。",
            value=written,
            fix="改成 1200.50 的样子",
        )
    sign = -1 if written.startswith("-") else 1
    yuan_part, _, fen_part = written.lstrip("+-").partition(".")
    return sign * (int(yuan_part) * 100 + int(fen_part.ljust(2, "0") or 0))


def yuan(amount_fen: int) -> str:
    """Return fen as yuan with exactly two decimals and no separators, for files and official papers: `1234.50`."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole}.{part:02d}"


def yuan_shown(amount_fen: int) -> str:
    """Return fen as yuan for the screen, with thousands separators: `1,234.50`."""
    sign = "-" if amount_fen < 0 else ""
    whole, part = divmod(abs(amount_fen), 100)
    return f"{sign}{whole:,}.{part:02d}"


def share_half_up(amount_fen: int, numerator: int, denominator: int) -> int:
    """Return amount x numerator / denominator, rounded to the fen once, half up. All arguments are non-negative."""
    return (2 * amount_fen * numerator + denominator) // (2 * denominator)


def percent_truncated(part: int, whole: int) -> str:
    """Return part / whole as a percentage with two decimals, cut and never rounded up: 84.995 % shows as `84.99`.

    An empty whole shows as `0.00`. Source: domain 6, thresholds are compared on integers, never on this text.
    """
    hundredths = part * 10_000 // whole if whole else 0
    return f"{hundredths // 100}.{hundredths % 100:02d}"
