"""The readings of a programme file, and looking up what each settles."""

from collections.abc import Mapping

from ankang.rules.errors import InvalidInput
from ankang.rules.money import fen
from ankang.rules.programme import Confirmation, Reading
from ankang.rules.readings import TOPICS
from ankang.rules.tables import Table


def load_readings(root: Table) -> tuple[Reading, ...]:
    """Return every reading of `[readings.*]`, ordered by id. Errors: ProgrammeFileError."""
    if not root.has("readings"):
        raise root.error("readings", "没有一条口径", "给方案没写明的每件事写一条 [readings.K..]")
    table = root.table("readings")
    readings = tuple(_reading(name, table.table(name)) for name in sorted(table.keys()))
    table.finish()
    return readings


def _reading(name: str, table: Table) -> Reading:
    topic = table.one_of("topic", tuple(TOPICS))
    reading = Reading(
        id=name,
        topic=topic,
        clause=table.clause(),
        question=table.text("question"),
        choice=table.text("choice"),
        alternatives=table.texts("alternatives"),
        why=table.text("why"),
        confirmation=_confirmation(table),
    )
    table.finish()
    for choice in reading.choices:
        _check_choice(table, reading, choice)
    if len({_same(reading, choice) for choice in reading.choices}) != len(reading.choices):
        raise table.error("alternatives", "和 choice 重复，或自己有重复", "每个选项只写一次")
    return reading


def _same(reading: Reading, choice: str) -> str | int:
    """What makes two choices the same: `2000` and `2000.00` are one figure."""
    return fen(choice) if reading.topic == "figure" else choice


def _confirmation(table: Table) -> Confirmation | None:
    if table.one_of("status", ("assumed", "confirmed")) == "assumed":
        for name in ("by", "on", "paper"):
            if table.has(name):
                raise table.error(name, "还没确认的口径不能有确认信息", '删掉这一行，或写 status = "confirmed"')
        return None
    return Confirmation(by=table.text("by"), on=table.day("on"), paper=table.text("paper"))


def _check_choice(table: Table, reading: Reading, choice: str) -> None:
    if reading.topic == "figure":
        if not _is_amount(choice):
            raise table.error("choice", f"数字口径的选项“{choice}”不是金额", '写成元，例如 "2000"')
    elif reading.topic != "government-product" and choice not in TOPICS[reading.topic].choices:
        known = "、".join(TOPICS[reading.topic].choices)
        raise table.error("choice", f"没有“{choice}”这个选项", f"从这些里选：{known}")


def _is_amount(text: str) -> bool:
    try:
        return fen(text) >= 0
    except InvalidInput:
        return False


class Choices:
    """The readings by topic, as the loader asks for them."""

    def __init__(self, root: Table, readings: tuple[Reading, ...], stated: Mapping[str, str]) -> None:
        self._root = root
        self.stated = stated  # topic -> choice, where the plan itself says it
        self._figures_used: set[str] = set()
        self._readings = {reading.id: reading for reading in readings}
        self._by_topic = {reading.topic: reading for reading in readings if reading.topic != "figure"}
        topics = [reading.topic for reading in readings if reading.topic != "figure"]
        for topic in set(topics):
            if topics.count(topic) > 1:
                raise root.error("readings", f"“{TOPICS[topic].name}”有两条口径", "同一件事只留一条")

    def require(self, topic: str) -> Reading:
        """Return the reading of a topic that the plan leaves open. Errors: ProgrammeFileError when nobody wrote one."""
        if topic not in self._by_topic:
            choices = "、".join(TOPICS[topic].choices)
            raise self._root.error(
                "readings",
                f"方案没写“{TOPICS[topic].name}”，也没有口径",
                f'加一条 [readings.K..] topic = "{topic}"，从这些里选：{choices}；方案写明了的，写在相应的键里',
            )
        return self._by_topic[topic]

    def settled(self, topic: str) -> Reading | None:
        """Return the reading that settles a topic, None where a [[stated]] clause does. Errors as `require`."""
        return None if topic in self.stated else self.require(topic)

    def sets(self, topic: str, choice: str) -> Mapping[str, object]:
        """Return what a choice sets. Errors: ProgrammeFileError for an unknown one."""
        if choice not in TOPICS[topic].sets:
            known = "、".join(TOPICS[topic].sets)
            raise self._root.error("stated", f"“{TOPICS[topic].name}”没有“{choice}”这个选项", f"从这些里选：{known}")
        return TOPICS[topic].sets[choice]

    def figure(self, table: Table, name: str, published_fen: int) -> int:
        """Return the figure in fen that a reading chooses for a published one. READING K03."""
        reading = self._readings.get(name)
        if reading is None or reading.topic != "figure":
            raise table.error("reading", f"没有 {name} 这条数字口径", f'加一条 [readings.{name}] topic = "figure"')
        if published_fen not in {fen(choice) for choice in reading.choices}:
            raise table.error("yuan", f"公布的数不在口径 {name} 的选项里", "把公布的数写进 choice 或 alternatives")
        self._figures_used.add(name)
        return fen(reading.choice)

    def check_figures(self) -> None:
        """A reading of a figure that no figure names would settle nothing. Errors: ProgrammeFileError."""
        for reading in self._readings.values():
            if reading.topic == "figure" and reading.id not in self._figures_used:
                fix = f'在那个数的年龄档里写 reading = "{reading.id}"，或删掉这条口径'
                raise self._root.error(f"readings.{reading.id}", "没有一个数用到这条口径", fix)
