"""Decisions a second of one core (processor time): the reference engine with full trace and without, beside ZEN.

ZEN (a compiled rule engine) is given the same plan as an expression graph, for one event of a person with no history;
before anything is timed, both must pay the same fen on every row.
"""

import json
import random
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import zen

from ankang.rules.adjudicate import Adjudicator, Cover, Event
from ankang.rules.load import load_programme
from ankang.rules.programme import Benefit, Product, Programme
from timing import median_seconds, progress, report

ROWS = 20_000
Row = tuple[date, list[Cover], list[Event]]


def rows(programme: Programme) -> list[Row]:
    """One event of one holder each, with the mix of a real year: bills, fractures, stays, a few grades and deaths."""
    dice = random.Random(2024)
    found: list[Row] = []
    for number in range(ROWS):
        born = date(1924, 1, 1) + timedelta(days=dice.randrange(14_600))
        cover = Cover(dice.choice("AB"), dice.choice((1, 1, 1, 2)), programme.cover_from, programme.cover_to)
        on = programme.cover_from + timedelta(days=dice.randrange(365))
        medical = dice.randrange(10_000, 1_500_000)
        dies = dice.random() < 0.05
        event = Event(
            f"E{number}",
            on,
            "accident" if dice.random() < 0.95 else "illness",
            medical_fen=medical,
            reimbursed_fen=medical * dice.randrange(80) // 100,
            fracture_fen=medical // 2 if dice.random() < 0.3 else 0,
            hospital_days=dice.choice((0, 0, 5, 12)),
            grades=(dice.randrange(1, 11),) if dice.random() < 0.03 else (),
            death_date=on if dies else None,
        )
        found.append((born, [cover], [event]))
    return found


def graph(product: Product) -> str:
    """The product as ZEN's expressions: what domain 3 says of one event without a history."""
    accident = product.benefit("accident")
    lines = {
        "whole": f"{_bands(accident)} * units",
        "hurt": 'cause == "accident" and start <= day and day <= end',
        "net": "max([medical - reimbursed, 0])",
        "accident": "$.hurt ? (dead ? $.whole : grade > 0 ? $.whole * (11 - grade) / 10 : 0) : 0",
        "medical_limit": f"{_bands(product.benefit('medical'))} * units",
        "over": f"max([$.net - {product.benefit('medical').deductible_fen}, 0])",  # type: ignore[union-attr]
        "medical_paid": "$.hurt ? min([$.over, $.medical_limit]) : 0",
        "life": f"dead and start <= death and death <= end ? {_bands(product.benefit('life'))} * units : 0",
    }
    if product.benefit("fracture"):
        lines["fracture_limit"] = f"{_bands(product.benefit('fracture'))} * units"
        lines["fracture_paid"] = "$.hurt ? min([fracture, $.fracture_limit, $.net - $.medical_paid]) : 0"
        lines["allowance"] = f"$.hurt ? days * {product.benefit('allowance').bands[0].amount_fen} * units : 0"  # type: ignore[union-attr]
    total = "$.accident + $.medical_paid + $.life"
    lines["total"] = total + (" + $.fracture_paid + $.allowance" if "allowance" in lines else "")
    expressions = [{"id": key, "key": key, "value": value} for key, value in lines.items()]
    place = {"position": {"x": 0, "y": 0}}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", **place},
        {"id": "pay", "type": "expressionNode", "name": "pay", "content": {"expressions": expressions}, **place},
        {"id": "out", "type": "outputNode", "name": "out", **place},
    ]
    edges = [{"id": f"{a}{b}", "sourceId": a, "targetId": b} for a, b in (("in", "pay"), ("pay", "out"))]
    return json.dumps({"nodes": nodes, "edges": edges})


def _bands(benefit: Benefit | None) -> str:
    assert benefit is not None
    words = ""
    for band in benefit.bands[:-1]:
        words += f"age <= {band.to_age} ? {band.amount_fen} : "
    return f"({words}{benefit.bands[-1].amount_fen})"


def facts(programme: Programme, row: Row) -> dict[str, Any]:
    """The row as ZEN takes it: the age is given, because ZEN's own dates would be another question."""
    born, (cover,), (event,) = row
    days = {"start": cover.start, "end": cover.end, "day": event.event_date, "death": event.death_date}
    return {
        **{name: day.toordinal() if day else 0 for name, day in days.items()},
        "age": programme.age_on(born, event.event_date),
        "units": cover.units,
        "cause": event.cause,
        "medical": event.medical_fen,
        "reimbursed": event.reimbursed_fen,
        "fracture": event.fracture_fen,
        "days": event.hospital_days,
        "grade": event.grades[0] if event.grades else 0,
        "dead": event.death_date is not None,
    }


def main() -> None:
    programme = load_programme(Path(__file__).parent.parent / "programmes" / "2024-yandu")
    adjudicator, sample = Adjudicator(programme), rows(programme)
    engine = zen.ZenEngine()
    graphs = {product.code: engine.create_decision(graph(product)) for product in programme.products}
    inputs = [(graphs[row[1][0].product], facts(programme, row)) for row in sample]
    progress("核对两个引擎逐行一致…")
    for row, (decision, given) in zip(sample, inputs, strict=True):
        (ours,) = adjudicator.decide(*row)
        theirs = decision.evaluate(given)["result"]["total"]
        assert ours.total_fen == theirs, (row, ours, theirs)

    def reference(trace: bool) -> None:
        for born, covers, events in sample:
            adjudicator.decide(born, covers, events, trace=trace)

    def zen_engine(trace: bool) -> None:
        for decision, given in inputs:
            decision.evaluate(given, {"trace": trace})

    progress("五轮，轮流计时…")
    seconds = median_seconds(
        {
            "trace": lambda: reference(True),
            "plain": lambda: reference(False),
            "zen trace": lambda: zen_engine(True),
            "zen": lambda: zen_engine(False),
        },
        clock=time.process_time,
    )
    rate = {name: ROWS / taken for name, taken in seconds.items()}
    report(
        "Decisions a second, one core",
        [
            ("reference, full trace (80,000 asked)", rate["trace"], "/s"),
            ("reference, without (300,000 asked)", rate["plain"], "/s"),
            ("ZEN, trace", rate["zen trace"], "/s"),
            ("ZEN, without", rate["zen"], "/s"),
            ("reference against ZEN, with trace", rate["trace"] / rate["zen trace"], "x"),
            ("reference against ZEN, without", rate["plain"] / rate["zen"], "x"),
        ],
    )


if __name__ == "__main__":
    main()
