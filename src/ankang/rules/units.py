"""How many units a person may hold: the cap (K10), top-ups of subjects (K11), two products at once (K14)."""

from collections.abc import Sequence
from dataclasses import dataclass

from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.programme import Programme


class UnitCapReached(Conflict):
    """The person would hold more units than the plan allows."""

    code = "unit_cap"


class TopUpRefused(Conflict):
    """A government-purchase subject may not add units of their own under this reading."""

    code = "top_up"


class MixedUnits(Conflict):
    """The person's own units would be of different products under a reading that forbids it."""

    code = "mixed_units"


class GovernmentUnitsHeld(Conflict):
    """Government has already bought this person's units."""

    code = "government_units_held"


@dataclass(frozen=True, slots=True)
class Held:
    """Units of one product, bought together. `by_government`: government pays the whole price."""

    product: str
    units: int
    by_government: bool


def counted_units(programme: Programme, held: Sequence[Held]) -> int:
    """Return the units that count towards the cap.

    Source: 三（2）; reading K10: those of self, child, village and donor over all products, not government's;
    the alternative counts all.
    """
    # READING K10
    everything = programme.terms.cap_counts_government
    return sum(part.units for part in held if everything or not part.by_government)


def units_left(programme: Programme, held: Sequence[Held]) -> int:
    """Return how many more units of their own a person may hold, never negative."""
    return max(0, programme.terms.unit_cap - counted_units(programme, held))


def require_units(programme: Programme, held: Sequence[Held], added: Held, *, is_subject: bool) -> None:
    """Let pass an addition within the cap, K11 and K14.

    Errors: InvalidInput (no unit), GovernmentUnitsHeld, TopUpRefused, MixedUnits, UnitCapReached.
    """
    if added.units < 1:
        raise InvalidInput("份数至少是1份，请改份数。", field="units", value=added.units)
    if added.by_government:
        _require_first_purchase(programme, held)
    else:
        _require_top_up(programme, is_subject)
        _require_one_product(programme, held, added)
    _require_cap(programme, held, added)


def _require_first_purchase(programme: Programme, held: Sequence[Held]) -> None:
    # READING K09: each subject is bought once.
    units = sum(part.units for part in held if part.by_government)
    if units:
        raise GovernmentUnitsHeld(
            f"政府已经给这位老人买过{units}份，不能重复买。要加买请选自己出钱。",
            units=units,
            reading=_reading_id(programme, "government_product"),
        )


def _require_top_up(programme: Programme, is_subject: bool) -> None:
    # READING K11
    if is_subject and not programme.terms.subject_may_top_up:
        reading = _reading_id(programme, "subject_may_top_up")
        raise TopUpRefused(
            f"这位老人由政府统一购买，不能再自己加买（口径 {reading or '三（2）'}）。请不要收钱。", reading=reading
        )


def _require_one_product(programme: Programme, held: Sequence[Held], added: Held) -> None:
    # READING K14
    if programme.terms.mixed_products:
        return
    other = next((part for part in held if not part.by_government and part.product != added.product), None)
    if other is None:
        return
    reading = _reading_id(programme, "mixed_products")
    held_name = programme.product(other.product).name
    raise MixedUnits(
        f"这位老人已买{held_name}，两份要买同一种（口径 {reading or '三（2）'}）。请改选{held_name}。",
        product=other.product,
        reading=reading,
    )


def _require_cap(programme: Programme, held: Sequence[Held], added: Held) -> None:
    counted, cap = counted_units(programme, held), programme.terms.unit_cap
    if counted_units(programme, [*held, added]) <= cap:
        return
    reading = _reading_id(programme, "cap_counts_government")
    left = max(0, cap - counted)
    advice = f"请改成{left}份以内。" if left else "不能再买了。"
    raise UnitCapReached(
        f"每人最多{cap}份，这位老人已买{counted}份，再买{added.units}份就超了（口径 {reading or '三（2）'}）。{advice}",
        cap=cap,
        counted=counted,
        added=added.units,
        reading=reading,
    )


def _reading_id(programme: Programme, term: str) -> str:
    reading = programme.reading_of(term)
    return reading.id if reading else ""
