"""能赔多少: what one unit pays at an age, read off the plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from ankang.rules.programme import Band, Benefit, BenefitKind, Product, Programme


@dataclass(frozen=True, slots=True)
class Segment:
    """Ages at which every benefit of the plan pays the same; `to_age` None means "and over"."""

    from_age: int
    to_age: int | None

    @property
    def label(self) -> str:
        return f"{self.from_age}岁以上" if self.to_age is None else f"{self.from_age}—{self.to_age}岁"

    @property
    def value(self) -> str:
        return str(self.from_age)


@dataclass(frozen=True, slots=True)
class Amount:
    """One line of the answer. `amount_fen` None: this product does not pay for it."""

    name: str
    terms: str
    amount_fen: int | None
    is_doubtful: bool = False

    @property
    def shown(self) -> str:
        """Whole yuan without decimals: `10,000元`."""
        if self.amount_fen is None:
            return "没有"
        yuan, fen = divmod(self.amount_fen, 100)
        return f"{yuan:,}.{fen:02d}元" if fen else f"{yuan:,}元"


def segments(plan: Programme) -> tuple[Segment, ...]:
    """Return the ages of the plan, cut wherever any band of any product begins."""
    starts = sorted({band.from_age for _, benefit in plan.benefits() for band in benefit.bands})
    ends = [start - 1 for start in starts[1:]]
    return tuple(Segment(start, end) for start, end in zip(starts, [*ends, None], strict=True))


def amounts(plan: Programme, product: Product, age: int) -> tuple[Amount, ...]:
    """Return what one unit of a product pays at an age, in the order in which people ask.

    Every benefit that some product of the plan has is listed: one that this product lacks says so.
    Errors: BandGapError where the plan has no figure for the age.
    """
    return tuple(_amount(plan, product.benefit(kind), kind, age) for kind in _in_order(plan))


_ASKED_FIRST = (
    BenefitKind.ACCIDENT,
    BenefitKind.MEDICAL,
    BenefitKind.FRACTURE,
    BenefitKind.ALLOWANCE,
    BenefitKind.LIFE,
)
_NAMES = {
    BenefitKind.ACCIDENT: "意外伤害（身故、伤残）",
    BenefitKind.MEDICAL: "意外医疗（看病的钱）",
    BenefitKind.FRACTURE: "骨折费用",
    BenefitKind.ALLOWANCE: "住院津贴",
    BenefitKind.LIFE: "定期寿险（去世）",
}


def _in_order(plan: Programme) -> Iterator[BenefitKind]:
    return (kind for kind in _ASKED_FIRST if kind in plan.kinds)


def _amount(plan: Programme, benefit: Benefit | None, kind: BenefitKind, age: int) -> Amount:
    if benefit is None:
        return Amount(_NAMES[kind], "", None)
    band = benefit.band_at(age)
    return Amount(_NAMES[kind], _terms(benefit), band.amount_fen, _is_doubtful(plan, band))


def _is_doubtful(plan: Programme, band: Band) -> bool:
    """The figure itself is questioned, and nobody has confirmed it yet."""
    return band.reading is not None and plan.reading(band.reading) in plan.assumed


def _terms(benefit: Benefit) -> str:
    share = f"报 {benefit.percent}%，" if benefit.percent != 100 else ""
    match benefit.kind:
        case BenefitKind.ALLOWANCE:
            return "每住一天"
        case BenefitKind.LIFE:
            return ""
        case BenefitKind.MEDICAL if benefit.deductible_fen:
            return f"自付超过 {benefit.deductible_fen // 100} 元的部分，{share}最高"
        case _:
            return f"{share}最高"
