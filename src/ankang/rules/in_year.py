"""What may still change in a plan once people are insured by it: what was sold does not get worse (ADR 0023)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ankang.rules.money import fen, yuan_shown
from ankang.rules.programme import Band, Benefit, Product, Programme

_NEXT_YEAR = "请改回去，写进下一年的方案"
_READING = "请改回去；数字有疑问的，经书面确认后用口径改选，或写进下一年的方案"


@dataclass(frozen=True, slots=True)
class InYear:
    """What rests on a programme already: units sold by product (cancelled ones left out), claims decided."""

    units: Mapping[str, int] = field(default_factory=dict)
    decided: int = 0

    @property
    def is_empty(self) -> bool:
        return not (any(self.units.values()) or self.decided)


def refused_changes(old: Programme, new: Programme, stands: InYear) -> tuple[str, ...]:
    """Return why the later plan may not follow the earlier one of the same programme; empty: it may.

    Each is a sentence that says what, why and what to do. Nothing is refused while nobody is insured, but for what
    makes it the same programme: its division and its year.
    """
    found = list(_same_programme(old, new))
    if not stands.is_empty:
        found += [*_calendar(old, new, stands), *_sold(old, new, stands)]
    return tuple(found)


def _same_programme(old: Programme, new: Programme) -> Iterator[str]:
    for name, before, after in (
        ("年度", old.year, new.year),
        ("区划代码", old.division_code, new.division_code),
    ):
        if before != after:
            yield f"方案编号 {old.id} 已经发布过，{name}不能从 {before} 改成 {after}。新的一年请换一个编号。"


def _calendar(old: Programme, new: Programme, stands: InYear) -> Iterator[str]:
    days = (
        ("推进时间", (old.window_from, old.window_to), (new.window_from, new.window_to)),
        ("保障期", (old.cover_from, old.cover_to), (new.cover_from, new.cover_to)),
    )
    for name, before, after in days:
        if before != after:
            yield f"已有人参保，{name}不能改：每一份保障的起止日已经写在参保记录里。{_NEXT_YEAR}。"
    if new.terms.unit_cap < old.terms.unit_cap:
        yield f"已有人参保，每人份数上限不能从 {old.terms.unit_cap} 份改低。{_NEXT_YEAR}。"


def _sold(old: Programme, new: Programme, stands: InYear) -> Iterator[str]:
    for product in old.products:
        units = stands.units.get(product.code, 0)
        if units:
            after = next((one for one in new.products if one.code == product.code), None)
            yield from _product(product, after, units, old, new)


def _product(before: Product, after: Product | None, units: int, old: Programme, new: Programme) -> Iterator[str]:
    sold = f"险种 {before.code} 已卖出 {units} 份"
    if after is None:
        yield f"{sold}，不能删掉。{_NEXT_YEAR}。"
        return
    if after.price_fen != before.price_fen:
        prices = f"{yuan_shown(before.price_fen)} 元改成 {yuan_shown(after.price_fen)} 元"
        yield f"{sold}，每份保费不能从 {prices}：先后参保的人要一样。{_NEXT_YEAR}。"
    if after.shares != before.shares:
        yield f"{sold}，各方出资不能改：已收的钱按原来的比例分摊。{_NEXT_YEAR}。"
    for benefit in before.benefits:
        yield from _benefit(f"{sold}，{benefit.name}", benefit, after.benefit(benefit.kind), old, new)


def _benefit(lead: str, before: Benefit, after: Benefit | None, old: Programme, new: Programme) -> Iterator[str]:
    if after is None:
        yield f"{lead}不能删掉。{_NEXT_YEAR}。"
        return
    for age in _ages(before, after):
        was, now = _figure(before, age), _figure(after, age)
        if now < was and not _is_read_otherwise(before, after, age, old):
            yield f"{lead}在 {age} 周岁不能从 {yuan_shown(was)} 元改低到 {yuan_shown(now)} 元。{_READING}。"
    for what, worse in _terms_worse(before, after, old, new):
        if worse:
            yield f"{lead}的{what}不能改得对老人更不利。{_READING}。"


def _ages(before: Benefit, after: Benefit) -> list[int]:
    """The first age of every piece that either plan cuts: the amounts are the same within one."""
    return sorted({band.from_age for benefit in (before, after) for band in benefit.bands})


def _band(benefit: Benefit, age: int) -> Band | None:
    return next((band for band in benefit.bands if band.covers(age)), None)


def _figure(benefit: Benefit, age: int) -> int:
    band = _band(benefit, age)
    return band.amount_fen if band else 0


def _is_read_otherwise(before: Benefit, after: Benefit, age: int, old: Programme) -> bool:
    """Whether one doubtful figure's reading chose the later amount among what it always offered: a clarification."""
    first, second = _band(before, age), _band(after, age)
    if not (first and second and first.reading and first.reading == second.reading):
        return False
    offered = {fen(choice) for choice in old.reading(first.reading).choices}
    return second.amount_fen in offered


def _terms_worse(before: Benefit, after: Benefit, old: Programme, new: Programme) -> Iterator[tuple[str, bool]]:
    """Terms that a reading settles in both plans may be read otherwise; stated ones may only get better."""
    topics = [{plan.reading(name).topic for name in one.readings} for plan, one in ((old, before), (new, after))]
    settled = topics[0] & topics[1]
    endless = float("inf")
    yield "免赔额", after.deductible_fen > before.deductible_fen
    yield "赔付比例", after.percent < before.percent
    if "allowance-days" not in settled:
        yield "前几天不赔", after.waiting_days > before.waiting_days
        yield "每次最多天数", (after.max_days_per_event or endless) < (before.max_days_per_event or endless)
        yield "保障期内最多天数", (after.max_days_per_period or endless) < (before.max_days_per_period or endless)
    if "accident-scope" not in settled:
        yield "伤残责任", before.covers_disability and not after.covers_disability
    if "death-window" not in settled:
        yield "身故期限", (after.death_within_days or endless) < (before.death_within_days or endless)
    if "life-scope" not in settled:
        yield "身故原因", before.any_death and not after.any_death
    if "fracture-overlap" not in settled:
        yield "与医疗并赔", before.beside_medical and not after.beside_medical
