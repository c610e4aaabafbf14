"""What a form gave is put back into a programme file; rows are added and dropped."""

import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from decimal import Decimal
from typing import Any

from ankang.rules.errors import InvalidInput
from ankang.rules.file_fields import OPTIONAL_TABLES, Field, Kind, reading_choices
from ankang.rules.file_form import Node, Tables, node_of
from ankang.rules.money import fen, yuan
from ankang.rules.readings import TOPICS


def put(tables: Tables, section: str, given: Mapping[str, str], *, removing: bool = True) -> Tables:
    """Return the file with what a form gave for one section. `given`: entry names -> texts; `NAME.remove`: drop a row.

    Rows that stay blank are left out; with `removing` False a ticked row stays (a form that is still being filled).
    """
    changed = deepcopy(tables)
    node = node_of(changed, section)
    put_node(changed, node, given)
    if removing:
        _remove(changed, [name for name in _removable(node, section) if given.get(f"{name}.remove")])
    _drop_blank(changed, node)
    if section == "readings":
        _keep_alternatives(tables, changed)
    elif removing:
        _drop_unused_doubts(changed)
    return changed


def with_product(tables: Tables) -> Tables:
    """Return the file with one more product, empty but for a letter that none has yet."""
    changed = deepcopy(tables)
    held = changed.setdefault("products", [])
    used = {row.get("code") for row in held}
    letter = next(one for one in "ABCDEFHIJKLMNOPQRSTUVWXYZ" if one not in used)
    held.append({"code": letter, "join_from_age": 60, "benefits": []})
    return changed


def with_reading(tables: Tables, topic: str) -> Tables:
    """Return the file with one more reading about a topic, set to the topic's first choice. Errors: KeyError."""
    about, changed = TOPICS[topic], deepcopy(tables)
    held = changed.setdefault("readings", {})
    name = next(f"K{number:02d}" for number in range(1, 1000) if f"K{number:02d}" not in held)
    first, *others = list(about.choices) or [""]
    held[name] = {
        "topic": topic,
        "clause": "方案未写",
        "question": f"{about.name}？",
        "choice": first,
        "alternatives": others,
        "why": "",
        "status": "assumed",
    }
    return changed


def figure_readings(tables: Tables) -> set[str]:
    """Return the readings that some figure of the file names."""
    rows = tables.get("products")
    bands = [
        band
        for product in (rows if isinstance(rows, list) else [])
        for benefit in product.get("benefits", [])
        for band in benefit.get("bands", [])
    ]
    return {str(band["reading"]) for band in bands if band.get("reading")}


def value_of(one: Field, text: str) -> Any:
    """Return what a typed text is in the file; None where it is empty; the text itself where it cannot be that."""
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return [] if one.kind is Kind.TEXTS else None
    return _TYPED.get(one.kind, lambda typed: typed)(text)


def _typed_yuan(text: str) -> Any:
    plain = text.replace(",", "").replace("，", "").removesuffix("元").strip()
    try:
        amount = fen(plain)
    except InvalidInput:
        return text
    if amount < 0:
        return text
    return amount // 100 if amount % 100 == 0 else Decimal(yuan(amount))


def _typed_number(text: str) -> Any:
    plain = text.replace("，", ",").replace(",", "").rstrip("%％分天")
    if not re.fullmatch(r"\d{1,7}(\.\d{1,2})?", plain.strip(), re.ASCII):
        return text
    number = Decimal(plain.strip())
    return int(number) if number == int(number) else number.normalize()


def _typed_ages(text: str) -> str:
    """`70—75周岁`, `76 周岁以上` and the like are what people write for `70-75` and `76+`."""
    plain = re.sub(r"周岁|岁|\s", "", text)
    plain = re.sub(r"及?以上$", "+", plain)
    return re.sub(r"[—–－~～至到]+", "-", plain)


def _typed_whole(text: str) -> Any:
    return int(text) if re.fullmatch(r"\d{1,9}", text, re.ASCII) else text


def _typed_day(text: str) -> Any:
    found = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text, re.ASCII)
    try:
        return date(*map(int, found.groups())) if found else text
    except ValueError:
        return text


_TYPED: dict[Kind, Any] = {
    Kind.YUAN: _typed_yuan,
    Kind.AGES: _typed_ages,
    Kind.NUMBER: _typed_number,
    Kind.WHOLE: _typed_whole,
    Kind.DAY: _typed_day,
    Kind.FLAG: lambda text: {"true": True, "false": False}.get(text, text),
    Kind.TEXTS: lambda text: [part for part in re.split(r"[、,，;；\s]+", text) if part],
}


def put_node(root: Tables, node: Node, given: Mapping[str, str]) -> None:
    """Put what a form gave into the tables at the node's places; a blank row that stays blank makes none."""
    typed = {entry.name: value_of(entry.field, given[entry.name]) for entry in node.entries if entry.name in given}
    if typed and (not node.is_blank or any(value not in (None, False, []) for value in typed.values())):
        table = _table_at(root, node.name)
        for name, value in typed.items():
            key = name.rsplit(".", 1)[-1]
            if value is None:
                table.pop(key, None)
            else:
                table[key] = value
    for inner in (*node.tables, *(row for rows in node.lists for row in rows.rows)):
        put_node(root, inner, given)


def remove_rows(root: Tables, node: Node, given: Mapping[str, str]) -> None:
    """Drop the rows of a form whose box is ticked: `NAME.remove`."""
    _remove(root, [row.name for row in _rows_in(node) if given.get(f"{row.name}.remove")])


def _table_at(root: Tables, name: str) -> Tables:
    """Return the table at a form's name, made where it is not there yet."""
    here: Any = root
    parts = name.split(".") if name else []
    for at, part in enumerate(parts):
        if isinstance(here, list):
            while len(here) <= int(part):
                here.append({})
            here = here[int(part)]
        else:
            is_list = at + 1 < len(parts) and parts[at + 1].isdigit()
            here = here.setdefault(part, [] if is_list else {})
    found: Tables = here
    return found


def _remove(root: Tables, names: list[str]) -> None:
    """Drop the ticked rows, the last one first, so that the others keep their places meanwhile."""
    for name in sorted(
        names, key=lambda one: [int(part) if part.isdigit() else 0 for part in one.split(".")], reverse=True
    ):
        path, _, last = name.rpartition(".")
        held = _at(root, path)
        if isinstance(held, list) and last.isdigit() and int(last) < len(held):
            del held[int(last)]
        elif isinstance(held, dict):
            held.pop(last, None)


def _at(root: Tables, path: str) -> Any:
    here: Any = root
    for part in path.split("."):
        if isinstance(here, list):
            here = here[int(part)] if part.isdigit() and int(part) < len(here) else None
        else:
            here = here.get(part) if isinstance(here, dict) else None
    return here


def _removable(node: Node, section: str) -> list[str]:
    """The rows of the section that its form may drop: those of its lists, a reading, the product itself."""
    own = (
        [node.name]
        if section.startswith("products-")
        else [inner.name for inner in node.tables if section == "readings"]
    )
    return own + [row.name for row in _rows_in(node)]


def _rows_in(node: Node) -> list[Node]:
    rows = [row for rows in node.lists for row in rows.rows if not row.is_blank]
    return rows + [inner for part in (*rows, *node.tables) for inner in _rows_in(part)]


def _drop_unused_doubts(tables: Tables) -> None:
    """A doubt about a figure goes with the last figure that had it: a file must not keep one that settles nothing.

    One that is new, and offers no figure yet, waits for the figure that will name it.
    """
    used = figure_readings(tables)
    for name, reading in list(tables.get("readings", {}).items()):
        if reading.get("topic") == "figure" and reading.get("choice") and name not in used:
            del tables["readings"][name]


def _drop_blank(root: Tables, node: Node) -> None:
    for key in OPTIONAL_TABLES:
        holder = _at(root, node.name) if node.name else root
        if isinstance(holder, dict) and holder.get(key) == {}:
            del holder[key]
    for rows in node.lists:
        holder = _at(root, rows.name)
        if isinstance(holder, list) and not holder:
            _table_at(root, node.name).pop(rows.name.rsplit(".", 1)[-1], None)


def _keep_alternatives(before: Tables, after: Tables) -> None:
    """What a reading could be set to stays on offer when another choice is taken."""
    for name, reading in after.get("readings", {}).items():
        old = before.get("readings", {}).get(name)
        if not isinstance(old, dict) or reading.get("choice") == old.get("choice"):
            continue
        kept = reading.get("alternatives") if isinstance(reading.get("alternatives"), list) else []
        offered = dict.fromkeys([*reading_choices(old), *kept]) if reading.get("topic") == old.get("topic") else kept
        reading["alternatives"] = [one for one in offered if one != reading.get("choice")]
        reading["status"] = "assumed"  # what was confirmed was the other choice
        for key in ("by", "on", "paper"):
            reading.pop(key, None)
