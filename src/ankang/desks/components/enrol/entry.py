"""What the form says, as typed: read from a POST, nothing decided."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ankang.enrolment.models import CONSENT_OF, CONSENT_WAYS
from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen
from ankang.rules.premium import PAYER_NAMES, Payer, Share

PEOPLE = tuple(payer for payer in Payer if payer is not Payer.GOVERNMENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`shown`: the quote that stood on the page when the button was pressed. `split`: (payer, yuan) as typed.

    `resident`: the key of whom the roster's page sent here; a number that is typed goes before it.
    """

    step: str = ""
    number: str = ""
    resident: str = ""
    product: str = ""
    units: int = 1
    payer: str = Payer.SELF
    split: tuple[tuple[str, str], ...] = ()
    phone: str = ""
    phone_of: str = "resident"
    consent_by: str = "resident"
    consent_how: str = "read"
    agreed: bool = False
    shown: str = ""
    version: str = ""
    key: str = ""
    name: str = ""
    village: str = ""
    groups: tuple[str, ...] = ()

    @property
    def consent(self) -> str:
        """Who agreed, and how; empty while nobody did."""
        return CONSENT_OF[self.consent_by, self.consent_how] if self.agreed else ""

    def amounts(self) -> list[Share]:
        """Return the split in fen, empty when one payer pays all. Errors: InvalidInput for what is no amount."""
        try:
            return [(payer, fen(text)) for payer, text in self.split]
        except InvalidInput as error:
            raise InvalidInput(error.message, **error.fields | {"field": "fundings"}) from error


def blank(resident: str = "") -> Entry:
    """Return an empty form with a key of its own, perhaps for a resident whom the roster's page named."""
    return Entry(key=uuid.uuid4().hex, resident=_digits(resident))


def entry_of(post: Any) -> Entry:
    """Return what a POST says. Unknown choices become the defaults; the action checks the rest."""
    asked = {payer: post.get(f"paid_{payer}", "").strip() for payer in PEOPLE}
    payer = post.get("payer", "")
    return Entry(
        step=post.get("step", "lookup"),
        number=post.get("number", "").strip()[:60],
        resident=_digits(post.get("resident", "")),
        product=post.get("product", "")[:10],
        units=_units(post.get("units", "")),
        payer=payer if payer in PEOPLE else Payer.SELF,
        split=tuple((payer, text) for payer, text in asked.items() if text),
        phone=post.get("phone", "").strip()[:30],
        phone_of="child" if post.get("phone_of") == "child" else "resident",
        consent_by="family" if post.get("consent_by") == "family" else "resident",
        consent_how=how if (how := post.get("consent_how", "")) in CONSENT_WAYS else "read",
        agreed=post.get("agree") == "yes",
        shown=post.get("shown", ""),
        version=_digits(post.get("version", "")),
        key=post.get("key", "")[:64] or uuid.uuid4().hex,
        name=post.get("name", "").strip()[:60],
        village=post.get("village", ""),
        groups=tuple(post.getlist("groups")),
    )


def payer_choices() -> Mapping[Payer, str]:
    """The payers that a person can pick, with their words."""
    return {payer: PAYER_NAMES[payer] for payer in PEOPLE}


def _digits(text: str) -> str:
    return text if text.isascii() and text.isdigit() and len(text) < 19 else ""


def _units(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 else 1
