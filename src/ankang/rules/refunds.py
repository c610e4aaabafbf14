"""What is given back of a premium, and to whom: each payer gets their own share, never more than they paid.

The plan is silent on refunds: the arithmetic here is a choice, told in ADR 0031 and on the page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ankang.rules.errors import InvalidInput
from ankang.rules.money import share_half_up, yuan

Share = tuple[str, int]  # payer, fen


class RefundCause(StrEnum):
    """Why money goes back. The first three mean that nothing was ever insured: everything goes back."""

    CANCELLED = "cancelled"  # taken back on its own day, after it was paid
    DIED_BEFORE = "died_before"  # died before the cover began
    DUPLICATE = "duplicate"  # paid, and insured twice
    WITHDRAWN = "withdrawn"  # given up later, with the insurer's consent


WHOLE = frozenset({RefundCause.CANCELLED, RefundCause.DIED_BEFORE, RefundCause.DUPLICATE})


@dataclass(frozen=True, slots=True)
class Refund:
    """`shares`: what each payer gets, in the order in which they paid, nobody with nothing. `words`: how it came about.

    Units: fen, days. `days_left` of `days_all` were not covered.
    """

    shares: tuple[Share, ...]
    days_left: int
    days_all: int
    words: str

    @property
    def total_fen(self) -> int:
        return sum(amount for _, amount in self.shares)


def refund_of(
    paid: Sequence[Share], cause: RefundCause, cover_from: date, cover_to: date, last_covered: date | None = None
) -> Refund:
    """Return what goes back of the premium that `paid` adds up to.

    A withdrawal gives back the part of the days after `last_covered` (all of it when cover had not begun, nothing
    when it is over): premium x days left / days of cover, rounded to the fen once, half up, then divided by what
    each payer paid, by the largest remainder. Any other cause gives all of it back.
    Errors: InvalidInput for a withdrawal without its day, or cover that ends before it begins.
    """
    if cover_to < cover_from:
        raise InvalidInput("保障截止日早于开始日，请核对保单。", field="cover_to")
    days_all = (cover_to - cover_from).days + 1
    total = sum(amount for _, amount in paid)
    if cause in WHOLE:
        return Refund(tuple(paid), days_all, days_all, f"保障没有开始，全额退{yuan(total)}元")
    if last_covered is None:
        raise InvalidInput("退保要有最后一个保障日。", field="last_covered")
    days_left = min(max((cover_to - max(last_covered, cover_from - timedelta(days=1))).days, 0), days_all)
    back = share_half_up(total, days_left, days_all)
    shares = tuple(part for part in divided(paid, back) if part[1])
    return Refund(shares, days_left, days_all, _words(total, days_left, days_all, back))


def divided(paid: Sequence[Share], amount_fen: int) -> tuple[Share, ...]:
    """Return an amount divided in proportion to what each paid: by the largest remainder, the earlier payer first.

    The parts add up to `amount_fen`, and nobody gets more than they paid while it is at most the sum of `paid`.
    """
    total = sum(amount for _, amount in paid)
    if not total:
        return tuple(paid)
    parts = [divmod(amount * amount_fen, total) for _, amount in paid]
    missing = amount_fen - sum(whole for whole, _ in parts)
    first = sorted(range(len(parts)), key=lambda at: (-parts[at][1], at))[:missing]
    return tuple((payer, parts[at][0] + (at in first)) for at, (payer, _) in enumerate(paid))


def _words(total: int, left: int, every: int, back: int) -> str:
    if left == every:
        return f"保障没有开始，全额退{yuan(total)}元"
    if not left:
        return "保障已经到期，没有未满的天数，不退"
    return f"保费{yuan(total)}元 × 未满{left}天 ÷ 保障{every}天 = {yuan(back)}元"
