"""A decision told: as JSON for storing and replaying, and in words for people."""

from typing import Any

from ankang.rules.adjudicate import Decision
from ankang.rules.lines import Line
from ankang.rules.money import yuan_shown
from ankang.rules.reasons import REASONS
from ankang.rules.steps import Step, Term

_SIGNS = {"-": " − ", "x": " × ", "min": "、"}


def decision_json(decision: Decision) -> dict[str, Any]:
    """Return the decision as plain JSON values; amounts are integer fen."""
    return {
        "event_id": decision.event_id,
        "age": decision.age,
        "total_fen": decision.total_fen,
        "assumed": list(decision.assumed),
        "warnings": list(decision.warnings),
        "lines": [line_json(line) for line in decision.lines],
    }


def line_json(line: Line) -> dict[str, Any]:
    return {
        "product": line.product,
        "benefit": line.benefit,
        "amount_fen": line.amount_fen,
        "reason": line.reason,
        "clause": line.clause,
        "readings": list(line.readings),
        "steps": [step_json(step) for step in line.steps],
    }


def step_json(step: Step) -> dict[str, Any]:
    return {
        "op": step.op,
        "terms": [{"label": term.label, "value": term.value, "unit": term.unit} for term in step.terms],
        "label": step.label,
        "value": step.value,
        "unit": step.unit,
    }


def line_words(line: Line) -> list[str]:
    """Return the line's arithmetic in words, a sentence a step; for a zero line without arithmetic, the reason."""
    words = [step_words(step) for step in line.steps]
    if line.reason:
        words.append(f"不赔：{REASONS[line.reason]}")
    return words


def step_words(step: Step) -> str:
    """Return one step in words: `自付 1,200.00 − 免赔额 200.00 ＝ 超过免赔额的部分 1,000.00`."""
    result = f"{step.label} {amount_words(step.value, step.unit)}"
    if step.op == "take":
        return f"{step.terms[0].value} 周岁，{result}"
    if step.op == "share":
        base, percent = step.terms
        return f"{_term_words(base)} × {percent.label} {percent.value}% ＝ {result}"
    joined = _SIGNS[step.op].join(_term_words(term) for term in step.terms)
    return f"{joined} 取小 ＝ {result}" if step.op == "min" else f"{joined} ＝ {result}"


def amount_words(value: int, unit: str) -> str:
    """Return a number with its unit as people read it: fen as yuan with two decimals."""
    if unit == "fen":
        return yuan_shown(value)
    return f"{value} " + {"unit": "份", "day": "天", "age": "周岁", "percent": "%"}[unit]


def _term_words(term: Term) -> str:
    return f"{term.label} {amount_words(term.value, term.unit)}"
