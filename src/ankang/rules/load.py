"""Load a programme from its folder: `programme.toml` and `targets.csv`, strictly.

An unknown key, a gap, an overlap or a missing clause is a ProgrammeFileError that names file, key and fix.
"""

import csv
import tomllib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ankang.rules.days import Birthday
from ankang.rules.load_products import load_products
from ankang.rules.load_readings import Choices, load_readings
from ankang.rules.programme import Goals, Group, Programme, Reading, TargetRow, Terms
from ankang.rules.tables import ProgrammeFileError, Table

PROGRAMME_FILE = "programme.toml"
TARGETS_FILE = "targets.csv"
TARGET_COLUMNS = ["serial", "village", "population", "target"]


def load_programme(folder: Path) -> Programme:
    """Return the programme of a folder. Errors: ProgrammeFileError (file, key, fix)."""
    programme = parse_programme(_read_toml(folder / PROGRAMME_FILE))
    return replace(programme, targets=_load_targets(folder / TARGETS_FILE))


def parse_programme(document: dict[str, Any]) -> Programme:
    """Return the programme of a parsed `programme.toml`, without its targets. Errors: ProgrammeFileError."""
    root = Table(document, PROGRAMME_FILE)
    if root.whole("schema", least=1) != 1:
        raise root.error("schema", "只认识第 1 版格式", "写 schema = 1")
    readings = load_readings(root)
    choices = Choices(root, readings, _stated(root))
    window, cover = root.table("window"), root.table("cover")
    programme = Programme(
        id=root.text("id"),
        year=root.whole("year", least=2000),
        name=root.text("name"),
        issuer=root.text("issuer"),
        division_code=_division(root),
        clause_window=window.clause(),
        window_from=window.day("from"),
        window_to=window.day("to"),
        cover_from=cover.day("from"),
        cover_to=cover.day("to"),
        goals=_goals(root.table("goals")),
        groups=tuple(_group(table) for table in root.tables("groups", "code", optional=True)),
        products=load_products(root, choices),
        readings=readings,
        terms=Terms(),
        placeholder_names=root.flag("placeholder_names", default=False),
        published_totals=_totals(root),
        typos=tuple(_typo(table) for table in root.tables("typos", "clause", optional=True)),
    )
    _check_days(programme, window, cover)
    terms, term_readings = _terms(root, cover, choices, programme)
    root.finish()
    return replace(programme, terms=terms, term_readings=term_readings)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file, parse_float=Decimal)
    except FileNotFoundError:
        raise ProgrammeFileError(path.name, "", f"文件夹 {path.parent} 里没有这个文件", "查对文件夹路径") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProgrammeFileError(path.name, "", f"不是合格的 TOML 文件（{error}）", "按提示的行号改正") from None


def _division(root: Table) -> str:
    code = root.text("division")
    if len(code) != 12 or not code.isdecimal():
        raise root.error("division", f"“{code}”不是12位区划代码", "写12位数字，镇街级后面补零")
    return str(code)


def _goals(table: Table) -> Goals:
    goals = Goals(table.whole("coverage_percent", least=1), table.whole("subjects_percent", least=1), table.clause())
    for name, percent in (("coverage_percent", goals.coverage_percent), ("subjects_percent", goals.subjects_percent)):
        if percent > 100:
            raise table.error(name, "百分比不能超过100", "写 1 到 100 的整数")
    table.finish()
    return goals


def _totals(root: Table) -> tuple[int, int] | None:
    """The total row as published, which the check-up adds up again."""
    if not root.has("totals"):
        return None
    table = root.table("totals")
    table.clause()
    totals = (table.whole("population"), table.whole("target"))
    table.finish()
    return totals


def _group(table: Table) -> Group:
    group = Group(table.text("code"), table.text("name"), table.clause(), table.whole("from_age", None, least=60))
    table.finish()
    return group


def _typo(table: Table) -> tuple[str, str]:
    typo = (table.clause(), table.text("note"))
    table.finish()
    return typo


def _check_days(programme: Programme, window: Table, cover: Table) -> None:
    if programme.window_to < programme.window_from:
        raise window.error("to", "截止日早于开始日", "改成开始日之后的一天")
    if programme.cover_to < programme.cover_from:
        raise cover.error("to", "保障截止早于开始", "改成开始之后的一天")
    window.finish()


# READING K08 K09 K10 K11 K12 K13 K14 K17 and K01: what they settle for the whole programme
_TERM_TOPICS = {
    "age-basis": "age_basis",
    "birthday": "birthday",
    "cover-period": "cover_rule",
    "unit-cap": "cap_counts_government",
    "top-up": "subject_may_top_up",
    "eligible-age": "eligible_by",
    "coverage": "coverage_basis",
    "mixed-units": "mixed_products",
}


def _terms(
    root: Table, cover: Table, choices: Choices, programme: Programme
) -> tuple[Terms, tuple[tuple[str, str], ...]]:
    """What the plan or its readings settle for the programme as a whole, and which reading settled which."""
    values: dict[str, Any] = {}
    sources: list[tuple[str, str]] = []
    for topic, term in _TERM_TOPICS.items():
        if not _arises(topic, programme):
            continue
        reading = choices.settled(topic)
        values |= choices.sets(topic, reading.choice if reading else choices.stated[topic])
        sources += [(term, reading.id)] if reading else []
    if programme.groups:
        values["government_product"], reading = _government_product(root, choices, programme)
        sources += [("government_product", reading.id)] if reading else []
    values |= {"unit_cap": _unit_cap(root.table("units")), "birthday": Birthday(values["birthday"])}
    terms = Terms(**values)
    _check_cover(cover, choices, terms, programme)
    return terms, tuple(sources)


def _arises(topic: str, programme: Programme) -> bool:
    """Whether the question can come up: without age bands, one product only, or no groups, some cannot."""
    if topic == "age-basis":
        return any(len(benefit.bands) > 1 for _, benefit in programme.benefits())
    if topic == "mixed-units":
        return len(programme.products) > 1
    return topic != "top-up" or bool(programme.groups)


def _stated(root: Table) -> dict[str, str]:
    """Topics that the plan's own clauses settle: [[stated]] topic, choice, clause."""
    stated = {}
    for table in root.tables("stated", "topic", optional=True):
        topic = table.one_of("topic", (*_TERM_TOPICS, "government-product"))
        table.clause()
        stated[topic] = table.text("choice")
        table.finish()
    return stated


def _unit_cap(table: Table) -> int:
    table.clause()
    cap: int = table.whole("cap", least=1)
    table.finish()
    return cap


def _check_cover(cover: Table, choices: Choices, terms: Terms, programme: Programme) -> None:
    reading = choices.settled("cover-period")
    if reading is None:
        cover.clause()
    elif cover.text("reading") != reading.id:
        raise cover.error("reading", "不是关于保障期的口径", f'写 reading = "{reading.id}"')
    elif terms.cover_rule == "day-after-window":
        expected = programme.window_to + timedelta(days=1)
        if programme.cover_from != expected:
            raise cover.error("from", f"口径是推进截止次日起，应当是 {expected}", f"写 from = {expected}，或改选口径")
    cover.finish()


def _government_product(root: Table, choices: Choices, programme: Programme) -> tuple[str, Reading | None]:
    # READING K09
    reading = choices.settled("government-product")
    choice = reading.choice if reading else choices.stated["government-product"]
    code = "G" if choice == "own-plan" else choice
    if code not in {product.code for product in programme.products}:
        problem = f"政府购买选的是险种 {code}，方案里没有"
        raise root.error("products", problem, f'加一个 code = "{code}" 的 [[products]]，或改选口径')
    return code, reading


def _load_targets(path: Path) -> tuple[TargetRow, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if reader.fieldnames != TARGET_COLUMNS:
            raise ProgrammeFileError(path.name, "第1行", "列名不对", "第一行写 " + ",".join(TARGET_COLUMNS))
        rows = [_target(path.name, number, row) for number, row in enumerate(reader, 2)]
    serials = [row.serial for row in rows]
    if len(set(serials)) != len(serials):
        raise ProgrammeFileError(path.name, "serial", "序号有重复", "每个村一个序号")
    return tuple(sorted(rows, key=lambda row: row.serial))


def _target(file: str, number: int, row: dict[str, str]) -> TargetRow:
    place = f"第{number}行"
    for column in ("serial", "population", "target"):
        if not (row[column] or "").strip().isdecimal():
            raise ProgrammeFileError(file, f"{place} {column}", f"“{row[column]}”不是整数", "写不带逗号的整数")
    found = TargetRow(int(row["serial"]), row["village"].strip(), int(row["population"]), int(row["target"]))
    if not found.village:
        raise ProgrammeFileError(file, f"{place} village", "没有村名", "填村名，没有公布就用序号代称，如 01村")
    if found.target > found.population:
        raise ProgrammeFileError(file, f"{place} target", "目标比人口数还多", "查对这一行的两个数")
    return found
