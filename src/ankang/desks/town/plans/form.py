"""One part of a draft as the page shows it: controls made from the file's fields, each with what is wrong beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ankang.desks.town.checkup import SEVERITIES
from ankang.rules.file_fields import Choices, Kind
from ankang.rules.file_form import Entry, Node, NodeList, Tables, node_of, section_of
from ankang.rules.file_targets import target_lines, target_place
from ankang.rules.findings import Finding
from ankang.rules.programme import BENEFIT_NAMES, BenefitKind
from ankang.rules.readings import TOPICS

_NAMES = {str(kind): BENEFIT_NAMES[kind] for kind in BenefitKind}
_MODES = {Kind.WHOLE: "numeric", Kind.NUMBER: "decimal", Kind.YUAN: "decimal"}
Notes = Mapping[str, Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Control:
    """One field: `options` where something is chosen; `mode` is the keyboard that a telephone shows."""

    name: str
    label: str
    hint: str
    text: str
    problem: str
    options: Choices = ()
    mode: str = ""
    is_long: bool = False
    is_day: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Part:
    """One table of the file. `notes`: (tone, word, sentence) of what the check-up says of it."""

    name: str
    title: str
    controls: tuple[Control, ...]
    parts: tuple["Part", ...] = ()
    lists: tuple["PartList", ...] = ()
    notes: tuple[tuple[str, str, str], ...] = ()
    problem: str = ""
    is_removable: bool = False
    is_blank: bool = False


@dataclass(frozen=True, slots=True)
class PartList:
    """Rows of one kind: as a table where a row is one line, else one after another."""

    name: str
    title: str
    head: tuple[str, ...]
    rows: tuple[Part, ...]
    problem: str
    is_table: bool


def part_of(tables: Tables, section: str, findings: Sequence[Finding], problems: Mapping[str, str]) -> Part:
    """Return a section as the page shows it. `problems`: place -> sentence. Errors: KeyError (no such section)."""
    notes: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.severity != "info" or finding.where.startswith("readings."):
            notes.setdefault(finding.where, []).append(finding)
    node = node_of(tables, section)
    return _part(node, notes, problems, is_removable=section.startswith("products-"))


def whole_part(node: Node, problems: Mapping[str, str]) -> Part:
    """Return a file that is one form as the page shows it."""
    return _part(node, {}, problems)


def target_rows(text: str) -> list[Part]:
    """Return the villages' rows as the page shows them."""
    rows = []
    for line in target_lines(text):
        controls = tuple(
            Control(name, label, "", cell, line.problem if name == line.wrong else "", mode=_mode(name))
            for name, label, cell in line.cells
        )
        title = line.cells[1][2] or ("新的一行" if line.is_blank else line.cells[0][2])
        rows.append(Part(line.name, title, controls, is_removable=not line.is_blank, is_blank=line.is_blank))
    return rows


def anchor_of(tables: Tables, place: str) -> tuple[str, str]:
    """Return the section and the id of the control in which a place of the file is put right; an empty id: its top."""
    section = section_of(tables, place)
    if section == "targets":
        return section, target_place(place)
    try:
        known = dict(_anchors(node_of(tables, section)))
    except KeyError:
        return "general", ""
    within = [one for one in known if place == one or place.startswith((f"{one}.", f"{one}["))]
    return section, known[max(within, key=len)] if within else ""


def _mode(name: str) -> str:
    return "" if name.endswith(".village") else "numeric"


def _anchors(node: Node) -> list[tuple[str, str]]:
    """Return (place, id) of every table, list and field below a node."""
    found = [(node.place, node.name)] if node.place else []
    found += [(entry.place, entry.name) for entry in node.entries]
    for rows in node.lists:
        found += [(rows.place, rows.name), *(pair for row in rows.rows for pair in _anchors(row))]
    return found + [pair for inner in node.tables for pair in _anchors(inner)]


def _part(node: Node, notes: Notes, problems: Mapping[str, str], *, is_removable: bool = False) -> Part:
    is_reading = node.shape.by == "reading"
    return Part(
        name=node.name,
        title=_title(node),
        controls=tuple(_control(entry, problems, node.is_blank) for entry in node.entries),
        parts=tuple(_part(inner, notes, problems, is_removable=is_reading) for inner in node.tables),
        lists=tuple(_list(rows, notes, problems) for rows in node.lists),
        notes=tuple((*SEVERITIES[one.severity], one.message) for one in notes.get(node.place, ()))
        if node.place
        else (),
        problem=problems.get(node.place, "") if node.place else "",
        is_removable=is_removable and not node.is_blank,
        is_blank=node.is_blank,
    )


def _list(rows: NodeList, notes: Notes, problems: Mapping[str, str]) -> PartList:
    return PartList(
        name=rows.name,
        title=rows.shape.title,
        head=tuple(one.label for one in rows.shape.fields),
        rows=tuple(_part(row, notes, problems, is_removable=True) for row in rows.rows),
        problem=problems.get(rows.place, ""),
        is_table=not (rows.shape.lists or rows.shape.tables or rows.shape.by),
    )


def _title(node: Node) -> str:
    given = {entry.field.key: entry.text for entry in node.entries}
    if node.is_blank and (node.shape.lists or node.shape.tables):
        return f"再加一项{node.shape.title}"
    if node.shape.by == "benefit":
        return _NAMES.get(given.get("kind", ""), "责任")
    if node.shape.by == "reading":
        topic = TOPICS.get(given.get("topic", ""))
        return f"{node.shape.title} {topic.name if topic else ''}" if node.entries else ""
    if node.shape.title == "险种":
        return f"险种 {given.get('code', '')}"
    return given.get("ages") or given.get("name") or node.shape.title


def _control(entry: Entry, problems: Mapping[str, str], is_blank: bool) -> Control:
    one = entry.field
    options = one.choices
    if options and options[0][0] and (is_blank or entry.text not in dict(options)):
        told = entry.text if entry.text and not is_blank else ""
        options = ((told, told or "请选"), *options)
    return Control(
        name=entry.name,
        label=one.label,
        hint=one.hint,
        text=entry.text,
        problem=entry.problem or problems.get(entry.place, ""),
        options=options,
        mode=_MODES.get(one.kind, ""),
        is_long=one.kind is Kind.LONG,
        is_day=one.kind is Kind.DAY,
        is_required=one.required,
    )
