"""A draft becomes a plan: one person submits it, another one looks at what changes and publishes, or sends it back."""

from collections.abc import Callable, Sequence
from datetime import datetime

from django.db import transaction

from ankang.accounts.models import User
from ankang.audit.record import record
from ankang.programmes.actions import publish_version
from ankang.programmes.draft_errors import (
    ChangeRefused,
    DraftChanged,
    DraftClosed,
    DraftNotReady,
    SecondPersonPublishes,
)
from ankang.programmes.draft_models import DraftRevision, DraftStep, ProgrammeDraft
from ankang.programmes.drafts import require_office
from ankang.programmes.locks import draft_for_update, programme_for_update
from ankang.programmes.models import Programme, ProgrammeVersion
from ankang.programmes.queries import plan_of
from ankang.programmes.sources import checked
from ankang.rules.errors import Conflict, InvalidInput
from ankang.rules.file_form import Checked
from ankang.rules.findings import Finding
from ankang.rules.in_year import InYear, refused_changes
from ankang.rules.programme import Programme as Plan

State = ProgrammeDraft.State
Kind = DraftStep.Kind
StandsOf = Callable[[Programme], InYear]


@transaction.atomic
def submit_draft(
    *, by: User, draft: ProgrammeDraft, based_on: int, note: str, stands: StandsOf, now: datetime
) -> ProgrammeDraft:
    """Close a draft for editing and ask a second person to publish it.

    Errors: NotAllowed, DraftClosed, DraftChanged, DraftNotReady (errors, parts that nobody compared with the paper),
    ChangeRefused. Nothing is stored then.
    """
    require_office(by, draft.division_id)
    locked = draft_for_update(draft.pk)
    if locked.state != State.OPEN:
        raise DraftClosed(f"这份草稿{locked.get_state_display()}，不用再提交。", state=locked.state)
    if locked.head != based_on:
        raise DraftChanged("刚才有人改过这份草稿，还没有提交。请看一眼现在的内容，再提交。", head=locked.head)
    _require_ready(locked, newest_state(locked), stands)
    locked.state, locked.submitted_by, locked.submitted_at = State.SUBMITTED, by, now
    locked.save(update_fields=["state", "submitted_by", "submitted_at"])
    return _step(locked, by, Kind.SUBMITTED, note, now)


@transaction.atomic
def return_draft(*, by: User, draft: ProgrammeDraft, note: str, now: datetime) -> ProgrammeDraft:
    """Open a submitted draft again: its submitter takes it back, or the second person says why not.

    Errors: NotAllowed, DraftClosed, InvalidInput (a second person without `note`).
    """
    locked = _submitted(by, draft)
    if locked.submitted_by_id != by.pk and not note.strip():
        raise InvalidInput("退回要写明原因，起草的同事才知道怎么改。", field="note")
    locked.state, locked.submitted_by, locked.submitted_at = State.OPEN, None, None
    locked.save(update_fields=["state", "submitted_by", "submitted_at"])
    return _step(locked, by, Kind.RETURNED, note, now)


@transaction.atomic
def drop_draft(*, by: User, draft: ProgrammeDraft, note: str, now: datetime) -> ProgrammeDraft:
    """Give up a draft that is still open; its states stay to be read. Errors: NotAllowed, DraftClosed, InvalidInput."""
    require_office(by, draft.division_id)
    locked = draft_for_update(draft.pk)
    if locked.state != State.OPEN:
        raise DraftClosed(f"这份草稿{locked.get_state_display()}，不能作废。", state=locked.state)
    if not note.strip():
        raise InvalidInput("请写明为什么作废。", field="note")
    locked.state = State.DROPPED
    locked.save(update_fields=["state"])
    return _step(locked, by, Kind.DROPPED, note, now)


@transaction.atomic
def publish_draft(
    *, by: User, draft: ProgrammeDraft, notes: Sequence[str], note: str, stands: StandsOf, now: datetime
) -> ProgrammeVersion:
    """Publish a submitted draft as the second person; the version before it stays.

    `notes`: one for each of `warnings_of` the draft, in that order. `stands`: what rests on a programme already.
    Errors: NotAllowed, DraftClosed, SecondPersonPublishes, DraftNotReady, ChangeRefused, InvalidInput (a warning
    without its note: `errors` by field `note-N`), Conflict (frozen targets, an identifier in use).
    """
    locked = _submitted(by, draft)
    if locked.submitted_by_id == by.pk:
        raise SecondPersonPublishes("这份草稿是您提交的，要由另一位同事发布。请换他登录。")
    if locked.base:
        programme_for_update(locked.base.programme.slug)  # two amendments at once: the second one sees the first
    revision = newest_state(locked)
    found = _require_ready(locked, revision, stands)
    warnings = warnings_of(found)
    _require_notes(warnings, notes)
    version = publish_version(
        plan=plan_in(found), division=locked.division, by=by, at=now, why=note.strip()[:200], source=revision.tables
    )
    if version.published_at != now:
        raise Conflict("草稿和已经发布的版本一模一样，没有要发布的改动。请退回草稿。", number=version.number)
    locked.state, locked.published_by, locked.published_at, locked.version = State.PUBLISHED, by, now, version
    locked.save(update_fields=["state", "published_by", "published_at", "version"])
    told = [_acknowledged(finding, words) for finding, words in zip(warnings, notes, strict=True)]
    _step(locked, by, Kind.PUBLISHED, note, now, acknowledged=told)
    return version


def newest_state(draft: ProgrammeDraft) -> DraftRevision:
    """Return a draft's newest state (one query)."""
    return draft.revisions.select_related("by").get(number=draft.head)


def warnings_of(found: Checked) -> list[Finding]:
    """Return the warnings of a draft's check-up, each of which the second person answers."""
    return [finding for finding in found.findings if finding.severity == "warning"]


def refusals(draft: ProgrammeDraft, plan: Plan, stands: StandsOf) -> tuple[str, ...]:
    """Return why this plan may not be published now, as sentences; empty: it may (2 queries and those of `stands`)."""
    programme = Programme.objects.filter(slug=plan.id).first()
    if programme is None:
        return ("这是修订稿，方案编号不能改。请在“方案要点”里改回去。",) if draft.is_amendment else ()
    newest = programme.versions.latest("number")
    if not draft.is_amendment:
        return (f"方案编号 {plan.id} 已经发布过（{programme.name}）。请在“方案要点”里换一个编号。",)
    if draft.base_id != newest.pk:
        number = newest.number
        said = f"起草以后方案又发布了第 {number} 版。请退回草稿，点“接着第 {number} 版改”，核对差别后再提交。"
        return (said,)
    old = plan_of(newest)
    targets = (
        ()
        if old.targets == plan.targets
        else ("分村目标发布后不在方案里改。请恢复原来的数；要改，到“目标任务”按文件下达。",)
    )
    return (*targets, *refused_changes(old, plan, stands(programme)))


def plan_in(found: Checked) -> Plan:
    """Return the plan of a draft that was checked. Errors: DraftNotReady."""
    if found.plan is None:
        raise DraftNotReady(f"还有 {len(found.problems)} 处要改，改好才能提交。", problems=len(found.problems))
    return found.plan


def _require_ready(draft: ProgrammeDraft, revision: DraftRevision, stands: StandsOf) -> Checked:
    found = checked(revision)
    plan = plan_in(found)
    errors = [finding.message for finding in found.findings if finding.severity == "error"]
    if errors:
        raise DraftNotReady(f"核查有 {len(errors)} 处错误，改好才能提交：{errors[0]}", problems=len(errors))
    if revision.unchecked:
        raise DraftNotReady(f"还有 {len(revision.unchecked)} 部分没有对照文件核对，核对好才能提交。")
    if plan.division_code != draft.division_id:
        raise DraftNotReady(
            f"方案写的区划代码 {plan.division_code} 不是本单位的 {draft.division_id}。请在“方案要点”里改。"
        )
    refused = refusals(draft, plan, stands)
    if refused:
        raise ChangeRefused(refused[0], reasons=refused)
    return found


def _require_notes(warnings: Sequence[Finding], notes: Sequence[str]) -> None:
    if len(notes) != len(warnings):
        raise DraftChanged("核查结果和刚才显示的不一样了，还没有发布。请看一眼新的，再发布。")
    missing = {f"note-{at}": "请写明怎么处理这一条。" for at, words in enumerate(notes) if not words.strip()}
    if missing:
        raise InvalidInput("每一条提醒都要写明怎么处理。", errors=missing)


def _acknowledged(finding: Finding, words: str) -> dict[str, str]:
    return {"code": finding.code, "clause": finding.clause, "message": finding.message, "note": words.strip()[:200]}


def _submitted(by: User, draft: ProgrammeDraft) -> ProgrammeDraft:
    require_office(by, draft.division_id)
    locked = draft_for_update(draft.pk)
    if locked.state != State.SUBMITTED:
        raise DraftClosed(f"这份草稿{locked.get_state_display()}，不在等复核。请刷新页面。", state=locked.state)
    return locked


_ACTIONS = {Kind.SUBMITTED: "draft.submit", Kind.RETURNED: "draft.return", Kind.DROPPED: "draft.drop"}


def _step(
    draft: ProgrammeDraft,
    by: User,
    kind: str,
    note: str,
    now: datetime,
    *,
    acknowledged: Sequence[dict[str, str]] = (),
) -> ProgrammeDraft:
    facts = {"number": draft.head, "note": note.strip()[:300], "acknowledged": list(acknowledged)}
    DraftStep.objects.create(draft=draft, kind=kind, by=by, at=now, **facts)
    if kind in _ACTIONS:  # publishing writes its own audit row
        record(by=by, action=_ACTIONS[Kind(kind)], subject=draft, division_code=draft.division_id, number=draft.head)
    return draft
