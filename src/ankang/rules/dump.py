"""Write a programme as its files: `programme.toml` and `targets.csv`. What was written loads equal, digest by digest.

A stored programme does not keep the clauses of the unit cap, the cover, the total row and [[stated]] matters: they are
written as `CLAUSE_TO_FILL`, for a person to fill in.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from io import StringIO
from typing import Any

from ankang.rules.load import TERM_TOPICS, arises
from ankang.rules.load_products import STATED_KEYS
from ankang.rules.load_targets import TARGET_COLUMNS
from ankang.rules.money import yuan
from ankang.rules.programme import Band, Benefit, Product, Programme, Reading, TargetRow
from ankang.rules.readings import TOPICS

CLAUSE_TO_FILL = "（条款待补）"
_BARE = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_INLINE = ("bands", "shares")  # short tables: one line each


def to_tables(programme: Programme) -> dict[str, Any]:
    """Return the tables of a `programme.toml` that loads to this programme, but for its targets."""
    return {
        "schema": 1,
        "id": programme.id,
        "year": programme.year,
        "name": programme.name,
        "issuer": programme.issuer,
        "division": programme.division_code,
        "placeholder_names": programme.placeholder_names,
        "window": {
            "from": programme.window_from,
            "to": programme.window_to,
            "clause": programme.clause_window,
        },
        "cover": {"from": programme.cover_from, "to": programme.cover_to} | _cover_source(programme),
        "goals": {
            "coverage_percent": programme.goals.coverage_percent,
            "subjects_percent": programme.goals.subjects_percent,
            "clause": programme.goals.clause,
        },
        "units": {"cap": programme.terms.unit_cap, "clause": CLAUSE_TO_FILL},
        **_lists(programme),
    }


def toml_text(tables: Mapping[str, Any]) -> str:
    """Return the tables as TOML: single values first, then tables, then lists of tables."""
    return "\n".join(_lines(tables, "")).strip() + "\n"


def targets_text(rows: Iterable[TargetRow]) -> str:
    """Return the rows as the text of a `targets.csv`."""
    return cells_text([[str(row.serial), row.village, str(row.population), str(row.target)] for row in rows])


def cells_text(rows: Iterable[Sequence[str]]) -> str:
    """Return rows of cells below the head of a `targets.csv`; empty without a row."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for at, row in enumerate(rows):
        if not at:
            writer.writerow(TARGET_COLUMNS)
        writer.writerow(row)
    return out.getvalue()


def _lists(programme: Programme) -> dict[str, Any]:
    groups = [_group(group.code, group.name, group.clause, group.from_age) for group in programme.groups]
    parts: dict[str, Any] = {
        "totals": _totals(programme),
        "stated": list(_stated(programme)),
        "groups": groups,
        "products": [_product(programme, product) for product in programme.products],
        "readings": {reading.id: _reading(reading) for reading in programme.readings},
        "deadlines": [
            {"clock": one.clock, "days": one.days, "working": one.working, "clause": one.clause}
            for one in programme.deadlines
        ],
        "signals": [{"signal": one.signal, "number": one.number, "clause": one.clause} for one in programme.signals],
        "typos": [{"clause": clause, "note": note} for clause, note in programme.typos],
    }
    return {key: value for key, value in parts.items() if value}


def _cover_source(programme: Programme) -> dict[str, str]:
    reading = programme.reading_of("cover_rule")
    return {"reading": reading.id} if reading else {"clause": CLAUSE_TO_FILL}


def _totals(programme: Programme) -> dict[str, Any] | None:
    if programme.published_totals is None:
        return None
    population, target = programme.published_totals
    return {"population": population, "target": target, "clause": CLAUSE_TO_FILL}


def _group(code: str, name: str, clause: str, from_age: int | None) -> dict[str, Any]:
    group = {"code": code, "name": name, "clause": clause}
    return group if from_age is None else group | {"from_age": from_age}


def _stated(programme: Programme) -> Iterator[dict[str, str]]:
    """What the plan's own clauses settle: every term that comes into question and rests on no reading."""
    by_reading = dict(programme.term_readings)
    for topic, term in TERM_TOPICS.items():
        if term not in by_reading and arises(topic, programme):
            yield {"topic": topic, "choice": _choice(topic, term, programme), "clause": CLAUSE_TO_FILL}
    if programme.groups and "government_product" not in by_reading:
        product = programme.terms.government_product
        choice = "own-plan" if product == "G" else product
        yield {"topic": "government-product", "choice": choice, "clause": CLAUSE_TO_FILL}


def _choice(topic: str, term: str, programme: Programme) -> str:
    value = getattr(programme.terms, term)
    return next(choice for choice, sets in TOPICS[topic].sets.items() if sets[term] == value)


def _product(programme: Programme, product: Product) -> dict[str, Any]:
    table: dict[str, Any] = {
        "code": product.code,
        "name": product.name,
        "price": amount(product.price_fen),
        "clause": product.clause,
        "join_from_age": product.join_from_age,
    }
    if product.join_to_age is not None:
        table["join_to_age"] = product.join_to_age
    if product.shares:
        table["shares"] = {payer: amount(share) for payer, share in product.shares}
    return table | {"benefits": [_benefit(programme, benefit) for benefit in product.benefits]}


def _benefit(programme: Programme, benefit: Benefit) -> dict[str, Any]:
    table: dict[str, Any] = {"kind": str(benefit.kind), "clause": benefit.clause}
    if benefit.deductible_fen:
        table["deductible"] = amount(benefit.deductible_fen)
    if benefit.percent != 100:
        table["percent"] = benefit.percent
    topics = {programme.reading(name).topic for name in benefit.readings}
    for key, topic in STATED_KEYS[benefit.kind].items():
        value = getattr(benefit, key)
        if topic not in topics and value is not None:
            table[key] = value
    return table | {"bands": [_band(band) for band in benefit.bands]}


def _band(band: Band) -> dict[str, Any]:
    table: dict[str, Any] = {"ages": band.ages, "yuan": amount(band.amount_fen)}
    if band.disability_fen is not None:
        table["disability_yuan"] = amount(band.disability_fen)
    return table | ({"reading": band.reading} if band.reading else {})


def _reading(reading: Reading) -> dict[str, Any]:
    table: dict[str, Any] = {
        "topic": reading.topic,
        "clause": reading.clause,
        "question": reading.question,
        "choice": reading.choice,
        "alternatives": list(reading.alternatives),
        "why": reading.why,
        "status": str(reading.status),
    }
    told = reading.confirmation
    return table | ({"by": told.by, "on": told.on, "paper": told.paper} if told else {})


def amount(amount_fen: int) -> int | Decimal:
    """Return fen as the number of yuan that a file shows: `2000`, `49.50`."""
    return amount_fen // 100 if amount_fen % 100 == 0 else Decimal(yuan(amount_fen))


def _lines(table: Mapping[str, Any], path: str) -> Iterator[str]:
    yield from (f"{_key(key)} = {_value(key, value)}" for key, value in table.items() if _is_single(key, value))
    for key, value in table.items():
        name = f"{path}.{_key(key)}" if path else _key(key)
        if _is_single(key, value):
            continue
        if isinstance(value, Mapping):
            has_lines = any(_is_single(part, inner) for part, inner in value.items()) or not value
            yield from ["", f"[{name}]"] if has_lines else []
            yield from _lines(value, name)
        else:
            for row in value:
                yield from ("", f"[[{name}]]", *_lines(row, name))


def _is_single(key: str, value: Any) -> bool:
    if key in _INLINE:
        return True
    is_rows = isinstance(value, list) and bool(value) and all(isinstance(row, Mapping) for row in value)
    return not (isinstance(value, Mapping) or is_rows)


def _value(key: str, value: Any) -> str:
    if key == "bands" and isinstance(value, list):
        return "[\n" + "".join(f"    {_value('', row)},\n" for row in value) + "]"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {_value(name, part)}" for name, part in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_value("", part) for part in value) + "]"
    return _single(value)


def _single(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f").lower().replace("infinity", "inf")
        case int() | float():
            return str(value)
        case str():
            return _quoted(value)
        case date():
            return value.isoformat()
    return str(value.isoformat())  # a time of day: no programme has one, but a file may


def _quoted(text: str) -> str:
    """A basic string: JSON writes the same escapes, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)
