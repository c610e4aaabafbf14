"""What a form says for one person or for all that are ticked: product, units, who pays. As typed, nothing decided."""

import uuid
from dataclasses import dataclass
from typing import Any

from ankang.enrolment.models import CONSENTS_GIVEN
from ankang.enrolment.slip_checks import quote_of
from ankang.rules.errors import AnkangError, InvalidInput
from ankang.rules.money import fen, yuan_shown
from ankang.rules.premium import PAYER_NAMES, Payer, Quote, Share
from ankang.rules.programme import Product
from ankang.rules.programme import Programme as Plan

PEOPLE = tuple(payer for payer in Payer if payer is not Payer.GOVERNMENT)
PAYERS = {payer: PAYER_NAMES[payer] for payer in PEOPLE}
CONSENTS = {"": "还没问"} | {one.value: str(one.label) for one in CONSENTS_GIVEN}


@dataclass(frozen=True, slots=True)
class Choice:
    """`split`: (payer, yuan) as typed, when several pay."""

    product: str
    units: int = 1
    payer: str = Payer.SELF
    split: tuple[tuple[str, str], ...] = ()

    def quote(self, plan: Plan) -> Quote:
        """Return the price. Errors: InvalidInput."""
        return quote_of(plan, self.product, self.units, self.payer, self.amounts())

    @property
    def shares(self) -> list[tuple[str, str, str]]:
        """Return each payer with words and the amount as typed."""
        typed = dict(self.split)
        return [(payer, PAYER_NAMES[payer], typed.get(payer, "")) for payer in PEOPLE]

    def amounts(self) -> list[Share]:
        try:
            return [(payer, fen(text)) for payer, text in self.split]
        except InvalidInput as error:
            raise InvalidInput(error.message, **error.fields | {"field": "fundings"}) from error


def choice_of(post: Any, plan: Plan, mark: str = "") -> Choice:
    """Return what a POST says under names that end in `mark`; unknown choices become the defaults."""
    codes = [product.code for product in plan.products]
    product, payer = post.get(f"product{mark}", ""), post.get(f"payer{mark}", "")
    asked = {one: post.get(f"paid_{one}{mark}", "").strip()[:20] for one in PEOPLE}
    return Choice(
        product=product if product in codes else codes[0],
        units=_units(post.get(f"units{mark}", "")),
        payer=payer if payer in PEOPLE else Payer.SELF,
        split=tuple((one, text) for one, text in asked.items() if text),
    )


def message_of(error: AnkangError) -> str:
    """Return a refusal in the words of these pages, where consent is chosen and not ticked."""
    if error.code == "consent_missing":
        return "还没选谁同意的。请念给老人听，同意后选是谁、怎么同意的。"
    return error.message


def form_key(post: Any) -> str:
    """Return the form's idempotency key, a new one when there is none."""
    key: str = post.get("key", "")
    return key if 16 <= len(key) <= 40 and key.isalnum() else uuid.uuid4().hex


def _units(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) == 1 and text != "0" else 1


def split_in_words(plan: Plan) -> list[str]:
    """Return a sentence for each product whose price the plan itself splits (domain 7: Macun)."""
    return [f"{one.name}：方案规定{_shares_in_words(one)}，其余由选的人出。" for one in plan.products if one.shares]


def _shares_in_words(product: Product) -> str:
    return "、".join(f"{PAYER_NAMES[Payer(payer)]}每份出{yuan_shown(amount)}元" for payer, amount in product.shares)
