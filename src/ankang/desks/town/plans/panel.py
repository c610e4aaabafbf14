"""The check-up beside the form: what keeps the draft from being a plan, what is to be settled, and where."""

from dataclasses import dataclass

from django.urls import reverse

from ankang.desks.town.checkup import SEVERITIES
from ankang.desks.town.plans.form import anchor_of
from ankang.programmes.draft_models import DraftRevision, ProgrammeDraft
from ankang.programmes.sources import checked, files_in
from ankang.rules.file_form import Tables, place_words, sections


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the panel: tone, word, where in words, what, how to put it right, and the address of the field."""

    tone: str
    word: str
    where: str
    message: str
    fix: str
    address: str


@dataclass(frozen=True, slots=True)
class Panel:
    """`problems` keep it from being a plan; `findings` are the check-up's, those that only explain left to the end."""

    problems: list[Told]
    findings: list[Told]
    explained: list[Told]
    unchecked: list[tuple[str, str]]  # (title, address) of the parts that nobody compared with the paper

    @property
    def headline(self) -> str:
        """What stands on top, in one sentence."""
        if self.problems:
            return f"还有 {len(self.problems)} 处要改"
        wrong = sum(1 for one in self.findings if one.tone == "bad")
        if wrong:
            return f"核查有 {wrong} 处错误"
        return f"{len(self.findings)} 处要确认" if self.findings else "没有要确认的地方"

    @property
    def tone(self) -> str:
        if self.problems or any(one.tone == "bad" for one in self.findings):
            return "bad"
        return "warn" if self.findings else "ok"


def panel_of(draft: ProgrammeDraft, revision: DraftRevision) -> Panel:
    """Return the check-up of a draft's state. No query."""
    found, tables = checked(revision), files_in(revision).tables
    problems = [
        Told("bad", "要改", place_words(one.place), one.message, one.fix, _address(draft, tables, one.place))
        for one in found.problems
    ]
    told = [
        Told(*SEVERITIES[one.severity], one.clause, one.message, one.fix, _address(draft, tables, one.where))
        for one in found.findings
    ]
    titles = dict(sections(tables))
    return Panel(
        problems,
        [one for one in told if one.tone != "info"],
        [one for one in told if one.tone == "info"],
        [(titles[key], section_address(draft, key)) for key in revision.unchecked if key in titles],
    )


def section_address(draft: ProgrammeDraft, section: str) -> str:
    return reverse("town:plan-section", args=[draft.pk, section])


def _address(draft: ProgrammeDraft, tables: Tables, place: str) -> str:
    section, anchor = anchor_of(tables, place)
    return f"{section_address(draft, section)}{'#' if anchor else ''}{anchor}"
