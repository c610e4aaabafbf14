"""Golden cases: facts, expected lines, clause and the arithmetic in words, read from TOML."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ankang.rules.adjudicate import Cover, Event
from ankang.rules.load import load_programme, parse_programme
from ankang.rules.money import fen
from ankang.rules.programme import Programme

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FOLDERS = (ROOT / "programmes", ROOT / "tests" / "data" / "programmes")
Expected = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Golden:
    name: str
    programme: Programme
    born: date
    covers: list[Cover]
    events: list[Event]
    pays: list[Expected]  # by event: (product, benefit) -> fen, of everything that pays
    reasons: list[dict[tuple[str, str], str]]


@cache
def programme(name: str) -> Programme:
    """Return a programme that the repository ships or tests with."""
    folder = next(place / name for place in FOLDERS if (place / name).exists())
    return load_programme(folder)


def golden_cases() -> Iterator[Golden]:
    for path in sorted(HERE.glob("*.toml")):
        document = tomllib.loads(path.read_text())
        plan = programme(document["programme"])
        for case in document["case"]:
            yield _golden(case, plan)


def _golden(case: dict[str, Any], plan: Programme) -> Golden:
    assert case["clause"], case["name"]
    assert case["why"], case["name"]
    events = [_event(number, event) for number, event in enumerate(case["events"], 1)]
    return Golden(
        name=f"{plan.id}: {case['name']}",
        programme=plan,
        born=case["born"],
        covers=[_cover(cover, plan) for cover in case["covers"]],
        events=events,
        pays=[{key: fen(str(value)) for key, value in _flat(event["pays"])} for event in case["events"]],
        reasons=[dict(_flat(event.get("reasons", {}))) for event in case["events"]],
    )


def _cover(cover: dict[str, Any], plan: Programme) -> Cover:
    start, end = cover.get("from", plan.cover_from), cover.get("to", plan.cover_to)
    return Cover(cover["product"], cover.get("units", 1), start, end)


def _event(number: int, event: dict[str, Any]) -> Event:
    return Event(
        event_id=f"E{number}",
        event_date=event["on"],
        cause=event.get("cause", "accident"),
        medical_fen=fen(str(event.get("medical", 0))),
        reimbursed_fen=fen(str(event.get("reimbursed", 0))),
        fracture_fen=fen(str(event.get("fracture", 0))),
        hospital_days=event.get("days", 0),
        grades=tuple(event.get("grades", ())),
        death_date=event.get("died"),
    )


def _flat(by_product: dict[str, dict[str, Any]]) -> Iterator[tuple[tuple[str, str], Any]]:
    for product, benefits in by_product.items():
        for benefit, value in benefits.items():
            yield (product, benefit), value


def with_choice(plan: Programme, reading_id: str, choice: str) -> Programme:
    """Return the plan as its own file would load with another choice of one reading."""
    document = tomllib.loads((FOLDERS[0] / plan.id / "programme.toml").read_text())
    reading = document["readings"][reading_id]
    choices = [reading["choice"], *reading["alternatives"]]
    assert choice in choices, f"{reading_id} offers {choices}"
    reading["choice"], reading["alternatives"] = choice, [other for other in choices if other != choice]
    return replace(parse_programme(document), targets=plan.targets)
