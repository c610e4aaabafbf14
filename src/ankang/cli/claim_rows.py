"""The rows of `ankang adjudicate`: covers and events from files, each bad row refused with its reason and fix."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import NamedTuple, TypeVar

from ankang.cli.files import SURPLUS
from ankang.cli.tables import table_rows
from ankang.rules.adjudicate import Cover, Event
from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen
from ankang.rules.programme import Programme

T = TypeVar("T")

COVER_COLUMNS = ("cover_id", "person_id", "birth_date", "product", "units", "start_date", "end_date")
EVENT_COLUMNS = (
    *("event_id", "person_id", "event_date", "cause", "medical_expense", "reimbursed", "fracture_expense"),
    *("hospital_days", "disability_grade", "death_date"),
)
PAYOUT_COLUMNS = ("event_id", "product", "benefit", "amount", "reason")


class Reject(NamedTuple):
    """A row that was not used: where, what stood there, why, and how to put it right."""

    file: str
    row: int
    column: str
    value: str
    reason: str
    fix: str


class _Bad(Exception):
    def __init__(self, column: str, value: str, reason: str, fix: str) -> None:
        super().__init__(reason)
        self.found = (column, value, reason, fix)


@dataclass(slots=True)
class Person:
    birth_date: date
    covers: list[Cover] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    event_rows: list[int] = field(default_factory=list)  # the row of each event
    village: str = ""  # from a column that only `ankang whatif` looks at


class People:
    """Everybody with a cover, by person id."""

    def __init__(self) -> None:
        self.by_id: dict[str, Person] = {}

    def with_events(self) -> Iterator[Person]:
        return (person for person in self.by_id.values() if person.events)


Rows = Iterable[tuple[int, dict[str, str]]]  # the number of a row as a spreadsheet counts, and its cells


def read_covers(path: Path, programme: Programme, rejects: list[Reject], rows: Rows | None = None) -> People:
    """Return the people of a covers file, or of some rows of it. Errors: InvalidInput when it cannot be read."""
    people, seen = People(), set[str]()
    products = {product.code for product in programme.products}
    for number, cells in table_rows(path, COVER_COLUMNS) if rows is None else rows:
        try:
            _take_cover(cells, people, seen, products)
        except _Bad as bad:
            rejects.append(Reject(path.name, number, *bad.found))
    return people


def _take_cover(cells: dict[str, str], people: People, seen: set[str], products: set[str]) -> None:
    _refuse_surplus(cells)
    _once("cover_id", cells, seen)
    person_id = _text("person_id", cells)
    birth = _day("birth_date", cells)
    product = _text("product", cells)
    if product not in products:
        raise _Bad("product", product, "方案里没有这个险种", f"写 {'、'.join(sorted(products))} 中的一个")
    units = _whole("units", cells, least=1)
    start, end = _day("start_date", cells), _day("end_date", cells)
    if end < start:
        raise _Bad("end_date", cells["end_date"], "保障截止早于开始", "查对两个日期")
    if start < birth:
        raise _Bad("birth_date", cells["birth_date"], "出生日期晚于保障开始", "查对出生日期")
    person = people.by_id.get(person_id)
    if person is not None and person.birth_date != birth:
        known = person.birth_date.isoformat()
        raise _Bad("birth_date", cells["birth_date"], f"同一个人前面写的是 {known}", "查对身份证，两处写成一样")
    if person is None:
        person = people.by_id[person_id] = Person(birth, village=cells.get("village", ""))
    person.covers.append(Cover(product, units, start, end))
    seen.add(cells["cover_id"])


def read_events(path: Path, people: People, rejects: list[Reject], rows: Rows | None = None) -> None:
    """Add the events of a file, or of some rows of it, to their people. Errors: InvalidInput when it cannot be read."""
    seen = set[str]()
    for number, cells in table_rows(path, EVENT_COLUMNS) if rows is None else rows:
        try:
            person, event = _event(cells, people, seen)
        except _Bad as bad:
            rejects.append(Reject(path.name, number, *bad.found))
        else:
            person.events.append(event)
            person.event_rows.append(number)
            seen.add(event.event_id)
    for person in people.with_events():
        _refuse_after_death(person, path.name, rejects)


def _event(cells: dict[str, str], people: People, seen: set[str]) -> tuple[Person, Event]:
    _refuse_surplus(cells)
    _once("event_id", cells, seen)
    person_id = _text("person_id", cells)
    person = people.by_id.get(person_id)
    if person is None:
        raise _Bad("person_id", person_id, "保障文件里没有这个人（或他的行都没通过）", "先在保障文件里补上或改好这个人")
    event_date = _day("event_date", cells)
    if event_date < person.birth_date:
        raise _Bad("event_date", cells["event_date"], "事故日期早于出生日期", "查对两个日期")
    cause = _text("cause", cells)
    if cause not in ("accident", "illness"):
        raise _Bad("cause", cause, "原因只有两种", "写 accident（意外）或 illness（疾病）")
    medical, reimbursed = _money("medical_expense", cells), _money("reimbursed", cells)
    fracture = _money("fracture_expense", cells)
    if fracture > medical:
        raise _Bad(
            "fracture_expense", cells["fracture_expense"], "骨折费用比医疗费用还多", "骨折费用是医疗费用里的一部分"
        )
    grade = _whole("disability_grade", cells)
    if grade > 10:
        raise _Bad("disability_grade", cells["disability_grade"], "伤残等级只有 1 到 10 级", "没有伤残写 0")
    death = _day("death_date", cells) if cells["death_date"] else None
    if death is not None and death < event_date:
        raise _Bad("death_date", cells["death_date"], "身故日期早于事故日期", "查对两个日期；健在就留空")
    event = Event(
        event_id=cells["event_id"],
        event_date=event_date,
        cause=cause,
        medical_fen=medical,
        reimbursed_fen=reimbursed,
        fracture_fen=fracture,
        hospital_days=_whole("hospital_days", cells),
        grades=(grade,) if grade else (),
        death_date=death,
    )
    return person, event


def _refuse_after_death(person: Person, file: str, rejects: list[Reject]) -> None:
    """Nobody has an accident after their death, and nobody dies on two days: the later of such rows is refused."""
    if len(person.events) == 1:
        return
    order = sorted(zip(person.events, person.event_rows, strict=True), key=lambda pair: _decided_at(pair[0]))
    kept: list[tuple[Event, int]] = []
    death: date | None = None
    for event, row in order:
        if death is not None and event.event_date > death:
            value = event.event_date.isoformat()
            rejects.append(Reject(file, row, "event_date", value, f"这个人已在 {death} 身故", "查对事故日期和身故日期"))
        elif death is not None and event.death_date not in (None, death):
            value = str(event.death_date)
            rejects.append(Reject(file, row, "death_date", value, f"同一个人前面写的是 {death} 身故", "两处写成同一天"))
        else:
            death = death or event.death_date
            kept.append((event, row))
    person.events = [event for event, _ in kept]
    person.event_rows = [row for _, row in kept]


def _decided_at(event: Event) -> tuple[date, str]:
    return event.event_date, event.event_id


def _refuse_surplus(cells: dict[str, str]) -> None:
    """A comma inside an amount, as in 1,200.00, moves all that follows into the wrong column."""
    if cells[SURPLUS]:
        raise _Bad("", cells[SURPLUS], "这一行比表头多出几格", "金额里不要写逗号，写成 1200.00；多余的格删掉")


def _text(column: str, cells: dict[str, str]) -> str:
    if not cells[column]:
        raise _Bad(column, "", "这一格是空的", "填上")
    return cells[column]


def _once(column: str, cells: dict[str, str], seen: set[str]) -> None:
    if _text(column, cells) in seen:
        raise _Bad(column, cells[column], "编号和前面的行重复", "给每行一个自己的编号，或删掉重复的行")


def _day(column: str, cells: dict[str, str]) -> date:
    text = _text(column, cells)
    return _parsed(column, text, _iso_day, "不是有效的日期", "写成 2024-03-21 的样子")


def _iso_day(text: str) -> date:
    if len(text) != 10 or text[7] != "-":  # date.fromisoformat also takes 20240321 and 2024-W12-4
        raise ValueError(text)
    return date.fromisoformat(text)


def _money(column: str, cells: dict[str, str]) -> int:
    text = _text(column, cells)
    amount = _parsed(column, text, fen, "不是金额（元，最多两位小数）", "没有就写 0，有就写成 1200.50 的样子")
    if amount < 0:
        raise _Bad(column, text, "金额不能是负数", "没有就写 0")
    return amount


def _whole(column: str, cells: dict[str, str], *, least: int = 0) -> int:
    text = _text(column, cells)
    value = _parsed(column, text, _digits, "不是整数", f"写不小于 {least} 的整数")
    if value < least:
        raise _Bad(column, text, f"不能小于 {least}", f"写不小于 {least} 的整数")
    return value


def _digits(text: str) -> int:
    if not (text.isascii() and text.isdecimal()) or len(text) > 6:
        raise ValueError(text)
    return int(text)


def _parsed(column: str, text: str, parse: Callable[[str], T], reason: str, fix: str) -> T:
    try:
        return parse(text)
    except (ValueError, InvalidInput):
        raise _Bad(column, text, reason, fix) from None
