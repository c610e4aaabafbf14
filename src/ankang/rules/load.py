"""Load a programme from its folder: `programme.toml` and `targets.csv`, strictly.

An unknown key, a gap, an overlap or a missing clause is a ProgrammeFileError that names file, key and fix.
"""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ankang.rules.clocks import OWN_CLOCKS, clocks
from ankang.rules.days import Birthday
from ankang.rules.errors import file_trouble
from ankang.rules.load_products import load_products
from ankang.rules.load_readings import Choices, load_readings
from ankang.rules.load_targets import TARGETS_FILE, load_targets, parse_targets
from ankang.rules.programme import Deadline, Goals, Group, Programme, Reading, SignalLimit, Terms
from ankang.rules.signals import LIMITS
from ankang.rules.tables import ProgrammeFileError, Table

PROGRAMME_FILE = "programme.toml"


def load_programme(folder: Path) -> Programme:
    """Return the programme of a folder. Errors: ProgrammeFileError (file, key, fix)."""
    programme = parse_programme(_read_toml(folder / PROGRAMME_FILE))
    return replace(programme, targets=load_targets(folder / TARGETS_FILE))


def read_programme(tables: dict[str, Any], targets: str = "") -> Programme:
    """Return the programme of a read `programme.toml` and the text of its `targets.csv`. Errors: ProgrammeFileError."""
    return replace(parse_programme(tables), targets=parse_targets(targets))


def read_tables(content: bytes) -> dict[str, Any]:
    """Return the tables of a `programme.toml`, unchecked. Errors: ProgrammeFileError when it is no TOML."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except UnicodeDecodeError:
        raise ProgrammeFileError(PROGRAMME_FILE, "", "不是 UTF-8 编码", "用记事本另存为 UTF-8") from None
    except (ValueError, RecursionError) as error:  # not TOML, a number of thousands of digits, thousands of brackets
        raise ProgrammeFileError(
            PROGRAMME_FILE, _place(error), "不是合格的 TOML 文件", "对照去年的方案文件改正"
        ) from None


def parse_programme(document: dict[str, Any]) -> Programme:
    """Return the programme of a parsed `programme.toml`, without its targets. Errors: ProgrammeFileError."""
    root = Table(document, PROGRAMME_FILE)
    if root.whole("schema", least=1) != 1:
        raise root.error("schema", "只认识第 1 版格式", "写 schema = 1")
    readings = load_readings(root)
    choices = Choices(root, readings, _stated(root, readings))
    products = load_products(root, choices)
    choices.check_figures()
    window, cover = root.table("window"), root.table("cover")
    programme = Programme(
        id=_id(root),
        year=root.whole("year", least=2000, most=2199),
        name=root.text("name"),
        issuer=root.text("issuer"),
        division_code=_division(root),
        clause_window=window.clause(),
        window_from=window.day("from"),
        window_to=window.day("to"),
        cover_from=cover.day("from"),
        cover_to=cover.day("to"),
        goals=_goals(root.table("goals")),
        groups=_groups(root),
        products=products,
        readings=readings,
        terms=Terms(),
        placeholder_names=root.flag("placeholder_names", default=False),
        published_totals=_totals(root),
        deadlines=_deadlines(root),
        signals=_signals(root),
        typos=tuple(_typo(table) for table in root.tables("typos", "clause", optional=True)),
    )
    _check_days(programme, window, cover)
    terms, term_readings = _terms(root, cover, choices, programme)
    root.finish()
    return replace(programme, terms=terms, term_readings=term_readings)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return read_tables(path.read_bytes())
    except FileNotFoundError:
        raise ProgrammeFileError(path.name, "", f"文件夹 {path.parent} 里没有这个文件", "查对文件夹路径") from None
    except OSError as error:
        raise ProgrammeFileError(path.name, "", f"打不开 {path}（{file_trouble(error)}）", "查对文件夹路径") from None


def _place(error: Exception) -> str:
    """Where in the file tomllib stopped."""
    found = re.search(r"line (\d+), column (\d+)", str(error))
    return f"第{found[1]}行第{found[2]}列" if found else ""


def _id(root: Table) -> str:
    """The plan's name for machines: it stands in file names and addresses."""
    found = root.text("id")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}", found):
        raise root.error("id", f"“{found}”不能作编号", '只用字母、数字和短横线，例如 "2024-yandu"')
    return str(found)


def _division(root: Table) -> str:
    code = root.text("division")
    if not re.fullmatch(r"[0-9]{12}", code):
        raise root.error("division", f"“{code}”不是12位区划代码", "写12位数字，镇街级后面补零")
    return str(code)


def _goals(table: Table) -> Goals:
    percents = [table.whole(name, least=1, most=100) for name in ("coverage_percent", "subjects_percent")]
    goals = Goals(percents[0], percents[1], table.clause())
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


def _groups(root: Table) -> tuple[Group, ...]:
    groups = tuple(_group(table) for table in root.tables("groups", "code", optional=True))
    if len({group.code for group in groups}) != len(groups):
        raise root.error("groups", "类别代码有重复", "每个类别一个代码")
    return groups


def _group(table: Table) -> Group:
    group = Group(
        table.text("code"), table.text("name"), table.clause(), table.whole("from_age", None, least=60, most=130)
    )
    table.finish()
    return group


def _deadlines(root: Table) -> tuple[Deadline, ...]:
    found = tuple(_deadline(table) for table in root.tables("deadlines", "clock", optional=True))
    if len({one.clock for one in found}) != len(found):
        raise root.error("deadlines", "同一个时限写了两次", "每个时限只写一项")
    return found


def _deadline(table: Table) -> Deadline:
    code = table.one_of("clock", tuple(OWN_CLOCKS))
    usual = clocks()[code]
    found = Deadline(
        code, table.whole("days", least=1, most=999), table.flag("working", default=usual.working), table.clause()
    )
    if usual.kind == "law" and (found.days > usual.days or found.working):
        limit = f"{usual.clause}是{usual.days}天"
        raise table.error("days", f"比法律的时限长，{limit}", f"写 {usual.days} 或更少的天数，不写 working = true")
    table.finish()
    return found


def _signals(root: Table) -> tuple[SignalLimit, ...]:
    found = tuple(_signal(table) for table in root.tables("signals", "signal", optional=True))
    if len({one.signal for one in found}) != len(found):
        raise root.error("signals", "同一个提醒尺度写了两次", "每个尺度只写一项")
    return found


def _signal(table: Table) -> SignalLimit:
    code = table.one_of("signal", tuple(LIMITS))
    found = SignalLimit(
        code, table.whole("number", least=2 if code.endswith("people") else 1, most=999), table.clause()
    )
    table.finish()
    return found


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
TERM_TOPICS = {
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
    for topic, term in TERM_TOPICS.items():
        if not arises(topic, programme):
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


def arises(topic: str, programme: Programme) -> bool:
    """Return whether the question can come up: without age bands, one product only, or no groups, some cannot."""
    if topic == "age-basis":
        return any(len(benefit.bands) > 1 for _, benefit in programme.benefits())
    if topic == "mixed-units":
        return len(programme.products) > 1
    return topic != "top-up" or bool(programme.groups)


def _stated(root: Table, readings: tuple[Reading, ...]) -> dict[str, str]:
    """Topics that the plan's own clauses settle: [[stated]] topic, choice, clause."""
    stated: dict[str, str] = {}
    open_topics = {reading.topic: reading.id for reading in readings}
    for table in root.tables("stated", "topic", optional=True):
        topic = table.one_of("topic", (*TERM_TOPICS, "government-product"))
        if topic in stated:
            raise table.error("topic", "同一件事写了两次", "只留一处")
        if topic in open_topics:
            raise table.error("topic", f"方案写明了的事，又有口径 {open_topics[topic]}", "删掉口径，或删掉这一项")
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
    products = {product.code for product in programme.products}
    for other in reading.alternatives if reading else ():
        if other not in ("own-plan", *products):
            raise root.error("readings", f"政府购买可以改选的险种 {other}，方案里没有", "改成方案里的险种代码")
    choice = reading.choice if reading else choices.stated["government-product"]
    code = "G" if choice == "own-plan" else choice
    if code not in products:
        problem = f"政府购买选的是险种 {code}，方案里没有"
        raise root.error("products", problem, f'加一个 code = "{code}" 的 [[products]]，或改选口径')
    return code, reading
