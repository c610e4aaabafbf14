"""A programme file as a form: its sections and entries as text, each with what is wrong with it.

A value that cannot be taken stands in the file as the text that was typed, until somebody puts it right.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from ankang.rules.checkup import check_up
from ankang.rules.errors import InvalidInput
from ankang.rules.file_fields import GENERAL, LISTS, OPTIONAL_TABLES, READING, Field, Kind, Shape, benefit_fields
from ankang.rules.findings import Finding
from ankang.rules.load import PROGRAMME_FILE, read_programme
from ankang.rules.money import fen, yuan
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind, Programme
from ankang.rules.tables import ProgrammeFileError, Table

Tables = dict[str, Any]

_FIXES = {
    Kind.WHOLE: "写一个整数，例如 60",
    Kind.NUMBER: "写成数，最多两位小数，例如 85 或 2.5",
    Kind.YUAN: "写成元，最多两位小数，例如 200 或 49.50",
    Kind.DAY: "写成 2024-02-01 的样子",
    Kind.AGES: "写成 60-69 或 76+，两端都含",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One field as it stands: `name` in the form, `place` in the file, `text` as shown, `problem` with it."""

    name: str
    place: str
    field: Field
    text: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One table as a part of a form. `removable`: a row of a list. `is_blank`: the empty row to fill in."""

    name: str
    place: str
    shape: Shape
    entries: tuple[Entry, ...]
    tables: tuple["Node", ...] = ()
    lists: tuple["NodeList", ...] = ()
    is_blank: bool = False

    def walk(self) -> Iterator[Entry]:
        """Yield every entry of this table and of those inside it, blank rows left out."""
        if self.is_blank:
            return
        yield from self.entries
        for inner in (*self.tables, *(row for rows in self.lists for row in rows.rows)):
            yield from inner.walk()


@dataclass(frozen=True, slots=True)
class NodeList:
    name: str
    place: str
    shape: Shape
    rows: tuple[Node, ...]  # the last one may be blank


@dataclass(frozen=True, slots=True)
class Problem:
    """What keeps a draft from being a plan: the place in the file, the words, how to put it right."""

    place: str
    message: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft after its check: the plan when it is one, else what is wrong; the check-up's findings of a plan."""

    plan: Programme | None
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def form_of(shape: Shape, tables: Tables) -> Node:
    """Return a whole file of another kind as a form, by the shape of its root."""
    return _node(shape, tables, "", "")


def node_of(tables: Tables, section: str) -> Node:
    """Return a section of the file as a form. Errors: KeyError for a section that the file does not have."""
    if section == "general":
        return _node(GENERAL, tables, "", "")
    key, _, position = section.partition("-")
    if key == "products" and position.isdigit():
        rows = _rows(tables, "products")
        if not 1 <= int(position) <= len(rows):
            raise KeyError(section)
        at = int(position) - 1
        return _node(LISTS["products"], rows[at], f"products.{at}", f"products[{_mark(rows[at], at, 'code')}]")
    if section in ("groups", "deadlines", "signals", "typos"):
        return Node("", "", Shape(LISTS[section].title), (), lists=(_list(section, LISTS[section], tables, "", ""),))
    if section == "readings":
        return _readings(tables)
    raise KeyError(section)


def sections(tables: Tables) -> list[tuple[str, str]]:
    """Return the sections of a file: (key, title), in the order of the page."""
    products = [
        (f"products-{at}", f"险种 {row.get('code') or at}") for at, row in enumerate(_rows(tables, "products"), 1)
    ]
    return [
        ("general", "方案要点"), ("groups", "类别"), *products, ("targets", "分村目标"), ("readings", "口径"),
        ("deadlines", "理赔时限"), ("signals", "可疑提醒"), ("typos", "原文笔误"),
    ]  # fmt: skip


def section_of(tables: Tables, place: str) -> str:
    """Return the section in which a place of the file is edited."""
    head = re.split(r"[.\[]", place, maxsplit=1)[0]
    if head == "products":
        for at, row in enumerate(_rows(tables, "products")):
            if place.startswith(f"products[{_mark(row, at, 'code')}]"):
                return f"products-{at + 1}"
        return "products-1"
    return head if head in ("groups", "targets", "readings", "deadlines", "signals", "typos") else "general"


def check(tables: Tables, targets: str = "") -> Checked:
    """Return whether the file is a plan, and every problem where it is not; the check-up's findings where it is."""
    typed = [Problem(entry.place, entry.problem) for entry in entries(tables) if entry.problem]
    try:
        plan = read_programme(tables, targets)
    except ProgrammeFileError as error:
        place = str(error.fields["key"])
        if error.fields["file"] != PROGRAMME_FILE:
            place = f"targets.{place}"
        told = Problem(place, str(error.fields["problem"]), str(error.fields["fix"]))
        known = {problem.place for problem in typed}
        return Checked(None, (*typed, *([] if place in known else [told])))
    return Checked(plan, (), check_up(plan))


def entries(tables: Tables) -> Iterator[Entry]:
    """Yield every entry of the file but its targets."""
    for section, _ in sections(tables):
        if section != "targets":
            yield from node_of(tables, section).walk()


def place_words(place: str) -> str:
    """Return a place of the file in words: `products[A].benefits[fracture].clause` is 险种 A 骨折费用 条款."""
    words = []
    for part in re.findall(r"(?:\[[^\]]*\]|[^.\[])+", place):
        name, _, mark = part.partition("[")
        mark = mark.rstrip("]")
        is_named = bool(mark) and name in ("benefits", "bands")  # 意外医疗 and 60-69 say what they are
        words.append(_MARKS.get(mark, mark) if is_named else f"{_WORDS.get(name, name)}{mark}")
    return " ".join(words)


def _labels(shape: Shape) -> Iterator[tuple[str, str]]:
    yield from ((one.key, one.label.removesuffix("（元）")) for one in shape.fields)
    for key, inner in (*shape.tables.items(), *shape.lists.items()):
        yield key, inner.title.partition("（")[0]
        yield from _labels(inner)


def _node(shape: Shape, table: Tables, name: str, place: str, *, is_blank: bool = False) -> Node:
    entries_ = tuple(_entry(one, table, name, place, is_blank) for one in shape.all_fields(table))
    inner = [_inner(key, one, table, name, place, is_blank=is_blank) for key, one in shape.tables.items()]
    has_lists = not is_blank and (shape.lists_if is None or shape.lists_if(table))
    lists = [_list(key, one, table, name, place) for key, one in shape.lists.items()] if has_lists else []
    return Node(name, place, shape, entries_, tuple(inner), tuple(lists), is_blank)


def _inner(key: str, shape: Shape, table: Tables, name: str, place: str, *, is_blank: bool) -> Node:
    found = table.get(key)
    is_left_out = is_blank or (key in OPTIONAL_TABLES and not found)
    held = found if isinstance(found, dict) else {}
    return _node(shape, held, _join(name, key), _join(place, key), is_blank=is_left_out)


def _list(key: str, shape: Shape, table: Tables, name: str, place: str) -> NodeList:
    held = _rows(table, key)
    path, place = _join(name, key), _join(place, key)
    rows = [_node(shape, row, f"{path}.{at}", f"{place}[{_mark(row, at, shape.label)}]") for at, row in enumerate(held)]
    rows.append(_node(shape, {}, f"{path}.{len(held)}", f"{place}[第{len(held) + 1}项]", is_blank=True))
    return NodeList(path, place, shape, tuple(rows))


def _readings(tables: Tables) -> Node:
    held = tables.get("readings")
    rows = held if isinstance(held, dict) else {}
    nodes = [
        _node(
            Shape(f"口径 {name}", by="reading"),
            row if isinstance(row, dict) else {},
            f"readings.{name}",
            f"readings.{name}",
        )
        for name, row in sorted(rows.items())
    ]
    return Node("readings", "readings", READING, (), tables=tuple(nodes))


def _entry(one: Field, table: Tables, name: str, place: str, is_blank: bool) -> Entry:
    value = table.get(one.key)
    problem = "" if is_blank else _problem(one, table, place)
    return Entry(_join(name, one.key), _join(place, one.key), one, text_of(one, value), problem)


def _problem(one: Field, table: Tables, place: str) -> str:
    """What the loader says of this one value; a missing one says so."""
    held = Table({one.key: table[one.key]} if one.key in table else {}, PROGRAMME_FILE, place)
    if not held.has(one.key):
        return f"没有填{one.label}" if one.required else ""
    try:
        _READ[one.kind](held, one)
    except ProgrammeFileError as error:
        return f"{error.fields['problem']}。{_FIXES.get(one.kind, error.fields['fix'])}"
    return ""


_READ: dict[Kind, Any] = {
    Kind.TEXT: lambda table, one: table.text(one.key),
    Kind.LONG: lambda table, one: table.text(one.key),
    Kind.AGES: lambda table, one: table.text(one.key),
    Kind.CHOICE: lambda table, one: table.one_of(one.key, tuple(code for code, _ in one.choices)),
    Kind.WHOLE: lambda table, one: table.whole(one.key),
    Kind.NUMBER: lambda table, one: table.hundredths(one.key),
    Kind.YUAN: lambda table, one: table.money(one.key),
    Kind.DAY: lambda table, one: table.day(one.key),
    Kind.FLAG: lambda table, one: table.flag(one.key, default=False),
    Kind.TEXTS: lambda table, one: table.texts(one.key),
}


def text_of(one: Field, value: Any) -> str:
    """Return a value of the file as the form shows it: yuan with two decimals, days as 2024-02-01."""
    if value is None:
        return ""
    if one.kind is Kind.YUAN and isinstance(value, int | Decimal) and not isinstance(value, bool):
        try:
            return yuan(fen(value))
        except InvalidInput:
            return str(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, date):
        return value.isoformat()
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _rows(table: Tables, key: str) -> list[Tables]:
    held = table.get(key)
    return [row if isinstance(row, dict) else {} for row in held] if isinstance(held, list) else []


def _mark(row: Tables, at: int, label: str) -> str:
    return str(row.get(label, f"第{at + 1}项"))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


_MARKS = {str(kind): name for kind, name in BENEFIT_NAMES.items()}
_WORDS: dict[str, str] = dict(label for shape in (GENERAL, *LISTS.values()) for label in _labels(shape))
_WORDS |= {one.key: one.label.removesuffix("（元）") for kind in BenefitKind for one in benefit_fields(kind)}
_WORDS |= {
    "groups": "类别 ",
    "products": "险种 ",
    "readings": "口径",
    "targets": "分村目标",
    "deadlines": "时限 ",
    "signals": "提醒尺度 ",
    "typos": "笔误 ",
}
_WORDS |= {"question": "问题", "why": "理由", "choice": "用的选项", "alternatives": "可以改选的", "topic": "关于"}
