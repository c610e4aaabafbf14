"""Who inherits a benefit that names no beneficiary, and how much, to the fen. Source: 保险法 42; 民法典 1127, 1130.

First order: spouse, children, parents. Second order, only when nobody of the first is there: brothers and sisters,
grandparents. Within an order all take the same unless they agree on other shares.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ankang.rules.errors import InvalidInput

FIRST = frozenset({"spouse", "child", "parent"})
SECOND = frozenset({"sibling", "grandpar"})


@dataclass(frozen=True, slots=True)
class Heir:
    """One heir: the relation to the dead, and the share agreed on (a weight; 1 each where nothing was agreed)."""

    relation: str
    share: int = 1

    def __post_init__(self) -> None:
        if self.relation not in FIRST | SECOND:
            raise InvalidInput(
                "继承人只能是配偶、子女、父母，或者兄弟姐妹、祖父母、外祖父母（民法典第1127条）。", field="relation"
            )
        if self.share < 1:
            raise InvalidInput("份额至少是 1；不分的人不用写进来。", field="share")


def order_of(heirs: Sequence[Heir]) -> int:
    """Return the order that inherits: 1 or 2.

    Errors: InvalidInput for nobody, or when heirs of the second order stand beside some of the first.
    """
    if not heirs:
        raise InvalidInput("至少要有一位继承人。", field="relation")
    first = [heir for heir in heirs if heir.relation in FIRST]
    if first and len(first) < len(heirs):
        raise InvalidInput(
            "有第一顺序继承人（配偶、子女、父母）时，兄弟姐妹和祖父母不继承（民法典第1127条）。请删去第二顺序的人。",
            field="relation",
        )
    if sum(heir.relation == "spouse" for heir in heirs) > 1:
        raise InvalidInput("配偶只能有一位，请核对户口本。", field="relation")
    return 1 if first else 2


def divided(amount_fen: int, heirs: Sequence[Heir]) -> tuple[int, ...]:
    """Return what each heir gets, in their order. Fen; the parts add up to the amount exactly.

    By the largest remainder: what is left after rounding down goes, a fen each, to the largest remainders, equal ones
    in the order given. Errors: those of `order_of`.
    """
    order_of(heirs)
    return by_shares(amount_fen, [heir.share for heir in heirs])


def by_shares(amount_fen: int, shares: Sequence[int]) -> tuple[int, ...]:
    """Divide an amount by weights, to the fen, by the largest remainder. Units: fen; the shares are positive."""
    whole = sum(shares)
    parts = [amount_fen * share // whole for share in shares]
    by_rest = sorted(range(len(shares)), key=lambda at: (-(amount_fen * shares[at] % whole), at))
    for at in by_rest[: amount_fen - sum(parts)]:
        parts[at] += 1
    return tuple(parts)
