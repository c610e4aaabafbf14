"""每一元从哪来: a stored outcome as rows of the page, each with its arithmetic, clause and readings."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ankang.rules.money import yuan_shown
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme, Reading
from ankang.rules.readings import choice_words
from ankang.rules.reasons import REASONS, WARNINGS

_BETWEEN = {"-": "−", "x": "×", "share": "×", "sum": "＋", "min": "与"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One figure of a formula: the sign before it (empty for the first), what it is, how much."""

    sign: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A line of arithmetic: figures, and what they come to."""

    chips: tuple[Chip, ...]
    equals: str  # ＝, or 取小 →
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Row:
    code: str  # of the product
    product: str
    benefit: str
    clause: str
    readings: tuple[Reading, ...]
    formulas: tuple[Formula, ...]
    reason: str
    amount_fen: int


def rows_of(plan: Programme, outcome: dict[str, Any]) -> list[Row]:
    """Return one row a product and benefit: what pays first, then what does not, each in the programme's order."""
    rows = [_row(plan, line) for line in outcome["lines"]]
    return sorted(rows, key=lambda row: row.amount_fen == 0)


def assumed_readings(plan: Programme, outcome: dict[str, Any]) -> list[tuple[Reading, str]]:
    """Return the readings that the outcome rests on and nobody had confirmed, each with its choice in words."""
    readings = [plan.reading(reading_id) for reading_id in outcome["assumed"]]
    return [(reading, choice_words(reading.topic, reading.choice)) for reading in readings]


def warnings_of(outcome: dict[str, Any]) -> list[str]:
    """Return the sentences of what a person should look at before agreeing."""
    return [WARNINGS.get(code, code) for code in outcome["warnings"]]


def _row(plan: Programme, line: dict[str, Any]) -> Row:
    return Row(
        code=line["product"],
        product=plan.product(line["product"]).name,
        benefit=BENEFIT_NAMES[BenefitKind(line["benefit"])],
        clause=line["clause"],
        readings=tuple(plan.reading(reading_id) for reading_id in line["readings"]),
        formulas=tuple(_formulas(line["steps"])),
        reason=REASONS.get(line["reason"], line["reason"]),
        amount_fen=line["amount_fen"],
    )


def _formulas(steps: list[dict[str, Any]]) -> Iterator[Formula]:
    for step in _joined(steps):
        sign = _BETWEEN.get(step["op"], "")
        chips = tuple(
            Chip(sign if place else "", term["label"], shown(term["value"], term["unit"]))
            for place, term in enumerate(step["terms"])
        )
        equals = {"min": "取小 →", "take": "按"}.get(step["op"], "＝")
        yield Formula(chips, equals, step["label"], shown(step["value"], step["unit"]))


def _joined(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """A figure taken from the plan and the step that multiplies it are one line: the figure brings its band along."""
    taken: dict[str, Any] | None = None
    for step in steps:
        if step["op"] == "take":
            taken = step
            continue
        if taken is not None and step["op"] == "x":
            yield step | {"terms": [_with_band(term, taken) for term in step["terms"]]}
        else:
            yield from [taken, step] if taken is not None else [step]
        taken = None
    if taken is not None:
        yield taken


def _with_band(term: dict[str, Any], taken: dict[str, Any]) -> dict[str, Any]:
    same = term["unit"] == taken["unit"] and term["value"] == taken["value"]
    return term | {"label": taken["label"]} if same else term


def shown(value: int, unit: str) -> str:
    """Return a figure as the page writes it: fen as yuan, the rest with its unit."""
    words = {"fen": yuan_shown(value), "unit": f"{value} 份", "day": f"{value} 天", "age": f"{value} 周岁"}
    return words.get(unit, f"{value}%")
