"""分期: money that comes in agreed parts. What is left to come tells which parts have come: the last are still out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ankang.rules.errors import InvalidInput
from ankang.rules.money import yuan


@dataclass(frozen=True, slots=True)
class Part:
    """One part as it was agreed: fen, and the day by which it shall be here."""

    due_on: date
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Due:
    """The next part that has not come whole, `next_fen` of it missing; `due_fen`: what should be here and is not."""

    next_on: date
    next_fen: int
    due_fen: int

    @property
    def is_due(self) -> bool:
        """Whether something should be here that is not."""
        return self.due_fen > 0


def due(parts: Sequence[Part], left_fen: int, today: date) -> Due | None:
    """Return what is due of agreed parts when `left_fen` has still to come; None when nothing is agreed or left.

    A part is due on its day.
    """
    if not parts or left_fen <= 0:
        return None
    later = sum(part.amount_fen for part in parts if part.due_on > today)
    rest, in_order = left_fen, sorted(parts, key=lambda part: part.due_on)
    for part in reversed(in_order[1:]):
        if rest <= part.amount_fen:
            return Due(part.due_on, rest, max(0, left_fen - later))
        rest -= part.amount_fen
    return Due(in_order[0].due_on, rest, max(0, left_fen - later))


def require_parts(parts: Sequence[Part], left_fen: int, today: date) -> tuple[Part, ...]:
    """Return the parts by day.

    Errors: InvalidInput (no part, two of one day, a day that is over, another sum than what is left).
    """
    if not parts:
        raise InvalidInput("请至少写一期：哪天、多少。")
    days = [part.due_on for part in parts]
    if len(set(days)) < len(days):
        raise InvalidInput("有两期是同一天，请合成一期。")
    if min(days) < today:
        raise InvalidInput("有一期的日子已经过了，请写今天或以后。")
    total = sum(part.amount_fen for part in parts)
    if total != left_fen or min(part.amount_fen for part in parts) <= 0:
        raise InvalidInput(f"各期加起来是{yuan(total)}元，还差的是{yuan(left_fen)}元。每期要大于0，加起来要正好。")
    return tuple(sorted(parts, key=lambda part: part.due_on))
