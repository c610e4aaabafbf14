"""Making a plan in a test: everything has a default, a refusal must leave every row as it was."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from tests import factories

from ankang.accounts.models import User
from ankang.audit.models import AuditEntry
from ankang.programmes import draft_review, drafts
from ankang.programmes.draft_models import DraftRevision, DraftStep, ProgrammeDraft
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.sources import checked, files_in
from ankang.rules.file_form import node_of, sections
from ankang.rules.file_targets import target_lines
from ankang.rules.in_year import InYear

NOW = datetime(2024, 11, 4, 2, tzinfo=UTC)
LATER = datetime(2024, 11, 5, 2, tzinfo=UTC)
_TABLES = (Programme, ProgrammeVersion, ProgrammeDraft, DraftRevision, DraftStep, AuditEntry)


def nothing(_: Programme) -> InYear:
    """Nobody is insured yet."""
    return InYear()


def copy(by: User, version: ProgrammeVersion | None = None, *, amend: bool = False) -> ProgrammeDraft:
    return drafts.copy_version(by=by, version=version or factories.version(), amend=amend, now=NOW)


def shown(draft: ProgrammeDraft, section: str) -> dict[str, str]:
    """Return what a browser sends back of a section that nobody touched."""
    files = files_in(draft_review.newest_state(draft))
    if section == "targets":
        return {name: text for line in target_lines(files.targets) for name, _, text in line.cells}
    return {entry.name: entry.text for entry in node_of(files.tables, section).walk()}


def save(by: User, draft: ProgrammeDraft, section: str, changes: dict[str, str], **facts: Any) -> DraftRevision:
    """Save a section as it is shown, with changes; `is_checked` True by default."""
    facts = {"based_on": draft.head, "is_checked": True, "is_auto": False, "now": NOW} | facts
    given = shown(draft, section) | changes
    made = drafts.save_section(by=by, draft=draft, section=section, given=given, **facts)
    draft.refresh_from_db()
    return made


def compare_all(by: User, draft: ProgrammeDraft) -> None:
    """Say of every part that it was compared with the paper."""
    for section, _ in sections(files_in(draft_review.newest_state(draft)).tables):
        save(by, draft, section, {})


def submit(by: User, draft: ProgrammeDraft, **facts: Any) -> ProgrammeDraft:
    facts = {"based_on": draft.head, "note": "", "stands": nothing, "now": NOW} | facts
    made = draft_review.submit_draft(by=by, draft=draft, **facts)
    draft.refresh_from_db()
    return made


def publish(by: User, draft: ProgrammeDraft, **facts: Any) -> ProgrammeVersion:
    """Publish with a note on every warning."""
    if "notes" not in facts:
        found = checked(draft_review.newest_state(draft))
        facts["notes"] = ["已问过保险公司，照此执行"] * len(draft_review.warnings_of(found))
    facts = {"note": "下一年", "stands": nothing, "now": LATER} | facts
    return draft_review.publish_draft(by=by, draft=draft, **facts)


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Fail when anything but a queryset's order is different afterwards."""
    before = [list(table.objects.order_by("pk").values()) for table in _TABLES]
    yield
    assert [list(table.objects.order_by("pk").values()) for table in _TABLES] == before
