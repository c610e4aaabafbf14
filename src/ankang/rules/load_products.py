"""The products of a programme file: benefits, age bands, and the terms that the plan or its readings settle."""

import re
from itertools import pairwise
from typing import Any

from ankang.rules.load_readings import Choices
from ankang.rules.programme import Band, Benefit, BenefitKind, Product
from ankang.rules.readings import TOPICS
from ankang.rules.tables import Table

PAYERS = ("government", "self", "child", "village", "donor")
_AGES = re.compile(r"(\d{2,3})(?:-(\d{2,3})|\+)", re.ASCII)

# What a plan may say itself, by kind: key -> the topic whose reading is then not needed.
STATED_KEYS: dict[BenefitKind, dict[str, str]] = {
    BenefitKind.ACCIDENT: {"covers_disability": "accident-scope", "death_within_days": "death-window"},
    BenefitKind.MEDICAL: {"deductible_per": "deductible"},
    BenefitKind.LIFE: {"any_death": "life-scope"},
    BenefitKind.FRACTURE: {"beside_medical": "fracture-overlap"},
    BenefitKind.ALLOWANCE: {
        "waiting_days": "allowance-days",
        "max_days_per_event": "allowance-days",
        "max_days_per_period": "allowance-days",
    },
}


def load_products(root: Table, choices: Choices) -> tuple[Product, ...]:
    """Return the products in the file's order. Errors: ProgrammeFileError."""
    products = tuple(_product(table, choices) for table in root.tables("products", "code"))
    codes = [product.code for product in products]
    if len(set(codes)) != len(codes):
        raise root.error("products", "险种代码有重复", "每个险种一个代码")
    return products


def _product(table: Table, choices: Choices) -> Product:
    code = table.text("code")
    has_medical = any(row.text("kind", "") == "medical" for row in table.tables("benefits", "kind"))
    benefits = [_benefit(row, choices, has_medical) for row in table.tables("benefits", "kind")]
    kinds = [benefit.kind for benefit in benefits]
    if len(set(kinds)) != len(kinds):
        raise table.error("benefits", "同一项责任写了两次", "每种责任只写一次，年龄档写在 bands 里")
    price = table.money("price")
    product = Product(
        code=code,
        name=table.text("name"),
        price_fen=price,
        clause=table.clause(),
        benefits=tuple(sorted(benefits, key=lambda benefit: list(BenefitKind).index(benefit.kind))),
        join_from_age=table.whole("join_from_age", 60, least=0, most=130),
        join_to_age=table.whole("join_to_age", None, least=60, most=130),
        shares=_shares(table, price),
    )
    table.finish()
    if product.join_to_age is not None and product.join_to_age < product.join_from_age:
        raise table.error("join_to_age", "最大投保年龄小于最小的", "查对两个年龄")
    return product


def _shares(table: Table, price_fen: int) -> tuple[tuple[str, int], ...]:
    """The fixed parts of a unit's premium, e.g. the town pays 20 of 50; the rest is open (domain 7, Macun)."""
    if not table.has("shares"):
        return ()
    parts = table.table("shares")
    shares = tuple((payer, parts.money(payer)) for payer in PAYERS if parts.has(payer))
    parts.finish()
    if sum(amount for _, amount in shares) > price_fen:
        raise table.error("shares", "各方出资加起来超过了保费", "查对每一方的金额")
    return shares


def _benefit(table: Table, choices: Choices, has_medical: bool) -> Benefit:
    kind = BenefitKind(table.one_of("kind", tuple(BenefitKind)))
    clause = table.clause()
    bands = _bands(table, choices)
    _check_disability_sums(table, kind, bands)
    values = _own_terms(table, kind)
    readings = _settle(kind, bands, values, choices, has_medical)
    table.finish()
    return Benefit(kind=kind, clause=clause, bands=bands, readings=tuple(sorted(readings)), **values)


def _check_disability_sums(table: Table, kind: BenefitKind, bands: tuple[Band, ...]) -> None:
    """A sum of its own for disability: of the accident benefit only, and in every band or in none."""
    own = [band.disability_fen is not None for band in bands]
    if any(own) and kind is not BenefitKind.ACCIDENT:
        raise table.error("bands", "只有意外伤害（accident）有伤残保额", "删掉 disability_yuan")
    if any(own) and not all(own):
        raise table.error("bands", "有的年龄档没写伤残保额", "每一档都写 disability_yuan，或都不写")


def _own_terms(table: Table, kind: BenefitKind) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if kind is BenefitKind.MEDICAL:
        values["deductible_fen"] = table.money("deductible", 0)
        if table.has("deductible_per"):
            values["deductible_per"] = table.one_of("deductible_per", ("accident", "period", "unit"))
    if kind in (BenefitKind.MEDICAL, BenefitKind.FRACTURE):
        values["percent"] = table.whole("percent", 100, least=1, most=100)
    for key in ("waiting_days", "max_days_per_event", "max_days_per_period", "death_within_days"):
        if key in STATED_KEYS[kind] and table.has(key):
            values[key] = table.whole(key)
    for key in ("covers_disability", "any_death", "beside_medical"):
        if key in STATED_KEYS[kind] and table.has(key):
            values[key] = table.flag(key, default=True)
    return values


def _settle(
    kind: BenefitKind,
    bands: tuple[Band, ...],
    values: dict[str, Any],
    choices: Choices,
    has_medical: bool,
) -> set[str]:
    """Fill what the plan leaves open from the readings, and return the readings that this benefit rests on."""
    stated = {topic for key, topic in STATED_KEYS[kind].items() if key in values}
    readings = set()
    for code, topic in TOPICS.items():
        if kind not in topic.kinds or code in stated or not _matters(code, bands, values, has_medical):
            continue
        reading = choices.settled(code)
        if reading is None:
            continue
        readings.add(reading.id)
        if not topic.on_terms:
            values |= choices.sets(code, reading.choice)
    return readings


def _matters(topic: str, bands: tuple[Band, ...], values: dict[str, Any], has_medical: bool) -> bool:
    if topic in ("age-basis", "birthday"):
        return len(bands) > 1
    if topic == "deductible":
        return bool(values.get("deductible_fen"))
    return topic != "fracture-overlap" or has_medical


def _bands(table: Table, choices: Choices) -> tuple[Band, ...]:
    bands = tuple(_band(row, choices) for row in table.tables("bands", "ages"))
    bands = tuple(sorted(bands, key=lambda band: band.from_age))
    for below, above in pairwise(bands):
        if below.to_age is None or above.from_age <= below.to_age:
            raise table.error("bands", f"{above.from_age} 周岁写在两个年龄档里", "让一档的末岁比下一档的首岁小1")
        if above.from_age > below.to_age + 1:
            first, last = below.to_age + 1, above.from_age - 1
            raise table.error("bands", f"{_span(first, last)} 周岁没有年龄档", "让一档的末岁比下一档的首岁小1")
    if bands[0].from_age > 60:
        gap = _span(60, bands[0].from_age - 1)
        raise table.error("bands", f"{gap} 周岁没有年龄档", '第一档从60写起，例如 ages = "60-69"')
    if bands[-1].to_age is not None:
        raise table.error("bands", f"{bands[-1].to_age} 周岁以上没有年龄档", '最后一档写成 "80+" 的样子')
    return bands


def _span(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}—{last}"


def _band(table: Table, choices: Choices) -> Band:
    ages = table.text("ages")
    match = _AGES.fullmatch(ages)
    if not match:
        raise table.error("ages", f"“{ages}”不是年龄段", '写成 "60-69" 或 "76+"，两端都含')
    from_age, to_age = int(match[1]), int(match[2]) if match[2] else None
    if to_age is not None and to_age < from_age:
        raise table.error("ages", "末岁小于首岁", "小的写在前面")
    amount = table.money("yuan")
    reading = table.text("reading", None)
    if reading:
        amount = choices.figure(table, reading, amount)
    band = Band(from_age, to_age, amount, reading, table.money("disability_yuan", None))
    table.finish()
    return band
