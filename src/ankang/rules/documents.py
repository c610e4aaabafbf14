"""Which papers a claim needs and which are missing. The list is data: `papers.toml`, or one that a programme has.

Source: 保险法 22: all that is missing is asked for once. A need such as 'two of three' is `at_least` 2 of `any_of` 3.
"""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from ankang.rules.errors import InvalidInput


class Situation(StrEnum):
    """What happened, as far as papers go. `ALWAYS` holds for every claim."""

    ALWAYS = "always"
    MEDICAL = "medical"
    HOSPITAL = "hospital"
    REIMBURSED = "reimbursed"
    FRACTURE = "fracture"
    DISABILITY = "disability"
    DEATH = "death"


SITUATION_WORDS = {
    Situation.ALWAYS: "每件都要",
    Situation.MEDICAL: "看了病",
    Situation.HOSPITAL: "住了院",
    Situation.REIMBURSED: "医保报过一部分",
    Situation.FRACTURE: "骨折",
    Situation.DISABILITY: "落下伤残",
    Situation.DEATH: "人去世了",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """One kind of paper: its code, its name, and what to mind when it is photographed."""

    code: str
    name: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """In a situation, at least so many of these papers."""

    title: str
    situation: Situation
    any_of: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class Lack:
    """A need that is not met: how many papers are still missing, and which ones would do."""

    title: str
    still: int
    papers: tuple[Paper, ...]

    @property
    def words(self) -> str:
        """Return what would do: `死亡证明、火化证明，任意一样`; the hint where the title names the paper already."""
        if [paper.name for paper in self.papers] == [self.title] and self.papers[0].hint:
            return self.papers[0].hint
        names = "、".join(paper.name for paper in self.papers)
        if len(self.papers) == self.still:
            return names
        return f"{names}，{'任意一样' if self.still == 1 else f'任意{self.still}样'}"


@dataclass(frozen=True, slots=True)
class PaperList:
    """The papers that there are, and what is needed when."""

    papers: tuple[Paper, ...]
    needs: tuple[Need, ...]

    def paper(self, code: str) -> Paper:
        """Return a kind of paper; one that the list no longer has goes by its code."""
        return next((paper for paper in self.papers if paper.code == code), Paper(code, code))

    def needed(self, situations: Collection[str]) -> tuple[Need, ...]:
        """Return what a claim in these situations needs, in the order of the list."""
        wanted = {Situation.ALWAYS, *situations}
        return tuple(need for need in self.needs if need.situation in wanted)

    def missing(self, situations: Collection[str], held: Collection[str]) -> tuple[Lack, ...]:
        """Return the needs that the papers at hand (their codes) do not meet; empty when nothing is missing."""
        return lacking(((need, self._papers(need)) for need in self.needed(situations)), held)

    def _papers(self, need: Need) -> tuple[Paper, ...]:
        return tuple(self.paper(code) for code in need.any_of)

    def as_document(self) -> dict[str, Any]:
        """Return the list as JSON values: what `read_papers` reads."""
        return {
            "papers": [{"code": one.code, "name": one.name, "hint": one.hint} for one in self.papers],
            "needs": [
                {
                    "situation": need.situation.value,
                    "title": need.title,
                    "any_of": list(need.any_of),
                    "at_least": need.at_least,
                }
                for need in self.needs
            ],
        }


def lacking(needs: Iterable[tuple[Need, tuple[Paper, ...]]], held: Collection[str]) -> tuple[Lack, ...]:
    """Return which of these needs, each with its papers, are not met by the codes at hand."""
    found = []
    for need, papers in needs:
        left = tuple(paper for paper in papers if paper.code not in held)
        still = need.at_least - (len(papers) - len(left))
        if still > 0:
            found.append(Lack(need.title, still, left))
    return tuple(found)


def read_papers(document: Mapping[str, Any]) -> PaperList:
    """Return the list that a document says.

    Errors: InvalidInput that names the entry and what to put right: a code twice, a need of a paper that is not listed,
    more papers asked for than there are, an unknown situation.
    """
    papers = tuple(Paper(one["code"], one["name"], one.get("hint", "")) for one in document["papers"])
    codes = [paper.code for paper in papers]
    if twice := next((code for code in codes if codes.count(code) > 1), None):
        raise InvalidInput(f"材料“{twice}”写了两次，请删去一个。", field="papers")
    return PaperList(papers, tuple(_need(row, set(codes)) for row in document["needs"]))


@cache
def standard_papers() -> PaperList:
    """Return the list that holds while a programme has none of its own."""
    return read_papers(tomllib.loads(files("ankang.rules").joinpath("papers.toml").read_text(encoding="utf-8")))


def _need(row: Mapping[str, Any], codes: Collection[str]) -> Need:
    title, any_of, at_least = str(row["title"]).strip(), tuple(row["any_of"]), int(row.get("at_least", 1))
    if not title:
        raise InvalidInput("有一项要求没有写名称，请补上，例如“看病的发票”。", field="needs")
    if row["situation"] not in list(Situation):
        raise InvalidInput(f"“{title}”的情形“{row['situation']}”不认识，请从名单里选。", field="needs")
    if unknown := [code for code in any_of if code not in codes]:
        raise InvalidInput(f"“{title}”要的材料“{unknown[0]}”不在材料名单里，请先加进名单。", field="needs")
    if not 1 <= at_least <= len(set(any_of)):
        raise InvalidInput(
            f"“{title}”选了 {len(set(any_of))} 种材料，却至少要 {at_least} 样。请填1到{max(1, len(set(any_of)))}。",
            field="needs",
        )
    return Need(title, Situation(row["situation"]), any_of, at_least)
