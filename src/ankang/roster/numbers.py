"""How identity and phone numbers are kept: sealed, found by a blind index, shown by their last four characters."""

import re
import unicodedata
from collections.abc import Callable

from ankang.privacy.cipher import blind_index, indexer
from ankang.rules.errors import InvalidInput

NUMBER = "roster.resident.number"
PHONE = "roster.resident.phone"
# Sample people carry an area code that no division ever had, so that no number can be a real person's.
SAMPLE_AREAS = frozenset({"329900"})

_MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
_LANDLINE = re.compile(r"(0\d{2,3})?[2-9]\d{6,7}", re.ASCII)
_SEPARATORS = re.compile(r"[\s()\-—－+]+")


def number_index(number: str) -> str:
    """Return the blind index by which a normalised 18-character number is found."""
    return blind_index(number, NUMBER)


def number_indexer() -> Callable[[str], str]:
    """Return `number_index` for many numbers."""
    return indexer(NUMBER)


def phone_index(digits: str) -> str | None:
    """Return the blind index by which those who share a telephone are found; None for no telephone."""
    return blind_index(digits, PHONE) if digits else None


def parse_phone(text: str) -> str:
    """Return a phone number as digits only, or "" for an empty text. +86, spaces and dashes are dropped.

    Errors: InvalidInput with `reason` and `fix`.
    """
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    if len(digits) == 13 and digits.startswith("86"):
        digits = digits[2:]
    if not digits or _MOBILE.fullmatch(digits) or _LANDLINE.fullmatch(digits):
        return digits
    reason, fix = "不像电话号码", "请填11位手机号，或区号加座机号"
    raise InvalidInput(f"这{reason}。{fix}。", field="phone", reason=reason, fix=fix)


def masked(text: str) -> str:
    """Return a value for reports: only the last four characters stand, and none of a value of four or fewer."""
    text = text.strip()
    return "*" * len(text) if len(text) <= 4 else "*" * min(len(text) - 4, 14) + text[-4:]


def masked_name(name: str) -> str:
    """Return 王*兰, 王*: the first character and the last of three or more."""
    if len(name) < 2:
        return "*"
    return name[0] + "*" * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")
