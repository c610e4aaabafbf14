"""What differs between two plans, figure by figure, in words, each with the clause that it stands in."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from ankang.rules.clocks import OWN_CLOCKS
from ankang.rules.days import day_words
from ankang.rules.load import TERM_TOPICS
from ankang.rules.money import yuan_shown
from ankang.rules.programme import Band, Benefit, BenefitKind, Deadline, Product, Programme, Reading, SignalLimit
from ankang.rules.readings import TOPICS, choice_words
from ankang.rules.signals import LIMITS

NOTHING = "—"
PAYER_WORDS = {"government": "政府", "self": "本人", "child": "子女", "village": "村集体", "donor": "捐赠人"}
_PER = {"accident": "每次事故", "period": "每年", "unit": "每份每次事故"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure or word that differs. `before` or `after` is a dash where a plan does not have it.

    `part`: plan, group, product, reading, target or typo. `where`: the place in the file of the later plan.
    """

    part: str
    clause: str
    what: str
    before: str
    after: str
    where: str = ""

    @property
    def kind(self) -> str:
        """added, removed or changed."""
        return "added" if self.before == NOTHING else "removed" if self.after == NOTHING else "changed"

    @property
    def words(self) -> str:
        """The difference as a sentence: `附件2（1）第4行 骨折费用 60—69 周岁：2,024.00 元 → 2,000.00 元`."""
        return f"{self.clause} {self.what}：{self.before} → {self.after}".strip()


def differences(old: Programme, new: Programme) -> tuple[Difference, ...]:
    """Return what differs, in the order of the file. Equal plans have none; every change of a digest has one."""
    return (*_plan(old, new), *_groups(old, new), *_products(old, new), *_readings(old, new), *_rest(old, new))


def age_words(from_age: int, to_age: int | None) -> str:
    """Return ages in words: `60—69 周岁`, `80 周岁以上`."""
    if to_age == from_age:
        return f"{from_age} 周岁"
    return f"{from_age} 周岁以上" if to_age is None else f"{from_age}—{to_age} 周岁"


def _plan(old: Programme, new: Programme) -> Iterator[Difference]:
    for where, what, clause, tell in _FACTS:
        before, after = tell(old), tell(new)
        if before != after:
            yield Difference("plan", clause(new), what, before, after, where)
    yield from _terms(old, new)


def _terms(old: Programme, new: Programme) -> Iterator[Difference]:
    """What the plans' own clauses settle; what a reading settles is told with the reading."""
    for topic, term in {**TERM_TOPICS, "government-product": "government_product"}.items():
        if old.reading_of(term) and new.reading_of(term):
            continue
        before, after = _settled(old, topic, term), _settled(new, topic, term)
        if before != after:
            yield Difference("plan", "", TOPICS[topic].name, before, after, "stated")


def _settled(plan: Programme, topic: str, term: str) -> str:
    reading = plan.reading_of(term)
    value = getattr(plan.terms, term)
    if topic == "government-product":
        words = f"险种{value}" if value else NOTHING
    else:
        words = next(choice_words(topic, choice) for choice, sets in TOPICS[topic].sets.items() if sets[term] == value)
    return f"{words}（口径 {reading.id}）" if reading else words


def _groups(old: Programme, new: Programme) -> Iterator[Difference]:
    for code, before, after in _paired(old.groups, new.groups, lambda group: group.code):
        told = after or before
        where = f"groups[{code}]"
        for what, tell in _GROUP:
            yield from _changed(
                "group", told.clause, f"类别 {told.name} {what}".strip(), before, after, tell=tell, where=where
            )


def _products(old: Programme, new: Programme) -> Iterator[Difference]:
    for code, before, after in _paired(old.products, new.products, lambda product: product.code):
        told, where = after or before, f"products[{code}]"
        for key, what, tell in _PRODUCT:
            name = f"险种 {code} {what}"
            yield from _changed("product", told.clause, name, before, after, tell=tell, where=f"{where}.{key}")
        yield from _benefits(code, before, after)
    if [one.code for one in old.products] != [one.code for one in new.products]:
        before, after = ("、".join(one.code for one in plan.products) for plan in (old, new))
        yield Difference("product", "", "险种次序", before, after, "products")


def _benefits(code: str, old: Product | None, new: Product | None) -> Iterator[Difference]:
    for kind in BenefitKind:
        before, after = (product.benefit(kind) if product else None for product in (old, new))
        told = after or before
        if told is None:
            continue
        where = f"products[{code}].benefits[{kind}]"
        for key, what, tell in _BENEFIT:
            name = f"险种 {code} {told.name} {what}"
            yield from _changed("product", told.clause, name, before, after, tell=tell, where=f"{where}.{key}")
        yield from _figures(code, before, after, where)


def _figures(code: str, old: Benefit | None, new: Benefit | None, where: str) -> Iterator[Difference]:
    """The amounts by age, cut wherever either plan begins a band; neighbours that changed alike are one."""
    told: Any = new or old
    pieces = _merged([(start, end, *_amounts(old, new, start)) for start, end in _cuts(old, new)])
    for start, end, before, after in pieces:
        if before != after:
            band = next((band for band in new.bands if band.covers(start)), None) if new else None
            place = f"{where}.bands[{band.ages}]" if band else where
            what = f"险种 {code} {told.name} {age_words(start, end)}"
            yield Difference("product", told.clause, what, before, after, place)


def _cuts(old: Benefit | None, new: Benefit | None) -> list[tuple[int, int | None]]:
    bands = [band for benefit in (old, new) if benefit for band in benefit.bands]
    starts = sorted({band.from_age for band in bands})
    ends: list[int | None] = [start - 1 for start in starts[1:]]
    return list(zip(starts, [*ends, None], strict=True))


def _amounts(old: Benefit | None, new: Benefit | None, age: int) -> tuple[str, str]:
    return _amount(old, age), _amount(new, age)


def _amount(benefit: Benefit | None, age: int) -> str:
    band = next((band for band in benefit.bands if band.covers(age)), None) if benefit else None
    if benefit is None or band is None:
        return NOTHING
    return amount_words(benefit.kind, band) + (f"（存疑 {band.reading}）" if band.reading else "")


def amount_words(kind: BenefitKind, band: Band) -> str:
    """Return what a band pays in words: `50.00 元/天`, `10,000.00 元（伤残 20,000.00 元）`."""
    words = f"{yuan_shown(band.amount_fen)} 元{'/天' if kind is BenefitKind.ALLOWANCE else ''}"
    return words if band.disability_fen is None else f"{words}（伤残 {yuan_shown(band.disability_fen)} 元）"


Piece = tuple[int, int | None, str, str]


def _merged(pieces: list[Piece]) -> list[Piece]:
    found: list[Piece] = []
    for piece in pieces:
        if found and found[-1][2:] == piece[2:]:
            found[-1] = (found[-1][0], piece[1], *piece[2:])
        else:
            found.append(piece)
    return found


def _readings(old: Programme, new: Programme) -> Iterator[Difference]:
    for code, before, after in _paired(old.readings, new.readings, lambda reading: reading.id):
        told = after or before
        where = f"readings.{code}"
        if before is None or after is None:  # its choice says enough of one that only one plan has
            was, now = (_read(one) if one else NOTHING for one in (before, after))
            yield Difference("reading", told.clause, f"口径 {code} {TOPICS[told.topic].name}", was, now, where)
            continue
        for key, what, tell in _READING:
            name = f"口径 {code} {TOPICS[told.topic].name} {what}".strip()
            yield from _changed("reading", told.clause, name, before, after, tell=tell, where=f"{where}.{key}")


def _rest(old: Programme, new: Programme) -> Iterator[Difference]:
    for serial, before, after in _paired(old.targets, new.targets, lambda row: row.serial):
        told = after or before
        for key, what, tell in _TARGET:
            yield from _changed(
                "target", "附件1", f"{told.village} {what}", before, after, tell=tell, where=f"targets[{serial}].{key}"
            )
    for code, before, after in _paired(old.deadlines, new.deadlines, lambda one: one.clock):
        clause = (after or before).clause
        yield from _changed(
            "plan", clause, OWN_CLOCKS[code], before, after, tell=_deadline_words, where=f"deadlines[{code}]"
        )
    for code, was_at, now_at in _paired(old.signals, new.signals, lambda one: one.signal):
        clause = (now_at or was_at).clause
        yield from _changed("plan", clause, LIMITS[code], was_at, now_at, tell=_signal_words, where=f"signals[{code}]")
    for (clause, note), before, after in _paired(old.typos, new.typos, lambda typo: typo):
        if not (before and after):
            was, now = (note if before else NOTHING), (note if after else NOTHING)
            yield Difference("typo", clause, "原文笔误", was, now, "typos")


def _signal_words(one: SignalLimit) -> str:
    return f"{one.number}（{one.clause}）"


def _deadline_words(one: Deadline) -> str:
    return f"{one.days} 个工作日（{one.clause}）" if one.working else f"{one.days} 天（{one.clause}）"


def _changed(
    part: str, clause: str, what: str, before: Any, after: Any, *, tell: Callable[[Any], str], where: str
) -> Iterator[Difference]:
    """One told fact of a thing that one or both plans have."""
    was, now = (tell(one) if one is not None else NOTHING for one in (before, after))
    if was != now:
        yield Difference(part, clause, what, was, now, where)


def _paired(old: Iterable[T], new: Iterable[T], key: Callable[[T], Any]) -> list[tuple[Any, Any, Any]]:
    """Return (key, before, after) of things with the same key, in the order of the later plan, the lost ones last."""
    before, after = {key(one): one for one in old}, {key(one): one for one in new}
    return [(name, before.get(name), after.get(name)) for name in dict.fromkeys([*after, *before])]


def _joins(product: Product) -> str:
    return age_words(product.join_from_age, product.join_to_age)


def _shares(product: Product) -> str:
    return "、".join(f"{PAYER_WORDS[payer]} {yuan_shown(part)} 元" for payer, part in product.shares) or NOTHING


def _days(number: int | None) -> str:
    return f"{number} 天" if number is not None else NOTHING


def _read(reading: Reading) -> str:
    return f"{choice_words(reading.topic, reading.choice)}（{told_words(reading)}）"


def told_words(reading: Reading) -> str:
    """Return whether a reading is confirmed, and by whom, when, on what paper."""
    told = reading.confirmation
    return f"已确认（{told.by}，{day_words(told.on)}，{told.paper}）" if told else "暂按，等确认"


def _totals(plan: Programme) -> str:
    return "人口 {:,}，目标 {:,}".format(*plan.published_totals) if plan.published_totals else NOTHING


def _no_clause(_: Programme) -> str:
    return ""


# where, what, clause, value in words
_FACTS: tuple[tuple[str, str, Callable[[Programme], str], Callable[[Programme], str]], ...] = (
    ("id", "方案编号", _no_clause, lambda plan: plan.id),
    ("year", "年度", _no_clause, lambda plan: str(plan.year)),
    ("name", "名称", _no_clause, lambda plan: plan.name),
    ("issuer", "发文单位", _no_clause, lambda plan: plan.issuer),
    ("division", "区划代码", _no_clause, lambda plan: plan.division_code),
    ("placeholder_names", "名称用序号代称", _no_clause, lambda plan: "是" if plan.placeholder_names else "否"),
    ("window.from", "推进开始", lambda plan: plan.clause_window, lambda plan: day_words(plan.window_from)),
    ("window.to", "推进截止", lambda plan: plan.clause_window, lambda plan: day_words(plan.window_to)),
    ("window.clause", "推进时间的条款", _no_clause, lambda plan: plan.clause_window),
    ("cover.from", "保障开始", _no_clause, lambda plan: day_words(plan.cover_from)),
    ("cover.to", "保障截止", _no_clause, lambda plan: day_words(plan.cover_to)),
    (
        "goals.coverage_percent", "参保率目标",
        lambda plan: plan.goals.clause, lambda plan: f"{plan.goals.coverage_percent}%",
    ),
    (
        "goals.subjects_percent", "政府购买对象目标",
        lambda plan: plan.goals.clause, lambda plan: f"{plan.goals.subjects_percent}%",
    ),
    ("goals.clause", "目标的条款", _no_clause, lambda plan: plan.goals.clause),
    ("units.cap", "每人份数上限", _no_clause, lambda plan: f"{plan.terms.unit_cap} 份"),
    ("units.cap", "政府买几份", _no_clause, lambda plan: f"{plan.terms.government_units} 份"),
    ("totals", "公布的合计", _no_clause, _totals),
)  # fmt: skip
_GROUP: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("", lambda group: group.name),
    ("条款", lambda group: group.clause),
    ("从几岁起", lambda group: f"{group.from_age} 周岁" if group.from_age is not None else NOTHING),
)
_PRODUCT: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("name", "名称", lambda product: product.name),
    ("price", "每份保费", lambda product: f"{yuan_shown(product.price_fen)} 元"),
    ("clause", "条款", lambda product: product.clause),
    ("join_from_age", "可参保年龄", _joins),
    ("shares", "各方出资", _shares),
)
_BENEFIT: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("clause", "条款", lambda benefit: benefit.clause),
    ("deductible", "免赔额", lambda one: f"{yuan_shown(one.deductible_fen)} 元" if one.deductible_fen else NOTHING),
    ("deductible_per", "免赔额怎么扣", lambda one: _PER[one.deductible_per] if one.deductible_fen else NOTHING),
    ("percent", "赔付比例", lambda benefit: f"{benefit.percent}%"),
    ("waiting_days", "前几天不赔", lambda benefit: _days(benefit.waiting_days or None)),
    ("max_days_per_event", "每次最多天数", lambda benefit: _days(benefit.max_days_per_event)),
    ("max_days_per_period", "保障期内最多天数", lambda benefit: _days(benefit.max_days_per_period)),
    ("covers_disability", "赔不赔伤残", lambda benefit: "赔" if benefit.covers_disability else "只赔身故"),
    ("death_within_days", "身故期限", lambda benefit: _days(benefit.death_within_days)),
    ("any_death", "赔哪些身故", lambda benefit: "不论原因" if benefit.any_death else "只赔疾病身故"),
    ("beside_medical", "医疗赔了还赔不赔", lambda benefit: "赔剩下的自付" if benefit.beside_medical else "不再赔"),
    ("readings", "依据的口径", lambda benefit: "、".join(benefit.readings) or NOTHING),
)
_READING: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("topic", "", lambda reading: f"关于“{TOPICS[reading.topic].name}”"),
    ("choice", "用的选项", lambda reading: choice_words(reading.topic, reading.choice)),
    (
        "alternatives", "可以改选的",
        lambda reading: "；".join(choice_words(reading.topic, one) for one in reading.alternatives) or NOTHING,
    ),
    ("status", "确认", told_words),
    ("clause", "条款", lambda reading: reading.clause),
    ("question", "问题", lambda reading: reading.question),
    ("why", "理由", lambda reading: reading.why),
)  # fmt: skip
_TARGET: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("village", "村名", lambda row: row.village),
    ("population", "60周岁以上人口", lambda row: f"{row.population:,} 人"),
    ("target", "目标", lambda row: f"{row.target:,} 人"),
)
