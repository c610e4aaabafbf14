"""What is payable, benefit by benefit, as one says it to the family at the counter."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from ankang.desks.components.ledger import Row, rows_of
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme


@dataclass(frozen=True, slots=True)
class Sentence:
    """One benefit: what it pays and how that was reckoned, or why it pays nothing."""

    benefit: str
    says: str
    amount_fen: int

    @property
    def lines(self) -> list[str]:
        """Step by step, for a page."""
        return self.says.split("；")


def sentences(plan: Programme, outcome: dict[str, Any], only: Collection[str] | None = None) -> list[Sentence]:
    """Return a sentence a product and benefit, what pays first. `only`: the codes of the benefits to speak of."""
    names = {BENEFIT_NAMES[BenefitKind(code)] for code in only} if only is not None else None
    rows = [row for row in rows_of(plan, outcome) if names is None or row.benefit in names]
    many = len({row.product for row in rows}) > 1
    return [
        Sentence(f"{row.product}：{row.benefit}" if many else row.benefit, _says(row), row.amount_fen) for row in rows
    ]


def _says(row: Row) -> str:
    if row.reason or not row.formulas:
        return f"不赔：{row.reason}" if row.reason else "没有这一项损失"
    said = []
    for formula in row.formulas:
        terms = "".join(
            f"{' ' + chip.sign + ' ' if chip.sign else ''}{chip.label} {chip.value}" for chip in formula.chips
        )
        said.append(
            f"{terms} {formula.equals} {formula.label} {formula.value}" if terms else f"{formula.label} {formula.value}"
        )
    return "；".join(said)
