"""Signals: claims that a person should look at. A signal never refuses anything, and changes no amount.

The thresholds are data (`signals.toml`); those of hospital stays are placeholders until somebody gives a source.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from ankang.rules.programme import SignalLimit

NAMES = {
    "same_card": "不同老人同一张卡",
    "same_invoice": "票据在别的赔案里用过",
    "cluster": "同村同日多人出事",
    "place": "同一地点多人出事",
    "doctor": "同一位医生多位老人",
    "early": "保障刚开始就出事",
    "long_stay": "住院天数偏长",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What signals look at of one claim.

    `accounts`, `place`, `doctor`: blind indexes, never the words themselves; empty for what was not told.
    `invoices_of`: the numbers of other claims, open or closed, on which an invoice of the same number stands.
    """

    number: str
    person: int
    village: str
    event_on: date
    cover_from: date | None
    hospital_days: int = 0
    diagnosis: str = ""
    accounts: frozenset[str] = frozenset()
    place: str = ""
    doctor: str = ""
    invoices_of: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signal:
    """`fact` names what it rests on: when that changes, the signal is a new one."""

    number: str
    code: str
    words: str
    fact: str

    @property
    def name(self) -> str:
        return NAMES[self.code]


@dataclass(frozen=True, slots=True)
class UsualStay:
    words: tuple[str, ...]
    days: int
    placeholder: bool
    source: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    early_days: int
    cluster_people: int
    place_people: int
    doctor_people: int
    within_days: int
    stays: tuple[UsualStay, ...]


LIMITS = {  # what a plan may set, in words
    "early_days": "保障开始后几天以内出事",
    "cluster_people": "同村同日几位老人出事",
    "place_people": "同一地点几位老人出事",
    "doctor_people": "同一位医生几位老人",
    "within_days": "地点和医生看前后几天",
}


@cache
def thresholds() -> Thresholds:
    """Return the thresholds in force."""
    content = tomllib.loads(files("ankang.rules").joinpath("signals.toml").read_text(encoding="utf-8"))
    stays = tuple(
        UsualStay(tuple(row["words"]), row["days"], row["placeholder"], row["source"]) for row in content["stays"]
    )
    return Thresholds(**{name: content[name] for name in LIMITS}, stays=stays)


def thresholds_under(limits: Iterable[SignalLimit]) -> Thresholds:
    """Return the thresholds in force under a plan: its own numbers come before ours."""
    own: dict[str, Any] = {one.signal: one.number for one in limits}
    return replace(thresholds(), **own)


def signals(claims: Sequence[Facts], at: Thresholds | None = None) -> list[Signal]:
    """Return the signals of these claims among each other, by claim number and code."""
    at = at or thresholds()
    found = [
        *_same_card(claims),
        *_same_invoice(claims),
        *_clusters(claims, at),
        *_alike(claims, at, "place", at.place_people),
        *_alike(claims, at, "doctor", at.doctor_people),
        *_early(claims, at),
        *_long_stays(claims, at),
    ]
    return sorted(found, key=lambda one: (one.number, one.code))


def usual_stay(diagnosis: str, at: Thresholds) -> UsualStay | None:
    """Return the first entry one of whose words stands in the diagnosis."""
    return next((stay for stay in at.stays if any(word in diagnosis for word in stay.words)), None)


def _same_card(claims: Iterable[Facts]) -> Iterator[Signal]:
    by_card: dict[str, list[Facts]] = defaultdict(list)
    for claim in claims:
        for account in claim.accounts:
            by_card[account].append(claim)
    for together in by_card.values():
        if len({claim.person for claim in together}) < 2:
            continue
        for claim in together:
            others = sorted(other.number for other in together if other.person != claim.person)
            words = f"收款卡和 {'、'.join(others)} 是同一张，老人不是同一位"
            yield Signal(claim.number, "same_card", words, ",".join(others))


def _clusters(claims: Iterable[Facts], at: Thresholds) -> Iterator[Signal]:
    by_day: dict[tuple[str, date], list[Facts]] = defaultdict(list)
    for claim in claims:
        by_day[claim.village, claim.event_on].append(claim)
    for together in by_day.values():
        people = len({claim.person for claim in together})
        if people >= at.cluster_people:
            for claim in together:
                yield Signal(claim.number, "cluster", f"同村同一天有 {people} 位老人出事", str(people))


def _same_invoice(claims: Iterable[Facts]) -> Iterator[Signal]:
    for claim in claims:
        if claim.invoices_of:
            others = sorted(claim.invoices_of)
            yield Signal(claim.number, "same_invoice", f"同号码的票据也录在 {'、'.join(others)}", ",".join(others))


_SAME = {"place": "同一个地点", "doctor": "同一位医生"}


def _alike(claims: Iterable[Facts], at: Thresholds, field: str, people: int) -> Iterator[Signal]:
    """Claims of so many people with the same place or doctor, less than `within_days` before or after one of them."""
    groups: dict[str, list[Facts]] = defaultdict(list)
    for claim in claims:
        if mark := getattr(claim, field):
            groups[mark].append(claim)
    for together in groups.values():
        for claim in together:
            near = [one for one in together if abs((one.event_on - claim.event_on).days) < at.within_days]
            count = len({one.person for one in near})
            if count >= people:
                words = f"{_SAME[field]}，前后 {at.within_days} 天内有 {count} 位老人出事"
                yield Signal(claim.number, field, words, str(count))


def _early(claims: Iterable[Facts], at: Thresholds) -> Iterator[Signal]:
    for claim in claims:
        if claim.cover_from is not None and 0 <= (days := (claim.event_on - claim.cover_from).days) < at.early_days:
            yield Signal(claim.number, "early", f"保障第 {days + 1} 天出事", str(days))


def _long_stays(claims: Iterable[Facts], at: Thresholds) -> Iterator[Signal]:
    for claim in claims:
        usual = usual_stay(claim.diagnosis, at) if claim.hospital_days else None
        if usual is not None and claim.hospital_days > usual.days:
            mark = "（尺度是暂填的）" if usual.placeholder else ""
            words = f"住院 {claim.hospital_days} 天，这类诊断通常不超过 {usual.days} 天{mark}"
            yield Signal(claim.number, "long_stay", words, f"{claim.hospital_days}/{usual.days}")
