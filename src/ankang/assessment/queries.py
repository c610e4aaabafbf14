"""What the pages ask of an assessment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch

from ankang.accounts.models import User
from ankang.assessment.errors import NotNewest, ObjectionsOpen, SchemeNotConfirmed
from ankang.assessment.facts import village_facts
from ankang.assessment.models import AssessmentRow, AssessmentRun, AssessmentScheme, Objection
from ankang.assessment.reward_models import Commendation, Commended
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.rules.assessment import Scheme, VillageFacts
from ankang.rules.assessment_scores import Score, score_villages
from ankang.rules.canonical import digest_of


@dataclass(frozen=True, slots=True)
class Preview:
    """Scores as they would be now: official for nobody."""

    stored: AssessmentScheme
    facts: tuple[VillageFacts, ...]
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A village's row beside its row in the version before."""

    row: AssessmentRow
    before: AssessmentRow | None

    @property
    def points(self) -> int:
        """By how many hundredths the result went up or down."""
        return self.row.points - self.before.points if self.before else 0


def schemes(user: User, programme: Programme) -> list[AssessmentScheme]:
    """Return a programme's schemes, the newest first (one query)."""
    rows = AssessmentScheme.objects.visible_to(user).filter(programme=programme)
    return list(rows.select_related("entered_by", "confirmed_by", "programme").order_by("-number"))


def in_force(stored: Sequence[AssessmentScheme]) -> AssessmentScheme | None:
    """Return the newest confirmed scheme of these, or the newest draft while none is confirmed (no query)."""
    confirmed = [one for one in stored if one.confirmed_at]
    return next(iter(confirmed or stored), None)


def confirmed_scheme(programme: Programme) -> AssessmentScheme:
    """Return the newest confirmed scheme (one query). Errors: SchemeNotConfirmed."""
    found = programme.schemes.filter(confirmed_at__isnull=False).order_by("-number").first()
    if found is None:
        raise SchemeNotConfirmed("考核办法还没有确认，不能出正式结果。请先在“考核办法”里写明依据、确认。")
    return found


def preview(user: User, version: ProgrammeVersion, stored: AssessmentScheme, today: date) -> Preview:
    """Return the scores of the villages that this person may see as they would be now (nine queries).

    A village's own account sees itself alone: its rank among one means nothing.
    """
    facts = village_facts(user, version, stored.scheme, today)
    return Preview(stored, facts, score_villages(stored.scheme, facts))


def runs(user: User, programme: Programme) -> list[AssessmentRun]:
    """Return the frozen results, the newest first (one query)."""
    rows = AssessmentRun.objects.visible_to(user).filter(programme=programme)
    return list(rows.select_related("scheme", "frozen_by").order_by("-number"))


def rows_of(user: User, run: AssessmentRun) -> list[AssessmentRow]:
    """Return the rows of a run that this person may see, by rank (one query)."""
    return list(AssessmentRow.objects.visible_to(user).filter(run=run).select_related("village").order_by("rank", "pk"))


def changes(user: User, run: AssessmentRun) -> list[Change]:
    """Return the rows of a run, each beside the version before (at most two queries)."""
    before = {}
    if run.previous_id:
        rows = AssessmentRow.objects.visible_to(user).filter(run=run.previous_id)
        before = {row.village_id: row for row in rows}
    return [Change(row, before.get(row.village_id)) for row in rows_of(user, run)]


def is_replayed(scheme: Scheme, run: AssessmentRun, rows: Sequence[AssessmentRow]) -> bool:
    """Whether the frozen counts give the frozen scores once more, and nothing was changed since. No query."""
    told = {row.village_id: row.score for row in rows}
    again = {score.village: score for score in score_villages(scheme, [row.facts for row in rows])}
    return (
        told == again and digest_of(scheme) == run.scheme_digest and run_digest(run.scheme_digest, rows) == run.digest
    )


def run_digest(scheme_digest: str, rows: Sequence[AssessmentRow]) -> str:
    """Return what a run is pinned by: the scheme's digest and every village's documents, by code."""
    ordered = sorted(rows, key=lambda row: row.village_id)
    return digest_of((scheme_digest, *((row.facts_document, row.score_document) for row in ordered)))


def objections(user: User, run: AssessmentRun) -> list[Objection]:
    """Return the objections to a run that this person may see, open ones first (one query)."""
    rows = Objection.objects.visible_to(user).filter(run=run).select_related("village", "raised_by", "answered_by")
    return sorted(rows, key=lambda one: (one.state != Objection.State.OPEN, one.pk))


def public_list(user: User, run: AssessmentRun) -> Commendation | None:
    """Return the run's list while it is public or final, its entries with it, struck ones left out (two queries)."""
    state = Commendation.State
    entries = Prefetch("entries", Commended.objects.filter(is_struck=False), to_attr="kept")
    lists = Commendation.objects.visible_to(user).filter(run=run, state__in=(state.PUBLIC, state.FINAL))
    found: Commendation | None = lists.prefetch_related(entries).first()
    return found


def require_newest(run: AssessmentRun) -> None:
    """Pass for the newest version of the results (one query). Errors: NotNewest."""
    newest = AssessmentRun.objects.filter(programme=run.programme_id).order_by("-number").first()
    if newest and newest.pk != run.pk:
        raise NotNewest(
            f"成绩已有第{newest.number}版，这里是第{run.number}版。请打开新的一版再办。", newest=newest.number
        )


def require_no_open_objection(run: AssessmentRun) -> None:
    """Pass when every objection has its answer (one query). Errors: ObjectionsOpen."""
    waiting = run.objections.filter(state=Objection.State.OPEN).count()
    if waiting:
        raise ObjectionsOpen(f"还有 {waiting} 份申诉没有答复。请先逐份答复，再往下办。", waiting=waiting)
