"""What units cost and who pays: every payer's fen adds up to units x price exactly. Units: fen."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ankang.rules.capacity import Incapacity, may_insure
from ankang.rules.eligibility import NotEligible
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.money import yuan
from ankang.rules.programme import Group, Product, Programme
from ankang.rules.units import Held


class Payer(StrEnum):
    """Who pays a premium, in the order in which they are listed."""

    GOVERNMENT = "government"
    SELF = "self"
    CHILD = "child"
    VILLAGE = "village"
    DONOR = "donor"


PAYER_NAMES = {
    Payer.GOVERNMENT: "政府",
    Payer.SELF: "本人",
    Payer.CHILD: "子女",
    Payer.VILLAGE: "村集体",
    Payer.DONOR: "爱心捐赠",
}
Share = tuple[str, int]  # (payer, fen)


class WrongGovernmentPurchase(Conflict):
    """Government buys another product, or another number of units, than this."""

    code = "government_purchase"


class GovernmentFirst(Conflict):
    """Government still has to buy this person's units: nobody is asked for money before that."""

    code = "government_first"


@dataclass(frozen=True, slots=True)
class Quote:
    """The price of some units of one product and who pays it; the fundings add up to `total_fen`."""

    product: str
    units: int
    unit_price_fen: int
    fundings: tuple[Share, ...]

    @property
    def total_fen(self) -> int:
        return self.units * self.unit_price_fen

    @property
    def by_government(self) -> bool:
        """Government pays the whole price: a unit that K10 does not count."""
        return all(payer == Payer.GOVERNMENT for payer, _ in self.fundings)

    @property
    def collected_fen(self) -> int:
        """What is taken from people: everything but government's part."""
        return sum(amount for payer, amount in self.fundings if payer != Payer.GOVERNMENT)


def quote(programme: Programme, product_code: str, units: int, payer: str = Payer.SELF) -> Quote:
    """Return the price with the plan's own split, and one payer for the rest.

    Errors: InvalidInput (unknown product or payer, no unit). Source: 附件2 (保险费); domain 7 for splits.
    """
    product = _product(programme, product_code)
    _require_units(units)
    fixed = {code: amount * units for code, amount in product.shares}
    rest = product.price_fen * units - sum(fixed.values())
    if rest:
        fixed[payer] = fixed.get(payer, 0) + rest
    return quote_split(programme, product_code, units, fixed.items())


def quote_split(programme: Programme, product_code: str, units: int, fundings: Iterable[Share]) -> Quote:
    """Return the price as these payers share it, in the order of `Payer`.

    Errors: InvalidInput when a payer is unknown or stands twice, an amount is not positive, the sum is not the price,
    or the plan gives a payer another part (government: all of it, or just what the plan says).
    """
    product = _product(programme, product_code)
    _require_units(units)
    parts = _known_payers(list(fundings))
    total = product.price_fen * units
    _require_sum(parts, total)
    _require_plan_shares(product, units, dict(parts), total)
    return Quote(product.code, units, product.price_fen, tuple(parts))


def government_quote(programme: Programme) -> Quote | None:
    """Return what government buys for each subject; None where the plan has no government purchase.

    Source: 三（2）; reading K09.
    """
    # READING K09
    terms = programme.terms
    if not terms.government_product:
        return None
    product = programme.product(terms.government_product)
    total = product.price_fen * terms.government_units
    return Quote(product.code, terms.government_units, product.price_fen, ((Payer.GOVERNMENT, total),))


def government_owes(programme: Programme, held: Sequence[Held], known: Collection[Incapacity], day: date) -> bool:
    """Return whether government would still have to buy, were the person a subject.

    `known`: times without legal capacity, in which the law keeps government from buying too. Source: 三（2）; K09.
    """
    owed = government_quote(programme)
    if owed is None or any(part.by_government for part in held):
        return False
    return may_insure(programme.product(owed.product), known, day)


def require_government_first(groups: Collection[Group]) -> None:
    """Refuse own money while government still owes a subject (of these `groups`) their units; no group: let pass.

    Errors: GovernmentFirst. Source: 三（2）, 兜底; readings K09, K11.
    """
    if groups:
        names = "、".join(group.name for group in groups)
        raise GovernmentFirst(
            f"这位老人由政府出钱购买（{names}），还没有登记，请先不要收钱。请在“一户登记”或逐人登记里先办政府购买。"
        )


def is_free_for_all(product: Product) -> bool:
    """Return whether the plan itself makes government pay the whole price, for a subject or not (domain 7: Shixing)."""
    return dict(product.shares).get(Payer.GOVERNMENT, 0) == product.price_fen


def require_government_purchase(programme: Programme, wanted: Quote, *, is_subject: bool) -> None:
    """Let pass units that government pays for: the plan's product and number, for a subject.

    Errors: NotEligible (not a subject), WrongGovernmentPurchase. Source: 三（2）; reading K09.
    """
    product = programme.product(wanted.product)
    reading = programme.reading_of("government_product")
    reading_id = reading.id if reading else ""
    free = is_free_for_all(product)
    if not (is_subject or free):
        raise NotEligible(
            "这位老人不是政府购买对象（低保、五保、三无或80周岁以上），不能由政府出钱。请选别的出资人，或先核对类别。",
            reading=reading_id,
        )
    code, units = programme.terms.government_product, programme.terms.government_units
    if (wanted.product == code or free) and wanted.units == units:
        return
    allowed = f"{(product if free else programme.product(code)).name}{units}份" if free or code else "没有的"
    raise WrongGovernmentPurchase(
        f"按口径 {reading_id or '三（2）'}，政府购买的是{allowed}，请按规定登记。", reading=reading_id
    )


def is_for_sale(programme: Programme, product: Product) -> bool:
    """Return whether people may buy a product themselves: not one that the plan keeps for government's purchase."""
    # READING K09: "a plan of its own"
    reading = programme.reading_of("government_product")
    kept = reading is not None and reading.choice == "own-plan"
    return not (kept and product.code == programme.terms.government_product)


def require_for_sale(programme: Programme, wanted: Quote) -> None:
    """Let pass units that people pay for themselves. Errors: WrongGovernmentPurchase. Source: reading K09."""
    product = programme.product(wanted.product)
    if not is_for_sale(programme, product):
        raise WrongGovernmentPurchase(
            f"{product.name}只由政府统一购买，不能自己买。请选别的险种。", product=product.code
        )


def _product(programme: Programme, code: str) -> Product:
    try:
        return programme.product(code)
    except KeyError:
        names = "、".join(product.name for product in programme.products)
        raise InvalidInput(f"方案里没有这个险种，请选{names}。", field="product", value=code) from None


def _require_units(units: int) -> None:
    if units < 1:
        raise InvalidInput("份数至少是1份，请改份数。", field="units", value=units)


def _known_payers(fundings: Sequence[Share]) -> list[Share]:
    given = dict(fundings)
    if len(given) != len(fundings):
        raise InvalidInput("同一个出资人写了两次，请合成一笔。", field="payer")
    for payer, amount in fundings:
        if payer not in set(Payer):
            raise InvalidInput(
                "出资人只能是" + "、".join(PAYER_NAMES.values()) + "，请重选。", field="payer", value=payer
            )
        if amount <= 0:
            raise InvalidInput(f"{PAYER_NAMES[Payer(payer)]}出的钱要大于0元，不出钱的请留空。", field="payer")
    return [(payer, given[payer]) for payer in Payer if payer in given]


def _require_sum(parts: Sequence[Share], total: int) -> None:
    paid = sum(amount for _, amount in parts)
    if paid != total:
        gap = f"还差{yuan(total - paid)}元" if paid < total else f"多了{yuan(paid - total)}元"
        raise InvalidInput(
            f"保费一共{yuan(total)}元，各人出的加起来是{yuan(paid)}元，{gap}。请改到正好相等。",
            field="fundings",
            value=paid,
        )


def _require_plan_shares(product: Product, units: int, parts: dict[str, int], total: int) -> None:
    """Government pays exactly what the plan says; another payer that the plan names pays at least its part."""
    government = parts.get(Payer.GOVERNMENT, 0)
    for payer, share in product.shares:
        if payer != Payer.GOVERNMENT and parts.get(payer, 0) < share * units:
            raise InvalidInput(
                f"方案规定{PAYER_NAMES[Payer(payer)]}每份出{yuan(share)}元，请补足。", field="fundings", payer=payer
            )
    owed = dict(product.shares).get(Payer.GOVERNMENT, 0) * units
    if government not in (owed, total):
        raise InvalidInput(
            f"{product.name}由政府出的部分是{yuan(owed)}元，请改。"
            if owed
            else "政府购买的份要由政府全额出，不能只出一部分。",
            field="fundings",
            value=government,
        )
